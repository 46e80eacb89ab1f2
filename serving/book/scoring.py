"""A chunk of claims scored: its parts as bytes, and what is noted of them."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import TapeError
from features.personal.pseudonyms import Pseudonyms
from features.reading.accepted import RejectedRow
from features.segment import segments
from features.tape import Accepted, accept_table
from models.pricing.assumptions import Assumptions
from models.pricing.book import partition_moments
from models.pricing.claim_prices import price_claims
from models.pricing.moments import ConditionalMoments
from models.recovery.factors import Factors
from models.recovery.model import ModelRecord, RecoveryModel
from serving.book.chunks import Chunk
from serving.book.dataset import id_column, without_listed
from serving.book.joined import Joined, JoinedRows
from serving.book.journal import JOURNAL, Finished, Outcome, Part
from serving.book.moments import packed
from serving.book.order import BookOrder
from serving.book.tables import (
    MEAN_SCHEMA,
    REPEATING,
    PlacedRow,
    claim_part,
    claim_schema,
    claim_warnings,
    mean_part,
    rejected_part,
)
from serving.book.totals import Totals, sums_of_means, sums_of_prices

_JOINED = ("collateral", "guarantees")


@dataclass(frozen=True)
class Scored:
    """The figures of a chunk.

    Attributes:
        claims: One row for each accepted claim.
        totals: What is summed over them.
        moments: What their range is worked out from, where they were priced.
    """

    claims: pa.Table
    totals: Totals
    moments: ConditionalMoments | None = None


class Scorer:
    """Scores chunks of one book; threads may share it."""

    def __init__(
        self, order: BookOrder, model: RecoveryModel, pseudonyms: Pseudonyms
    ) -> None:
        """Remember what is asked.

        Args:
            order: The book.
            model: The model that it names.
            pseudonyms: Signs of persons whose names stand in identifiers.
        """
        self.order = order
        self.pseudonyms = pseudonyms
        self._model = model
        self._assumptions = Assumptions.of(order.assumptions)
        datasets = {name: getattr(order, name) for name in _JOINED}
        self._joined = {n: Joined(n, files) for n, files in datasets.items() if files}

    def prepare(self) -> None:
        """Read what every chunk needs, before threads ask for it side by side.

        Raises:
            InputError: It cannot be read, or is too large in its form.
        """
        for joined in self._joined.values():
            joined.prepare()

    def score(self, chunk: Chunk) -> Outcome:
        """Price a chunk; nothing is written yet.

        Raises:
            InputError: It cannot be read as claims.
        """
        joined = self._joined_rows(chunk)
        accepted = self._accepted(chunk, joined)
        rejected = sorted((*chunk.torn, *accepted.rejected), key=_place)
        placed = [self._placed(row, chunk, joined) for row in rejected]
        scored = self._scored(accepted)
        ids = pc.min_max(scored.claims["claim_id"]).as_py()
        files = _Files(chunk.name)
        done = Finished(
            name=chunk.name,
            claims=files.part("claims", scored.claims),
            rejected=files.part("rejected", rejected_part(placed)) if placed else None,
            moments=files.moments(scored.moments) if scored.moments else None,
            first_id=ids["min"],
            last_id=ids["max"],
            totals=scored.totals + _of_reading(accepted, rejected),
            share=chunk.share * self.order.share_of(chunk.file),
        )
        return Outcome(done, files.contents)

    def _accepted(self, chunk: Chunk, joined: Mapping[str, JoinedRows]) -> Accepted:
        tables = {name: rows.data for name, rows in joined.items()}
        claims = without_listed(chunk.data, tables)
        try:
            return accept_table(
                claims, chunk.rows, tables, self.order.header, self.pseudonyms
            )
        except TapeError as error:
            file = self.order.claims[chunk.file].shown
            said, zh = f"{file}: {error}", f"{file}：{error.zh}"
            raise TapeError(said, error.findings, zh) from None

    def _joined_rows(self, chunk: Chunk) -> Mapping[str, JoinedRows]:
        file = self.order.claims[chunk.file]
        ids = chunk.data[id_column(file, "claims")]
        return {n: j.of_claims(ids, file.keys) for n, j in self._joined.items()}

    def _scored(self, accepted: Accepted) -> Scored:
        """The figures of each claim, and their sums."""
        package, order = accepted.package, self.order
        if not len(package):
            return Scored(self._schema.empty_table(), Totals())
        if order.figures == "mean":
            rate = self._model.mean_rate(package)
            part = mean_part(package, rate, order.model)
            return Scored(part, sums_of_means(package, segments(package)))
        prices = price_claims(self._model, package, self._assumptions)
        warnings = claim_warnings(accepted, prices.forecast.unseen)
        counted = Totals(warnings=Counter(warnings.values.to_pylist()))
        return Scored(
            claim_part(package, prices, warnings, order.model),
            sums_of_prices(prices) + counted,
            partition_moments(prices, package, self._factors),
        )

    @property
    def record(self) -> ModelRecord:
        """Record of the model."""
        return self._model.record

    @property
    def _factors(self) -> Factors:
        stated = self._assumptions.factor_correlation
        return self.record.factors if stated is None else Factors.common(stated)

    @property
    def _schema(self) -> pa.Schema:
        if self.order.figures == "mean":
            return MEAN_SCHEMA
        return claim_schema(self._assumptions.horizon_months)

    def _placed(
        self, row: RejectedRow, chunk: Chunk, joined: Mapping[str, JoinedRows]
    ) -> PlacedRow:
        """A rejected row as it is numbered in its file."""
        if row.table not in joined:
            return PlacedRow(self.order.claims[chunk.file].shown, row)
        rows = joined[row.table]
        file = getattr(self.order, row.table)[int(rows.file[row.row])]
        numbered = RejectedRow(row.table, int(rows.rows[row.row]), row.findings)
        return PlacedRow(file.shown, numbered)


class _Files:
    """What a chunk leaves in the folder of the output."""

    def __init__(self, chunk: str) -> None:
        self._chunk = chunk
        self.contents: dict[str, bytes | pa.Buffer] = {}

    def part(self, folder: str, table: pa.Table) -> Part:
        sink = pa.BufferOutputStream()
        # Amounts hardly repeat: looking for that takes longer than all else of it.
        repeating = [name for name in REPEATING if name in table.column_names]
        pq.write_table(table, sink, use_dictionary=repeating, compression="snappy")
        content = sink.getvalue()
        file = f"{folder}/part-{self._chunk}.parquet"
        self.contents[file] = content
        return Part.of(file, len(table), memoryview(content))

    def moments(self, moments: ConditionalMoments) -> str:
        file = f"{JOURNAL}/moments-{self._chunk}.npz"
        self.contents[file] = packed(moments)
        return file


def _place(row: RejectedRow) -> tuple[bool, str, int]:
    """Claims first, each table in the order of its rows."""
    return row.table != "claims", row.table, row.row


def _of_reading(accepted: Accepted, rejected: Sequence[RejectedRow]) -> Totals:
    package = accepted.package
    return Totals(
        rejected_rows=Counter(row.table for row in rejected),
        rejected=Counter(code for row in rejected for code in _codes(row)),
        collateral=len(package.collateral),
        guarantees=len(package.guarantees),
        latest_cutoff=package.cutoff_date if len(package) else None,
    )


def _codes(row: RejectedRow) -> Iterator[str]:
    return iter({finding.code for finding in row.findings})
