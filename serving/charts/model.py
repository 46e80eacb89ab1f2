"""How good a model was on claims that it had not seen, and what it looks at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from features.catalogue import Language
from serving.charts import theme
from serving.charts.chart import Chart, drawn
from serving.charts.grammar import alt
from serving.charts.panels import colours, layered, plotted
from serving.charts.words import Reader

_HEIGHT = 300
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
    rows = [{"expected": e, "realised": r, "series": series} for _, e, r in tenths]
    line = [{"expected": v, "realised": v, "series": even} for v in (0.0, highest)]
    axis = alt.Axis(format=".0%")
    x = alt.X("expected:Q", title=reader.text("calibration_expected"), axis=axis)
    y = alt.Y("realised:Q", title=reader.text("calibration_realised"), axis=axis)
    colour = alt.Color(
        "series:N", scale=colours({series: theme.BLUE, even: theme.MUTED})
    )
    diagonal = plotted(line).mark_line(strokeDash=theme.DASHED, strokeWidth=1.2)
    dots = plotted(rows).mark_point(filled=True, size=90, opacity=1)
    picture = layered(
        diagonal.encode(x=x, y=y, color=colour),
        dots.encode(x=x, y=y, color=colour),
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
    base = plotted(rows).encode(
        x=alt.X(
            "effect:Q",
            title=reader.text("importance_axis"),
            axis=alt.Axis(format=".1%"),
        ),
        y=alt.Y("feature:N", sort=None, title=None, axis=alt.Axis(labelLimit=260)),
    )
    shown = base.mark_text(align="left", dx=5, fontSize=11).encode(text="shown:N")
    said = [f"{title} {reader.rate(effect)}" for title, effect in effects.items()]
    return drawn(
        layered(
            base.mark_bar(color=theme.BLUE), shown, height=_ROW_HEIGHT * len(rows) or 24
        ),
        reader.text("importance_said", parts=reader.listed(said)),
    )
