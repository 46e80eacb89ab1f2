"""From a history whose paths are known to what a model keeps of them."""

from itertools import permutations

import numpy as np
from scipy.special import ndtri

from features.outcomes import Bools, History
from features.package import Ints
from features.table import FeatureTable
from models.paths.learnt import (
    Evidence,
    LearntPaths,
    PathCell,
    PathContrast,
    PathsRecord,
    SliceCheck,
)
from models.paths.path import PATHS
from models.pricing.paths.comparison import NORMAL_95
from training.config import Paths
from training.paths.claims import PathClaims, path_claims
from training.paths.doubly_robust import (
    clustered_error,
    extreme_rate,
    path_mean,
    sensitivity,
)
from training.paths.trees import Nuisance, grow, told_by_others


def learn_paths(
    history: History, table: FeatureTable, rule: Paths
) -> LearntPaths | None:
    """What a history teaches of paths; None where it says too little.

    Args:
        history: The history.
        table: Features of its claims.
        rule: The section ``[paths]`` of the configuration.
    """
    if not (rule.learn and history.timing_observed):
        return None
    claims = path_claims(history, table, rule)
    learnt = np.flatnonzero(claims.counts() >= rule.least_claims)
    return learnt_from(claims, learnt, rule) if len(learnt) > 1 else None


def learnt_from(claims: PathClaims, learnt: Ints, rule: Paths) -> LearntPaths | None:
    """What some claims teach of paths; None where no segment holds two of them.

    Args:
        claims: The claims.
        learnt: Positions of the paths that enough of them took.
        rule: How to learn.
    """
    told = told_by_others(claims, learnt, rule)
    cells = _cells(claims, told, learnt, rule)
    kept = {cell.path for cell in cells}
    if len(kept) < 2:
        return None
    checks = _slice_checks(claims, told, learnt, rule)
    record = PathsRecord(
        labels=rule.labels,
        yearly_rate=rule.yearly_rate,
        horizon_months=rule.horizon_months,
        claims=len(claims),
        randomised_claims=int(claims.drawn.sum()),
        overlap_rate=rule.overlap_rate,
        evidence=_evidence(claims, checks),
        features=claims.table.names,
        cells=cells,
        contrasts=_contrasts(claims, told, cells, rule),
        slice_checks=checks,
    )
    forests = grow(claims, learnt, rule)
    texts = {
        name: forest.model_to_string()
        for name, forest in forests.items()
        if name not in PATHS or name in kept
    }
    return LearntPaths(record, texts)


def _evidence(claims: PathClaims, checks: tuple[SliceCheck, ...]) -> Evidence:
    if claims.drawn.all():
        return "randomised"
    if not checks:
        return "observational"
    return "confounded" if any(c.disagrees for c in checks) else "checked"


def within_overlap(claims: PathClaims, told: Nuisance, path: int, rule: Paths) -> Bools:
    """Claims that a path was open to and that had a fair chance of it, shape (m,)."""
    fair: Bools = told.choice[:, path] >= rule.overlap_rate
    return fair & claims.open[:, path]


def _cells(
    claims: PathClaims, told: Nuisance, learnt: Ints, rule: Paths
) -> tuple[PathCell, ...]:
    found = [
        _cell(claims, told, str(segment), int(path), rule)
        for segment in np.unique(claims.segments)
        for path in learnt
    ]
    return tuple(cell for cell in found if cell is not None)


def _cell(
    claims: PathClaims, told: Nuisance, segment: str, path: int, rule: Paths
) -> PathCell | None:
    """What is known of a path in a segment; None where too few took it."""
    chosen = within_overlap(claims, told, path, rule) & (claims.segments == segment)
    took = chosen & claims.took(path)
    if took.sum() < rule.least_claims:
        return None
    mean = path_mean(claims, told, path, chosen)
    weight = 1 / told.chance[took, path]
    cash = float(weight @ claims.cash_rate[took])
    return PathCell(
        segment=segment,
        path=PATHS[path],
        claims=int(took.sum()),
        effective_sample=mean.effective_sample,
        raw_rate=float(claims.rate[took].mean()),
        rate=mean.rate,
        standard_error=clustered_error(mean.influence, claims.obligors[chosen]),
        shift=mean.rate - float(told.rate[chosen, path].mean()),
        months=float(weight @ claims.cash_months[took]) / cash if cash > 0 else 0.0,
    )


def _contrasts(
    claims: PathClaims, told: Nuisance, cells: tuple[PathCell, ...], rule: Paths
) -> tuple[PathContrast, ...]:
    found = [
        _contrast(claims, told, better, other, rule)
        for better, other in permutations(cells, 2)
        if better.segment == other.segment
    ]
    return tuple(contrast for contrast in found if contrast is not None)


def _contrast(
    claims: PathClaims, told: Nuisance, better: PathCell, other: PathCell, rule: Paths
) -> PathContrast | None:
    """How surely one path beats another; None where the trees hardly prefer it."""
    first, second = PATHS.index(better.path), PATHS.index(other.path)
    ahead = told.rate[:, first] + better.shift > told.rate[:, second] + other.shift
    both = [within_overlap(claims, told, path, rule) for path in (first, second)]
    chosen = ahead & both[0] & both[1] & (claims.segments == better.segment)
    if min((chosen & claims.took(p)).sum() for p in (first, second)) < 2:
        return None
    up = path_mean(claims, told, first, chosen)
    down = path_mean(claims, told, second, chosen)
    error = clustered_error(up.influence - down.influence, claims.obligors[chosen])

    def surplus(factor: float) -> float:
        least = extreme_rate(claims, told, first, chosen, factor, upper=False)
        most = extreme_rate(claims, told, second, chosen, factor, upper=True)
        return least - most - NORMAL_95 * error

    return PathContrast(
        segment=better.segment,
        better=better.path,
        other=other.path,
        claims=int(chosen.sum()),
        gain_rate=up.rate - down.rate,
        standard_error=error,
        sensitivity=sensitivity(surplus),
    )


def _slice_checks(
    claims: PathClaims, told: Nuisance, learnt: Ints, rule: Paths
) -> tuple[SliceCheck, ...]:
    """Each path by those who drew it beside those who chose it."""
    if claims.drawn.all():
        return ()
    sides = {int(p): _sides(claims, told, int(p), rule) for p in learnt}
    judged = {p: both for p, both in sides.items() if _tell(claims, p, both, rule)}
    if not judged:
        return ()
    # The chance of a false alarm is shared by the paths.
    width = float(ndtri(1 - rule.false_alarm_rate / 2 / len(judged)))
    return tuple(
        _slice_check(claims, told, p, both, width) for p, both in judged.items()
    )


def _sides(
    claims: PathClaims, told: Nuisance, path: int, rule: Paths
) -> tuple[Bools, Bools]:
    """Claims with a fair chance of a path: those whose was chosen, and drawn."""
    inside = within_overlap(claims, told, path, rule)
    return inside & ~claims.drawn, inside & claims.drawn


def _tell(
    claims: PathClaims, path: int, sides: tuple[Bools, Bools], rule: Paths
) -> bool:
    """Whether enough took a path on either side; one that only lots took has none."""
    return min(_took(claims, path, side) for side in sides) >= rule.least_drawn


def _took(claims: PathClaims, path: int, side: Bools) -> int:
    return int((side & claims.took(path)).sum())


def _slice_check(
    claims: PathClaims,
    told: Nuisance,
    path: int,
    sides: tuple[Bools, Bools],
    width: float,
) -> SliceCheck:
    """A path by claims that drew it beside those that it was chosen for.

    Args:
        claims: All claims.
        told: What others tell of them.
        path: Position of the path.
        sides: Claims whose path was chosen, and those that drew theirs.
        width: Standard errors that luck alone may reach.
    """
    seen, drawn = (path_mean(claims, told, path, side) for side in sides)
    errors = [
        clustered_error(mean.beyond, claims.obligors[side])
        for mean, side in zip((seen, drawn), sides, strict=True)
    ]
    half = width * float(np.hypot(errors[0], errors[1]))
    # Both sides are alike but for the choice, and so is what the trees expect of them.
    gap = seen.correction - drawn.correction
    expected = float(told.rate[sides[0] | sides[1], path].mean())
    return SliceCheck(
        path=PATHS[path],
        claims=_took(claims, path, sides[1]),
        observational_rate=expected + seen.correction,
        randomised_rate=expected + drawn.correction,
        low=gap - half,
        high=gap + half,
    )
