"""Browsers in which persons are signed in, until they leave them or sign out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from serving.access.persons import who_is
from serving.access.secret import hashed, is_past, new_secret
from serving.access.tables import BrowserSession, Person
from serving.access.who import Who
from serving.audit.log import Audit
from serving.storage.store import Store

_NOTED_DIGITS = 16


@dataclass(frozen=True)
class Lifetime:
    """How long a session lasts.

    Attributes:
        idle: Without a request.
        whole: In all.
    """

    idle: timedelta
    whole: timedelta


@dataclass(frozen=True)
class Visitor:
    """Who is signed in in a browser.

    Attributes:
        who: The person.
        seen_at: When it was last noted that the browser asked.
    """

    who: Who
    seen_at: datetime


def begin(store: Store, person: Person) -> str:
    """Sign a person in; every sign-in makes a session of its own.

    Returns:
        The secret that the browser keeps in a cookie.

    Raises:
        StoreError: The store does not answer; nobody was signed in.
    """
    token, now = new_secret(), datetime.now(UTC)
    who = who_is(person)
    with store.session_of_all() as session:
        session.add(
            BrowserSession(
                token_sha256=hashed(token),
                tenant=person.tenant,
                person_id=person.id,
                created_at=now,
                seen_at=now,
            )
        )
        facts = {"roles": " ".join(sorted(who.roles))}
        Audit.append(session, who, "login.succeeded", _noted(token), facts)
    return token


def visitor_of(
    store: Store, token: str, lifetime: Lifetime, now: datetime
) -> Visitor | None:
    """Who is signed in; None where nobody is, or no longer.

    Raises:
        StoreError: The store does not answer.
    """
    query = (
        select(BrowserSession, Person)
        .join(Person, BrowserSession.person_id == Person.id)
        .where(BrowserSession.token_sha256 == hashed(token))
    )
    with store.session_of_all() as session:
        found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, person = found
    ends = (row.seen_at + lifetime.idle, row.created_at + lifetime.whole)
    if any(is_past(m, now) for m in (*ends, row.ended_at, person.disabled_at)):
        return None
    return Visitor(who_is(person), row.seen_at)


def note_visit(store: Store, token: str, now: datetime) -> None:
    """Note that a browser asked.

    Raises:
        StoreError: The store does not answer.
    """
    mine = update(BrowserSession).where(BrowserSession.token_sha256 == hashed(token))
    with store.session_of_all() as session:
        session.execute(mine.values(seen_at=now))


def end(store: Store, token: str) -> None:
    """Sign out.

    Raises:
        StoreError: The store does not answer; somebody is signed in still.
    """
    mine = (
        select(BrowserSession, Person)
        .join(Person, BrowserSession.person_id == Person.id)
        .where(
            BrowserSession.token_sha256 == hashed(token),
            BrowserSession.ended_at.is_(None),
        )
    )
    with store.session_of_all() as session:
        found = session.execute(mine).one_or_none()
        if found is not None:
            row, person = found
            row.ended_at = datetime.now(UTC)
            Audit.append(session, who_is(person), "login.ended", _noted(token))


def end_all(store: Store, person_id: str) -> None:
    """Sign a person of the tenant out everywhere.

    Raises:
        StoreError: The store does not answer; the person is signed in still.
    """
    theirs = update(BrowserSession).where(
        BrowserSession.person_id == person_id, BrowserSession.ended_at.is_(None)
    )
    with store.session() as session:
        session.execute(theirs.values(ended_at=datetime.now(UTC)))
        Audit.append(session, store.who, "person.signed_out", person_id)


def open_sessions(store: Store) -> list[tuple[BrowserSession, Person]]:
    """Where persons of the tenant have not signed out, the latest first.

    Raises:
        StoreError: The store does not answer.
    """
    query = (
        select(BrowserSession, Person)
        .join(Person, BrowserSession.person_id == Person.id)
        .where(BrowserSession.ended_at.is_(None))
        .order_by(BrowserSession.seen_at.desc())
    )
    with store.session() as session:
        return [(row, person) for row, person in session.execute(query)]


def _noted(token: str) -> str:
    """What the audit log calls a session: the beginning of the hash of its secret."""
    return hashed(token)[:_NOTED_DIGITS]
