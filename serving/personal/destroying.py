"""Personal data is destroyed: its keys, its rows, and what certifies it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import ColumnElement, delete, func, or_, select
from sqlalchemy.orm import Session

from features.errors import NotFoundError
from features.personal.recognition import masked
from serving.access.who import Who
from serving.audit.log import Audit, utc_text
from serving.identifiers import new_id
from serving.personal.tables import PersonalCertificate, PersonalKey, PersonalRecord
from serving.personal.vault import forget
from serving.storage.changes import parts
from serving.storage.postgresql import unhurried
from serving.storage.store import Store
from serving.storage.tables import Draft

METHOD = "AES-256-GCM data keys destroyed, sealed rows deleted"


@dataclass(frozen=True)
class Wish:
    """What is to be destroyed.

    Attributes:
        package: A valuation, a draft, or a package with all of its valuations.
        older_than: Whatever was put away longer ago.
    """

    package: str | None = None
    older_than: timedelta | None = None

    @property
    def subject(self) -> str:
        """What it is called."""
        if self.package is not None:
            return masked(self.package)[:100]
        return f"older than {(self.older_than or timedelta()).days} days"

    def condition(self, now: datetime) -> ColumnElement[bool]:
        """The keys that it means."""
        if self.package is not None:
            named = PersonalKey.package_id == masked(self.package)
            return or_(PersonalKey.subject == self.package, named)
        return PersonalKey.created_at < now - (self.older_than or timedelta())


def kept(store: Store, wish: Wish) -> dict[str, Any]:
    """What a wish would destroy: how many claims and persons, and under which keys.

    Args:
        store: Of whoever asks, whose tenant alone is meant.
        wish: What is to be destroyed.

    Raises:
        NotFoundError: There is nothing of the kind.
        StoreError: The store does not answer.
    """
    with store.session() as session:
        return _kept(session, wish, datetime.now(UTC))


def destroy(store: Store, wish: Wish) -> dict[str, Any]:
    """Destroy personal data for ever; gives the certificate.

    Args:
        store: Of whoever wishes it, whose tenant alone is meant.
        wish: What is to be destroyed.

    Raises:
        NotFoundError: There is nothing of the kind.
        StoreError: The store does not answer; nothing was destroyed.
    """
    now = datetime.now(UTC)
    # Of years of valuations more is put together between two statements than a
    # transaction may otherwise be idle.
    with store.session() as session, unhurried(session.connection()):
        found = _kept(session, wish, now)
        subjects = [key["subject"] for key in found["keys"]]
        content = {**found, **_certified(store.who, now)}
        digest = sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
        for some in parts(subjects):
            forget(session, some)
            session.execute(delete(Draft).where(Draft.id.in_(some)))
        row = PersonalCertificate(
            id=content["certificate"],
            at=now,
            subject=wish.subject,
            content=content,
            sha256=digest,
        )
        session.add(row)
        facts = {
            "valuations": len(subjects),
            "values": content["claims"],
            "persons": content["persons"],
            "certificate_sha256": digest,
        }
        Audit.append(session, store.who, "personal.deleted", wish.subject, facts)
    return {**content, "sha256": digest}


def certificate(store: Store, identifier: str) -> dict[str, Any]:
    """A certificate that was issued.

    Raises:
        NotFoundError: There is none of this identifier.
        StoreError: The store does not answer.
    """
    with store.session() as session:
        row = session.get(PersonalCertificate, identifier)
        if row is None:
            raise NotFoundError(
                f"there is no certificate {identifier[:40]}",
                zh=f"没有销毁证明 {identifier[:40]}",
            )
        return {**row.content, "sha256": row.sha256}


def certificates(
    store: Store, limit: int = 100, before: str | None = None
) -> list[dict[str, Any]]:
    """The certificates that were issued, the newest first.

    Args:
        store: Of whoever asks.
        limit: Most to give.
        before: Only those that were issued before this one.

    Raises:
        StoreError: The store does not answer.
    """
    newest = select(PersonalCertificate).order_by(PersonalCertificate.id.desc())
    if before is not None:
        newest = newest.where(PersonalCertificate.id < before)
    with store.session() as session:
        rows = session.scalars(newest.limit(limit)).all()
        return [{**row.content, "sha256": row.sha256} for row in rows]


def _kept(session: Session, wish: Wish, now: datetime) -> dict[str, Any]:
    keys = session.scalars(
        select(PersonalKey).where(wish.condition(now)).order_by(PersonalKey.subject)
    ).all()
    if not keys:
        raise _nothing(wish)
    claims, persons = _counted(session, [key.subject for key in keys])
    return {
        "subject": wish.subject,
        "claims": claims,
        "persons": persons,
        "keys": [
            {
                "subject": key.subject,
                "package_id": key.package_id,
                "fingerprint": key.fingerprint,
                "kept_since": utc_text(key.created_at),
            }
            for key in keys
        ],
    }


def _counted(session: Session, subjects: Sequence[str]) -> tuple[int, int]:
    """Claims and persons that are kept of valuations."""
    counts = select(func.count(), func.coalesce(func.sum(PersonalRecord.persons), 0))
    found = [
        session.execute(counts.where(PersonalRecord.subject.in_(some))).one()
        for some in parts(subjects)
    ]
    return sum(int(claims) for claims, _ in found), sum(int(p) for _, p in found)


def _certified(who: Who, now: datetime) -> dict[str, Any]:
    return {
        "certificate": new_id(now),
        "at": utc_text(now),
        "tenant": who.tenant,
        "by": who.id,
        "method": METHOD,
    }


def _nothing(wish: Wish) -> NotFoundError:
    return NotFoundError(
        f"no personal data is kept of {wish.subject}, or it was destroyed before",
        zh=f"{wish.subject}未保存个人信息，或此前已销毁",
    )
