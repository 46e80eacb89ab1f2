"""From a disposal history to a recovery model."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np
import numpy.typing as npt

from features.errors import HistoryError
from features.outcomes import (
    MONTHS_PER_QUARTER,
    History,
    Panel,
    age_months,
    quarter_panel,
    validated,
)
from features.package import Floats, Ints, days, obligors
from features.segment import segments
from features.table import FeatureTable, build_table, learn_vocabulary
from models.recovery.chain_ladder import ChainLadder, fit_chain_ladder
from models.recovery.correlation import randomised_pit, vintage_correlation, vintages
from models.recovery.curve import fit_curve, quarter_shares
from models.recovery.distribution import RecoveryDistribution, fit_distribution
from models.recovery.feature_values import feature_values
from models.recovery.model import (
    ChainLadderRecord,
    DistributionRecord,
    ModelRecord,
    RecoveryModel,
)
from models.recovery.recalibration import recalibrate, recalibrated_level
from training.completion import completed_rates
from training.config import Config

FEWEST_CLAIMS = 200
Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class Reference:
    """Claims that set level and distribution, scored by trees that did not see them.

    Attributes:
        rows: Rows of the claims in the history, in time order.
        score: Expected recovery, shape (len(rows),).
        rate: Realised recovery, shape (len(rows),).
        vintage: Quarter of the cut-off date, shape (len(rows),).
        level: Mean recovery that the distribution is recalibrated to.
    """

    rows: Ints
    score: Floats
    rate: Floats
    vintage: Ints
    level: float


@dataclass(frozen=True)
class Trained:
    """A model and what it was made from.

    Attributes:
        model: The model.
        table: Features of the history's claims.
        panel: Observed quarters.
        reference: Claims that set level and distribution.
    """

    model: RecoveryModel
    table: FeatureTable
    panel: Panel
    reference: Reference


def train(history: History, config: Config) -> Trained:
    """Fit curve, distribution and correlation on everything a history knows.

    Raises:
        HistoryError: The history is inconsistent, or too short to be learnt from.
    """
    validated(history)
    vocabulary = learn_vocabulary(history.package, config.vocabulary.minimum_count)
    table = build_table(history.package, vocabulary)
    panel = quarter_panel(history, config.horizon.quarters)
    ladder, trees = _curve(history, table, panel, config)
    reference = _reference(history, table, panel, config)
    distribution = recalibrate(
        fit_distribution(reference.score, reference.rate),
        reference.score,
        reference.level,
    )
    record = ModelRecord(
        source=history.name,
        simulated=history.simulated,
        observed_until=history.observed_until,
        claims=len(history),
        segment_claims=_segment_claims(history),
        horizon_quarters=config.horizon.quarters,
        timing_observed=history.timing_observed,
        quarter_weights=declared_timing(history, config),
        features=table.names,
        vocabulary=dict(vocabulary.labels),
        chain_ladder=_ladder_record(ladder),
        distribution=_distribution_record(distribution),
        factor_correlation=_correlation(
            reference, distribution.at(reference.score), config
        ),
        feature_values=feature_values(table, segments(history.package)),
    )
    model = RecoveryModel(record, trees.model_to_string())
    return Trained(model, table, panel, reference)


def _curve(
    history: History, table: FeatureTable, panel: Panel, config: Config
) -> tuple[ChainLadder, lgb.Booster]:
    """Chain ladder and trees of the claims of a panel."""
    kinds = segments(history.package)
    quarters = config.horizon.quarters if history.timing_observed else 1
    ladder = fit_chain_ladder(panel, kinds, quarters)
    start = ladder.log_odds(kinds)
    return ladder, fit_curve(table, panel, start, config.curve.parameters())


def _reference(
    history: History, table: FeatureTable, panel: Panel, config: Config
) -> Reference:
    """The reference claims, scored by trees grown on everything but them."""
    rows = reference_claims(history, config)
    ladder, trees = _curve(history, table, _without(panel, history, rows), config)
    known = history.take(rows)
    start = ladder.log_odds(segments(known.package))
    chosen = FeatureTable(table.names, table.values[rows])
    shares = quarter_shares(trees, chosen, start)
    score = shares.sum(axis=1)
    rate = completed_rates(history, rows, shares, config.curve.seed)
    vintage = vintages(known.package)
    level = recalibrated_level(score, rate, vintage)
    return Reference(rows, score, rate, vintage, level)


def mature_claims(history: History, config: Config) -> Ints:
    """Rows of the claims old enough to have shown nearly all of their recovery."""
    needed = config.reference.maturity_months if history.timing_observed else 0
    return np.flatnonzero(age_months(history) >= needed)


def reference_claims(history: History, config: Config) -> Ints:
    """The latest quarter of the claims that are mature by age, in time order.

    Age alone decides: choosing by status would prefer the quick and the good.

    Raises:
        HistoryError: There are too few mature claims.
    """
    mature = mature_claims(history, config)
    if len(mature) < FEWEST_CLAIMS:
        needed = config.reference.maturity_months if history.timing_observed else 0
        raise HistoryError(
            f"only {len(mature)} claims were observed for {needed} months, and "
            f"{FEWEST_CLAIMS} are needed: add older disposals"
        )
    cutoff = days(history.package.claims, "cutoff_date")[mature]
    size = max(FEWEST_CLAIMS // 2, int(config.reference.share * len(mature)))
    latest: Ints = mature[np.argsort(cutoff, kind="stable")][-size:]
    return latest


def _without(panel: Panel, history: History, reference: Ints) -> Panel:
    """The panel without the reference claims and their obligors' other claims.

    Raises:
        HistoryError: Nothing is left.
    """
    obligor = obligors(history.package)
    kept = ~np.isin(obligor, obligor[reference])[panel.claim]
    if not kept.any():
        raise HistoryError(
            "every claim belongs to the reference or to its obligors: add disposals of "
            "other obligors, or lower reference.share"
        )
    return Panel(panel.claim[kept], panel.quarter[kept], panel.share[kept])


def _segment_claims(history: History) -> dict[str, int]:
    kinds, counts = np.unique(segments(history.package), return_counts=True)
    return {str(k): int(n) for k, n in zip(kinds, counts, strict=True)}


def declared_timing(history: History, config: Config) -> tuple[float, ...]:
    """Share of the recovery in each quarter, declining; empty where it is observed."""
    if history.timing_observed:
        return ()
    edges = np.arange(config.horizon.quarters + 1) * MONTHS_PER_QUARTER
    passed = 1 - np.exp(-edges / config.timing.declared_mean_months)
    return tuple(float(w) for w in np.diff(passed) / passed[-1])


def _ladder_record(ladder: ChainLadder) -> ChainLadderRecord:
    return ChainLadderRecord(
        by_segment={
            kind: tuple(shares.tolist()) for kind, shares in ladder.by_segment.items()
        },
        overall=tuple(ladder.overall.tolist()),
    )


def _distribution_record(distribution: RecoveryDistribution) -> DistributionRecord:
    return DistributionRecord(
        scores=tuple(distribution.scores.tolist()),
        points=tuple(tuple(p) for p in distribution.points.tolist()),
        overall=tuple(distribution.overall.tolist()),
    )


def _correlation(reference: Reference, points: Floats, config: Config) -> float:
    pit = randomised_pit(points, reference.rate, config.curve.seed)
    estimate = vintage_correlation(pit, reference.vintage)
    return float(np.clip(estimate, config.factor.floor, config.factor.ceiling))
