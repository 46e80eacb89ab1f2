"""What a package is worth: the range that is known of it, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from features.catalogue import Language
from serving.charts import theme
from serving.charts.chart import Chart, drawn
from serving.charts.grammar import alt
from serving.charts.panels import layered, plotted
from serving.charts.words import Reader
from serving.workbench.numbers import AmountUnit

Figures = Mapping[str, Any]
_DENSITY_HEIGHT, _ROW_HEIGHT = 110, 26
# A step narrower than this share of the range is a line that presses all others flat.
_NARROWEST_SHARE = 0.01
_INTERVALS = (
    ("P5", "P95", "widest", theme.PALE, 10),
    ("P10", "P90", "wide", theme.SKY, 14),
    ("P25", "P75", "half", theme.BLUE, 18),
)


def value_chart(
    package: Figures,
    language: Language,
    unit: AmountUnit,
    price_yuan: float | None = None,
) -> Chart:
    """The simulated present value of a package between its known percentiles.

    Each step stands for the scenarios between two percentiles, its area for their
    share; what lies beyond the outermost is not drawn. Below stand the range, the
    value as expected, under downturn and in liquidation, the maximum bid and a price.

    Args:
        package: The package of a valuation.
        language: Of the words.
        unit: Of the amounts.
        price_yuan: A price to mark; None marks none.
    """
    reader = Reader(language, unit)
    worth = {n: p["present_value_yuan"] for n, p in package["percentiles"].items()}
    marks = dict(_marks(package, reader, price_yuan))
    bid = reader.scaled(package["maximum_bid_yuan"])
    rows = _rows(worth, marks, reader)
    steps = _steps(worth, reader)
    panels = [_density(steps, bid)] if steps else []
    picture = alt.vconcat(*panels, rows, spacing=2).resolve_scale(x="shared")
    return drawn(picture, _alternative(package, worth, reader, price_yuan))


def _steps(worth: Mapping[str, float], reader: Reader) -> list[Figures]:
    """Density between neighbouring percentiles; none where two all but coincide."""
    levels = sorted((int(name[1:]), yuan) for name, yuan in worth.items())
    narrowest = _NARROWEST_SHARE * (levels[-1][1] - levels[0][1])
    if any(high - low <= narrowest for (_, low), (_, high) in pairwise(levels)):
        return []
    return [
        {
            "from": reader.scaled(low),
            "to": reader.scaled(high),
            "middle": reader.scaled((low + high) / 2),
            "density": (above - below) / (high - low),
            "interval": _interval(below, reader),
            "share": f"{above - below}%",
        }
        for (below, low), (above, high) in pairwise(levels)
    ]


def _interval(below: int, reader: Reader) -> str:
    """The narrowest interval that holds what lies above a percentile."""
    held = [
        name
        for low, high, name, _, _ in _INTERVALS
        if int(low[1:]) <= below < int(high[1:])
    ]
    return reader.text(f"value_{held[-1]}")


def _density(steps: list[Figures], bid: float) -> alt.LayerChart:
    base = plotted(steps).encode(
        y=alt.Y("density:Q", axis=None, scale=alt.Scale(zero=True))
    )
    areas = base.mark_rect(stroke=theme.PAPER, strokeWidth=1.5).encode(
        x=alt.X("from:Q", axis=None),
        x2="to:Q",
        y2=alt.Y2Datum(0),
        fill="interval:N",
    )
    shares = base.mark_text(dy=-7, color=theme.MUTED).encode(
        x="middle:Q", text="share:N"
    )
    return layered(areas, shares, _rule(bid), height=_DENSITY_HEIGHT)


def _rule(bid: float) -> alt.Chart:
    """The maximum bid through the whole height."""
    rule: alt.Chart = plotted([{"bid": bid}]).mark_rule(strokeDash=theme.DOTTED)
    return rule.encode(x="bid:Q")


def _marks(
    package: Figures, reader: Reader, price_yuan: float | None
) -> Iterator[tuple[str, float]]:
    """Single values by their name, in the order in which they are shown."""
    shortfall = package["expected_shortfall"]
    level = reader.rate(shortfall["level"], 0)
    yield reader.text("value_expected"), package["present_value_yuan"]
    yield reader.text("value_downturn"), package["downturn"]["present_value_yuan"]
    yield (
        reader.text("value_shortfall", level=level),
        shortfall["present_value_yuan"],
    )
    yield (
        reader.text("value_liquidation"),
        package["liquidation"]["present_value_yuan"],
    )
    yield reader.text("value_maximum_bid"), package["maximum_bid_yuan"]
    if price_yuan is not None:
        yield reader.text("value_price"), price_yuan


def _rows(
    worth: Mapping[str, float], marks: Mapping[str, float], reader: Reader
) -> alt.LayerChart:
    whole = reader.text("value_range")
    row = alt.Y("row:N", sort=[whole, *marks], title=None)
    layers = [
        *_intervals(worth, whole, row, reader),
        *_points(worth, marks, whole, row, reader),
        _rule(reader.scaled(marks[reader.text("value_maximum_bid")])),
    ]
    return layered(*layers, height=_ROW_HEIGHT * (1 + len(marks)))


def _intervals(
    worth: Mapping[str, float], whole: str, row: alt.Y, reader: Reader
) -> Iterator[alt.Chart]:
    names = [reader.text(f"value_{name}") for _, _, name, _, _ in _INTERVALS]
    fill = alt.Fill(
        "interval:N",
        scale=alt.Scale(domain=names, range=[colour for *_, colour, _ in _INTERVALS]),
    )
    for (low, high, _, _, thick), name in zip(_INTERVALS, names, strict=True):
        interval = {
            "row": whole,
            "interval": name,
            "from": reader.scaled(worth[low]),
            "to": reader.scaled(worth[high]),
        }
        yield (
            plotted([interval])
            .mark_bar(size=thick)
            .encode(x=_axis(reader, "from:Q"), x2="to:Q", y=row, fill=fill)
        )


def _points(
    worth: Mapping[str, float],
    marks: Mapping[str, float],
    whole: str,
    row: alt.Y,
    reader: Reader,
) -> Iterator[alt.Chart]:
    median = {"row": whole, "yuan": reader.scaled(worth["P50"])}
    yield (
        plotted([median])
        .mark_tick(thickness=2.5, size=18, color=theme.PAPER)
        .encode(x="yuan:Q", y=row)
    )
    values = [
        {"row": name, "yuan": reader.scaled(yuan), "shown": reader.number(yuan)}
        for name, yuan in marks.items()
    ]
    base = plotted(values).encode(x="yuan:Q", y=row)
    yield base.mark_point(shape="diamond", size=90, filled=True, color=theme.INK)
    yield base.mark_text(align="left", dx=9).encode(text="shown:N")


def _axis(reader: Reader, field: str) -> alt.X:
    title = f"{reader.text('value_axis')} ({reader.unit_title})"
    scale = alt.Scale(zero=False)
    return alt.X(field, title=title, scale=scale, axis=alt.Axis(tickCount=6))


def _alternative(
    package: Figures,
    worth: Mapping[str, float],
    reader: Reader,
    price_yuan: float | None,
) -> str:
    price = (
        ""
        if price_yuan is None
        else reader.text("value_price_said", price=reader.amount(price_yuan))
    )
    return reader.text(
        "value_said",
        expected=reader.amount(package["present_value_yuan"]),
        bid=reader.amount(package["maximum_bid_yuan"]),
        price=price,
        **{name.lower(): reader.amount(yuan) for name, yuan in worth.items()},
    )
