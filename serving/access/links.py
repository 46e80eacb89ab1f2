"""Links that sign a person in: once, within minutes."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from serving.access.four_eyes import refuse_link
from serving.access.persons import Persons
from serving.access.secret import hashed, new_secret
from serving.access.tables import Person, SignInLink
from serving.audit.log import Audit
from serving.storage.changes import rows_changed
from serving.storage.store import Store

LIFETIME = timedelta(minutes=15)


def issue(store: Store, person_id: str) -> str:
    """Make a link for a person.

    Returns:
        The secret that the link ends with.

    Raises:
        NotFoundError: There is no such person.
        ForbiddenError: They are disabled, or sign on at a provider.
        StoreError: The store does not answer; nothing was issued.
    """
    person = Persons(store).admitted(person_id)
    refuse_link(store.who, person)
    token, now = new_secret(), datetime.now(UTC)
    with store.session() as session:
        session.add(
            SignInLink(
                token_sha256=hashed(token),
                person_id=person.id,
                created_at=now,
                expires_at=now + LIFETIME,
            )
        )
        Audit.append(session, store.who, "link.issued", person.id)
    return token


def take(store: Store, token: str) -> Person | None:
    """Use up a link: the person it signs in, None where it was used or has expired.

    Raises:
        StoreError: The store does not answer; the link was not used.
    """
    now = datetime.now(UTC)
    unused = update(SignInLink).where(
        SignInLink.token_sha256 == hashed(token),
        SignInLink.used_at.is_(None),
        SignInLink.expires_at > now,
    )
    whose = (
        select(Person)
        .join(SignInLink, SignInLink.person_id == Person.id)
        .where(SignInLink.token_sha256 == hashed(token), Person.disabled_at.is_(None))
    )
    with store.session_of_all() as session:
        done = session.execute(unused.values(used_at=now))
        if rows_changed(done) != 1:
            return None
        return session.scalars(whose).one_or_none()


def serves(store: Store, token: str) -> bool:
    """Whether a link is unused and has not expired.

    Raises:
        StoreError: The store does not answer.
    """
    query = select(SignInLink.token_sha256).where(
        SignInLink.token_sha256 == hashed(token),
        SignInLink.used_at.is_(None),
        SignInLink.expires_at > datetime.now(UTC),
    )
    with store.session_of_all() as session:
        return session.scalars(query).first() is not None
