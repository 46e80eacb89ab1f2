"""Tenants and the persons of each: who is known, and in which roles."""

import re
from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime
from typing import NoReturn

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from features.errors import (
    AssumptionError,
    Finding,
    ForbiddenError,
    NotFoundError,
    StoreError,
)
from serving.access.four_eyes import refuse_own
from serving.access.tables import ApiKey, BrowserSession, Person, SignInLink, Tenant
from serving.access.who import ROLES, Role, Who
from serving.audit.log import Audit
from serving.identifiers import is_id, new_id
from serving.reviews.persons import is_legible, person_key
from serving.storage.store import Store

LONGEST_NAME = 100
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


class Tenants:
    """The tenants of an installation."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def add(self, identifier: str, name: str) -> Tenant:
        """Add a tenant.

        Raises:
            AssumptionError: The identifier is none, or is taken.
            StoreError: The store does not answer; nothing was added.
        """
        if not _TENANT.fullmatch(identifier):
            _refuse(
                "tenant",
                "is no identifier; use a-z, 0-9 and -, at most 63",
                "不是有效标识；请用小写字母、数字和连字符，最多63个字符",
                identifier,
            )
        tenant = Tenant(id=identifier, name=name, created_at=datetime.now(UTC))
        try:
            with self._store.session_of_all() as session:
                session.add(tenant)
                Audit.append(session, self._store.who, "tenant.added", identifier)
        except StoreError as error:
            if not isinstance(error.__cause__, IntegrityError):
                raise
            _refuse("tenant", "is there already", "该租户已存在", identifier)
        return tenant

    def all(self) -> list[Tenant]:
        """Every tenant by identifier.

        Raises:
            StoreError: The store does not answer.
        """
        with self._store.session_of_all() as session:
            return list(session.scalars(select(Tenant).order_by(Tenant.id)))

    def check(self, identifier: str) -> None:
        """Refuse a tenant that is not known.

        Raises:
            NotFoundError: There is no such tenant.
        """
        with self._store.session_of_all() as session:
            if session.get(Tenant, identifier) is None:
                raise NotFoundError(
                    f"there is no tenant {identifier[:64]}; add it first",
                    zh=f"没有租户 {identifier[:64]}；请先添加",
                )


class Persons:
    """The persons of the tenant of a store."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def add(
        self, name: str, roles: Collection[str], subject: str | None = None
    ) -> Person:
        """Add a person.

        Args:
            name: What they are called.
            roles: What they may do.
            subject: Whom they are elsewhere, ``oidc:…`` or ``local:…``.

        Raises:
            AssumptionError: The name is illegible or a role is none.
            StoreError: The store does not answer; nothing was added.
        """
        now = datetime.now(UTC)
        person = Person(
            id=new_id(now),
            subject=subject,
            name=checked_name(name),
            roles=checked_roles(roles),
            created_at=now,
        )
        with self._store.session() as session:
            session.add(person)
            facts = {"roles": " ".join(person.roles)}
            Audit.append(session, self._store.who, "person.added", person.id, facts)
        return person

    def all(self) -> list[Person]:
        """All persons, in the order in which they were added.

        Raises:
            StoreError: The store does not answer.
        """
        with self._store.session() as session:
            return list(session.scalars(select(Person).order_by(Person.id)))

    def get(self, identifier: str) -> Person:
        """A person.

        Raises:
            NotFoundError: There is none of this identifier.
            StoreError: The store does not answer.
        """
        with self._store.session() as session:
            return _present(session, identifier)

    def admitted(self, identifier: str) -> Person:
        """A person who may be given a key or a link.

        Raises:
            NotFoundError: There is none of this identifier.
            ForbiddenError: They are disabled: it would serve as soon as they are not.
            StoreError: The store does not answer.
        """
        person = self.get(identifier)
        if person.disabled_at is not None:
            raise _disabled(person)
        return person

    def of_subject(self, subject: str) -> Person | None:
        """The person with an external subject; None where there is none.

        Raises:
            StoreError: The store does not answer.
        """
        query = select(Person).where(Person.subject == subject)
        with self._store.session() as session:
            return session.scalars(query).one_or_none()

    def change(self, identifier: str, name: str, roles: Collection[str]) -> Person:
        """Rename a person or give them other roles, with immediate effect.

        Returns:
            The person as changed.

        Raises:
            NotFoundError: There is no such person.
            ForbiddenError: The roles are one's own.
            AssumptionError: The name is illegible or a role is none.
            StoreError: The store does not answer; nothing was changed.
        """
        with self._store.session() as session:
            person = _present(session, identifier)
            stated, called = checked_roles(roles), checked_name(name)
            if stated != person.roles:
                refuse_own(self._store.who, person.id)
            facts = {"roles": " ".join(stated), "from_roles": " ".join(person.roles)}
            person.name, person.roles = called, stated
            Audit.append(session, self._store.who, "person.changed", person.id, facts)
            return person

    def disable(self, identifier: str) -> None:
        """Disable a person: sessions end, keys are revoked and links expire.

        Raises:
            NotFoundError: There is no such person.
            ForbiddenError: It is oneself.
            StoreError: The store does not answer; nothing was changed.
        """
        now = datetime.now(UTC)
        with self._store.session() as session:
            person = _present(session, identifier)
            refuse_own(self._store.who, person.id)
            person.disabled_at = person.disabled_at or now
            for table, over in _ENDS:
                open_yet = (table.person_id == person.id, over.is_(None))
                session.execute(update(table).where(*open_yet).values({over: now}))
            Audit.append(session, self._store.who, "person.disabled", person.id)

    def enable(self, identifier: str) -> None:
        """Enable a person again; they sign in anew and need new keys.

        Raises:
            NotFoundError: There is no such person.
            StoreError: The store does not answer; nothing was changed.
        """
        with self._store.session() as session:
            _present(session, identifier).disabled_at = None
            Audit.append(session, self._store.who, "person.enabled", identifier)


_ENDS = (
    (ApiKey, ApiKey.revoked_at),
    (BrowserSession, BrowserSession.ended_at),
    (SignInLink, SignInLink.used_at),
)


def who_is(person: Person, key: ApiKey | None = None) -> Who:
    """The identity of a person; through a key, in no more roles than it has."""
    roles: frozenset[Role] = frozenset(person.roles)
    who = Who(person.tenant, f"person:{person.id}", person.name, roles)
    return who if key is None else replace(who, roles=roles & {*key.roles}, key=key.id)


def signed_on(
    store: Store, subject: str, name: str, roles: Collection[str]
) -> Person | None:
    """A person whom a provider signed on, in the roles it gives now.

    Returns:
        None where they were shut out here.

    Raises:
        StoreError: The store does not answer.
    """
    persons = Persons(store)
    known = persons.of_subject(subject)
    if known is None:
        return persons.add(name, roles, subject)
    if known.disabled_at is not None:
        return None
    if (checked_name(name), checked_roles(roles)) != (known.name, known.roles):
        return persons.change(known.id, name, roles)
    return known


def local_person(store: Store) -> Person:
    """The person of the local user, added in every role where absent.

    Raises:
        StoreError: The store does not answer.
    """
    persons, subject = Persons(store), store.who.id
    known = persons.of_subject(subject)
    return known or persons.add(store.who.name, store.who.roles, subject)


def checked_name(name: str) -> str:
    """A name as it is stored, its white space normalised.

    Raises:
        AssumptionError: It is empty, too long or holds invisible characters.
    """
    called = " ".join(name.split())
    if not person_key(called) or not is_legible(called) or len(called) > LONGEST_NAME:
        _refuse(
            "name",
            f"must show and be at most {LONGEST_NAME} characters; type it anew",
            f"须为可见字符，且不超过{LONGEST_NAME}个；请重新输入",
            called,
        )
    return called


def checked_roles(roles: Collection[str]) -> list[Role]:
    """Valid roles in their fixed order.

    Raises:
        AssumptionError: One of them is none, or there is none at all.
    """
    if not roles:
        _refuse(
            "roles",
            f"must hold one role or more: {', '.join(ROLES)}",
            f"至少需要一个角色：{'、'.join(ROLES)}",
            "",
        )
    for role in sorted(set(roles) - set(ROLES)):
        _refuse(
            "roles",
            f"is no role; use {', '.join(ROLES)}",
            f"不是角色；可用：{'、'.join(ROLES)}",
            role,
        )
    return [role for role in ROLES if role in roles]


def _present(session: Session, identifier: str) -> Person:
    person = session.get(Person, identifier) if is_id(identifier) else None
    if person is None:
        raise NotFoundError(
            f"there is no person {identifier[:40]}", zh=f"没有人员 {identifier[:40]}"
        )
    return person


def _disabled(person: Person) -> ForbiddenError:
    reason = "this person is disabled, so that nothing would serve; enable them first"
    zh = "该人员已停用，密钥和链接均无效；请先重新启用"
    found = Finding("disabled", reason, zh, table="", value=person.name[:60])
    return ForbiddenError(reason, [found], zh)


def _refuse(field: str, english: str, chinese: str, value: str) -> NoReturn:
    wrong = Finding("access", english, chinese, table="", field=field, value=value[:60])
    raise AssumptionError(wrong.sentence(), [wrong])
