"""Findings about rows of a tape as lines of a sheet."""

from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from serving.sheets.book import workbook
from serving.sheets.cells import Cell, Column

FINDING: tuple[Column, ...] = (
    ("表", "table", "text"),
    ("行号", "row", "integer"),
    ("字段", "field", "text"),
    ("表头", "column", "text"),
    ("取值", "value", "text"),
    ("规则", "rule", "text"),
    ("说明", "reason (zh)", "sentence"),
    ("说明（英文）", "reason (en)", "sentence"),
)
_FACTS = ("field", "column", "value", "code", "reason_zh", "reason")


def finding_cells(
    finding: Mapping[str, Any], table: str | None, row: int | None
) -> Sequence[Cell]:
    """A finding as a line."""
    return (table, row, *(finding.get(name) for name in _FACTS))


def rejected_workbook(findings: Iterable[Mapping[str, Any]]) -> bytes:
    """A workbook of what is wrong with the rows of a tape that were left out.

    Args:
        findings: Plain findings, each with its table and row.
    """
    target = BytesIO()
    with workbook(target) as sheets:
        lines = (finding_cells(f, f["table"], f["row"]) for f in findings)
        sheets.table("拒绝行 Rejected rows", FINDING, lines)
    return target.getvalue()
