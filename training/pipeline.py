"""From a disposal history to a recovery model."""

from dataclasses import dataclass

import lightgbm as lgb
import numpy as np

from features.errors import HistoryError
from features.month_shape import month_shape
from features.outcomes import (
    MONTHS_PER_QUARTER,
    History,
    Panel,
    quarter_panel,
    validated,
)
from features.package import Floats, Ints, obligors
from features.sale_learning import learn_prices
from features.segment import segments
from features.table import FeatureTable, build_table, learn_vocabulary
from models.recovery.chain_ladder import ChainLadder, fit_chain_ladder
from models.recovery.curve import fit_curve, quarter_shares
from models.recovery.distribution import RecoveryDistribution, fit_distribution
from models.recovery.feature_values import feature_values
from models.recovery.model import (
    ChainLadderRecord,
    DistributionRecord,
    ModelRecord,
    RecoveryModel,
)
from models.recovery.recalibration import recalibrate
from models.recovery.sale_record import SalePricesRecord
from training.config import Config
from training.reference import (
    Reference,
    reference_claims,
    reference_factors,
    score_reference,
)


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
    prices = learn_prices(history)
    table = build_table(history.package, vocabulary, prices)
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
        month_shape=_tuples(month_shape(history, config.horizon.quarters)),
        features=table.names,
        vocabulary=dict(vocabulary.labels),
        sale_prices=SalePricesRecord.of(prices),
        chain_ladder=_ladder_record(ladder),
        distribution=_distribution_record(distribution),
        factors=reference_factors(history, reference, distribution, config),
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
    """The mature claims, scored by trees grown on everything but the reference."""
    rows = reference_claims(history, config)
    ladder, trees = _curve(history, table, _without(panel, history, rows), config)
    start = ladder.log_odds(segments(history.package))

    def shares(chosen: Ints) -> Floats:
        known = FeatureTable(table.names, table.values[chosen])
        return quarter_shares(trees, known, start[chosen])

    return score_reference(history, config, shares)


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
        points=_tuples(distribution.points),
        overall=tuple(distribution.overall.tolist()),
    )


def _tuples(rows: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows.tolist())
