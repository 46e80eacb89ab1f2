"""Columns that nobody can read: what is owed, what secures it, what is not for sale."""

import re
from collections.abc import Iterable, Iterator

from features.errors import Finding
from features.findings import finding, listed, shortened
from features.personal.headers import is_personal
from features.reading.corrections import Corrections
from features.reading.passed_over import passed_over
from features.reading.raw import RawTable
from features.reading.values.cells import Cells

_OF_WORTH = re.compile(
    r"本金|利息|欠息|罚息|复利|违约金|滞纳金|欠款|(?<!消)费(?!率)|合计|小计|总额|债权|"
    r"抵押|质押|押品|保证|担保|评估|估值|价值|金额|余额|"
    r"principal|interest|collateral|guarant|apprais|balance|amount|owed|penalt|fees?\b|"
    r"total|exposure|outstanding",
    re.IGNORECASE,
)
# What a remark says of a claim that may not be for sale.
_NOT_FOR_SALE = (
    r"剔除|(?:不|非)予?(?:纳入|属于?|参与)?(?:本次|本批)?(?:转让|出让|出售|入[包池])"
    r"|不在.{0,4}范围|已(?:全[额部])?(?:转让|出让|出售|结清|还清|清偿|回购)"
)


def left_out(tables: Iterable[RawTable], corrections: Corrections) -> Iterator[Finding]:
    """Findings on columns of tables that are left out and may matter.

    Args:
        tables: The tables.
        corrections: What somebody says of their headers, which are not asked about.
    """
    for raw in tables:
        if columns := [*_unread(raw, corrections)]:
            yield finding("columns_of_worth", table=raw.table, columns=listed(columns))
        yield from passed_over(raw, corrections)
        if raw.table == "claims":
            yield from _not_for_sale(raw, corrections)


def _unread(raw: RawTable, corrections: Corrections) -> Iterator[str]:
    for header, cells in _unknown(raw, corrections):
        # 担保公司电话 says who is meant, and is told as personal data.
        worth = _OF_WORTH.search(header) and not is_personal(header)
        if worth and cells.present().any():
            yield shortened(header)


def _unknown(raw: RawTable, corrections: Corrections) -> Iterator[tuple[str, Cells]]:
    """Columns that nobody can read, with their headers."""
    for header, cells in zip(raw.headers, raw.columns, strict=True):
        corrected = corrections.find(raw.table, header) is not None
        if not (corrected or corrections.meaning(raw.table, header)):
            yield header, cells


def _not_for_sale(raw: RawTable, corrections: Corrections) -> Iterator[Finding]:
    """A finding on each column whose remarks say that claims may not be for sale."""
    for header, cells in _unknown(raw, corrections):
        rows = [str(raw.rows[row]) for row in cells.rows_matching(_NOT_FOR_SALE)]
        if header and rows:
            yield finding(
                "remarks_not_for_sale",
                table=raw.table,
                column=header,
                header=shortened(header),
                count=len(rows),
                where=listed(rows),
                where_zh=listed(rows, "、"),
            )
