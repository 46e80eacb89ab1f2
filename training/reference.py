"""The claims that teach the level, and the latest of them, which set it.

Mature claims with their open work-outs completed are what the level learns from. The
latest of them, which its first trees do not see, set the level and the distribution.
How claims of one vintage move together takes more vintages than the latest few: older
claims are scored too, by trees that saw neither them nor their obligors. Where the
latest are few, these older claims also help to tell the shape of the distribution and
how many trees to keep.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from features.errors import HistoryError
from features.outcomes import Bools, History, age_months
from features.package import Floats, Ints, days, obligors
from features.segment import segments
from models.recovery.chain_ladder import ChainLadder
from models.recovery.correlation import (
    CorrelationPrior,
    centred,
    estimate_factors,
    surprises,
)
from models.recovery.distribution import RecoveryDistribution, fit_distribution
from models.recovery.factors import Factors, factor_groups, sales, vintages
from models.recovery.level import FORESTS
from models.recovery.recalibration import recalibrated_level
from training.completion import completed_rates
from training.config import Config

FEWEST_CLAIMS = 200
# Fewer claims tell neither a distribution, whose neighbourhoods of thirty would be more
# than a tenth of them, nor how many trees to keep.
FEWEST_TELLING = 300
HALVES = 2
# Of few claims a half teaches too little to be like what all of them teach.
FOLDS_OF_FEW = 5


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
        mature_score: Expected recovery of all of them by trees that saw neither them
            nor their obligors.
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

    @property
    def is_latest(self) -> Bools:
        """Whether each mature claim is one of the latest, shape (m,)."""
        latest: Bools = np.arange(len(self.mature)) >= len(self.mature) - len(self.rows)
        return latest

    def shape(self) -> RecoveryDistribution:
        """Distribution of the latest claims by score, of older ones too if few."""
        told = self.telling
        return fit_distribution(self.mature_score[told], self.mature_rate[told])

    @property
    def telling(self) -> slice:
        """Places among the mature claims of those that tell the shape."""
        return slice(-max(len(self.rows), FEWEST_TELLING), None)


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
        until = history.observed_until
        raise HistoryError(
            f"only {len(mature)} claims were observed for {needed} months by {until}, "
            f"and {FEWEST_CLAIMS} are needed: add older disposals, or lower "
            "reference.maturity_months or horizon.quarters by --config",
            zh=f"至{until}仅{len(mature)}笔债权观察满{needed}个月，至少需要{FEWEST_CLAIMS}笔；"
            "请补充更早的处置，或以 --config 减少 reference.maturity_months"
            " 或 horizon.quarters",
        )
    size = max(FEWEST_CLAIMS // 2, int(config.reference.share * len(mature)))
    return mature[-size:]


def _in_time_order(history: History, rows: Ints) -> Ints:
    cutoff = days(history.package.claims, "cutoff_date")[rows]
    ordered: Ints = rows[np.argsort(cutoff, kind="stable")]
    return ordered


class BlindLesson(NamedTuple):
    """Mature claims that are told by forests which never saw them.

    Attributes:
        told: The claims that are told, shape (m,).
        learnt: Those that are learnt from, shape (m,).
        forests: How many forests tell.
    """

    told: Bools
    learnt: Bools
    forests: int

    @property
    def alone(self) -> "BlindLesson":
        """The same, told by one forest."""
        return self._replace(forests=1)


@dataclass(frozen=True)
class Mature:
    """Mature claims in time order, the reference last.

    Attributes:
        rows: Their rows in the history, shape (m,).
        rate: Realised recovery, open work-outs completed, shape (m,).
        strangers: Whether the claim is neither of the reference nor of one of its
            obligors, shape (m,).
        fold: Part of the obligors that the claim's belongs to, from 0, shape (m,).
        reference: How many of them, the last, are the reference.
    """

    rows: Ints
    rate: Floats
    strangers: Bools
    fold: Ints
    reference: int

    def lessons(self) -> tuple[BlindLesson, ...]:
        """Claims to be scored, those to learn from, and by how many forests.

        The reference comes first, scored by what all strangers teach, with as many
        forests as serve. Each fold of the older claims is scored by one forest of the
        other folds, or of all strangers where these are of one fold only.
        """
        older = ~self._latest
        lessons = [BlindLesson(self._latest, self.strangers, FORESTS)]
        for fold in np.unique(self.fold[older]):
            others = self.strangers & (self.fold != fold)
            learnt = others if others.any() else self.strangers
            lessons.append(BlindLesson(older & (self.fold == fold), learnt, 1))
        return tuple(lessons)

    @property
    def is_few(self) -> bool:
        """Whether the reference alone tells too little."""
        return self.reference < FEWEST_TELLING

    @property
    def _latest(self) -> Bools:
        latest: Bools = np.arange(len(self.rows)) >= len(self.rows) - self.reference
        return latest


def mature(history: History, ladder: ChainLadder, config: Config) -> Mature:
    """The mature claims of a history.

    Args:
        history: What is known.
        ladder: Chain ladder of its segments, for what too few donors could tell.
        config: Which claims are mature and which of them set the level.

    Raises:
        HistoryError: There are too few, or none beside the reference.
    """
    latest = reference_claims(history, config)
    rows = _in_time_order(history, mature_claims(history, config))
    shares = ladder.shares(segments(history.package)[rows])
    obligor = obligors(history.package)
    strangers = ~np.isin(obligor[rows], obligor[latest])
    if not strangers.any():
        raise HistoryError(
            "every claim belongs to the reference or to its obligors: add disposals of "
            "other obligors, or lower reference.share",
            zh="所有债权均属于参照组或其债务人：请补充其他债务人的处置，"
            "或降低 reference.share",
        )
    rate = completed_rates(history, rows, shares, config.level.seed)
    folds = HALVES if len(latest) >= FEWEST_TELLING else FOLDS_OF_FEW
    fold = np.unique(obligor, return_inverse=True)[1][rows] % folds
    return Mature(rows, rate, strangers, fold, len(latest))


def reference_of(history: History, known: Mature, score: Floats) -> Reference:
    """The reference, given the score of every mature claim by trees blind to it."""
    latest = slice(len(known.rows) - known.reference, None)
    rows, rate = known.rows[latest], known.rate[latest]
    vintage = vintages(history.package)[rows]
    level = recalibrated_level(score[latest], rate, vintage)
    return Reference(
        rows, score[latest], rate, vintage, level, known.rows, score, known.rate
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
    trusted = np.zeros(len(kinds), np.bool_)
    points = distribution.of_claims(reference.mature_score, kinds, trusted)
    seen, slope = surprises(points, reference.mature_rate)
    rest = centred(seen, slope, np.unique(kinds, return_inverse=True)[1])
    groups = factor_groups(package, kinds, vintages(package))
    prior = CorrelationPrior(**config.factor.model_dump())
    return estimate_factors(
        rest, slope, groups, sales(package), reference.is_latest, prior
    )
