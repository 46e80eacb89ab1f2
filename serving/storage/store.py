"""The store of valuations: written once, never changed, listed newest first."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, TypeVar

import orjson
import pyarrow as pa
from sqlalchemy import ColumnElement, Select, exists, func, select
from sqlalchemy.orm import Session, aliased, undefer

from features.personal.keys import KeyPlace
from models.pricing.fen import whole_fen
from serving.access.who import Who
from serving.audit.log import Audit, Fact
from serving.document import Document, encode
from serving.identifiers import new_id, unknown_valuation
from serving.lines import SCHEMA, claim_lines
from serving.personal.vault import Vault
from serving.storage.database import Database
from serving.storage.engine import answering, expect_writable
from serving.storage.postgresql import Limits
from serving.storage.tables import Deal, Draft, ReviewEvent, Valuation
from serving.submission import (
    PackedSubmission,
    Submission,
    opened_table,
    packed_table,
)

Door = Literal["json", "upload", "batch", "workbench"]


@dataclass(frozen=True)
class Filters:
    """Which valuations a listing shows; None shows all.

    Attributes:
        package_id: Identifier of the package.
        model_version: Version of the model.
        created_after: Earliest time, included.
        created_before: Latest time, not included.
        parent_id: Identifier of the valuation that they follow.
        awaiting: Whether only those that were reviewed and wait for an approval.
    """

    package_id: str | None = None
    model_version: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    parent_id: str | None = None
    awaiting: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions on the table."""
        conditions: list[ColumnElement[bool]] = []
        if self.awaiting:
            conditions.append(Valuation.id.in_(_awaiting()))
        if self.package_id is not None:
            conditions.append(Valuation.package_id == self.package_id)
        if self.model_version is not None:
            conditions.append(Valuation.model_version == self.model_version)
        if self.created_after is not None:
            conditions.append(Valuation.created_at >= self.created_after)
        if self.created_before is not None:
            conditions.append(Valuation.created_at < self.created_before)
        if self.parent_id is not None:
            conditions.append(Valuation.parent_id == self.parent_id)
        return conditions


class Store(Database):
    """The valuations of one tenant."""

    def __init__(
        self,
        database_url: str,
        who: Who | None = None,
        limits: Limits | None = None,
        keys: KeyPlace | None = None,
    ) -> None:
        """Name the database; nothing is opened yet.

        Args:
            database_url: As SQLAlchemy has it.
            who: Who reads and writes; whoever runs this program otherwise.
            limits: How long a PostgreSQL may take.
            keys: Where the keys of personal data stand; where the environment says
                when absent.
        """
        super().__init__(database_url, who, limits)
        self.key_place = keys or KeyPlace.of_environment()

    @property
    def vault(self) -> Vault:
        """Where the tenant's personal data is.

        Raises:
            ConfigError: The keys of this installation cannot be read.
        """
        return Vault(self.who.tenant, self.key_place.keys())

    def check(self) -> None:
        """Ask the database for something, and whether it could be written.

        Raises:
            StoreError: It does not answer, or can only be read.
        """
        with self.session() as session:
            newest(session, Valuation, [], 1, None)
            expect_writable(session.connection())

    def add(
        self,
        submission: Submission,
        document: Document,
        door: Door,
        parent_id: str | None = None,
        also: Callable[[Session, str], None] | None = None,
    ) -> "StoredDocument":
        """Put a valuation on record.

        Args:
            submission: What was handed in.
            document: The answer.
            door: How it was handed in.
            parent_id: The valuation that a revaluation follows.
            also: Called with the transaction and the new identifier: what is recorded
                together with the valuation or not at all.

        Raises:
            StoreError: The database does not answer; nothing was recorded.
        """
        last = next(iter(self.page(Filters(), limit=1)), None)
        after = last.id if last else None
        stored = StoredDocument.of(encode(document), datetime.now(UTC), after)
        row = _row(stored, submission, document, door)
        row.parent_id = parent_id
        with self.session() as session:
            session.add(row)
            session.flush()
            if submission.persons:
                self.vault.keep(session, stored.id, row.package_id, submission.persons)
            if also is not None:
                also(session, stored.id)
            Audit.append(
                session, self.who, "valuation.recorded", stored.id, _noted(row)
            )
        return stored

    def document(self, identifier: str) -> "StoredDocument":
        """The answer that was given.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The database does not answer.
        """
        row = self._get(identifier, Valuation.document)
        return StoredDocument(row.id, row.created_at, zlib.decompress(row.document))

    def packed_document(self, identifier: str) -> bytes:
        """The answer that was given, as zlib packed it.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The database does not answer.
        """
        return self._get(identifier, Valuation.document).document

    def row(self, identifier: str) -> Valuation | None:
        """The record of a valuation without its bytes; None where there is none.

        Raises:
            StoreError: The database does not answer.
        """
        with answering(), self._of_tenant() as session:
            return session.get(Valuation, identifier)

    def latest(self, package_id: str) -> Valuation:
        """The newest record of a package.

        Raises:
            NotFoundError: There is none.
            StoreError: The database does not answer.
        """
        rows = self.page(Filters(package_id=package_id), limit=1)
        if not rows:
            raise unknown_valuation(package_id)
        return rows[0]

    def package_figures(self, identifier: str) -> dict[str, Any]:
        """The section on the package of an answer that was given.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The database does not answer.
        """
        packed = self._get(identifier, Valuation.package_document).package_document
        if packed is None:
            content = self.document(identifier).content
            return dict(orjson.loads(content)["package"])
        return dict(orjson.loads(zlib.decompress(packed)))

    def claim_lines(self, identifier: str) -> pa.Table:
        """The claims of a valuation as lines, in the order of the package.

        Lines of a record that is older than one of their columns are made anew.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The database does not answer.
        """
        packed = self._get(identifier, Valuation.claim_lines).claim_lines
        lines = None if packed is None else opened_table(packed)
        if lines is not None and lines.schema.equals(SCHEMA):
            return lines
        claims = orjson.loads(self.document(identifier).content)["claims"]
        return claim_lines(claims, self.original(identifier)[1].package)

    def original(self, identifier: str) -> tuple[Valuation, Submission]:
        """The record of a valuation and what was handed in.

        Raises:
            NotFoundError: There is no such valuation.
            StoreError: The database does not answer.
        """
        row = self._get(
            identifier,
            Valuation.claims_table,
            Valuation.collateral_table,
            Valuation.guarantees_table,
            Valuation.notes,
        )
        packed = PackedSubmission(
            row.claims_table,
            row.collateral_table,
            row.guarantees_table,
            zlib.decompress(row.notes),
        )
        return row, packed.open()

    def page(
        self, filters: Filters, limit: int, before_id: str | None = None
    ) -> list[Valuation]:
        """Records, newest first, without their bytes.

        Args:
            filters: Which to show.
            limit: Most to give.
            before_id: Only those older than this one.

        Raises:
            StoreError: The database does not answer.
        """
        with self.session() as session:
            return newest(session, Valuation, filters.conditions(), limit, before_id)

    def count(self, filters: Filters) -> int:
        """How many records there are.

        Raises:
            StoreError: The database does not answer.
        """
        query = select(func.count(Valuation.id)).where(*filters.conditions())
        with self.session() as session:
            return session.scalar(query) or 0

    def _get(self, identifier: str, *columns: Any) -> Valuation:
        with answering(), self._of_tenant() as session:
            options = [undefer(column) for column in columns]
            row = session.get(Valuation, identifier, options=options)
        if row is None:
            raise unknown_valuation(identifier)
        return row


def _awaiting() -> Select[str]:
    """Identifiers of the valuations whose last step is a review."""
    later = aliased(ReviewEvent)
    follows = (later.valuation_id == ReviewEvent.valuation_id) & (
        later.number > ReviewEvent.number
    )
    reviewed = select(ReviewEvent.valuation_id).where(ReviewEvent.kind == "reviewed")
    return reviewed.where(~exists(later.id).where(follows))


Row = TypeVar("Row", Valuation, Deal, Draft)


def newest(
    session: Session,
    table: type[Row],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    before_id: str | None,
) -> list[Row]:
    """Rows of a table, newest first, without their bytes.

    Args:
        session: Of the store.
        table: The table.
        conditions: Which rows to give.
        limit: Most to give.
        before_id: Only those older than this one.
    """
    query = select(table).where(*conditions)
    if before_id is not None:
        query = query.where(table.id < before_id)
    return list(session.scalars(query.order_by(table.id.desc()).limit(limit)))


@dataclass(frozen=True)
class StoredDocument:
    """An answer on record.

    Attributes:
        id: Its identifier.
        created_at: When it was recorded.
        content: The document as JSON, what a replay must reproduce.
    """

    id: str
    created_at: datetime
    content: bytes

    @classmethod
    def of(
        cls, content: bytes, now: datetime, after: str | None = None
    ) -> "StoredDocument":
        """A new document, timed to the millisecond, listed before what it is after."""
        return cls(
            new_id(now, after),
            now.replace(microsecond=now.microsecond // 1000 * 1000),
            content,
        )

    @property
    def sha256(self) -> str:
        """Hash of the document."""
        return sha256(self.content).hexdigest()

    def answer(self) -> bytes:
        """The document with its identifier and time in front, as JSON."""
        time = self.created_at.isoformat(timespec="milliseconds")
        head = f'{{"id":"{self.id}","created_at":"{time}",'
        return head.encode() + self.content[1:]


def _noted(row: Valuation) -> dict[str, Fact]:
    """What the audit log says of a valuation."""
    names = (
        "door",
        "claims",
        "model_version",
        "model_sha256",
        "document_sha256",
        "parent_id",
    )
    return {name: getattr(row, name) for name in names}


def _row(
    stored: StoredDocument, submission: Submission, document: Document, door: Door
) -> Valuation:
    packed = submission.packed()
    model, package = document["model"], document["package"]
    return Valuation(
        id=stored.id,
        created_at=stored.created_at,
        door=door,
        filename=submission.filename,
        package_id=package["package_id"],
        model_name=model["name"],
        model_version=model["version"],
        model_sha256=model["sha256"],
        simulated=model["simulated"],
        claims=package["claims"],
        claim_fen=whole_fen(package["claim_yuan"]),
        present_value_fen=whole_fen(package["present_value_yuan"]),
        maximum_bid_fen=whole_fen(package["maximum_bid_yuan"]),
        assumptions=document["assumptions"],
        document_sha256=stored.sha256,
        claims_table=packed.claims,
        collateral_table=packed.collateral,
        guarantees_table=packed.guarantees,
        notes=zlib.compress(packed.notes),
        document=zlib.compress(stored.content),
        package_document=zlib.compress(encode(package)),
        claim_lines=packed_table(claim_lines(document["claims"], submission.package)),
    )
