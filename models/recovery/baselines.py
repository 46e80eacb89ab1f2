"""What a model must beat: a table of segments, a chain ladder, a fractional logit.

Each is as strong as is fair. The segment table is what a careful desk keeps: realised
recoveries by segment, carried to the level of the latest vintages like the model. The
fractional logit (Papke and Wooldridge 1996) is what a statistician writes down first.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from features.package import Floats
from features.table import FeatureTable, categorical_features
from models.recovery.chain_ladder import ChainLadder
from models.recovery.distribution import RecoveryDistribution, levels
from models.recovery.recalibration import recalibrate

FEWEST_CLAIMS = 30
# Ridge of the logit, on standardised numbers: enough to settle rare labels, no more.
RIDGE = 1.0
# Standard deviations beyond which a number says no more to a linear score.
FARTHEST = 4.0
Labels = npt.NDArray[np.str_]


@dataclass(frozen=True)
class SegmentTable:
    """Recovery distribution of each segment as it was realised in training.

    Attributes:
        points: Equally likely recovery rates by segment, each shape (POINTS,).
        overall: The same over all claims, for segments too small to have their own.
    """

    points: Mapping[str, Floats]
    overall: Floats

    def at(self, segments: Labels) -> Floats:
        """Equally likely recovery rates of claims, shape (n, POINTS)."""
        return np.stack([self.points.get(s, self.overall) for s in segments])

    def recalibrated(self, segments: Labels, level: float) -> "SegmentTable":
        """The table with its mean over reference claims at a level, by one tilt.

        Args:
            segments: Segment of each reference claim, shape (n,).
            level: Mean recovery wanted.
        """
        kinds = list(self.points)
        number = {kind: float(i) for i, kind in enumerate(kinds)}
        rows = np.stack([*self.points.values(), self.overall])
        numbers = np.arange(len(rows), dtype=np.float64)
        table = RecoveryDistribution(numbers, rows, self.overall)
        score = np.array([number.get(s, len(kinds)) for s in segments])
        moved = recalibrate(table, score, level)
        return SegmentTable(dict(zip(kinds, moved.points, strict=False)), moved.overall)

    def with_means(self, ladder: ChainLadder) -> "SegmentTable":
        """The table with each segment tilted to what its chain ladder adds up to."""
        return SegmentTable(
            {
                kind: _with_mean(self.points.get(kind, self.overall), shares.sum())
                for kind, shares in ladder.by_segment.items()
            },
            _with_mean(self.overall, ladder.overall.sum()),
        )


def fit_segment_table(segments: Labels, realised_rate: Floats) -> SegmentTable:
    """The realised recoveries of each segment.

    Args:
        segments: Segment of each claim, shape (n,).
        realised_rate: Realised recovery, shape (n,).
    """
    kinds, counts = np.unique(segments, return_counts=True)
    return SegmentTable(
        {
            str(kind): _quantiles(realised_rate[segments == kind])
            for kind in kinds[counts >= FEWEST_CLAIMS]
        },
        _quantiles(realised_rate),
    )


def _quantiles(rates: Floats) -> Floats:
    return np.quantile(rates, levels(), method="inverted_cdf")


def _with_mean(points: Floats, mean: float) -> Floats:
    one = RecoveryDistribution(np.zeros(1), points[None, :], points)
    return recalibrate(one, np.zeros(1), min(mean, 1.0)).overall


@dataclass(frozen=True)
class FractionalLogit:
    """A logit of the recovery rate, linear in the features.

    Attributes:
        fitted: Design matrix and coefficients.
    """

    fitted: Pipeline

    def score(self, table: FeatureTable) -> Floats:
        """Expected recovery, shape (claims,)."""
        expected: Floats = self.fitted.predict_proba(table.values)[:, 1]
        return expected


def fit_fractional_logit(table: FeatureTable, realised_rate: Floats) -> FractionalLogit:
    """The quasi-binomial fit of a recovery rate within 0 and 1.

    Its likelihood is that of a logit on every claim taken twice: as recovered with the
    weight of its rate, and as lost with the weight of the rest.

    Args:
        table: Features of the claims, shape (claims, columns).
        realised_rate: Realised recovery, shape (claims,).
    """
    design = _design(table.names)
    rows = design.fit_transform(table.values)
    recovered = np.repeat([1, 0], len(rows))
    weight = np.concatenate([realised_rate, 1 - realised_rate])
    logit = LogisticRegression(C=1 / RIDGE, solver="newton-cholesky")
    logit.fit(np.concatenate([rows, rows]), recovered, sample_weight=weight)
    return FractionalLogit(Pipeline([("design", design), ("logit", logit)]))


def _design(names: tuple[str, ...]) -> ColumnTransformer:
    """Labels as one column each; numbers standardised, a gap its median and a flag."""
    labels = np.isin(names, categorical_features())
    numbers = make_pipeline(
        SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True),
        StandardScaler(),
        FunctionTransformer(np.clip, kw_args={"a_min": -FARTHEST, "a_max": FARTHEST}),
    )
    words = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer(
        [
            ("labels", words, np.flatnonzero(labels)),
            ("numbers", numbers, np.flatnonzero(~labels)),
        ]
    )
