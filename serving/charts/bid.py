"""What each price brings: the profit to expect, and the chance to win."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.catalogue import Language
from serving.charts import theme
from serving.charts.chart import Chart, drawn
from serving.charts.grammar import alt
from serving.charts.panels import layered, named_rule, plotted
from serving.charts.words import Reader
from serving.workbench.numbers import AmountUnit

Figures = Mapping[str, Any]
_HEIGHT = 150


def bid_chart(answer: Figures, language: Language, unit: AmountUnit) -> Chart:
    """Expected profit and, below it, the chance to win over the price.

    Args:
        answer: The answer about a bid.
        language: Of the words.
        unit: Of the amounts.
    """
    reader = Reader(language, unit)
    marks = list(_marks(answer, reader))
    profit = alt.Y(
        "profit:Q", title=f"{reader.text('bid_profit')} ({reader.unit_title})"
    )
    chance = alt.Y(
        "chance:Q",
        title=reader.text("bid_chance"),
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%"),
    )
    ticks = alt.Axis(tickCount=6)
    picture = alt.vconcat(
        layered(*_lines(answer, marks, profit, None, reader), _zero(), height=_HEIGHT),
        layered(*_lines(answer, marks, chance, ticks, reader), height=_HEIGHT),
        spacing=8,
    )
    sized = picture.resolve_scale(x="shared")
    return drawn(sized, _alternative(marks, answer, reader))


def _marks(answer: Figures, reader: Reader) -> Iterator[tuple[str, Figures]]:
    """Named prices of the answer with what they bring."""
    for mark, name in (("recommended", "bid_recommended"), ("at_price", "bid_price")):
        if answer[mark] is not None:
            yield reader.text(name), answer[mark]


def _lines(
    answer: Figures,
    marks: Sequence[tuple[str, Figures]],
    y: alt.Y,
    axis: alt.Axis | None,
    reader: Reader,
) -> list[alt.Chart]:
    """One line over the price, with the named prices and the maximum bid on it."""
    title = f"{reader.text('bid_axis')} ({reader.unit_title})"
    x = alt.X("price:Q", title=title, axis=axis, scale=alt.Scale(zero=False))
    line = _priced([("", row) for row in answer["grid"]], reader)
    points = _priced(marks, reader)
    most = answer["maximum_bid_yuan"]
    names = [mark for mark, _ in marks]
    colours = alt.Scale(domain=names, range=[theme.VERMILLION, theme.INK])
    shapes = alt.Scale(domain=names, range=["diamond", "circle"])
    return [
        line.mark_line(color=theme.BLUE).encode(x=x, y=y),
        named_rule("price:Q", reader.scaled(most), reader.text("bid_maximum")),
        points.mark_point(size=110, filled=True, opacity=1).encode(
            x="price:Q",
            y=y,
            color=alt.Color("mark:N", scale=colours),
            shape=alt.Shape("mark:N", scale=shapes),
        ),
    ]


def _zero() -> alt.Chart:
    zero: alt.Chart = plotted([{"profit": 0}]).mark_rule(color=theme.MUTED)
    return zero.encode(y="profit:Q")


def _priced(rows: Sequence[tuple[str, Figures]], reader: Reader) -> alt.Chart:
    return plotted(
        [
            {
                "mark": mark,
                "price": reader.scaled(row["price_yuan"]),
                "profit": reader.scaled(row["expected_profit_yuan"]),
                "chance": row["win_probability"],
            }
            for mark, row in rows
        ]
    )


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
