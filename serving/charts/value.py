"""What a package is worth: the range that is known of it, and what stands beside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
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
    stacked,
    written,
)
from serving.charts.words import Reader
from serving.workbench.numbers import AmountUnit

Figures = Mapping[str, Any]
_DENSITY_HEIGHT, _ROW_HEIGHT = 110, 26
# A step narrower than this share of the range is a line that presses all others flat.
_NARROWEST_SHARE = 0.01
# In pixels, of a share that is written above a step.
_SHARE_WIDTH = 18
_INTERVALS = (
    ("P5", "P95", "widest", theme.PALE, 10),
    ("P10", "P90", "wide", theme.SKY, 14),
    ("P25", "P75", "half", theme.BLUE, 18),
)


def value_chart(package: Figures, language: Language, unit: AmountUnit) -> Chart:
    """The simulated present value of a package between its known percentiles.

    Each step stands for the scenarios between two percentiles, its area for their
    share; what lies beyond the outermost is not drawn. Below stand the range, the
    value as expected, under downturn and in liquidation, and the maximum bid.

    Args:
        package: The package of a valuation.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    worth = {n: p["present_value_yuan"] for n, p in package["percentiles"].items()}
    marks = dict(_marks(package, reader))
    bid = reader.scaled(package["maximum_bid_yuan"])
    rows = _rows(worth, marks, reader)
    steps = _steps(worth, reader)
    ends = [reader.scaled(yuan) for yuan in (*worth.values(), *marks.values())]
    panels = [_density(steps, bid, max(ends) - min(ends))] if steps else []
    picture = stacked(*panels, rows, spacing=2)
    return drawn(picture, _alternative(package, worth, reader))


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
        interval
        for low, high, interval, _, _ in _INTERVALS
        if int(low[1:]) <= below < int(high[1:])
    ]
    return reader.text(f"value_{held[-1]}")


def _density(steps: list[Figures], bid: float, wide: float) -> Described:
    """Steps with their shares, as far as these have room on an axis so wide."""
    density = quantity("density", axis=None, scale={"zero": True})
    areas = layer(
        steps,
        mark("rect", stroke=theme.PAPER, strokeWidth=1.5),
        x=quantity("from", axis=None),
        x2={"field": "to"},
        y=density,
        y2={"datum": 0},
        fill=name("interval"),
    )
    least = _SHARE_WIDTH / theme.WIDTH * wide
    shares = layer(
        [step for step in steps if step["to"] - step["from"] >= least],
        mark("text", dy=-7, color=theme.MUTED),
        x=quantity("middle"),
        y=density,
        text=name("share"),
    )
    return layered(areas, shares, _rule(bid), height=_DENSITY_HEIGHT)


def _rule(bid: float) -> Described:
    """The maximum bid through the whole height."""
    return layer(
        [{"bid": bid}], mark("rule", strokeDash=theme.DOTTED), x=quantity("bid")
    )


def _marks(package: Figures, reader: Reader) -> Iterator[tuple[str, float]]:
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


def _rows(
    worth: Mapping[str, float], marks: Mapping[str, float], reader: Reader
) -> Described:
    whole = reader.text("value_range")
    row = name("row", sort=[whole, *marks], title=None)
    layers = [
        *_intervals(worth, whole, row, reader),
        _rule(reader.scaled(marks[reader.text("value_maximum_bid")])),
        *_points(worth, marks, whole, row, reader),
    ]
    return layered(*layers, height=_ROW_HEIGHT * (1 + len(marks)))


def _intervals(
    worth: Mapping[str, float], whole: str, row: Described, reader: Reader
) -> Iterator[Described]:
    shades = {reader.text(f"value_{key}"): shade for _, _, key, shade, _ in _INTERVALS}
    fill = name("interval", scale=colours(shades))
    for (low, high, _, _, thick), title in zip(_INTERVALS, shades, strict=True):
        interval = {
            "row": whole,
            "interval": title,
            "from": reader.scaled(worth[low]),
            "to": reader.scaled(worth[high]),
        }
        yield layer(
            [interval],
            mark("bar", size=thick),
            x=_axis(reader, "from"),
            x2={"field": "to"},
            y=row,
            fill=fill,
        )


def _points(
    worth: Mapping[str, float],
    marks: Mapping[str, float],
    whole: str,
    row: Described,
    reader: Reader,
) -> Iterator[Described]:
    median = {"row": whole, "yuan": reader.scaled(worth["P50"])}
    yuan = quantity("yuan")
    tick = mark("tick", thickness=2.5, size=18, color=theme.PAPER)
    yield layer([median], tick, x=yuan, y=row)
    values = [
        {"row": title, "yuan": reader.scaled(amount), "shown": reader.number(amount)}
        for title, amount in marks.items()
    ]
    diamond = mark("point", shape="diamond", size=90, filled=True, color=theme.INK)
    yield layer(values, diamond, x=yuan, y=row)
    yield written(values, x=yuan, y=row, text=name("shown"))


def _axis(reader: Reader, field: str) -> Described:
    title = f"{reader.text('value_axis')} ({reader.unit_title})"
    return quantity(field, title=title, scale={"zero": False}, axis={"tickCount": 6})


def _alternative(package: Figures, worth: Mapping[str, float], reader: Reader) -> str:
    return reader.text(
        "value_said",
        expected=reader.amount(package["present_value_yuan"]),
        bid=reader.amount(package["maximum_bid_yuan"]),
        **{name.lower(): reader.amount(yuan) for name, yuan in worth.items()},
    )
