"""Findings as a page shows them: many of one rule as one, bounds as forms have them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from features.checked import BoundFinding
from features.errors import Finding
from features.findings import listed
from serving.submission import rule_of
from serving.workbench.numbers import AmountUnit, measure_of, per_shown
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
        words: Words that are on no list, each once, the first of them.
    """

    table: str
    reason: str
    number: int
    rows: tuple[int, ...]
    words: str


def by_rule(findings: Iterable[Facts], view: View) -> list[FindingGroup]:
    """Plain findings by rule, table and field, in the order in which they come."""
    groups: dict[tuple[str, ...], list[Facts]] = {}
    for finding in findings:
        groups.setdefault(rule_of(finding), []).append(finding)
    return [
        FindingGroup(
            table,
            view.either(found[0], "reason"),
            len(found),
            _rows(found),
            _words(found, view),
        )
        for (_, table, *_), found in groups.items()
    ]


def _words(found: Iterable[Facts], view: View) -> str:
    unread = (f.get("value") for f in found if f["code"] == "unknown_value")
    seen = dict.fromkeys(word for word in unread if word)
    return listed(list(seen), "、" if view.language == "zh" else ", ")


def _rows(found: Iterable[Facts]) -> tuple[int, ...]:
    rows = dict.fromkeys(f["row"] for f in found if f.get("row") is not None)
    return tuple(rows)[:SHOWN_ROWS]


def reason_of(finding: Finding, view: View, unit: AmountUnit) -> str:
    """What is wrong, in the reader's language; a bound in the unit of its field.

    Args:
        finding: What is wrong with a field of a form.
        view: Whose language it is told in.
        unit: Of the amounts of the form.
    """
    zh = view.language == "zh"
    if not isinstance(finding, BoundFinding):
        return finding.reason_zh if zh else finding.reason
    measure = measure_of((finding.field or "").rpartition("/")[2])
    shown = Decimal(repr(finding.bound)) / per_shown(measure, unit)
    number = f"{shown.normalize():,f}"
    bound = view.text(f"common.bound_{measure}", number=number, unit=_unit(view, unit))
    return finding.words[zh].format(bound=bound)


def _unit(view: View, unit: AmountUnit) -> str:
    return view.text(f"common.unit_{unit}")
