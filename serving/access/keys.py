"""API keys: issued once, looked up by their prefix, revoked at once.

A key reads ``rcp_<prefix>_<secret>``: the prefix is public and tells keys apart in
lists and logs, the secret is 32 random bytes of which the store keeps the SHA-256.
"""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from features.errors import NotFoundError
from serving.access.four_eyes import refuse_key
from serving.access.persons import Persons, checked_name, checked_roles, who_is
from serving.access.secret import hashed, is_past, is_secret, new_secret
from serving.access.tables import ApiKey, Person
from serving.access.who import Role, Who
from serving.audit.log import Audit, Fact, utc_text
from serving.identifiers import is_id, new_id
from serving.storage.store import Store

MARK = "rcp"
LIFETIME = timedelta(days=365)
_PREFIX_BYTES = 6
# Compared with where no key has the prefix, so that both take as long.
_NO_KEY = hashed("")


@dataclass(frozen=True)
class Limits:
    """What a key may ask of the service at most; None leaves it to the installation.

    Attributes:
        requests_a_minute: Requests within a minute.
        largest_body_bytes: Bytes of one request.
    """

    requests_a_minute: int | None = None
    largest_body_bytes: int | None = None


UNLIMITED = Limits()


@dataclass(frozen=True)
class Issued:
    """A new key.

    Attributes:
        key: Its row.
        text: The key itself, which cannot be recovered later.
    """

    key: ApiKey
    text: str


class Keys:
    """The keys of the persons of a tenant."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def issue(
        self,
        person_id: str,
        name: str,
        roles: Collection[str] | None = None,
        lifetime: timedelta = LIFETIME,
        limits: Limits = UNLIMITED,
    ) -> Issued:
        """Issue a key.

        Args:
            person_id: For whom it speaks.
            name: What it is for.
            roles: Those of the person's that it has; all of them where absent.
            lifetime: After which it no longer serves.
            limits: Of its own.

        Raises:
            NotFoundError: There is no such person.
            ForbiddenError: The person is disabled, or the key would do more than
                whoever issues it.
            AssumptionError: The name is illegible or a role is none.
            StoreError: The store does not answer; nothing was issued.
        """
        person = Persons(self._store).admitted(person_id)
        given = person.roles if roles is None else roles
        refuse_key(self._store.who, person.id, given)
        issued = _made(person, checked_name(name), checked_roles(given), lifetime)
        key = issued.key
        key.requests_a_minute = limits.requests_a_minute
        key.largest_body_bytes = limits.largest_body_bytes
        with self._store.session() as session:
            session.add(key)
            Audit.append(session, self._store.who, "key.issued", key.id, _noted(key))
        return issued

    def all(self, person_id: str | None = None) -> list[tuple[ApiKey, Person]]:
        """Keys with the person each speaks for, newest first.

        Args:
            person_id: Whose keys; everybody's where absent.

        Raises:
            StoreError: The store does not answer.
        """
        query = (
            select(ApiKey, Person)
            .join(Person, ApiKey.person_id == Person.id)
            .order_by(ApiKey.id.desc())
        )
        if person_id is not None:
            query = query.where(ApiKey.person_id == person_id)
        with self._store.session() as session:
            return [(key, person) for key, person in session.execute(query)]

    def revoke(self, identifier: str) -> str:
        """Revoke a key.

        Args:
            identifier: Of the key, or its prefix.

        Returns:
            Its identifier.

        Raises:
            NotFoundError: There is no such key.
            StoreError: The store does not answer; nothing was changed.
        """
        named = ApiKey.id if is_id(identifier) else ApiKey.prefix
        with self._store.session() as session:
            key = session.scalars(select(ApiKey).where(named == identifier)).first()
            if key is None:
                raise NotFoundError(
                    f"there is no key {identifier[:40]}",
                    zh=f"没有密钥 {identifier[:40]}",
                )
            if key.revoked_at is None:
                key.revoked_at = datetime.now(UTC)
                Audit.append(session, self._store.who, "key.revoked", key.id)
            return key.id


def _made(person: Person, name: str, roles: list[Role], lifetime: timedelta) -> Issued:
    """A key of random letters that no store holds yet."""
    now, prefix, secret = datetime.now(UTC), _new_prefix(), new_secret()
    key = ApiKey(
        id=new_id(now),
        prefix=prefix,
        secret_sha256=hashed(secret),
        person_id=person.id,
        name=name,
        roles=roles,
        created_at=now,
        expires_at=now + lifetime,
    )
    return Issued(key, f"{MARK}_{prefix}_{secret}")


def _noted(key: ApiKey) -> dict[str, Fact]:
    """What the audit log states of a key."""
    return {
        "person": key.person_id,
        "roles": " ".join(key.roles),
        "expires_at": utc_text(key.expires_at),
    }


@dataclass(frozen=True)
class Speaker:
    """The person whom a key authenticates.

    Attributes:
        who: The person, in the roles of the key.
        limits: Of the key.
        last_used_at: When it was last noted that it was used.
    """

    who: Who
    limits: Limits
    last_used_at: datetime | None


def speaker_of(store: Store, text: str, now: datetime) -> Speaker | None:
    """The person whom a key authenticates; None where it is invalid or expired.

    Raises:
        StoreError: The store does not answer.
    """
    mark, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    query = (
        select(ApiKey, Person)
        .join(Person, ApiKey.person_id == Person.id)
        .where(ApiKey.prefix == prefix)
    )
    with store.session_of_all() as session:
        found = session.execute(query).one_or_none()
    right = is_secret(secret, found[0].secret_sha256 if found else _NO_KEY)
    if not found or not right or mark != MARK or not serves(*found, now):
        return None
    key, person = found
    limits = Limits(key.requests_a_minute, key.largest_body_bytes)
    return Speaker(who_is(person, key), limits, key.last_used_at)


def note_use(store: Store, key_id: str, now: datetime) -> None:
    """Note that a key was used.

    Raises:
        StoreError: The store does not answer.
    """
    with store.session_of_all() as session:
        used = update(ApiKey).where(ApiKey.id == key_id).values(last_used_at=now)
        session.execute(used)


def serves(key: ApiKey, person: Person, now: datetime) -> bool:
    """Whether a key is valid now: not revoked or expired, its person not disabled."""
    over = (key.revoked_at, key.expires_at, person.disabled_at)
    return not any(is_past(moment, now) for moment in over)


def _new_prefix() -> str:
    return secrets.token_hex(_PREFIX_BYTES)
