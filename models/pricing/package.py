"""The package's range: claims move together, so percentiles are simulated, not added.

One Gaussian factor is shared by the claims of the package. In a scenario each claim's
recovery is read off its own distribution at the level where its mix of factor and own
noise falls; the package is the sum over its claims.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from features.package import Floats, Ints

LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
DRAWS_AT_ONCE = 4_000_000


@dataclass(frozen=True)
class PackageRange:
    """Simulated distribution of sums over the package.

    Attributes:
        gross_yuan: Gross cash at each of LEVELS, shape (levels,).
        present_value_yuan: Present value of net cash at each of LEVELS, (levels,).
        factor_correlation: Correlation used.
        simulations: Scenarios drawn.
    """

    gross_yuan: Floats
    present_value_yuan: Floats
    factor_correlation: float
    simulations: int


def simulate_package(
    points: Floats,
    worth: Floats,
    factor_correlation: float,
    simulations: int,
    seed: int,
) -> Floats:
    """Sums over the package in each scenario, shape (simulations, kinds of worth).

    Args:
        points: Equally likely recovery rates of each claim, ascending, (n, points).
        worth: What a recovery rate of 1 is worth in yuan, shape (n, kinds).
        factor_correlation: Correlation of the claims' latent recoveries.
        simulations: Number of scenarios.
        seed: Seed; the same seed gives the same scenarios.
    """
    generator = np.random.default_rng(seed)
    at_once = max(1, DRAWS_AT_ONCE // max(len(points), 1))
    blocks = [
        _block(points, worth, factor_correlation, size, generator)
        for size in _block_sizes(simulations, at_once)
    ]
    return np.concatenate(blocks)


def _block_sizes(total: int, at_once: int) -> list[int]:
    return [min(at_once, total - start) for start in range(0, total, at_once)]


def _block(
    points: Floats,
    worth: Floats,
    factor_correlation: float,
    size: int,
    generator: np.random.Generator,
) -> Floats:
    factor = generator.standard_normal((size, 1))
    own = generator.standard_normal((size, len(points)))
    latent = (
        np.sqrt(factor_correlation) * factor + np.sqrt(1 - factor_correlation) * own
    )
    index: Ints = (ndtr(latent) * points.shape[1]).astype(np.int64)
    index = np.minimum(index, points.shape[1] - 1)
    sums: Floats = points[np.arange(len(points)), index] @ worth
    return sums


def package_range(
    points: Floats,
    claim_yuan: Floats,
    present_value_yuan: Floats,
    factor_correlation: float,
    simulations: int,
    seed: int,
) -> PackageRange:
    """Percentiles of gross cash and of present value of the whole package.

    Args:
        points: Equally likely recovery rates of each claim, shape (n, points).
        claim_yuan: What a claim pays in full within the horizon, shape (n,).
        present_value_yuan: Present value of each claim at its mean, shape (n,).
        factor_correlation: Correlation of the claims' latent recoveries.
        simulations: Number of scenarios.
        seed: Seed of the scenarios.
    """
    mean = points.mean(axis=1)
    per_unit = present_value_yuan / np.where(mean > 0, mean, 1.0)
    sums = simulate_package(
        points,
        np.column_stack([claim_yuan, per_unit]),
        factor_correlation,
        simulations,
        seed,
    )
    gross, value = np.quantile(sums, LEVELS, axis=0).T
    return PackageRange(gross, value, factor_correlation, simulations)
