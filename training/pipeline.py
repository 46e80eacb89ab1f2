"""From a disposal history to a recovery model."""

from dataclasses import dataclass, field, replace

import numpy as np

from features.collateral.sale_learning import learn_prices
from features.month_shape import month_shape
from features.outcomes import (
    MONTHS_PER_QUARTER,
    History,
    Panel,
    quarter_panel,
    validated,
)
from features.package import Floats, obligors
from features.segment import segments
from features.table import FeatureTable, build_table, learn_vocabulary, without
from models.recovery.chain_ladder import ChainLadder, fit_chain_ladder
from models.recovery.distribution import spread_out
from models.recovery.factors import vintages
from models.recovery.feature_values import feature_values
from models.recovery.level import (
    Labels,
    SegmentLevel,
    fit_segment_level,
)
from models.recovery.model import (
    LISTED,
    WORTHS,
    ChainLadderRecord,
    DistributionRecord,
    ModelRecord,
    RecoveryModel,
    SegmentLevelRecord,
)
from models.recovery.out_of_time import OutOfTime
from models.recovery.recalibration import distribution_around
from models.recovery.sale_record import SalePricesRecord
from training.config import Config
from training.growing import Basis, Elsewhere, Grounds, InProcess
from training.level import grow_level
from training.paths.learning import learn_paths
from training.recent_level import follow_cash
from training.reference import (
    Mature,
    Reference,
    mature,
    reference_factors,
    reference_of,
)
from training.segment_shapes import with_own_shapes


@dataclass(frozen=True)
class Trained:
    """A model and what it was made from.

    Attributes:
        model: The model.
        table: Features of the history's claims.
        panel: Observed quarters.
        reference: Claims that set level and distribution.
        level_trees: Trees that each forest of the level kept.
        level_column_share: Share of the features that each of them saw.
        elsewhere: Claims beside the history's that the trees grew from.
    """

    model: RecoveryModel
    table: FeatureTable
    panel: Panel
    reference: Reference
    level_trees: int
    level_column_share: float
    elsewhere: Elsewhere = field(default_factory=Elsewhere)


def train(history: History, config: Config, grounds: Grounds = InProcess) -> Trained:
    """Fit level, curve, distribution and factors on everything a history knows.

    Args:
        history: The history, or as much of a larger one as this process holds.
        config: The run.
        grounds: Where trees are grown.

    Raises:
        HistoryError: The history is inconsistent, or too short to be learnt from.
    """
    validated(history)
    kinds = segments(history.package)
    panel = quarter_panel(history, config.horizon.quarters)
    quarters = config.horizon.quarters if history.timing_observed else 1
    ladder = fit_chain_ladder(panel, kinds, quarters)
    known = mature(history, ladder, config)
    basis = _basis(history, kinds, ladder, known, config)
    grower = grounds(basis)
    table = build_table(history.package, basis.vocabulary, basis.prices)
    taught = without(table, LISTED)
    vintage = vintages(history.package)[known.rows]
    level = grow_level(taught, kinds, known, vintage, basis, grower)
    reference = reference_of(history, known, level.score)
    shape = reference.shape()
    distribution = distribution_around(shape, reference.score, reference.level)
    distribution = with_own_shapes(distribution, history, reference)
    record = ModelRecord(
        source=history.name,
        simulated=history.simulated,
        observed_until=history.observed_until,
        claims=len(history) + grower.elsewhere.claims,
        segment_claims=_segment_claims(kinds),
        horizon_quarters=config.horizon.quarters,
        timing_observed=history.timing_observed,
        quarter_weights=declared_timing(history, config),
        month_shape=_tuples(month_shape(history, config.horizon.quarters)),
        features=table.names,
        vocabulary=dict(basis.vocabulary.labels),
        sale_prices=SalePricesRecord.of(basis.prices),
        segment_level=_level_record(basis.segment_level),
        chain_ladder=_ladder_record(ladder),
        distribution=DistributionRecord.of(distribution),
        factors=reference_factors(history, reference, distribution, config),
        feature_values=feature_values(table, kinds),
        contradicted=level.contradicted,
    )
    curve = ""
    if history.timing_observed:
        start = ladder.log_odds(kinds)
        parameters = replace(config.curve.parameters(), free=level.free)
        curve = grower.curve(without(taught, WORTHS), panel, start, parameters)
    model = RecoveryModel(record, level.forests, curve)
    model = follow_cash(model, history, table, panel, config)
    return Trained(
        model,
        table,
        panel,
        reference,
        level.trees,
        level.column_share,
        grower.elsewhere,
    )


def with_paths(trained: Trained, history: History, config: Config) -> Trained:
    """The same model with what the history teaches of disposal paths, if anything.

    Apart from training, for a test out of time has no use for them.
    """
    paths = learn_paths(history, trained.table, config.paths)
    return replace(trained, model=replace(trained.model, paths=paths))


def as_tested(trained: Trained, told: OutOfTime) -> Trained:
    """The same model with what tests out of time told, its ranges as wide as they ask.

    Args:
        trained: The model.
        told: What was told of models of the same making.
    """
    record, factor = trained.model.record, told.ranges.spread_factor
    if factor > 1:
        spread = spread_out(trained.model.distribution, factor)
        written = DistributionRecord.of(spread)
        record = record.model_copy(update={"distribution": written})
    known = record.model_copy(update={"out_of_time": told})
    return replace(trained, model=replace(trained.model, record=known))


def _basis(
    history: History, kinds: Labels, ladder: ChainLadder, known: Mature, config: Config
) -> Basis:
    """What trees start from and what their features are made by."""
    latest = known.rows[-known.reference :]
    beside = known.strangers
    cutoffs = history.package.claims["cutoff_date"].to_numpy()
    obligor = obligors(history.package)
    return Basis(
        config,
        history.observed_until,
        learn_vocabulary(history.package, config.vocabulary.minimum_count),
        learn_prices(history),
        ladder,
        fit_segment_level(kinds[known.rows][beside], known.rate[beside]),
        np.sort(cutoffs)[len(cutoffs) // 2].item(),
        np.unique(obligor),
        cutoffs[latest].min().item(),
        np.unique(obligor[latest]),
    )


def _level_record(level: SegmentLevel) -> SegmentLevelRecord:
    return SegmentLevelRecord(by_segment=dict(level.by_segment), overall=level.overall)


def _segment_claims(kinds: Labels) -> dict[str, int]:
    present, counts = np.unique(kinds, return_counts=True)
    return {str(k): int(n) for k, n in zip(present, counts, strict=True)}


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


def _tuples(rows: Floats) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in rows.tolist())
