"""Panels that pictures are put together from, in the words of Vega-Lite.

They are plain data: a library that writes them for us would take as long as the
drawing, and longer than all else to import.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from serving.charts.theme import DASHED, INK, PAPER, WIDTH

Rows = Sequence[Mapping[str, Any]]
# A part of a description, as its reference writes it: vega.github.io/vega-lite/docs.
Described = dict[str, Any]


def quantity(field: str, **described: Any) -> Described:
    """What a field of numbers is shown by."""
    return {"field": field, "type": "quantitative", **described}


def name(field: str, **described: Any) -> Described:
    """What a field of names is shown by."""
    return {"field": field, "type": "nominal", **described}


def mark(kind: str, **described: Any) -> Described:
    """What rows are drawn as, such as bars."""
    return {"type": kind, **described}


def layer(rows: Rows, drawn_as: Described, **shown_by: Described) -> Described:
    """Rows, what they are drawn as, and which of their fields show by what.

    Args:
        rows: Fields by name.
        drawn_as: A mark.
        shown_by: Channels of the mark, such as ``x`` and ``color``.
    """
    return {"data": {"values": rows}, "mark": drawn_as, "encoding": shown_by}


def layered(*layers: Described, height: int, width: int = WIDTH) -> Described:
    """Layers on top of each other, the first below.

    Args:
        layers: Of one panel.
        height: In pixels.
        width: In pixels.
    """
    return {"layer": layers, "width": width, "height": height}


def stacked(*panels: Described, spacing: int, **apart: str) -> Described:
    """Panels below each other over one horizontal axis.

    Args:
        panels: The first on top.
        spacing: In pixels.
        apart: Other scales and whether the panels have theirs shared or independent.
    """
    scales = {"x": "shared", **apart}
    return {"vconcat": panels, "spacing": spacing, "resolve": {"scale": scales}}


def colours(of_series: Mapping[str, str]) -> Described:
    """A scale that gives each series its colour, in this order."""
    return {"domain": list(of_series), "range": list(of_series.values())}


def named_rule(field: str, at: float, stands_for: str) -> Described:
    """A dashed line through a panel, named in the legend.

    Args:
        field: What the horizontal axis shows.
        at: Where.
        stands_for: Its name.
    """
    return layer(
        [{field: at, "rule": stands_for}],
        mark("rule", strokeDash=DASHED),
        x=quantity(field),
        stroke=stroked("rule", INK),
    )


def stroked(field: str, colour: str) -> Described:
    """What names a dashed line, which the legend shows as such."""
    legend = {"symbolType": "stroke", "symbolDash": DASHED}
    return name(field, scale={"range": [colour]}, legend=legend)


def written(rows: Rows, **shown_by: Described) -> Described:
    """Figures beside what they say, on paper: no line runs through them."""
    on_paper = {"stroke": PAPER, "strokeWidth": 4, "strokeJoin": "round"}
    return layer(rows, mark("text", align="left", dx=9, **on_paper), **shown_by)
