"""Pictures of a back-test as SVG: actual over expected, and vintage curves."""

import altair as alt
import pandas as pd
import vl_convert

from features.outcomes import MONTHS_PER_QUARTER
from features.segment import SEGMENT_ZH
from training.monitoring.actual_to_expected import Cell
from training.monitoring.drift import Drift
from training.monitoring.triangles import Triangle

WIDTH = 420
SHOWN_FEATURES = 15
_COLOURS = alt.Scale(
    domain=["as_expected", "above", "below"], range=["#4c78a8", "#e49b0f", "#c0392b"]
)
_CASH = ("realised 实际", "expected 预期")
_DASHES = alt.Scale(domain=list(_CASH), range=[[1, 0], [4, 3]])


def ratio_svg(cells: tuple[Cell, ...]) -> str | None:
    """Actual over expected of each cell that was judged, with its 95% interval."""
    judged = [cell for cell in cells if cell.low is not None]
    if not judged:
        return None
    frame = pd.DataFrame(
        [
            {
                "cell": cell.name,
                "ratio": cell.ratio,
                "low": cell.low,
                "high": cell.high,
                "standing": cell.standing,
            }
            for cell in judged
        ]
    )
    base = alt.Chart(frame).encode(
        alt.Y("cell", sort=None, title=None),
        alt.Color("standing", scale=_COLOURS, title=None),
    )
    title = "realised / expected 实际/预期"
    interval = base.mark_rule(strokeWidth=2).encode(
        alt.X("low", title=title), alt.X2("high")
    )
    dot = base.mark_point(filled=True, size=60).encode(alt.X("ratio", title=title))
    one = (
        alt.Chart(pd.DataFrame({"ratio": [1.0]}))
        .mark_rule(strokeDash=[4, 4], color="grey")
        .encode(alt.X("ratio", title=title))
    )
    return _svg((one + interval + dot).properties(width=WIDTH))


def curve_svg(segment: str, drawn: Triangle) -> str:
    """Vintage curves of a segment: realised drawn through, expected dashed."""
    rows = [
        {
            "month": (quarter + 1) * MONTHS_PER_QUARTER,
            "rate": float(rates[i, quarter]),
            "vintage": vintage,
            "cash": name,
        }
        for name, rates in zip(
            _CASH, (drawn.realised_rate, drawn.expected_rate), strict=True
        )
        for i, vintage in enumerate(drawn.vintages)
        for quarter in range(drawn.reach(i))
    ]
    title = f"{segment} {SEGMENT_ZH.get(segment, '')}".strip()
    chart = (
        alt.Chart(pd.DataFrame(rows), title=title)
        .mark_line()
        .encode(
            alt.X(
                "month",
                title="months since cut-off 基准日后月数",
                axis=alt.Axis(tickMinStep=MONTHS_PER_QUARTER),
            ),
            alt.Y("rate", title="cumulated recovery 累计回收率"),
            alt.Color("vintage", title="vintage 批次"),
            alt.StrokeDash("cash", scale=_DASHES, title=None),
        )
    )
    return _svg(chart.properties(width=WIDTH))


def psi_svg(drift: Drift) -> str:
    """Population stability index of the features that moved most."""
    strongest = list(drift.psi.items())[:SHOWN_FEATURES]
    chart = (
        alt.Chart(pd.DataFrame(strongest, columns=["feature", "psi"]))
        .mark_bar()
        .encode(
            alt.X("psi", title="population stability index 群体稳定性指标"),
            alt.Y("feature", sort=None, title=None),
        )
    )
    return _svg(chart.properties(width=WIDTH))


def _svg(chart: alt.Chart | alt.LayerChart) -> str:
    svg: str = vl_convert.vegalite_to_svg(chart.to_json())
    return svg
