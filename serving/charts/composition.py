"""What a package is made of: claim and present value of each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from features.catalogue import Language
from serving.charts import theme
from serving.charts.chart import Chart, drawn
from serving.charts.panels import (
    Described,
    colours,
    layer,
    layered,
    mark,
    name,
    quantity,
)
from serving.charts.words import Reader
from serving.workbench.numbers import AmountUnit

MOST_GROUPS = 12
_ROW_HEIGHT = 36
# What a seller calls a security or a stage may be a sentence.
_NAMES_WIDTH = 320


@dataclass(frozen=True)
class Group:
    """Claims that have something in common.

    Attributes:
        title: What, in the reader's language.
        claim_yuan: All that is claimed.
        present_value_yuan: What it is worth.
    """

    title: str
    claim_yuan: float
    present_value_yuan: float


def composition_chart(
    groups: Sequence[Group], grouping: str, language: Language, unit: AmountUnit
) -> Chart:
    """Claim and present value of each group, the largest claim first.

    Args:
        groups: With titles that differ; the smallest are shown together where there
            are many.
        grouping: By what, in the reader's language.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    shown = _largest(groups, reader)
    said = [
        reader.text(
            "composition_part",
            group=group.title,
            claim=reader.amount(group.claim_yuan),
            value=reader.amount(group.present_value_yuan),
        )
        for group in shown
    ]
    parts = reader.listed(said) or reader.text("nothing")
    alternative = reader.text("composition_said", grouping=grouping, parts=parts)
    return drawn(_bars(shown, reader), alternative)


def _largest(groups: Sequence[Group], reader: Reader) -> list[Group]:
    ordered = sorted(groups, key=lambda group: (-group.claim_yuan, group.title))
    if len(ordered) <= MOST_GROUPS:
        return ordered
    rest = ordered[MOST_GROUPS - 1 :]
    title = reader.text("composition_others", count=str(len(rest)))
    claim = sum(group.claim_yuan for group in rest)
    value = sum(group.present_value_yuan for group in rest)
    return [*ordered[: MOST_GROUPS - 1], Group(title, claim, value)]


def _bars(groups: Sequence[Group], reader: Reader) -> Described:
    claim, value = reader.text("composition_claim"), reader.text("composition_value")
    rows = [
        {
            "group": group.title,
            "series": series,
            "amount": reader.scaled(yuan),
            "right": reader.scaled(max(yuan, 0.0)),
            "shown": reader.number(yuan),
        }
        for group in groups
        for series, yuan in (
            (claim, group.claim_yuan),
            (value, group.present_value_yuan),
        )
    ]
    placed = {
        "y": name(
            "group",
            sort=[group.title for group in groups],
            title=None,
            axis={"labelLimit": _NAMES_WIDTH},
        ),
        "yOffset": name("series", sort=[claim, value]),
    }
    series = name("series", scale=colours({claim: theme.PALE, value: theme.BLUE}))
    outlined = mark("bar", stroke=theme.BLUE, strokeWidth=0.8)
    amount = quantity("amount", title=reader.unit_title)
    bars = layer(rows, outlined, x=amount, color=series, **placed)
    beside = mark("text", align="left", dx=5, fontSize=11)
    shown = layer(rows, beside, x=quantity("right"), text=name("shown"), **placed)
    return layered(bars, shown, height=_ROW_HEIGHT * max(len(groups), 1))
