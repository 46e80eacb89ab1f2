"""Cash over time: what comes and costs in each period, and how far it may be off."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Literal

from features.catalogue import Language
from features.outcomes import MONTHS_PER_QUARTER
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
    stacked,
)
from serving.charts.words import Reader
from serving.workbench.numbers import AmountUnit

Figures = Mapping[str, Any]
Period = Literal["month", "quarter"]
_CURVE_HEIGHT, _BARS_HEIGHT = 190, 120


def cash_flow_chart(
    package: Figures, language: Language, unit: AmountUnit, by: Period = "quarter"
) -> Chart:
    """Gross cash and cost of a package by period, above them what came so far.

    The band is P5 to P95 of the simulated total, each spread over the expected timing.

    Args:
        package: The package of a valuation.
        language: Of the words.
        unit: Of the amounts.
        by: Length of a period.
    """
    months = package["cash_flow"]
    length = 1 if by == "month" else MONTHS_PER_QUARTER
    total = package["percentiles"]
    flow = Flow(
        _summed([month["gross_yuan"] for month in months], length),
        _summed([month["cost_yuan"] for month in months], length),
        {level: total[level]["gross_yuan"] for level in ("P5", "P95")},
        by,
    )
    return flow.chart(Reader(language, unit))


def claim_curve_chart(claim: Figures, language: Language, unit: AmountUnit) -> Chart:
    """Gross cash of a claim by quarter, above it what came so far.

    The band is P10 to P90 of its recovery, each spread over the expected timing.

    Args:
        claim: A claim of a valuation.
        language: Of the words.
        unit: Of the amounts.
    """
    rates, owed = claim["recovery_rate"], claim["claim_yuan"]
    flow = Flow(
        claim["expected_cash_by_quarter_yuan"],
        (),
        {level: rates[level.lower()] * owed for level in ("P10", "P90")},
        "quarter",
    )
    return flow.chart(Reader(language, unit))


def _marks(*, alone: bool) -> tuple[Described, Described, Described]:
    """What a band, its line and its edges are drawn as; one period has no lines."""
    band, line, wide = ("bar", "tick", {"size": 120}) if alone else ("area", "line", {})
    edge = {"strokeDash": theme.DASHED, "strokeWidth": 1, "color": theme.BLUE}
    return (
        mark(band, opacity=0.45, **wide),
        mark(line, **wide),
        mark(line, **edge, **wide),
    )


def _summed(monthly: Sequence[float], length: int) -> list[float]:
    starts = range(0, len(monthly), length)
    return [sum(monthly[start : start + length]) for start in starts]


@dataclass(frozen=True)
class Flow:
    """Expected cash of equal periods, and the range of its total.

    Attributes:
        gross_yuan: Gross cash of each period.
        cost_yuan: Cost of each period; empty where it is not shown.
        total_yuan: Low and high total by the name of their percentile.
        by: Length of a period.
    """

    gross_yuan: Sequence[float]
    cost_yuan: Sequence[float]
    total_yuan: Mapping[str, float]
    by: Period

    @property
    def cumulative_yuan(self) -> list[float]:
        """Gross cash up to the end of each period."""
        return list(accumulate(self.gross_yuan))

    @property
    def expected_yuan(self) -> float:
        """Gross cash of all periods."""
        return sum(self.gross_yuan)

    def chart(self, reader: Reader) -> Chart:
        """The chart in a reader's words."""
        panels = self._curve(reader), self._bars(reader)
        picture = stacked(*panels, spacing=4, color="independent")
        return drawn(picture, self._alternative(reader))

    def _curve(self, reader: Reader) -> Described:
        points = self._points(reader)
        x = {"field": "period", "type": "ordinal", "axis": None}
        of_band, of_line, of_edge = _marks(alone=len(points) == 1)
        band = layer(
            points,
            of_band,
            x=x,
            y=quantity("low", title=reader.unit_title),
            y2={"field": "high"},
            fill=name("band", scale={"range": [theme.SKY]}),
        )
        legend = {"symbolType": "stroke", "symbolStrokeWidth": 2.2}
        stroke = name("line", scale={"range": [theme.BLUE]}, legend=legend)
        line = layer(points, of_line, x=x, y=quantity("expected"), stroke=stroke)
        edges = [
            layer(points, of_edge, x=x, y=quantity(end)) for end in ("low", "high")
        ]
        return layered(band, *edges, line, height=_CURVE_HEIGHT)

    def _points(self, reader: Reader) -> list[Figures]:
        """The curve, expected and at both ends of its band, with their names."""
        total = self.expected_yuan or 1.0
        (low, low_yuan), (high, high_yuan) = self.total_yuan.items()
        return [
            {
                "period": period,
                "line": reader.text("cash_cumulative"),
                "expected": reader.scaled(reached),
                "band": reader.text("cash_band", low=low, high=high),
                "low": reader.scaled(reached / total * low_yuan),
                "high": reader.scaled(reached / total * high_yuan),
            }
            for period, reached in enumerate(self.cumulative_yuan, 1)
        ]

    def _bars(self, reader: Reader) -> Described:
        gross, cost = reader.text("cash_gross"), reader.text("cash_cost")
        shown = {gross: theme.BLUE} | ({cost: theme.ORANGE} if self.cost_yuan else {})
        rows = [
            {"period": period, "series": series, "value": reader.scaled(sign * yuan)}
            for series, sign, parts in (
                (gross, 1, self.gross_yuan),
                (cost, -1, self.cost_yuan),
            )
            for period, yuan in enumerate(parts, 1)
        ]
        period = {
            "field": "period",
            "type": "ordinal",
            "title": reader.text(f"cash_{self.by}s"),
            "axis": {"labelAngle": 0},
            "scale": {"paddingInner": 0.25},
        }
        value = quantity("value", title=reader.unit_title)
        series = name("series", scale=colours(shown))
        bars = layer(rows, mark("bar"), x=period, y=value, color=series)
        return bars | {"width": theme.WIDTH, "height": _BARS_HEIGHT}

    def _alternative(self, reader: Reader) -> str:
        expected = self.expected_yuan
        if not expected:
            return reader.text("cash_nothing")
        (low, low_yuan), (high, high_yuan) = self.total_yuan.items()
        periods = len(self.gross_yuan)
        number = "one" if periods == 1 else "several"
        half = str(bisect_left(self.cumulative_yuan, expected / 2) + 1)
        said = reader.text(
            "cash_said",
            gross=reader.amount(expected),
            periods=reader.text(f"{number}_{self.by}", periods=str(periods)),
            half=reader.text(f"half_{self.by}", period=half),
            low=low,
            high=high,
            low_amount=reader.amount(low_yuan),
            high_amount=reader.amount(high_yuan),
        )
        cost = reader.amount(sum(self.cost_yuan))
        return said + (
            reader.text("cash_cost_said", cost=cost) if self.cost_yuan else ""
        )
