"""What learnt paths would recommend of claims, and what that would have brought."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from features.errors import HistoryError
from features.outcomes import Bools, History
from features.package import Floats, Ints
from features.table import FeatureTable, build_table, learn_vocabulary
from models.paths.learnt import Labels, LearntPaths, among_open
from models.pricing.paths.comparison import NORMAL_95
from training.config import Config, Paths
from training.paths.claims import PathClaims, path_claims
from training.paths.doubly_robust import clustered_error
from training.paths.learning import learn_paths
from training.paths.trees import told_by_others

NOTHING = -1


def recommended(
    learnt: LearntPaths, table: FeatureTable, segments: Labels, is_open: Bools
) -> Ints:
    """The path that is recommended of each claim, ``NOTHING`` where none is, (n,).

    Args:
        learnt: What was learnt.
        table: Features of the claims, shape (n, columns).
        segments: Segment of each claim, shape (n,).
        is_open: Whether each path is open, shape (n, 6).
    """
    rates = learnt.rates(table, segments)
    chance = among_open(learnt.propensity(table), is_open)
    usable = is_open & np.isfinite(rates) & (chance >= learnt.record.overlap_rate)
    usable &= np.full(usable.shape, learnt.record.evidence != "confounded")
    best = np.where(usable, rates, -np.inf).argmax(axis=1)
    found: Ints = np.where(usable.sum(axis=1) > 1, best, NOTHING)
    return found


@dataclass(frozen=True)
class OutOfTime:
    """What recommendations of one day would have brought on later claims.

    Attributes:
        first: First cut-off date of the later claims.
        learnt_from: Claims that taught.
        claims: Later claims.
        recommended_share: Share of them that something was recommended of.
        chosen_rate: What they came to as their owners chose.
        recommended_rate: Doubly robust estimate of what the recommendations bring;
            where there is none, the owner's choice counts.
        gain_rate: Difference of the two.
        low: Low end of its interval.
        high: High end.
    """

    first: str
    learnt_from: int
    claims: int
    recommended_share: float
    chosen_rate: float
    recommended_rate: float
    gain_rate: float
    low: float
    high: float


def out_of_time(history: History, config: Config) -> OutOfTime | None:
    """Learn from what was known before the last mature year and judge on that year.

    None where the older claims teach nothing.

    Raises:
        HistoryError: No claim is old enough.
    """
    rule = config.paths
    vocabulary = learn_vocabulary(history.package, config.vocabulary.minimum_count)
    table = build_table(history.package, vocabulary)
    mature = path_claims(history, table, rule)
    if not len(mature):
        raise HistoryError(
            f"no claim whose path is known was observed for {rule.horizon_months} "
            "months: state chosen_path in workouts, or shorten paths.horizon_months",
            zh=f"没有处置方式已知且观察满{rule.horizon_months}个月的债权："
            "请在 workouts 中填写 chosen_path，或缩短 paths.horizon_months",
        )
    first = mature.last_year
    past = history.known_on(first - timedelta(days=1))
    learnt = learn_paths(past, build_table(past.package, vocabulary), rule)
    if learnt is None:
        return None
    return _judged(mature.since(first), learnt, first.isoformat(), rule)


def _judged(
    later: PathClaims, learnt: LearntPaths, first: str, rule: Paths
) -> OutOfTime:
    wanted = recommended(learnt, later.table, later.segments, later.open)
    gain = policy_gain(later, wanted, rule)
    error = clustered_error((gain - gain.mean()) / len(gain), later.obligors)
    half, chosen = NORMAL_95 * error, float(later.rate.mean())
    return OutOfTime(
        first,
        learnt.record.claims,
        len(later),
        float((wanted != NOTHING).mean()),
        chosen,
        chosen + float(gain.mean()),
        float(gain.mean()),
        float(gain.mean()) - half,
        float(gain.mean()) + half,
    )


def policy_gain(claims: PathClaims, wanted: Ints, rule: Paths) -> Floats:
    """Doubly robust gain of following recommendations over what was done, (m,).

    Args:
        claims: Claims with what was done.
        wanted: The path recommended of each, ``NOTHING`` for what was done, (m,).
        rule: How the trees that judge are grown; they never told the recommendation.
    """
    told = told_by_others(claims, np.unique(wanted[wanted != NOTHING]), rule)
    rows = np.arange(len(claims))
    followed = np.where(wanted == NOTHING, claims.path, wanted)
    expected = told.rate[rows, followed]
    chance = np.maximum(told.chance[rows, followed], rule.overlap_rate)
    missed = np.where(claims.path == followed, claims.rate - expected, 0.0)
    gain: Floats = expected + missed / chance - claims.rate
    return np.where(wanted == NOTHING, 0.0, gain)
