"""What moves the bid: each driver alone, and the standard scenarios."""

from __future__ import annotations

from collections.abc import Mapping
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
    named_rule,
    quantity,
)
from serving.charts.words import Reader, signed
from serving.workbench.numbers import AmountUnit

Figures = Mapping[str, Any]
_ROW_HEIGHT = 30
# Beside long names and figures there is less room for bars.
_SCENARIOS_WIDTH = 320
_END_COLOURS = (theme.VERMILLION, theme.SKY)


def tornado_chart(stress: Figures, language: Language, unit: AmountUnit) -> Chart:
    """The maximum bid at both plausible ends of each driver, the widest first.

    Args:
        stress: Standard stress of a package, or the answer about scenarios.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    drivers = stress["tornado"]
    rows: list[Figures] = [
        {
            "driver": reader.title(driver),
            "end": reader.text(f"tornado_{end}"),
            "change": reader.scaled(driver[f"{end}_change_yuan"]),
            "shown": _end(driver, end, reader),
        }
        for driver in drivers
        for end in ("adverse", "favourable")
    ]
    order = [reader.title(driver) for driver in drivers]
    said = reader.listed([_swing(driver, reader) for driver in drivers])
    return drawn(_swings(rows, order, reader), reader.text("tornado_said", parts=said))


def _swings(rows: list[Figures], order: list[str], reader: Reader) -> Described:
    ends = [reader.text("tornado_adverse"), reader.text("tornado_favourable")]
    # A fifth beyond the widest bar leaves room for what stands at its ends.
    widest = 1.2 * max((abs(row["change"]) for row in rows), default=0.0) or 1.0
    change = quantity(
        "change",
        title=_title("tornado_axis", reader),
        scale={"domain": [-widest, widest]},
        axis={"tickCount": 6},
    )
    driver = name("driver", sort=order, title=None)
    end = name("end", scale=colours(dict(zip(ends, _END_COLOURS, strict=True))))
    outlined = mark("bar", stroke=theme.INK, strokeWidth=0.6)
    bars = layer(rows, outlined, x=change, y=driver, color=end)
    shown = [
        layer(side, mark("text", **beside), x=change, y=driver, text=name("shown"))
        for side, beside in (
            ([row for row in rows if row["change"] < 0], {"align": "right", "dx": -6}),
            ([row for row in rows if row["change"] > 0], {"align": "left", "dx": 6}),
        )
    ]
    zero = layer([{"change": 0}], mark("rule"), x=quantity("change"))
    return layered(bars, *shown, zero, height=_ROW_HEIGHT * max(len(order), 1))


def _end(driver: Figures, end: str, reader: Reader) -> str:
    """Where a driver ends, such as ``86%``, ``12 months`` or ``3.0 points``."""
    value = driver[end]
    if driver["unit"] == "factor":
        return reader.rate(value, 0)
    if driver["unit"] == "months":
        return reader.text("months_end", number=f"{value:.0f}")
    if driver["unit"] == "rate":
        return reader.text("points_end", number=signed(f"{100 * value:+.1f}"))
    return reader.text("quantile_end", number=reader.rate(value, 0))


def _swing(driver: Figures, reader: Reader) -> str:
    return reader.text(
        "tornado_part",
        driver=reader.title(driver),
        adverse=reader.change(driver["adverse_change_yuan"]),
        adverse_end=_end(driver, "adverse", reader),
        favourable=reader.change(driver["favourable_change_yuan"]),
        favourable_end=_end(driver, "favourable", reader),
    )


def scenarios_chart(stress: Figures, language: Language, unit: AmountUnit) -> Chart:
    """The maximum bid under each scenario beside the price.

    Args:
        stress: Standard stress of a package, or the answer about scenarios.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    rows = [
        {
            "scenario": reader.title(outcome),
            "bid": reader.scaled(outcome["maximum_bid_yuan"]),
            "shown": _outcome(outcome, reader),
        }
        for outcome in stress["scenarios"]
    ]
    bid = quantity("bid", title=_title("scenarios_axis", reader))
    scenario = name("scenario", sort=None, title=None, axis={"labelLimit": 300})
    bars = layer(rows, mark("bar", color=theme.BLUE, size=16), x=bid, y=scenario)
    beside = {"value": _SCENARIOS_WIDTH + 8}
    shown = layer(
        rows, mark("text", align="left"), x=beside, y=scenario, text=name("shown")
    )
    price_yuan = stress["price_yuan"]
    priced = reader.text("scenarios_price", amount=reader.amount(price_yuan))
    price = named_rule("bid", reader.scaled(price_yuan), priced)
    said = [_scenario(outcome, reader) for outcome in stress["scenarios"]]
    return drawn(
        layered(
            *(bars, shown, price),
            height=_ROW_HEIGHT * max(len(rows), 1),
            width=_SCENARIOS_WIDTH,
        ),
        reader.text("scenarios_said", parts=reader.listed(said)),
    )


def _outcome(outcome: Figures, reader: Reader) -> str:
    """The bid of a scenario and how far it is from the base."""
    bid = reader.number(outcome["maximum_bid_yuan"])
    change = outcome["change"]["maximum_bid_rate"]
    return f"{bid} ({reader.rate(change)})" if change else bid


def _scenario(outcome: Figures, reader: Reader) -> str:
    return reader.text(
        "scenarios_part",
        scenario=reader.title(outcome),
        amount=reader.amount(outcome["maximum_bid_yuan"]),
        change=reader.rate(outcome["change"]["maximum_bid_rate"]),
    )


def _title(key: str, reader: Reader) -> str:
    return f"{reader.text(key)} ({reader.unit_title})"
