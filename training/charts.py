"""Pictures of an evaluation as SVG, the same in MLflow, pages and notebooks."""

import altair as alt
import numpy as np
import pandas as pd
import vl_convert

from features.outcomes import MONTHS_PER_QUARTER
from training.evaluation import Evaluation

CALIBRATION_GROUPS = 10


def calibration_groups(evaluation: Evaluation) -> pd.DataFrame:
    """Mean expected and realised recovery and claims, tenths by expectation."""
    expected = np.concatenate([w.expected_rate for w in evaluation.windows])
    realised = np.concatenate([w.realised_rate for w in evaluation.windows])
    tenth = pd.qcut(expected, CALIBRATION_GROUPS, labels=False, duplicates="drop")
    by_tenth = pd.DataFrame({"expected": expected, "realised": realised}).groupby(tenth)
    return by_tenth.mean().assign(claims=by_tenth.size())


def calibration_svg(evaluation: Evaluation) -> str:
    """Realised against expected recovery, tenths of the claims by expectation."""
    groups = calibration_groups(evaluation)
    axis = alt.Scale(domain=[0, 1])
    dots = (
        alt.Chart(groups, title=_title("Expected and realised recovery", evaluation))
        .mark_point(filled=True, size=80)
        .encode(
            alt.X("expected", title="expected recovery rate", scale=axis),
            alt.Y("realised", title="realised recovery rate", scale=axis),
        )
    )
    line = (
        alt.Chart(pd.DataFrame({"expected": [0, 1], "realised": [0, 1]}))
        .mark_line(strokeDash=[4, 4], color="grey")
        .encode(x="expected", y="realised")
    )
    return _svg(dots + line)


def curve_svg(evaluation: Evaluation) -> str | None:
    """Cumulated cash, expected and realised; None where timing is not observed."""
    curve = evaluation.curve()
    if curve is None:
        return None
    months = (np.arange(len(curve.expected_yuan)) + 1) * MONTHS_PER_QUARTER
    series = {"expected": curve.expected_yuan, "realised": curve.realised_yuan}
    cash = pd.concat(
        [
            pd.DataFrame({"month": months, "yuan": np.cumsum(yuan), "cash": name})
            for name, yuan in series.items()
        ]
    )
    return _svg(
        alt.Chart(cash, title=_title("Cumulated cash of the test years", evaluation))
        .mark_line(point=True)
        .encode(
            alt.X("month", title="months since cut-off"),
            alt.Y("yuan", title="yuan"),
            alt.Color("cash", title=None),
            alt.StrokeDash("cash", title=None),
        )
    )


def importance_svg(importance: pd.Series) -> str:
    """Mean absolute effect of the strongest features on expected recovery.

    Args:
        importance: Share of the claim by feature, largest first.
    """
    frame = importance.rename("points").rename_axis("feature").reset_index()
    return _svg(
        alt.Chart(frame, title="Mean effect on expected recovery (TreeSHAP)")
        .mark_bar()
        .encode(
            alt.X("points", title="share of the claim"),
            alt.Y("feature", sort="-x", title=None),
        )
    )


def _title(text: str, evaluation: Evaluation) -> str:
    years = [w.year for w in evaluation.windows]
    kind = "simulated data" if evaluation.simulated else evaluation.source
    return f"{text}, {min(years)}-{max(years)} ({kind})"


def _svg(chart: alt.Chart | alt.LayerChart) -> str:
    svg: str = vl_convert.vegalite_to_svg(chart.properties(width=420).to_json())
    return svg
