"""What each price brings: the profit to expect, and the chance to win."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.catalogue import Language
from serving.charts import theme
from serving.charts.chart import Chart, drawn
from serving.charts.panels import (
    Described,
    layer,
    layered,
    mark,
    name,
    named_rule,
    quantity,
    stacked,
)
from serving.charts.words import Reader
from serving.workbench.numbers import AmountUnit

Figures = Mapping[str, Any]
_HEIGHT = 150
# Prices that an answer names: what words call them, their colour and their shape.
_NAMED = {
    "recommended": ("bid_recommended", theme.VERMILLION, "diamond"),
    "at_price": ("bid_price", theme.INK, "circle"),
}


def bid_chart(answer: Figures, language: Language, unit: AmountUnit) -> Chart:
    """Expected profit and, below it, the chance to win over the price.

    Args:
        answer: The answer about a bid.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    marks = list(_marks(answer, reader))
    profit = quantity(
        "profit", title=f"{reader.text('bid_profit')} ({reader.unit_title})"
    )
    chance = quantity(
        "chance",
        title=reader.text("bid_chance"),
        scale={"domain": [0, 1]},
        axis={"format": "%"},
    )
    ticks = {"tickCount": 6}
    picture = stacked(
        layered(*_lines(answer, marks, profit, None, reader), _zero(), height=_HEIGHT),
        layered(*_lines(answer, marks, chance, ticks, reader), height=_HEIGHT),
        spacing=8,
    )
    return drawn(picture, _alternative(marks, answer, reader))


def _marks(answer: Figures, reader: Reader) -> Iterator[tuple[str, Figures]]:
    """Named prices of the answer with what they bring."""
    for which, (key, _, _) in _NAMED.items():
        if answer[which] is not None:
            yield reader.text(key), answer[which]


def _lines(
    answer: Figures,
    marks: Sequence[tuple[str, Figures]],
    y: Described,
    axis: Described | None,
    reader: Reader,
) -> list[Described]:
    """One line over the price, with the maximum bid and the named prices on it."""
    title = f"{reader.text('bid_axis')} ({reader.unit_title})"
    x = quantity("price", title=title, axis=axis, scale={"zero": False})
    line = _priced([("", row) for row in answer["grid"]], reader)
    most = answer["maximum_bid_yuan"]
    return [
        layer(line, mark("line", color=theme.BLUE), x=x, y=y),
        named_rule("price", reader.scaled(most), reader.text("bid_maximum")),
        *_points(marks, y, reader),
    ]


def _points(
    marks: Sequence[tuple[str, Figures]], y: Described, reader: Reader
) -> Iterator[Described]:
    """The named prices; a legend of none would make the picture endlessly wide."""
    if not marks:
        return
    names = [title for title, _ in marks]
    looks = {reader.text(key): (shade, shape) for key, shade, shape in _NAMED.values()}
    shades, shapes = (
        {"domain": names, "range": [looks[title][which] for title in names]}
        for which in (0, 1)
    )
    yield layer(
        _priced(marks, reader),
        mark("point", size=110, filled=True, opacity=1),
        x=quantity("price"),
        y=y,
        color=name("mark", scale=shades),
        shape=name("mark", scale=shapes),
    )


def _zero() -> Described:
    across = mark("rule", color=theme.MUTED)
    return layer([{"profit": 0}], across, y=quantity("profit"))


def _priced(rows: Sequence[tuple[str, Figures]], reader: Reader) -> list[Figures]:
    return [
        {
            "mark": title,
            "price": reader.scaled(row["price_yuan"]),
            "profit": reader.scaled(row["expected_profit_yuan"]),
            "chance": row["win_probability"],
        }
        for title, row in rows
    ]


def _alternative(
    marks: Sequence[tuple[str, Figures]], answer: Figures, reader: Reader
) -> str:
    grid = answer["grid"]
    if not grid:
        return reader.text("bid_nothing")
    said = [
        reader.text(
            "bid_mark",
            mark=mark,
            price=reader.amount(row["price_yuan"]),
            profit=reader.amount(row["expected_profit_yuan"]),
            chance=reader.rate(row["win_probability"]),
        )
        for mark, row in marks
    ]
    most = reader.amount(answer["maximum_bid_yuan"])
    named = reader.text("bid_maximum_said", mark=reader.text("bid_maximum"), price=most)
    return reader.text(
        "bid_said",
        lowest=reader.amount(grid[0]["price_yuan"]),
        highest=reader.amount(grid[-1]["price_yuan"]),
        marks=reader.listed([*said, named]),
    )
