"""Columns that nobody can read and that may say what is owed or what secures it."""

import re
from collections.abc import Iterable, Iterator

from features.errors import Finding
from features.findings import finding, listed, shortened
from features.personal.headers import is_personal
from features.reading.corrections import Corrections
from features.reading.passed_over import passed_over
from features.reading.raw import RawTable

_OF_WORTH = re.compile(
    r"本金|利息|欠息|罚息|复利|违约金|滞纳金|欠款|(?<!消)费(?!率)|合计|小计|总额|债权|"
    r"抵押|质押|押品|保证|担保|评估|估值|价值|金额|余额|"
    r"principal|interest|collateral|guarant|apprais|balance|amount|owed|penalt|fees?\b|"
    r"total|exposure|outstanding",
    re.IGNORECASE,
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


def _unread(raw: RawTable, corrections: Corrections) -> Iterator[str]:
    for header, cells in zip(raw.headers, raw.columns, strict=True):
        corrected = corrections.find(raw.table, header) is not None
        known = corrected or corrections.meaning(raw.table, header) is not None
        # 担保公司电话 says who is meant, and is told as personal data.
        worth = _OF_WORTH.search(header) and not is_personal(header)
        if not known and worth and cells.present().any():
            yield shortened(header)
