"""Past deals from any file: what was accepted, what was rejected, and why."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import finding
from features.package import Floats, Ints, canonical_table, numbers
from features.reading.accepted import CheckedTable, RejectedRow
from features.reading.files.contents import Contents, read_contents
from features.reading.plans import ColumnMatch
from features.reading.price_columns import convert_deals
from features.reading.raw import raw_table
from features.reading.sheets.raw_tables import read_sheet
from features.reading.tables import ConvertedTable, Remark, convert_table
from features.sources import gse

TABLE = "deals"
CURRENCY, RATE_BASE = "CNY", "claim_total"
# A price may differ from its rate times its base by this share, for rates are rounded.
RATE_TOLERANCE = 0.02
# Beyond these a price over the claim is more likely a wrong unit than a price: personal
# packages went at 2% and more, US pools at up to 109%.
LOWEST_RATE, HIGHEST_RATE = 0.0005, 1.5
# Fields that say which prices may stand beside each other: a word off their list would
# put a deal among others, so its row is rejected rather than the word left out.
CLASS_FIELDS = ("currency", "rate_base", "price_kind")
# The amount that a rate is a share of.
BASE_AMOUNTS: Mapping[str, str] = MappingProxyType(
    {
        "claim_total": "claim_total",
        "principal": "principal",
        "unpaid_balance": "claim_total",
    }
)


@dataclass(frozen=True)
class DealReading:
    """Deals as they were read.

    Attributes:
        deals: The accepted rows; schema ``catalogue.arrow_schema("deals")``.
        rows: Row number of every accepted deal as the sender counts it.
        rejected: The rows left out.
        warnings: What is worth knowing about the accepted rows and the columns.
        columns: How every header was read.
        encoding: Encoding of a csv file.
    """

    deals: pa.Table
    rows: Ints
    rejected: tuple[RejectedRow, ...]
    warnings: tuple[Finding, ...]
    columns: tuple[ColumnMatch, ...]
    encoding: str | None = None


def read_deals(source: Path | bytes, filename: str) -> DealReading:
    """Reads a workbook, a csv or a parquet file of deals.

    Headers, units, dates and rejected rows are treated as those of a tape are. A column
    for each kind of price instead of one for the kind gives a deal for each of them.
    The table of US agency pool sales is recognised by its header.

    Args:
        source: The file or its bytes.
        filename: Name that people know the file by.

    Raises:
        TapeError: The file cannot be a table of deals at all.
    """
    return read_opened_deals(read_contents(source, filename), filename)


def read_opened_deals(contents: Contents, filename: str) -> DealReading:
    """Reads a file whose sheets are in memory; otherwise as ``read_deals``.

    Raises:
        TapeError: As in ``read_deals``.
    """
    converted, notes = _converted(contents, filename)
    remarks = (*map(_strict_class, converted.remarks), *_own_remarks(converted))
    checked = CheckedTable(converted, remarks)
    accepted = canonical_table(TABLE, checked.data())
    said = (*_assumed(accepted), *checked.warnings())
    return DealReading(
        _with_defaults(accepted),
        converted.rows[checked.accepted],
        tuple(dict.fromkeys(checked.rejected())),
        tuple(dict.fromkeys((*notes, *converted.notes, *said))),
        converted.matches,
        contents.encoding,
    )


def _converted(
    contents: Contents, filename: str
) -> tuple[ConvertedTable, tuple[Finding, ...]]:
    if contents.table is not None:
        return convert_deals(raw_table(contents.table, TABLE)), ()
    if gse.recognises(contents.grids):
        return convert_table(gse.raw_deals(contents.grids[0]), strict=True), ()
    raw, notes = read_sheet(contents.grids, TABLE, filename)
    return convert_deals(raw), notes


def _strict_class(remark: Remark) -> Remark:
    of_class = remark.finding.field in CLASS_FIELDS
    return replace(remark, rejects=True) if of_class else remark


def _own_remarks(table: ConvertedTable) -> Iterator[Remark]:
    """What is wrong with deals beyond single values."""
    deals = canonical_table(TABLE, table.data)
    refused = {(r.position, r.finding.field) for r in table.remarks}
    yield from _repeated(table, deals)
    yield from _without_price(table, deals, refused)
    yield from _differing_rates(table, deals)
    yield from _unlikely_prices(table, deals)


def _repeated(table: ConvertedTable, deals: pa.Table) -> Iterator[Remark]:
    field = catalogue.field(TABLE, "deal_id")
    first: dict[tuple[str, str], int] = {}
    for position, key in enumerate(deal_keys(deals)):
        earlier = first.setdefault(key, position)
        if earlier != position and None not in key:
            row = int(table.rows[earlier])
            yield table.remark(
                "duplicate_deal", position, field, value=key[0], first=row
            )


def _without_price(
    table: ConvertedTable,
    deals: pa.Table,
    refused: Iterable[tuple[int, str | None]],
) -> Iterator[Remark]:
    field = catalogue.field(TABLE, "price")
    names = ("price", "price_rate", "own_bid")
    stated = np.any([~np.isnan(numbers(deals, name)) for name in names], axis=0)
    told = {position for position, name in refused if name is None or name in names}
    for position in np.flatnonzero(~stated).tolist():
        if position not in told:
            yield table.remark("price_absent", position, field)


def _differing_rates(table: ConvertedTable, deals: pa.Table) -> Iterator[Remark]:
    field = catalogue.field(TABLE, "price_rate")
    stated, bases = numbers(deals, "price_rate"), _stated_bases(deals)
    computed = numbers(deals, "price") / _base_amounts(deals, bases)
    differs = np.abs(computed / stated - 1.0) > RATE_TOLERANCE
    for position in np.flatnonzero(differs).tolist():
        yield table.remark(
            "price_rate_differs",
            position,
            field,
            value=f"{stated[position]:.6g}",
            stated=f"{stated[position]:.4%}",
            computed=f"{computed[position]:.4%}",
            base=bases[position],
        )


def _unlikely_prices(table: ConvertedTable, deals: pa.Table) -> Iterator[Remark]:
    """A warning where one of two amounts may stand in 元 and the other in 万元."""
    field = catalogue.field(TABLE, "price")
    rates = price_amounts(deals) / numbers(deals, "claim_total")
    unlikely = (rates < LOWEST_RATE) | (rates > HIGHEST_RATE)
    for position in np.flatnonzero(unlikely).tolist():
        yield table.remark(
            "price_unlikely",
            position,
            field,
            rejects=False,
            value=f"{price_amounts(deals)[position]:.15g}",
            rate=f"{rates[position]:.4%}",
        )


def _assumed(deals: pa.Table) -> Iterator[Finding]:
    """What the file leaves out and a class of prices needs."""
    unsaid = deals["currency"].null_count
    if unsaid:
        field = catalogue.field(TABLE, "currency")
        yield finding("currency_assumed", table=TABLE, field=field, count=unsaid)
    rates = pc.and_(deals["price_rate"].is_valid(), deals["rate_base"].is_null())
    unsaid = pc.sum(rates).as_py() or 0
    if unsaid:
        field = catalogue.field(TABLE, "rate_base")
        yield finding("rate_base_assumed", table=TABLE, field=field, count=unsaid)


def _with_defaults(deals: pa.Table) -> pa.Table:
    """The deals with what is assumed where they are silent."""
    base = pc.if_else(deals["price_rate"].is_valid(), RATE_BASE, None)
    filled = {
        "currency": deals["currency"].fill_null(CURRENCY),
        "block_transfer": deals["block_transfer"].fill_null(False),
        "rate_base": pc.coalesce(deals["rate_base"], base),
    }
    for name, column in filled.items():
        deals = deals.set_column(deals.schema.get_field_index(name), name, column)
    return canonical_table(TABLE, deals)


def deal_keys(deals: pa.Table) -> list[tuple[str, str]]:
    """What tells each row from every other: its identifier and kind of price."""
    return list(
        zip(deals["deal_id"].to_pylist(), deals["price_kind"].to_pylist(), strict=True)
    )


def price_amounts(deals: pa.Table) -> Floats:
    """Price of each deal in its own currency, shape (n,), NaN where it states none.

    Args:
        deals: Schema ``catalogue.arrow_schema("deals")``.
    """
    bases = _stated_bases(deals)
    computed = numbers(deals, "price_rate") * _base_amounts(deals, bases)
    stated = numbers(deals, "price")
    return np.where(np.isnan(stated), computed, stated)


def price_rates(deals: pa.Table, base: str) -> Floats:
    """Price of each deal over a base, shape (n,), NaN where that cannot be told.

    A rate that is stated over the base is taken as it is; otherwise the price is
    divided. Only deals stated over an unpaid balance have a rate over one.

    Args:
        deals: Schema ``catalogue.arrow_schema("deals")``.
        base: A value of ``rate_base``.
    """
    bases = _stated_bases(deals)
    same = np.array([stated == base for stated in bases], dtype=np.bool_)
    divided = price_amounts(deals) / numbers(deals, BASE_AMOUNTS[base])
    unlike = np.array(
        [(b == "unpaid_balance") != (base == "unpaid_balance") for b in bases]
    )
    rates = numbers(deals, "price_rate")
    chosen = np.where(same & ~np.isnan(rates), rates, divided)
    return np.where(unlike, np.nan, chosen)


def _stated_bases(deals: pa.Table) -> list[str]:
    return [base or RATE_BASE for base in deals["rate_base"].to_pylist()]


def _base_amounts(deals: pa.Table, bases: Iterable[str]) -> Floats:
    """The amount that the rate of each deal is a share of, shape (n,)."""
    by_base = {base: numbers(deals, name) for base, name in BASE_AMOUNTS.items()}
    return np.array(
        [by_base[base][i] for i, base in enumerate(bases)], dtype=np.float64
    )
