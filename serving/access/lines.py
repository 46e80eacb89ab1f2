"""Persons, keys and sessions as commands and the API tell of them."""

from typing import Any

from serving.access.sessions import name_of
from serving.access.tables import ApiKey, BrowserSession, Person

Line = dict[str, Any]


def person_line(person: Person) -> Line:
    """A person as commands and the API show them."""
    return {
        "id": person.id,
        "name": person.name,
        "roles": person.roles,
        "subject": person.subject,
        "disabled_at": person.disabled_at,
    }


def session_line(session: BrowserSession, person: Person) -> Line:
    """A session as commands and the API show it, without its secret."""
    return {
        "id": name_of(session),
        "person": person.name,
        "person_id": person.id,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
    }


def key_line(key: ApiKey, person: Person) -> Line:
    """A key as commands and the API show it, without its secret."""
    return {
        "id": key.id,
        "prefix": key.prefix,
        "name": key.name,
        "person": person.name,
        "person_id": person.id,
        "roles": key.roles,
        "expires_at": key.expires_at,
        "last_used_at": key.last_used_at,
        "revoked_at": key.revoked_at,
        "requests_a_minute": key.requests_a_minute,
        "largest_body_bytes": key.largest_body_bytes,
    }
