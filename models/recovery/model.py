"""A recovery model: what a claim is expected to pay, when, and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from hashlib import sha256

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, Field

from features.collateral.value import SalePrices
from features.columns import Floats, Tabled
from features.segment import SEGMENTS, segment_places, segments
from features.steps import step
from features.table import (
    FeatureTable,
    Vocabulary,
    build_table,
    feature_names,
)
from models.paths.learnt import LearntPaths
from models.recovery.chain_ladder import ChainLadder
from models.recovery.contradicted import Contradicted
from models.recovery.curve import quarter_shares
from models.recovery.distribution import RecoveryDistribution
from models.recovery.factors import Factors
from models.recovery.forest import Forest
from models.recovery.level import SegmentLevel, level_rate
from models.recovery.level_move import LevelMoves
from models.recovery.out_of_time import RECORDED, OutOfTime
from models.recovery.sale_record import SalePricesRecord

FORMAT = 2
# Say how much a claim pays, never when: a dearer item or less debt ahead of it could
# otherwise bring its cash later and lower its value.
WORTHS = ("coverage", "gross_coverage", "sale_coverage")
# Say how a seller lists, not what is pledged: house and land in two rows are worth no
# more than in one.
LISTED = ("collateral_count",)
FEWEST_SEGMENT_CLAIMS = 50


def _is_absent(told: object) -> bool:
    return told is None


def _is_empty(told: Mapping[str, object]) -> bool:
    return not told


class ShapeRecord(BaseModel):
    """Distributions at knots of the score as they are written to JSON."""

    model_config = RECORDED

    scores: tuple[float, ...]
    points: tuple[tuple[float, ...], ...]

    @classmethod
    def of(cls, distribution: RecoveryDistribution) -> "ShapeRecord":
        """The knots of a distribution."""
        points = tuple(tuple(row) for row in distribution.points.tolist())
        return ShapeRecord(scores=tuple(distribution.scores.tolist()), points=points)


class DistributionRecord(ShapeRecord):
    """A recovery distribution as it is written to JSON."""

    overall: tuple[float, ...]
    shift: float
    # Not written where no segment has one: the hash of a model of before stays its own.
    by_segment: dict[str, ShapeRecord] = Field(default={}, exclude_if=_is_empty)

    @classmethod
    def of(cls, distribution: RecoveryDistribution) -> "DistributionRecord":
        """A distribution with those of its segments."""
        own = distribution.by_segment
        return cls(
            **vars(ShapeRecord.of(distribution)),
            overall=tuple(distribution.overall.tolist()),
            shift=distribution.shift,
            by_segment={kind: ShapeRecord.of(shape) for kind, shape in own.items()},
        )

    def distribution(self) -> RecoveryDistribution:
        """The distribution that was written."""
        return replace(
            self._of(self),
            by_segment={k: self._of(shape) for k, shape in self.by_segment.items()},
        )

    def _of(self, shape: ShapeRecord) -> RecoveryDistribution:
        return RecoveryDistribution(
            np.array(shape.scores),
            np.array(shape.points),
            np.array(self.overall),
            self.shift,
        )


class ChainLadderRecord(BaseModel):
    """A chain ladder as it is written to JSON."""

    model_config = RECORDED

    by_segment: dict[str, tuple[float, ...]]
    overall: tuple[float, ...]


class SegmentLevelRecord(BaseModel):
    """Mean recovery by segment as it is written to JSON."""

    model_config = RECORDED

    by_segment: dict[str, float]
    overall: float


class ModelRecord(BaseModel):
    """Everything of a model but its trees, as it is written to JSON.

    Attributes:
        format: Version of this form.
        source: Name of the disposal history.
        simulated: Whether that history never happened.
        observed_until: Last date of the history that the model knows.
        claims: Number of claims in the history.
        segment_claims: The same by segment.
        horizon_quarters: Quarters since cut-off that the recovery rate covers.
        timing_observed: Whether the history says when cash came.
        quarter_weights: Declared share of the recovery in each quarter where it
            does not; empty otherwise.
        month_shape: Share of a quarter's recovery in each of its months, by quarter.
        features: Columns of the feature table, in order.
        vocabulary: Labels of the categorical features.
        sale_prices: What the sales of the history taught of collateral.
        segment_level: Mean recovery of each segment, from which the level starts.
        chain_ladder: Curve of each segment, from which the trees of the curve start.
        distribution: Recovery distribution around knots of the score.
        factors: How strongly claims move together, and why.
        feature_values: Values of each feature among the claims of a segment, as
            pairs of a value and how likely it is; see ``models.recovery.missing``.
        out_of_time: What tests out of time told of it; absent, as in models of before,
            where nobody asked.
        level_moves: How far cash of the latest two years moved its level; absent, as in
            models of before, where it did not.
        contradicted: Directions that its trees do not hold, for its history contradicts
            them; absent, as in models of before, where it contradicts none.
    """

    model_config = RECORDED

    format: int = FORMAT
    source: str
    simulated: bool
    observed_until: date
    claims: int
    segment_claims: dict[str, int]
    horizon_quarters: int
    timing_observed: bool
    quarter_weights: tuple[float, ...] = ()
    month_shape: tuple[tuple[float, ...], ...]
    features: tuple[str, ...]
    vocabulary: dict[str, tuple[str, ...]]
    sale_prices: SalePricesRecord
    segment_level: SegmentLevelRecord
    chain_ladder: ChainLadderRecord
    distribution: DistributionRecord
    factors: Factors
    feature_values: dict[str, dict[str, tuple[tuple[float, float], ...]]] = {}
    # Not written where it is absent: the hash of a model of before stays its own.
    out_of_time: OutOfTime | None = Field(default=None, exclude_if=_is_absent)
    level_moves: LevelMoves | None = Field(default=None, exclude_if=_is_absent)
    contradicted: Contradicted | None = Field(default=None, exclude_if=_is_absent)


@dataclass(frozen=True)
class Forecast:
    """Expected recovery of the claims of a package.

    Attributes:
        mean_rate: Expected recovery over claim, shape (n,).
        points: Equally likely recovery rates, ascending, shape (n, POINTS).
        quarter_rate: Expected recovery in each quarter over claim; each row adds up
            to the mean, shape (n, quarters).
        month_shape: Share of a quarter's recovery in each of its months, shape
            (quarters, 3).
        segments: Segment of each claim, shape (n,).
        unseen: Whether the segment was too rare in training to be trusted, shape
            (n,); the points of such a claim are widened.
        bare_rate: Mean if its collateral was worth nothing, shape (n,).
    """

    mean_rate: Floats
    points: Floats
    quarter_rate: Floats
    month_shape: Floats
    segments: npt.NDArray[np.str_]
    unseen: npt.NDArray[np.bool_]
    bare_rate: Floats


@dataclass(frozen=True)
class RecoveryModel:
    """Trees and record of one model.

    Attributes:
        record: Everything but the trees.
        level_trees: The forests that say how much, each as LightGBM's text.
        curve_trees: The trees that say when; empty where timing is not observed.
        paths: What was learnt of disposal paths; None where the history says too
            little of them.
    """

    record: ModelRecord
    level_trees: tuple[str, ...]
    curve_trees: str
    paths: LearntPaths | None = None

    @cached_property
    def sha256(self) -> str:
        """Hash of the trees and the record, the identity of the model."""
        texts = (*self.level_trees, self.curve_trees, self.record.model_dump_json())
        if self.paths is not None:
            texts += self.paths.texts()
        return sha256("".join(texts).encode()).hexdigest()

    @cached_property
    def level(self) -> Forest:
        """The forests of the level, ready to be evaluated."""
        return Forest.of(*self.level_trees)

    @cached_property
    def curve(self) -> Forest:
        """The trees of the curve, ready to be evaluated."""
        return Forest.of(self.curve_trees)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Labels of the categorical features."""
        return Vocabulary(self.record.vocabulary)

    @cached_property
    def sale_prices(self) -> SalePrices:
        """What is known of sales of collateral."""
        return self.record.sale_prices.prices()

    @cached_property
    def chain_ladder(self) -> ChainLadder:
        """Curve of each segment."""
        record = self.record.chain_ladder
        return ChainLadder(
            {kind: np.array(shares) for kind, shares in record.by_segment.items()},
            np.array(record.overall),
        )

    @cached_property
    def distribution(self) -> RecoveryDistribution:
        """Recovery distribution around knots of the score."""
        return self.record.distribution.distribution()

    @cached_property
    def segment_level(self) -> SegmentLevel:
        """Mean recovery of each segment, moved as cash of the latest years asks."""
        record, moves = self.record.segment_level, self.record.level_moves
        level = SegmentLevel(record.by_segment, record.overall)
        return level.moved(moves.shifts(), moves.overall.shift) if moves else level

    def table(self, package: Tabled) -> FeatureTable:
        """The features of a package as this model reads them."""
        return build_table(package, self.vocabulary, self.sale_prices)

    def forecast(self, package: Tabled) -> Forecast:
        """Expected recovery, its distribution and its timing for each claim."""
        with step("features"):
            kinds, table = segments(package), self.table(package)
        unseen = self.is_unseen(kinds)
        points = self.points_at(self.score(table, kinds), kinds, unseen)
        mean = points.mean(axis=1)
        return Forecast(
            mean,
            points,
            mean[:, None] * self.timing(table, kinds),
            self._month_shape,
            kinds,
            unseen,
            self._bare_rate(package, table, kinds, unseen, mean),
        )

    def _bare_rate(
        self,
        package: Tabled,
        table: FeatureTable,
        kinds: npt.NDArray[np.str_],
        unseen: npt.NDArray[np.bool_],
        mean: Floats,
    ) -> Floats:
        """Mean of each claim if its collateral was worth nothing, shape (n,)."""
        claims = package.tables.claims
        stated = claims.numbers("collateral_value") is not claims.nothing
        if not stated and not len(package.tables.collateral):
            return mean
        secured = (table.values[:, self._worths] > 0).any(axis=1)
        if not secured.any():
            return mean
        values = table.values[secured]
        values[:, self._worths] *= 0.0
        score = self.score(FeatureTable(table.names, values), kinds[secured])
        bare = mean.copy()
        bare[secured] = self._mean_at(score, kinds[secured], unseen[secured])
        return bare

    def mean_rate(self, package: Tabled) -> Floats:
        """Expected recovery over claim and nothing else of the forecast, shape (n,)."""
        kinds = segments(package)
        score = self.score(self.table(package), kinds)
        return self._mean_at(score, kinds, self.is_unseen(kinds))

    def _mean_at(
        self,
        score: Floats,
        kinds: npt.NDArray[np.str_],
        unseen: npt.NDArray[np.bool_],
    ) -> Floats:
        mean = self.distribution.means_of(score, kinds)
        if unseen.any():
            rare = score[unseen], kinds[unseen], unseen[unseen]
            mean[unseen] = self.points_at(*rare).mean(axis=1)
        return mean

    def score(self, table: FeatureTable, kinds: npt.NDArray[np.str_]) -> Floats:
        """Recovery that the trees give each claim, not yet recalibrated, shape (n,)."""
        return level_rate(self.level, table, self.segment_level.log_odds(kinds))

    def timing(self, table: FeatureTable, kinds: npt.NDArray[np.str_]) -> Floats:
        """Share of the recovery in each quarter, rows add up to 1."""
        if not self.record.timing_observed:
            weights = np.array(self.record.quarter_weights)
            return np.broadcast_to(weights, (len(kinds), len(weights)))
        start = self.chain_ladder.log_odds(kinds)
        shares = quarter_shares(self.curve, table, start)
        timing: Floats = shares / shares.sum(axis=1, keepdims=True)
        return timing

    def points_at(
        self,
        score: Floats,
        kinds: npt.NDArray[np.str_],
        unseen: npt.NDArray[np.bool_],
    ) -> Floats:
        """Equally likely recovery rates of claims with a score, shape (n, POINTS).

        Args:
            score: Recovery that the trees give each claim, shape (n,).
            kinds: Segment of each claim, shape (n,).
            unseen: Whether that is too rare to be trusted, shape (n,).
        """
        return self.distribution.of_claims(score, kinds, unseen)

    def is_unseen(self, kinds: npt.NDArray[np.str_]) -> npt.NDArray[np.bool_]:
        """Whether each claim's segment is too rare to be trusted, shape (n,)."""
        return self._rare[segment_places(kinds)]

    @cached_property
    def _month_shape(self) -> Floats:
        return np.array(self.record.month_shape)

    @cached_property
    def _worths(self) -> list[int]:
        """Columns of the table of features that say what collateral is worth."""
        return [feature_names().index(name) for name in WORTHS]

    @cached_property
    def _rare(self) -> npt.NDArray[np.bool_]:
        """Whether each segment is too rare to be trusted, as all others are."""
        seen = self.record.segment_claims
        return np.array(
            [seen.get(s, 0) < FEWEST_SEGMENT_CLAIMS for s in (*SEGMENTS, "")]
        )
