"""The package's range: claims move together, so percentiles are simulated, not added.

In a scenario every factor that claims share is drawn once; a claim's recovery is read
off its own distribution at the level where its mix of factors and own noise falls; the
package is the sum over its claims. The same scenarios say what the package pays on
average in its worst ones, and how much of the spread each claim brings.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from features.package import Floats, Ints
from models.recovery.factors import Factors

LEVELS = (0.05, 0.10, 0.25, 0.50, 0.75, 0.90, 0.95)
# Expected shortfall is the mean of this share of the scenarios, the worst.
SHORTFALL_LEVEL = 0.05
# A block of scenarios fits a processor's cache; each has its own seed, so that the same
# scenarios come out over any number of threads.
DRAWS_AT_ONCE = 500_000

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True)
class PackageRange:
    """Simulated distribution of sums over the package.

    Attributes:
        gross_yuan: Gross cash at each of LEVELS, shape (levels,).
        present_value_yuan: Present value of net cash at each of LEVELS, (levels,).
        gross_shortfall_yuan: Mean gross cash of the worst scenarios, SHORTFALL_LEVEL
            of all.
        present_value_shortfall_yuan: The same of the present value.
        spread_share: Share of the variance of gross cash that each claim brings, as
            its covariance with the package, shape (n,); it adds up to 1.
        alone_share: Standard deviation of each claim's gross cash alone over the
            package's, shape (n,): above the claim's spread_share by what diversifies.
        factors: Correlations used.
        simulations: Scenarios drawn.
    """

    gross_yuan: Floats
    present_value_yuan: Floats
    gross_shortfall_yuan: float
    present_value_shortfall_yuan: float
    spread_share: Floats
    alone_share: Floats
    factors: Factors
    simulations: int


@dataclass(frozen=True)
class Scenarios:
    """Sums over the package and how each claim moves with them.

    Attributes:
        sums: Shape (simulations, kinds of worth).
        covariance: Of each claim's first kind of worth with the package's, shape (n,).
    """

    sums: Floats
    covariance: Floats


def simulate_package(
    points: Floats,
    worth: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
) -> Scenarios:
    """Draw scenarios of a package.

    Args:
        points: Equally likely recovery rates of each claim, ascending, (n, points).
        worth: What a recovery rate of 1 is worth in yuan, shape (n, kinds).
        factors: Correlations of the claims' latent recoveries.
        groups: Group of each claim by factor, from 0, shape (factors, n).
        simulations: Number of scenarios.
        seed: Seed; the same seed gives the same scenarios.
    """
    mean = points.mean(axis=1)
    expected = mean @ worth
    noise = _Noise.of(factors, groups)

    def drawn(block: tuple[int, np.random.SeedSequence]) -> tuple[Floats, Floats]:
        size, seeded = block
        latent = noise.drawn(size, np.random.default_rng(seeded))
        rates = _rates(points, latent) - mean
        beyond = rates @ worth
        return beyond + expected, rates.T @ beyond[:, 0]

    sizes = _block_sizes(simulations, max(1, DRAWS_AT_ONCE // max(len(points), 1)))
    blocks = zip(sizes, np.random.SeedSequence(seed).spawn(len(sizes)), strict=True)
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        sums, products = zip(*threads.map(drawn, blocks), strict=True)
    covariance = worth[:, 0] * np.sum(products, axis=0) / simulations
    return Scenarios(np.concatenate(sums), covariance)


def _block_sizes(total: int, at_once: int) -> list[int]:
    return [min(at_once, total - start) for start in range(0, total, at_once)]


@dataclass(frozen=True)
class _Noise:
    """What moves the latent recovery of claims (n).

    A factor that a claim shares with no other is its own noise, drawn once.

    Attributes:
        own: Standard deviation of each claim's own noise, shape (n,).
        shared: Of each factor that claims share, the standard deviation of each
            claim's part, 0 where it stands alone, and its group.
    """

    own: Singles
    shared: tuple[tuple[Singles, Ints], ...]

    @classmethod
    def of(cls, factors: Factors, groups: Ints) -> Self:
        """The noise of factors over the groups of claims, shape (factors, n)."""
        shares = factors.shares()
        own = np.full(groups.shape[1], 1.0 - shares.sum())
        shared = []
        for share, group in zip(shares, groups, strict=True):
            alone = np.bincount(group)[group] == 1
            own += share * alone
            if share > 0 and not alone.all():
                together = np.unique(np.where(alone, -1, group), return_inverse=True)[1]
                part = np.sqrt(share * ~alone)
                shared.append((part.astype(np.float32), together))
        return cls(np.sqrt(own).astype(np.float32), tuple(shared))

    def drawn(self, size: int, generator: np.random.Generator) -> Singles:
        """Latent recovery of each claim in each scenario, shape (size, n)."""
        latent: Singles = generator.standard_normal((size, len(self.own)), np.float32)
        latent *= self.own
        for part, group in self.shared:
            groups = int(group.max()) + 1
            drawn = generator.standard_normal((size, groups), np.float32)
            latent += part * drawn[:, group]
        return latent


def _rates(points: Floats, latent: Singles) -> Floats:
    index = (ndtr(latent) * points.shape[1]).astype(np.int64)
    index = np.minimum(index, points.shape[1] - 1)
    rates: Floats = points[np.arange(len(points)), index]
    return rates


def package_range(
    points: Floats,
    claim_yuan: Floats,
    present_value_yuan: Floats,
    factors: Factors,
    groups: Ints,
    simulations: int,
    seed: int,
) -> PackageRange:
    """Percentiles of gross cash and of present value of the whole package.

    Args:
        points: Equally likely recovery rates of each claim, shape (n, points).
        claim_yuan: What a claim pays in full within the horizon, shape (n,).
        present_value_yuan: Present value of each claim at its mean, shape (n,).
        factors: Correlations of the claims' latent recoveries.
        groups: Group of each claim by factor, from 0, shape (factors, n).
        simulations: Number of scenarios.
        seed: Seed of the scenarios.
    """
    mean = points.mean(axis=1)
    per_unit = present_value_yuan / np.where(mean > 0, mean, 1.0)
    worth = np.column_stack([claim_yuan, per_unit])
    drawn = simulate_package(points, worth, factors, groups, simulations, seed)
    gross, value = np.quantile(drawn.sums, LEVELS, axis=0).T
    shortfall = _worst(drawn.sums).mean(axis=0)
    variance = float(drawn.covariance.sum())
    scale = 1.0 if variance <= 0 else variance
    return PackageRange(
        gross,
        value,
        float(shortfall[0]),
        float(shortfall[1]),
        drawn.covariance / scale,
        claim_yuan * points.std(axis=1) / np.sqrt(scale),
        factors,
        simulations,
    )


def _worst(sums: Floats) -> Floats:
    """The worst scenarios of each kind of worth, each kind by itself."""
    count = max(1, int(SHORTFALL_LEVEL * len(sums)))
    worst: Floats = np.sort(sums, axis=0)[:count]
    return worst


def downturn_rate(points: Floats, systematic: float, level: float) -> Floats:
    """Expected recovery of each claim if the common factors fall to a level, (n,).

    The factors of vintage, segment and region all stand at this quantile of theirs
    (Vasicek's conditional expectation, with a distribution in place of default).

    Args:
        points: Equally likely recovery rates of each claim, ascending, (n, points).
        systematic: Correlation through these factors.
        level: Quantile of the factors: 0.05 is a year as bad as one in twenty.
    """
    count = points.shape[1]
    edges = ndtri(np.arange(count + 1) / count)
    factor = np.sqrt(systematic) * ndtri(level)
    reached = ndtr((edges - factor) / np.sqrt(1 - systematic))
    rate: Floats = points @ np.diff(reached)
    return rate
