"""The claims that set level, distribution and correlation.

Trees that saw none of the latest mature claims score them; their level is that of the
latest vintages. The same trees score the older mature claims too: how claims of one
vintage move together takes more vintages than the latest few. Trees know no calendar,
so that having grown on a vintage teaches them next to nothing of its luck.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.errors import HistoryError
from features.outcomes import History, age_months
from features.package import Floats, Ints, days
from features.segment import segments
from models.recovery.correlation import (
    CorrelationPrior,
    centred,
    estimate_factors,
    information,
    residuals,
)
from models.recovery.distribution import RecoveryDistribution
from models.recovery.factors import Factors, factor_groups, vintages
from models.recovery.recalibration import recalibrated_level
from training.completion import completed_rates
from training.config import Config

FEWEST_CLAIMS = 200
Scoring = Callable[[Ints], Floats]


@dataclass(frozen=True)
class Reference:
    """Mature claims in time order, the latest of which set level and distribution.

    Attributes:
        rows: Rows of the latest mature claims in the history, in time order.
        score: Expected recovery by trees that did not see them, shape (len(rows),).
        rate: Realised recovery, open work-outs completed, shape (len(rows),).
        vintage: Quarter of the cut-off date, shape (len(rows),).
        level: Mean recovery that the distribution is recalibrated to.
        mature: Rows of all mature claims, in time order; the latest come last.
        mature_score: Expected recovery of all of them by the same trees.
        mature_rate: Realised recovery of all of them.
    """

    rows: Ints
    score: Floats
    rate: Floats
    vintage: Ints
    level: float
    mature: Ints
    mature_score: Floats
    mature_rate: Floats


def mature_claims(history: History, config: Config) -> Ints:
    """Rows of the claims old enough to have shown nearly all of their recovery.

    Age alone decides: choosing by status would prefer the quick and the good.
    """
    needed = config.reference.maturity_months if history.timing_observed else 0
    return np.flatnonzero(age_months(history) >= needed)


def reference_claims(history: History, config: Config) -> Ints:
    """The latest quarter of the mature claims, in time order.

    Raises:
        HistoryError: There are too few mature claims.
    """
    mature = _in_time_order(history, mature_claims(history, config))
    if len(mature) < FEWEST_CLAIMS:
        needed = config.reference.maturity_months if history.timing_observed else 0
        raise HistoryError(
            f"only {len(mature)} claims were observed for {needed} months, and "
            f"{FEWEST_CLAIMS} are needed: add older disposals"
        )
    size = max(FEWEST_CLAIMS // 2, int(config.reference.share * len(mature)))
    return mature[-size:]


def _in_time_order(history: History, rows: Ints) -> Ints:
    cutoff = days(history.package.claims, "cutoff_date")[rows]
    ordered: Ints = rows[np.argsort(cutoff, kind="stable")]
    return ordered


def score_reference(history: History, config: Config, shares: Scoring) -> Reference:
    """Mature claims, scored.

    Args:
        history: What is known.
        config: Which claims are mature and set the level.
        shares: Expected share by quarter of the claims of given rows, shape
            (len(rows), quarters), by trees that did not see the reference.
    """
    rows = reference_claims(history, config)
    mature = _in_time_order(history, mature_claims(history, config))
    expected = shares(mature)
    score = expected.sum(axis=1)
    rate = completed_rates(history, mature, expected, config.curve.seed)
    latest = slice(len(mature) - len(rows), None)
    vintage = vintages(history.package)[rows]
    level = recalibrated_level(score[latest], rate[latest], vintage)
    return Reference(
        rows, score[latest], rate[latest], vintage, level, mature, score, rate
    )


def reference_factors(
    history: History,
    reference: Reference,
    distribution: RecoveryDistribution,
    config: Config,
) -> Factors:
    """How strongly claims move together, from the surprises of all mature claims."""
    package = history.package.take(reference.mature)
    kinds = segments(package)
    points = distribution.at(reference.mature_score)
    informed = information(points)
    surprise = centred(
        residuals(points, reference.mature_rate),
        informed,
        np.unique(kinds, return_inverse=True)[1],
    )
    groups = factor_groups(package, kinds, vintages(package))
    prior = CorrelationPrior(**config.factor.model_dump())
    return estimate_factors(surprise, informed, groups, prior)
