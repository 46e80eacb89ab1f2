"""Which rows of a tape can be priced, and what is wrong with all others."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.errors import Finding
from features.findings import TABLES_ZH, finding
from features.package import HeaderValue, Ints, Package
from features.reading.accepted import CheckedTable, RejectedRow
from features.reading.checks import (
    common_cutoff,
    known_by_cutoff,
    orphans,
    owners,
    repeated_claims,
    with_header,
    without_cutoff,
)
from features.reading.debtors import with_claims
from features.reading.guarantors.guarantees import named_guarantees
from features.reading.persons import Persons
from features.reading.shared_items import with_shared
from features.reading.tables import ConvertedTable
from features.reading.title import PackageHeader
from features.reading.told_beside import told_beside


@dataclass(frozen=True)
class Accepted:
    """The rows that can be priced, before cross-field rules are applied.

    Attributes:
        package: The accepted rows.
        rows: Row number of every accepted claim as the sender counts it, shape (n,).
        rejected: The rows left out.
        warnings: What reading had to say of accepted rows and columns.
        persons: Personal data taken out of accepted rows, by table.
    """

    package: Package
    rows: Ints
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[Finding, ...]
    persons: Mapping[str, pa.Table] = field(default_factory=dict, repr=False)


def accepted_rows(
    tables: Mapping[str, ConvertedTable], header: PackageHeader, persons: Persons
) -> Accepted:
    """The rows of converted tables that can be priced.

    Args:
        tables: Tables of the tape by name, the claims among them.
        header: Fields of the package as a whole.
        persons: Takes persons out of the tape.

    Raises:
        TapeError: Nothing says the cut-off date of any claim, or rows that name their
            debtor come to more than any honest tape holds.
    """
    strict = header.strict
    stated = _checked_claims(with_header(tables["claims"], header), strict)
    others = {
        name: with_claims(table, stated, strict=strict)
        for name, table in tables.items()
        if name != "claims"
    }
    claims, named = named_guarantees(stated, others.pop("guarantees", None), persons)
    every = (*others.values(), *([named] if named else []))
    joined = [_checked_joined(table, claims, strict) for table in every]
    warnings = (
        *(note for checked in (claims, *joined) for note in checked.table.notes),
        *(warning for checked in (claims, *joined) for warning in checked.warnings()),
        *(loss for checked in joined for loss in _losses(claims, checked)),
    )
    return Accepted(
        _package(claims, joined, {**header.stated, **header.imposed}),
        claims.table.rows[claims.accepted],
        tuple(r for checked in (claims, *joined) for r in checked.rejected()),
        warnings,
        {c.table.table: c.persons() for c in (claims, *joined) if c.table.personal},
    )


def _checked_claims(claims: ConvertedTable, strict: bool) -> CheckedTable:
    claims = known_by_cutoff(claims, claims.data["cutoff_date"], strict=strict)
    claims = told_beside(claims)
    remarks = (*claims.remarks, *without_cutoff(claims), *repeated_claims(claims))
    return CheckedTable(claims, remarks)


def _checked_joined(
    table: ConvertedTable, claims: CheckedTable, strict: bool
) -> CheckedTable:
    owner = owners(table, claims.table)
    cutoff = claims.table.data["cutoff_date"].take(owner)
    table = known_by_cutoff(table, cutoff, strict=strict)
    if table.table == "collateral" and not strict:
        table = with_shared(table, _debtors(claims.table, owner))
    orphaned = orphans(table, owner, claims.accepted)
    return CheckedTable(table, (*table.remarks, *orphaned))


def _debtors(claims: ConvertedTable, owner: pa.ChunkedArray) -> pa.Array:
    """Debtor of some claims, null where it is not told, shape (rows,)."""
    if "obligor_id" not in claims.data.column_names:
        return pa.nulls(len(owner), pa.string())
    return claims.data["obligor_id"].take(owner).combine_chunks()


def _package(
    claims: CheckedTable,
    joined: Iterable[CheckedTable],
    header: Mapping[str, HeaderValue],
) -> Package:
    rows = claims.data()
    cutoff = common_cutoff(rows)
    if cutoff is not None:
        header = {**header, "cutoff_date": cutoff}
    others = {checked.table.table: checked.data() for checked in joined}
    return Package.of(rows, others.get("collateral"), others.get("guarantees"), header)


def _losses(claims: CheckedTable, joined: CheckedTable) -> Iterator[Finding]:
    """A warning on every accepted claim that a rejected joined row belonged to."""
    lost = np.flatnonzero(~joined.accepted)
    if not len(lost):
        return
    lost_of = joined.table.data["claim_id"].take(pa.array(lost))
    ids = claims.data()["claim_id"]
    rows = claims.table.rows[claims.accepted]
    for position, claim in zip(
        lost, pc.index_in(lost_of, ids).to_pylist(), strict=True
    ):
        if claim is not None:
            yield finding(
                "joined_row_rejected",
                row=int(rows[claim]),
                other=int(joined.table.rows[position]),
                other_table=joined.table.table,
                other_table_zh=TABLES_ZH[joined.table.table],
            )
