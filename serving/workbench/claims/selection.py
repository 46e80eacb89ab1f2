"""Claims chosen, sorted and summed up: Arrow throughout, whole fen in every sum."""

from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from functools import reduce

import pyarrow as pa
import pyarrow.compute as pc

from serving.lines import FACTS
from serving.workbench.claims.columns import COLUMNS, FACETS, Column, group_columns
from serving.workbench.claims.query import ClaimsQuery

_SUMMED = ("claim_fen", "gross_fen", "net_fen", "present_value_fen")
_SEARCHED = ("claim_id", "obligor_id")
# By which rows are sorted that do not have the column asked for.
_SORTED_BY = "claim"


@dataclass(frozen=True)
class Sums:
    """Exact sums over claims, in whole fen.

    Attributes:
        claims: How many.
        claim_fen: What is owed.
        gross_fen: Expected gross cash; the other amounts alike.
        net_fen: Gross cash less cost.
        present_value_fen: What the net cash is worth at the cut-off date.
    """

    claims: int
    claim_fen: int
    gross_fen: int
    net_fen: int
    present_value_fen: int

    @property
    def mean_rate(self) -> float | None:
        """Expected gross cash over claim; None of nothing."""
        return self.gross_fen / self.claim_fen if self.claim_fen else None

    def shares_of(self, whole: "Sums") -> list[float | None]:
        """Each sum as a share of that of all claims; None of nothing."""
        pairs = zip(astuple(self), astuple(whole), strict=True)
        return [part / total if total else None for part, total in pairs]


def with_derived(lines: pa.Table, overrides: Mapping[str, int]) -> pa.Table:
    """Lines with what follows from them, and with what persons say beside the model.

    Args:
        lines: Claims of a valuation.
        overrides: Present value in fen that stands in place of the model's, by claim.

    Returns:
        The lines with place from 1, cost, value over claim, and override.
    """
    stated = pa.array(map(overrides.get, lines["claim_id"].to_pylist()), pa.int64())
    place = pa.array(range(1, len(lines) + 1), pa.int64())
    cost = pc.subtract(lines["gross_fen"], lines["net_fen"])
    return (
        lines.append_column("place", place)
        .append_column("cost_fen", cost)
        .append_column(
            "value_rate", _over(lines, "present_value_fen", lines["claim_fen"])
        )
        .append_column("override_fen", stated)
    )


def chosen(lines: pa.Table, query: ClaimsQuery) -> pa.Table:
    """The lines that a query asks for, in its order; equals stay in theirs.

    Args:
        lines: Lines ``with_derived`` columns.
        query: Filters and order.
    """
    masks = list(_masks(lines, query))
    kept = lines.filter(reduce(pc.and_, masks)) if masks else lines
    return _sorted(kept, query, COLUMNS)


def sums(lines: pa.Table) -> Sums:
    """Exact sums over lines."""
    totals = (pc.sum(lines[name]).as_py() or 0 for name in _SUMMED)
    return Sums(len(lines), *totals)


def groups(lines: pa.Table, query: ClaimsQuery) -> pa.Table:
    """Sums of lines by what a query groups them by, in its order.

    The share is that of the present value of all lines.

    Args:
        lines: The lines chosen.
        query: Grouping and order.
    """
    by = lines.group_by(query.group, use_threads=False)
    found = by.aggregate([*((name, "sum") for name in _SUMMED), ([], "count_all")])
    told = found.rename_columns([query.group, *_SUMMED, "claims"])
    whole = pc.sum(lines["present_value_fen"]).as_py()
    for name, value in (
        ("mean_rate", _over(told, "gross_fen", told["claim_fen"])),
        ("value_rate", _over(told, "present_value_fen", told["claim_fen"])),
        ("share", _over(told, "present_value_fen", pa.scalar(whole or None))),
    ):
        told = told.append_column(name, value)
    by_name = {column.name: column for column in group_columns(query.group)}
    return _sorted(told.sort_by(query.group), query, by_name)


def facets(lines: pa.Table) -> dict[str, list[tuple[str, int]]]:
    """How many lines hold each value of the facts of few values, most first."""
    return {name: _counted(lines[name]) for name in FACETS}


def _counted(values: pa.ChunkedArray) -> list[tuple[str, int]]:
    counts = pc.value_counts(values.drop_null()).to_pylist()
    found = [(each["values"], each["counts"]) for each in counts]
    return sorted(found, key=lambda pair: (-pair[1], pair[0]))


def _masks(lines: pa.Table, query: ClaimsQuery) -> Iterator[pa.ChunkedArray]:
    for name in dict.fromkeys((*FACETS, *FACTS)):
        values: tuple[str, ...] = getattr(query, name, ())
        if values or name in query.missing:
            yield _fact_is(lines[name], values, name in query.missing)
    for name, low, high in query.ranges():
        if low is not None:
            yield pc.greater_equal(lines[name], low)
        if high is not None:
            yield pc.less_equal(lines[name], high)
    if query.warned:
        yield pc.greater(lines["warnings"], 0)
    if query.q.strip():
        yield _found(lines, query.q.strip())


def _fact_is(
    column: pa.ChunkedArray, values: tuple[str, ...], or_missing: bool
) -> pa.ChunkedArray:
    """Whether a fact is one of some values, or is not stated where that is asked."""
    stated = pc.is_in(column, pa.array(values, column.type))
    return pc.or_(stated, pc.is_null(column)) if or_missing else stated


def _found(lines: pa.Table, text: str) -> pa.ChunkedArray:
    """Whether an id holds a text, whatever its case."""
    held = (
        pc.fill_null(pc.match_substring(lines[name], text, ignore_case=True), False)
        for name in _SEARCHED
    )
    return reduce(pc.or_, held)


def _sorted(
    table: pa.Table, query: ClaimsQuery, columns: Mapping[str, Column]
) -> pa.Table:
    """Rows by a column of theirs, nothing last, equals as they were."""
    known = query.sort_column in columns
    column = columns[query.sort_column if known else _SORTED_BY]
    order = "descending" if query.descending or not known else "ascending"
    return table.take(pc.sort_indices(table, sort_keys=[(column.source, order)]))


def _over(table: pa.Table, name: str, whole: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as a share of another amount."""
    parts = (pc.cast(amount, pa.float64()) for amount in (table[name], whole))
    return pc.divide(*parts)
