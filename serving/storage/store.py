"""The store of valuations: written once, never changed, listed newest first."""

import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import orjson
import pyarrow as pa
from sqlalchemy import func, select
from sqlalchemy.orm import Session, undefer

from features.personal.keys import KeyPlace
from serving.access.who import Who
from serving.audit.log import Audit
from serving.document import Document, encode
from serving.identifiers import unknown_valuation
from serving.lines import SCHEMA, claim_lines
from serving.personal.vault import Vault
from serving.storage.database import Database
from serving.storage.engine import answering, expect_writable
from serving.storage.listing import Filters, newest
from serving.storage.postgresql import Limits
from serving.storage.stored import Door, StoredDocument, facts_of, row_of
from serving.storage.tables import Valuation
from serving.submission import PackedSubmission, Submission, opened_table


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
    ) -> StoredDocument:
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
        row = row_of(stored, submission, document, door)
        row.parent_id = parent_id
        with self.session() as session:
            session.add(row)
            session.flush()
            if submission.persons:
                self.vault.keep(session, stored.id, row.package_id, submission.persons)
            if also is not None:
                also(session, stored.id)
            Audit.append(
                session, self.who, "valuation.recorded", stored.id, facts_of(row)
            )
        return stored

    def document(self, identifier: str) -> StoredDocument:
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
