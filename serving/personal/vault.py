"""The vault: who the persons behind claims are, sealed under a key of each package."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pyarrow as pa
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from features.errors import NotFoundError
from features.personal.keys import Keys
from serving.personal.envelope import DataKey
from serving.personal.persons import ClaimPersons, by_claim
from serving.personal.tables import PersonalKey, PersonalRecord

_FILE = "file"


@dataclass(frozen=True)
class Vault:
    """The vault of one tenant.

    Attributes:
        tenant: Whose it is.
        keys: Keys of the installation.
    """

    tenant: str
    keys: Keys

    def keep(
        self,
        session: Session,
        subject: str,
        package_id: str | None,
        persons: Mapping[str, pa.Table],
    ) -> int:
        """Put away the persons of a valuation, in the transaction that records it.

        Args:
            session: That transaction.
            subject: The valuation.
            package_id: Its package.
            persons: Personal data by table.

        Returns:
            Number of claims that any was told of.
        """
        claims = by_claim(persons)
        if claims:
            key = self._new_key(session, subject, package_id)
            rows = [
                {
                    "subject": subject,
                    "number": number,
                    "claim_id": each.claim_id,
                    "persons": len(each.entries),
                    "sealed": key.sealed(each.content(), each.claim_id),
                }
                for number, each in enumerate(claims)
            ]
            session.execute(insert(PersonalRecord), rows)
        return len(claims)

    def sealed_file(self, session: Session, subject: str, content: bytes) -> bytes:
        """A file as the store may keep it, under a new key of its own."""
        return self._new_key(session, subject, None).sealed(content, _FILE)

    def file(self, session: Session, subject: str, sealed: bytes) -> bytes:
        """The file again.

        Raises:
            NotFoundError: Its key was destroyed.
            StoreError: It does not open.
        """
        return self._key(session, subject).open(sealed, _FILE)

    def count(self, session: Session, subject: str) -> int:
        """Number of claims whose persons are kept."""
        mine = PersonalRecord.subject == subject
        found = session.scalar(
            select(func.count()).select_from(PersonalRecord).where(mine)
        )
        return found or 0

    def persons(
        self,
        session: Session,
        subject: str,
        claim_id: str | None = None,
        after: int = -1,
        limit: int | None = None,
    ) -> Iterator[tuple[int, ClaimPersons]]:
        """The persons behind the claims of a valuation, with their numbers.

        Args:
            session: Of the store.
            subject: The valuation.
            claim_id: One claim only.
            after: Only those of a higher number.
            limit: Most to give.

        Raises:
            NotFoundError: None are kept, or not any more.
            StoreError: They do not open.
        """
        rows = self._rows(session, subject, claim_id, after, limit)
        key = self._key(session, subject)
        for row in rows:
            content = key.open(row.sealed, row.claim_id)
            yield row.number, ClaimPersons.of_bytes(row.claim_id, content)

    def _rows(
        self,
        session: Session,
        subject: str,
        claim_id: str | None,
        after: int,
        limit: int | None,
    ) -> Sequence[PersonalRecord]:
        query = select(PersonalRecord).where(
            PersonalRecord.subject == subject, PersonalRecord.number > after
        )
        if claim_id is not None:
            query = query.where(PersonalRecord.claim_id == claim_id)
        ordered = query.order_by(PersonalRecord.number).limit(limit)
        return session.scalars(ordered).all()

    def _new_key(
        self, session: Session, subject: str, package_id: str | None
    ) -> DataKey:
        key = DataKey.new(self.tenant, subject)
        row = PersonalKey(
            subject=subject,
            created_at=datetime.now(UTC),
            package_id=package_id,
            fingerprint=key.fingerprint,
            wrapped=key.wrapped(self.keys),
            wrapped_by=self.keys.present,
        )
        session.add(row)
        session.flush()
        return key

    def _key(self, session: Session, subject: str) -> DataKey:
        row = session.get(PersonalKey, subject)
        if row is None:
            raise NotFoundError(
                f"no personal data is kept of {subject[:40]}, or it was destroyed",
                zh=f"{subject[:40]}未保存个人信息，或已销毁",
            )
        return self.opened(row)

    def opened(self, row: PersonalKey) -> DataKey:
        """The key in a row.

        Raises:
            StoreError: It does not open.
        """
        return DataKey.opened(
            row.wrapped, row.wrapped_by, self.keys, self.tenant, row.subject
        )


def forget(session: Session, subjects: Sequence[str]) -> None:
    """Destroy the sealed rows and the keys of valuations and drafts."""
    for table in (PersonalRecord, PersonalKey):
        session.execute(delete(table).where(table.subject.in_(subjects)))
