"""How good a model was on claims that it had not seen, and what it looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.catalogue import Language
from serving.charts import theme
from serving.charts.chart import Chart, drawn
from serving.charts.panels import layer, layered, mark, name, quantity, stroked
from serving.charts.words import Reader

_HEIGHT = 300
# Features are named in sentences, beside which there is less room for bars.
_NAMES_WIDTH, _EFFECTS_WIDTH = 500, 340
_ROW_HEIGHT = 24


def calibration_chart(
    tenths: Sequence[tuple[int, float, float]], language: Language
) -> Chart:
    """Expected and realised recovery of claims by tenths of the expectation.

    Args:
        tenths: Claims, mean expected and mean realised recovery over claim of each.
        language: Of the words.
    """
    reader = Reader(language, "yuan")
    series, even = (reader.text(f"calibration_{n}") for n in ("tenth", "even"))
    highest = max((max(e, r) for _, e, r in tenths), default=1.0)
    rows = [{"expected": e, "realised": r, "tenth": series} for _, e, r in tenths]
    line = [{"expected": v, "realised": v, "even": even} for v in (0.0, highest)]
    x, y = (
        quantity(f, title=reader.text(f"calibration_{f}"), axis={"format": ".0%"})
        for f in ("expected", "realised")
    )
    dashed = mark("line", strokeDash=theme.DASHED, strokeWidth=1.2)
    dots = mark("point", filled=True, size=90, opacity=1)
    picture = layered(
        layer(line, dashed, x=x, y=y, stroke=stroked("even", theme.MUTED)),
        layer(rows, dots, x=x, y=y, color=name("tenth", scale={"range": [theme.BLUE]})),
        height=_HEIGHT,
    )
    said = [
        reader.text(
            "calibration_part", expected=reader.rate(e), realised=reader.rate(r)
        )
        for _, e, r in tenths
    ]
    parts = reader.listed(said) or reader.text("nothing")
    return drawn(picture, reader.text("calibration_said", parts=parts))


def importance_chart(effects: Mapping[str, float], language: Language) -> Chart:
    """Mean effect of features on the expected recovery.

    Args:
        effects: Share of the claim by title of the feature, the largest first; titles
            differ.
        language: Of the words.
    """
    reader = Reader(language, "yuan")
    rows = [
        {"feature": title, "effect": effect, "shown": reader.rate(effect)}
        for title, effect in effects.items()
    ]
    title = reader.text("importance_axis")
    x = quantity("effect", title=title, axis={"format": ".1%"})
    y = name("feature", sort=None, title=None, axis={"labelLimit": _NAMES_WIDTH})
    bars = layer(rows, mark("bar", color=theme.BLUE), x=x, y=y)
    beside = mark("text", align="left", dx=5, fontSize=11)
    shown = layer(rows, beside, x=x, y=y, text=name("shown"))
    height = _ROW_HEIGHT * max(len(rows), 1)
    said = [f"{title} {reader.rate(effect)}" for title, effect in effects.items()]
    return drawn(
        layered(bars, shown, height=height, width=_EFFECTS_WIDTH),
        reader.text("importance_said", parts=reader.listed(said)),
    )
