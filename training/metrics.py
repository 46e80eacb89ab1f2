"""How good expected recoveries are, judged on claims the model has not seen.

Never by mean absolute error: it rewards a low bias. CRPS is the yardstick; level,
ranking and package error stand beside it.
"""

from dataclasses import asdict, dataclass

import numpy as np

from features.package import Floats
from models.recovery.correlation import randomised_pit


@dataclass(frozen=True)
class Scores:
    """Figures of one set of claims.

    Attributes:
        claims: Number of claims.
        mean_rate: Realised recovery, mean over claims.
        rmse: Root mean squared error of the expected recovery.
        r2: Share of the variance explained.
        spearman: Rank correlation of expected and realised.
        crps: Continuous ranked probability score, mean.
        actual_to_expected: Realised over expected cash.
        package_error: Mean absolute error of the cash of drawn packages over it.
        pit_distance: Kolmogorov distance of the randomised PIT from uniform.
    """

    claims: int
    mean_rate: float
    rmse: float
    r2: float
    spearman: float
    crps: float
    actual_to_expected: float
    package_error: float
    pit_distance: float

    def figures(self) -> dict[str, float]:
        """The same as a mapping."""
        return asdict(self)


def crps(points: Floats, realised_rate: Floats) -> Floats:
    """Continuous ranked probability score of each claim, shape (n,).

    With equally likely points x it is the mean of |x - y| less half the mean of
    |x - x'| (Gneiting and Raftery 2007, eq. 21).

    Args:
        points: Equally likely recovery rates, ascending, shape (n, points).
        realised_rate: Realised recovery, shape (n,).
    """
    count = points.shape[1]
    to_outcome = np.abs(points - realised_rate[:, None]).mean(axis=1)
    weights = 2 * np.arange(1, count + 1) - count - 1
    spread: Floats = points @ weights / count**2
    score: Floats = to_outcome - spread
    return score


def package_error(
    expected_yuan: Floats, realised_yuan: Floats, size: int, packages: int, seed: int
) -> float:
    """Mean absolute error of the cash of packages drawn from the claims, over it.

    A package that paid nothing has no such error and is left out; 1 if all are.
    """
    generator = np.random.default_rng(seed)
    size = min(size, len(expected_yuan))
    drawn = np.stack(
        [
            generator.choice(len(expected_yuan), size, replace=False)
            for _ in range(packages)
        ]
    )
    expected, cash = expected_yuan[drawn].sum(axis=1), realised_yuan[drawn].sum(axis=1)
    paid = cash > 0
    if not paid.any():
        return 1.0
    return float(np.mean(np.abs(expected[paid] / cash[paid] - 1)))


def _explained(squared_error: float, realised: Floats) -> float:
    """Share of the variance explained; of none, nothing is."""
    variance = float(np.var(realised))
    return 1 - squared_error / variance if variance > 0 else 0.0


def rank_correlation(expected: Floats, realised: Floats) -> float:
    """Spearman's; nothing is ranked by one value for all."""
    if np.ptp(expected) == 0 or np.ptp(realised) == 0:
        return 0.0
    from scipy.stats import spearmanr

    return float(spearmanr(expected, realised).statistic)


def score(
    points: Floats,
    realised_rate: Floats,
    claim_yuan: Floats,
    package_claims: int,
    packages: int,
    seed: int,
) -> Scores:
    """All figures of one set of claims.

    Args:
        points: Equally likely recovery rates, ascending, shape (n, points).
        realised_rate: Realised recovery, shape (n,).
        claim_yuan: The whole claims, shape (n,).
        package_claims: Claims in a drawn package.
        packages: Packages drawn.
        seed: Seed of draws.
    """
    # Whoever promotes a version scores none, and would wait for all of statistics.
    from scipy.stats import kstest

    expected = points.mean(axis=1)
    squared = float(np.mean((expected - realised_rate) ** 2))
    cash, foreseen = claim_yuan * realised_rate, claim_yuan * expected
    pit = randomised_pit(points, realised_rate, seed)
    return Scores(
        claims=len(points),
        mean_rate=float(realised_rate.mean()),
        rmse=float(np.sqrt(squared)),
        r2=_explained(squared, realised_rate),
        spearman=rank_correlation(expected, realised_rate),
        crps=float(crps(points, realised_rate).mean()),
        actual_to_expected=float(cash.sum() / foreseen.sum()),
        package_error=package_error(foreseen, cash, package_claims, packages, seed),
        pit_distance=float(kstest(pit, "uniform").statistic),
    )
