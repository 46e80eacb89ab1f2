"""The six paths of each claim side by side, and which of them can be recommended.

What a history has taught and what the engine works out of declared priors are never
compared with each other: a claim is judged by one of the two, and says by which.
Nothing is said of a path that hardly any claim alike has taken, and nothing recommended
where lots have shown that the choices of the history followed something hidden.
"""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from features.outcomes import Bools
from features.package import Floats, Ints
from features.table import FeatureTable
from models.paths.learnt import Labels, LearntPaths, among_open
from models.paths.path import PATHS
from models.pricing.paths.eligibility import Eligibility
from models.pricing.paths.engine import EngineValues
from models.pricing.paths.plan import Choices

NORMAL_95 = 1.959963984540054
NOTHING = -1


class Standing(IntEnum):
    """What can be said of one path of one claim."""

    COMPARED = 0
    BARRED = 1
    RARE = 2
    NOT_LEARNT = 3
    CONFOUNDED = 4


class Verdict(IntEnum):
    """What a recommendation rests on, or why there is none."""

    LEARNT = 0
    ENGINE = 1
    RARE = 2
    CONFOUNDED = 3
    BARRED = 4
    LOSING = 5


@dataclass(frozen=True)
class Taught:
    """What a history says of the claims of a package (n), NaN where it says nothing.

    Attributes:
        npv_yuan: Discounted net cash of each path, shape (n, 6).
        half_yuan: Half of the interval of its mean, shape (n, 6).
        months: Mean months until the cash, shape (n, 6).
        chance: Chance that its owner would have chosen it, shape (n, 6).
        effective_sample: Claims that the mean of the segment rests on, shape (n, 6).
        withdrawn: Whether lots contradict what was learnt.
        overlap_rate: Chance below which nothing is said.
    """

    npv_yuan: Floats
    half_yuan: Floats
    months: Floats
    chance: Floats
    effective_sample: Floats
    withdrawn: bool
    overlap_rate: float


def taught(
    learnt: LearntPaths,
    table: FeatureTable,
    segments: Labels,
    is_open: Bools,
    claim_yuan: Floats,
    yearly_rate: float,
) -> Taught:
    """What a history says of claims, at another return than its own if need be.

    Cash is carried from one return to another as if all of it came in the mean month of
    its path.

    Args:
        learnt: What the model keeps of paths.
        table: Features of the claims, shape (n, columns).
        segments: Segment of each claim, shape (n,).
        is_open: Whether each path is open, shape (n, 6).
        claim_yuan: The whole claim, shape (n,).
        yearly_rate: Target return of the valuation.
    """
    months = learnt.of_cells("months", segments)
    ratio = (1 + learnt.record.yearly_rate) / (1 + yearly_rate)
    worth = claim_yuan[:, None] * ratio ** (months / 12)
    error = learnt.of_cells("standard_error", segments)
    return Taught(
        learnt.rates(table, segments) * worth,
        NORMAL_95 * error * worth,
        months,
        among_open(learnt.propensity(table), is_open),
        learnt.of_cells("effective_sample", segments),
        learnt.record.evidence == "confounded",
        learnt.record.overlap_rate,
    )


@dataclass(frozen=True)
class Comparison:
    """The six paths of each claim (n).

    Attributes:
        npv_yuan: Expected net present value, shape (n, 6).
        low_yuan: Low end of its range, shape (n, 6).
        high_yuan: High end, shape (n, 6).
        months: Mean months until the cash, shape (n, 6).
        learnt: Whether these figures were learnt; else they are the engine's, (n, 6).
        standing: ``Standing`` of each path, shape (n, 6).
        verdict: ``Verdict`` of each claim, shape (n,).
        recommended: Position of the path recommended, ``NOTHING`` where none, (n,).
        runner_up: The next best of those compared, ``NOTHING`` where none, (n,).
        plannable: Whether a plan may choose the path, shape (n, 6); of those of one
            claim either all are learnt or none.
    """

    npv_yuan: Floats
    low_yuan: Floats
    high_yuan: Floats
    months: Floats
    learnt: Bools
    standing: Ints
    verdict: Ints
    recommended: Ints
    runner_up: Ints
    plannable: Bools


def compared(
    engine: EngineValues, eligible: Eligibility, known: Taught | None
) -> Comparison:
    """The paths of each claim side by side.

    Args:
        engine: What the engine works out.
        eligible: Which paths are open.
        known: What a history says; None where no history has taught anything.
    """
    if known is None:
        return _by_engine(engine, eligible)
    is_open = eligible.open
    told: Bools = np.isfinite(known.npv_yuan) & is_open
    common: Bools = known.chance >= known.overlap_rate
    trusted = np.full(told.shape, not known.withdrawn)
    candidates: Bools = told & common & trusted
    by_history: Bools = candidates.sum(axis=1) > 1
    usable: Bools = candidates & by_history[:, None]
    heard = np.broadcast_to(told.any(axis=1, keepdims=True), told.shape)
    rare: Bools = heard & ~common & trusted
    plannable = np.where(by_history[:, None], usable, is_open & ~rare)
    value = np.where(usable, known.npv_yuan, engine.npv_yuan)
    verdict = _verdict(is_open, plannable, by_history, heard, known.withdrawn)
    verdict = _without_gain(value, plannable, verdict)
    best, second = _two_best(value, plannable, verdict)
    return Comparison(
        value,
        np.where(usable, known.npv_yuan - known.half_yuan, engine.low_yuan),
        np.where(usable, known.npv_yuan + known.half_yuan, engine.high_yuan),
        np.where(usable, known.months, engine.months),
        usable,
        _standing(is_open, rare, heard & ~trusted, by_history, usable),
        verdict,
        best,
        second,
        plannable & (verdict != Verdict.LOSING)[:, None],
    )


def _by_engine(engine: EngineValues, eligible: Eligibility) -> Comparison:
    is_open = eligible.open
    verdict = np.where(is_open.any(axis=1), Verdict.ENGINE, Verdict.BARRED)
    verdict = _without_gain(engine.npv_yuan, is_open, verdict)
    best, second = _two_best(engine.npv_yuan, is_open, verdict)
    return Comparison(
        engine.npv_yuan,
        engine.low_yuan,
        engine.high_yuan,
        engine.months,
        np.zeros_like(is_open),
        np.where(is_open, Standing.COMPARED, Standing.BARRED).astype(np.int64),
        verdict.astype(np.int64),
        best,
        second,
        is_open & (verdict != Verdict.LOSING)[:, None],
    )


def _standing(
    is_open: Bools, rare: Bools, confounded: Bools, by_history: Bools, usable: Bools
) -> Ints:
    standing: Ints = np.select(
        [~is_open, rare, confounded, by_history[:, None] & ~usable],
        [Standing.BARRED, Standing.RARE, Standing.CONFOUNDED, Standing.NOT_LEARNT],
        Standing.COMPARED,
    ).astype(np.int64)
    return standing


def _verdict(
    is_open: Bools, plannable: Bools, by_history: Bools, heard: Bools, withdrawn: bool
) -> Ints:
    """What each claim's recommendation rests on, or why it has none, shape (n,)."""
    taught_of = heard.any(axis=1)
    verdict: Ints = np.select(
        [
            ~is_open.any(axis=1),
            taught_of & withdrawn,
            by_history,
            taught_of & (plannable.sum(axis=1) < 2),
        ],
        [Verdict.BARRED, Verdict.CONFOUNDED, Verdict.LEARNT, Verdict.RARE],
        Verdict.ENGINE,
    ).astype(np.int64)
    return verdict


def _without_gain(value: Floats, among: Bools, verdict: Ints) -> Ints:
    """The verdicts, told where every path costs at least what it brings, (n,)."""
    judged = (verdict == Verdict.LEARNT) | (verdict == Verdict.ENGINE)
    gaining = (among & (value > 0)).any(axis=1)
    told: Ints = np.where(judged & ~gaining, Verdict.LOSING, verdict).astype(np.int64)
    return told


def _two_best(value: Floats, among: Bools, verdict: Ints) -> tuple[Ints, Ints]:
    """The best of the paths compared and the next, ``NOTHING`` where none, (n,)."""
    ranked = np.where(among, value, -np.inf)
    order = np.argsort(-ranked, axis=1, kind="stable")
    rows = np.arange(len(value))
    judged = (verdict == Verdict.LEARNT) | (verdict == Verdict.ENGINE)
    several = among.sum(axis=1) > 1
    best = np.where(judged & among.any(axis=1), order[:, 0], NOTHING)
    second = np.where(judged & several, order[:, 1], NOTHING)
    return best[rows], second[rows]


def choices_of(comparison: Comparison, engine: EngineValues) -> tuple[Ints, Choices]:
    """Rows of the claims that some path is open to, and what a plan may choose there.

    Args:
        comparison: The paths side by side.
        engine: Hours and advances, which are declared for every path.
    """
    rows = np.flatnonzero(comparison.plannable.any(axis=1))
    return rows, Choices(
        comparison.npv_yuan[rows],
        comparison.plannable[rows],
        engine.hours[rows],
        engine.advance_yuan[rows],
    )


def lots(is_open: Bools, share: float, seed: int) -> tuple[Ints, Ints]:
    """Claims whose path is to be drawn by lot, and what each draws.

    Args:
        is_open: Whether each path is open, shape (n, 6).
        share: Share of the claims that several paths are open to.
        seed: The same seed draws the same.

    Returns:
        Rows and positions in ``PATHS``, shape (drawn,) each.
    """
    generator = np.random.default_rng(seed)
    several = np.flatnonzero(is_open.sum(axis=1) > 1)
    count = int(np.ceil(share * len(several))) if share > 0 else 0
    rows = np.sort(generator.permutation(several)[:count])
    weight = np.where(is_open[rows], generator.random((count, len(PATHS))), -1.0)
    return rows, weight.argmax(axis=1).astype(np.int64)
