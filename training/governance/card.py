"""The model card: what a version was made from, how it was tested, what it cannot tell.

A card is plain facts, logged as JSON beside its pages, so that it can be shown again
with every decision that was taken on the version since.
"""

import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from features.outcomes import MONTHS_PER_QUARTER, Bools, History, closed_workouts
from features.segment import SEGMENT_ZH, SEGMENTS, segments
from training.charts import (
    calibration_groups,
    calibration_svg,
    curve_svg,
    importance_svg,
)
from training.config import Config
from training.evaluation import Evaluation
from training.governance.facts import (
    Card,
    DataFacts,
    ReferenceFacts,
    SegmentFacts,
    Tenth,
    WindowFacts,
)
from training.governance.limits import limits
from training.pipeline import Trained

SOFTWARE = ("recoup", "lightgbm", "scikit-learn", "numpy", "scipy", "pandas", "pyarrow")


@dataclass(frozen=True)
class Made:
    """What a card is written from.

    Attributes:
        trained: The model.
        evaluation: Its test out of time.
        history: What it was trained on.
        config: The run.
        importance: Mean effect of the strongest features, largest first.
        fingerprint: SHA-256 of the history's tables.
    """

    trained: Trained
    evaluation: Evaluation
    history: History
    config: Config
    importance: pd.Series
    fingerprint: str


def write_card(made: Made, name: str, number: int, run_id: str) -> Card:
    """The card of a version that was just registered.

    Args:
        made: What it was made from.
        name: Name of the registered model.
        number: The version.
        run_id: MLflow run that logged it.
    """
    evaluation = made.evaluation
    figures = evaluation.figures()
    data, parts = _data(made), _segments(made)
    reference = _reference(made)
    known = limits(
        made.history,
        data,
        parts,
        reference.last_cutoff,
        made.trained.elsewhere,
        evaluation,
        made.trained.model.record.level_moves,
        made.trained.model.record.contradicted,
    )
    return Card(
        name=name,
        version=number,
        sha256=made.trained.model.sha256,
        run_id=run_id,
        made_at=datetime.now(UTC),
        data=data,
        segments=parts,
        embargo_months=made.config.evaluation.embargo_months,
        years=tuple(_window(y, told) for y, told in figures["years"].items()),
        summary={n: v for n, v in figures.items() if isinstance(v, float)},
        calibration=_calibration(evaluation),
        curve=figures["curve"] or {},
        importance={str(n): float(v) for n, v in made.importance.items()},
        reference=reference,
        limits=tuple(limit.en for limit in known),
        limits_zh=tuple(limit.zh for limit in known),
        configuration=made.config.model_dump(mode="json"),
        software={"python": platform.python_version()}
        | {package: version(package) for package in SOFTWARE},
        pictures=_pictures(made),
    )


def _data(made: Made) -> DataFacts:
    history, package = made.history, made.history.package
    cutoff = pc.min_max(package.claims["cutoff_date"]).as_py()
    return DataFacts(
        source=history.name,
        simulated=history.simulated,
        fingerprint=made.fingerprint,
        claims=len(history),
        collateral=len(package.collateral),
        guarantees=len(package.guarantees),
        claim_yuan=float(package.claim_yuan().sum()),
        first_cutoff=cutoff["min"],
        last_cutoff=cutoff["max"],
        observed_until=history.observed_until,
        open_share=float(_open(history).mean()),
        timing_observed=history.timing_observed,
        horizon_months=made.config.horizon.quarters * MONTHS_PER_QUARTER,
    )


def _open(history: History) -> Bools:
    return ~closed_workouts(history)


def _segments(made: Made) -> tuple[SegmentFacts, ...]:
    history = made.history
    frame = pd.DataFrame(
        {
            "yuan": history.package.claim_yuan(),
            "open": _open(history),
            "segment": segments(history.package),
        }
    )
    tested = made.evaluation.levels()
    return tuple(
        SegmentFacts(
            name=name,
            zh=SEGMENT_ZH[name],
            claims=len(rows),
            claim_yuan=float(rows["yuan"].sum()),
            open_share=float(rows["open"].mean()),
            tested=tested[name].figures() if name in tested else {},
        )
        for name in SEGMENTS
        if len(rows := frame[frame["segment"] == name])
    )


def _window(year: str, told: Mapping[str, Any]) -> WindowFacts:
    judged = {name: f for name, f in told.items() if isinstance(f, Mapping)}
    return WindowFacts(year=int(year), trained=told["trained_claims"], figures=judged)


def _calibration(evaluation: Evaluation) -> tuple[Tenth, ...]:
    groups = calibration_groups(evaluation)
    return tuple(
        Tenth(claims=int(n), expected=float(e), realised=float(r))
        for e, r, n in groups[["expected", "realised", "claims"]].itertuples(
            index=False
        )
    )


def _reference(made: Made) -> ReferenceFacts:
    reference = made.trained.reference
    known = made.history.package.claims.take(reference.rows)
    cutoff = pc.min_max(known["cutoff_date"]).as_py()
    return ReferenceFacts(
        claims=len(reference.rows),
        first_cutoff=cutoff["min"],
        last_cutoff=cutoff["max"],
        vintages=len(np.unique(reference.vintage)),
        expected_rate=float(reference.score.mean()),
        realised_rate=float(reference.rate.mean()),
        level=reference.level,
        factors=made.trained.model.record.factors.model_dump(),
    )


def _pictures(made: Made) -> dict[str, str]:
    drawn = {
        "calibration": calibration_svg(made.evaluation),
        "curve": curve_svg(made.evaluation),
        "importance": importance_svg(made.importance),
    }
    return {name: svg for name, svg in drawn.items() if svg}
