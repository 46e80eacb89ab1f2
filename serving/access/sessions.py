"""Browsers in which persons are signed in, until they leave them or sign out."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select, update

from features.errors import NotFoundError
from serving.access.persons import who_is
from serving.access.secret import hashed, is_past, new_secret
from serving.access.tables import BrowserSession, Person
from serving.access.who import Who
from serving.audit.log import Audit
from serving.settings import Settings
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

    @classmethod
    def of(cls, settings: Settings) -> "Lifetime":
        """How long sessions of an installation last."""
        return cls(
            timedelta(minutes=settings.session_idle_minutes),
            timedelta(hours=settings.session_hours),
        )


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
    """Record the time of the latest request of a browser.

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


def end_named(store: Store, name: str) -> None:
    """End one session of the tenant, as the audit log calls it.

    Raises:
        NotFoundError: None that is open is called so.
        StoreError: The store does not answer; somebody is signed in still.
    """
    named = select(BrowserSession).where(
        BrowserSession.token_sha256.startswith(name, autoescape=True),
        BrowserSession.ended_at.is_(None),
    )
    with store.session() as session:
        row = session.scalars(named).first() if len(name) == _NOTED_DIGITS else None
        if row is None:
            raise NotFoundError("there is no such session", zh="没有该会话")
        row.ended_at = datetime.now(UTC)
        Audit.append(session, store.who, "login.ended", name)


def open_sessions(
    store: Store, lifetime: Lifetime, person_id: str | None = None
) -> list[tuple[BrowserSession, Person]]:
    """Where persons of the tenant are signed in, the latest first.

    Args:
        store: Of the tenant.
        lifetime: How long sessions last.
        person_id: Whose sessions; everybody's where absent.

    Raises:
        StoreError: The store does not answer.
    """
    now = datetime.now(UTC)
    query = (
        select(BrowserSession, Person)
        .join(Person, BrowserSession.person_id == Person.id)
        .where(
            BrowserSession.ended_at.is_(None),
            BrowserSession.seen_at > now - lifetime.idle,
            BrowserSession.created_at > now - lifetime.whole,
        )
        .order_by(BrowserSession.seen_at.desc())
    )
    if person_id is not None:
        query = query.where(BrowserSession.person_id == person_id)
    with store.session() as session:
        return [(row, person) for row, person in session.execute(query)]


def name_of(row: BrowserSession) -> str:
    """What people and the audit log call a session."""
    return row.token_sha256[:_NOTED_DIGITS]


def _noted(token: str) -> str:
    """The same by its secret, of whose hash it is the beginning."""
    return hashed(token)[:_NOTED_DIGITS]
