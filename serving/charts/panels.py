"""Panels that pictures are put together from, all of one width."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from serving.charts.grammar import alt
from serving.charts.theme import DASHED, INK, WIDTH


def plotted(rows: Iterable[Mapping[str, Any]]) -> alt.Chart:
    """The start of a layer that shows rows."""
    return alt.Chart(alt.InlineData(values=[dict(row) for row in rows]))


def layered(*layers: alt.Chart, height: int, width: int = WIDTH) -> alt.LayerChart:
    """Layers on top of each other, the first below.

    Args:
        layers: Of one panel.
        height: In pixels.
        width: In pixels.
    """
    panel = alt.LayerChart(layer=list(layers))
    return panel.properties(width=width, height=height)


def colours(of_series: Mapping[str, str]) -> alt.Scale:
    """A scale that gives each series its colour, in this order."""
    return alt.Scale(domain=list(of_series), range=list(of_series.values()))


def named_rule(field: str, at: float, name: str) -> alt.Chart:
    """A dashed line through a panel, named in the legend.

    Args:
        field: Axis that it stands on, such as ``price:Q``.
        at: Where.
        name: What it stands for.
    """
    rule: alt.Chart = plotted([{field.partition(":")[0]: at, "rule": name}]).mark_rule(
        strokeDash=DASHED
    )
    stroke = alt.Stroke(
        "rule:N",
        scale=alt.Scale(range=[INK]),
        legend=alt.Legend(symbolType="stroke", symbolDash=DASHED),
    )
    return rule.encode(x=field, stroke=stroke)
