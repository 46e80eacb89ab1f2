"""How one amount becomes another: what adds to it and what takes away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

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

Figures = Mapping[str, Any]
_ROW_HEIGHT = 30
# Changes that together move an amount by less than this share of it are drawn larger.
_SMALL_SHARE = 0.2


@dataclass(frozen=True)
class Waterfall:
    """Changes from one amount to another.

    Attributes:
        title: Of what is changed, in the reader's language.
        start: Name and amount in yuan of what it starts from.
        changes: Name and amount in yuan of each change, in order.
        end: Name and amount in yuan of what it comes to.
    """

    title: str
    start: tuple[str, float]
    changes: Sequence[tuple[str, float]]
    end: tuple[str, float]

    def chart(self, reader: Reader) -> Chart:
        """The chart in a reader's words."""
        return drawn(
            _picture(
                self._rows(reader),
                self._title(reader),
                reader.scaled(self._begins),
                reader,
            ),
            self._said(reader),
        )

    @property
    def _levels(self) -> list[float]:
        """Amounts before the first change and after each, in yuan."""
        return list(accumulate((y for _, y in self.changes), initial=self.start[1]))

    @property
    def _begins(self) -> float:
        """Where the axis begins, in yuan: at 0, unless changes could not be seen."""
        lowest, highest = min(self._levels), max(self._levels)
        change = highest - lowest
        return lowest - change if 0 < change < _SMALL_SHARE * lowest else 0.0

    def _title(self, reader: Reader) -> str:
        """What the axis measures, and where it begins if not at 0."""
        if not self._begins:
            return f"{self.title} ({reader.unit_title})"
        begins = reader.text("waterfall_begins", amount=reader.number(self._begins))
        return f"{self.title} ({reader.unit_title}; {begins})"

    def _rows(self, reader: Reader) -> list[Figures]:
        level = reader.text("waterfall_level")
        up, down = reader.text("waterfall_up"), reader.text("waterfall_down")
        parts = [
            (
                name,
                before,
                before + yuan,
                up if yuan >= 0 else down,
                reader.change(yuan),
            )
            for (name, yuan), before in zip(self.changes, self._levels, strict=False)
        ]
        first, last = (
            (name, self._begins, yuan, level, reader.number(yuan))
            for name, yuan in (self.start, self.end)
        )
        return [
            {
                "name": name,
                "from": reader.scaled(before),
                "to": reader.scaled(after),
                "right": reader.scaled(max(before, after)),
                "kind": kind,
                "shown": shown,
            }
            for name, before, after, kind, shown in (first, *parts, last)
        ]

    def _said(self, reader: Reader) -> str:
        parts = [f"{name} {reader.change(yuan)}" for name, yuan in self.changes]
        return reader.text(
            "waterfall_said",
            title=self.title,
            start=self.start[0],
            start_amount=reader.amount(self.start[1]),
            end=self.end[0],
            end_amount=reader.amount(self.end[1]),
            parts=reader.listed(parts) or reader.text("nothing"),
        )


def families_chart(figures: Figures, language: Language, unit: AmountUnit) -> Chart:
    """From the baseline of the segment to the expected gross cash, family by family.

    Args:
        figures: The package of a valuation, or one of its claims.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    # A package has its expected cash in a section of its own, a claim beside the rest.
    gross = figures.get("expected", figures)["gross_yuan"]
    return Waterfall(
        reader.text("families_axis"),
        (reader.text("families_start"), figures["baseline_yuan"]),
        [(reader.text(f["family"]), f["yuan"]) for f in figures["families"]],
        (reader.text("families_end"), gross),
    ).chart(reader)


def bridge_chart(
    changes: Sequence[tuple[str, float]],
    before_yuan: float,
    after_yuan: float,
    language: Language,
    unit: AmountUnit,
) -> Chart:
    """From one present value to another, reason by reason.

    Args:
        changes: Reason in the reader's language, and yuan; reasons differ.
        before_yuan: Value that it starts from.
        after_yuan: Value that it comes to.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    return Waterfall(
        reader.text("bridge_axis"),
        (reader.text("bridge_start"), before_yuan),
        changes,
        (reader.text("bridge_end"), after_yuan),
    ).chart(reader)


def _picture(
    rows: list[Figures], title: str, begins: float, reader: Reader
) -> Described:
    kinds = {
        reader.text("waterfall_level"): theme.MUTED,
        reader.text("waterfall_up"): theme.SKY,
        reader.text("waterfall_down"): theme.VERMILLION,
    }
    scale = {"domainMin": begins, "zero": False, "nice": False} if begins else {}
    row = name("name", sort=None, title=None)
    bars = layer(
        rows,
        mark("bar", stroke=theme.INK, strokeWidth=0.6),
        x=quantity("from", title=title, scale=scale),
        x2={"field": "to"},
        y=row,
        color=name("kind", scale=colours(kinds)),
    )
    shown = layer(
        rows,
        mark("text", align="left", dx=6),
        x=quantity("right"),
        y=row,
        text=name("shown"),
    )
    return layered(bars, shown, height=_ROW_HEIGHT * len(rows))
