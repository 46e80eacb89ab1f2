"""Findings about a tape as a page shows them: many of one rule as one."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from serving.submission import rule_of
from serving.workbench.view import View

SHOWN_ROWS = 8
Facts = Mapping[str, Any]


class FindingGroup(NamedTuple):
    """Findings of one rule about one field of a table.

    Attributes:
        table: The table.
        reason: What the first of them says.
        number: How many there are.
        rows: Rows of the first, as the sender counts them.
    """

    table: str
    reason: str
    number: int
    rows: tuple[int, ...]


def by_rule(findings: Iterable[Facts], view: View) -> list[FindingGroup]:
    """Plain findings by rule, table and field, in the order in which they come."""
    groups: dict[tuple[str, ...], list[Facts]] = {}
    for finding in findings:
        groups.setdefault(rule_of(finding), []).append(finding)
    return [
        FindingGroup(table, view.either(found[0], "reason"), len(found), _rows(found))
        for (_, table, *_), found in groups.items()
    ]


def _rows(found: Iterable[Facts]) -> tuple[int, ...]:
    rows = dict.fromkeys(f["row"] for f in found if f.get("row") is not None)
    return tuple(rows)[:SHOWN_ROWS]
