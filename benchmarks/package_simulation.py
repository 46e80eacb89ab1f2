"""Scenarios of a package against vectorised numpy, and moments against scenarios.

python -m benchmarks.package_simulation

Claims are drawn: a package's work grows with claims, scenarios and sharing, not with
what the claims are. Turns of all ways alternate, and ratios are of medians. The two
peers draw from the same law by whole arrays and by arrays of some scenarios at a time.
"""

import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from statistics import median
from time import perf_counter, process_time

import click
import numpy as np
from scipy.special import ndtr

from benchmarks.result import Result, alternating
from features.package import Floats, Ints
from models.pricing.package import LEVELS, package_range, summed_up
from models.pricing.scenarios import simulate_package
from models.recovery.factors import Factors

SCENARIOS = 10_000
FACTORS = Factors(vintage=0.05, segment=0.03, region=0.02, group=0.1, obligor=0.2)
TWO_FACTORS = Factors(vintage=0.05, segment=0.05, region=0, group=0, obligor=0)
SEGMENTS, REGIONS = 6, 31
PEER_ROWS = 500
Way = Callable[[], Floats]


@dataclass(frozen=True)
class Claims:
    """Claims to simulate: points (n, 100), two kinds of worth (n, 2), groups (5, n)."""

    points: Floats
    worth: Floats
    groups: Ints

    @classmethod
    def drawn(cls, claims: int, of_obligor: int) -> "Claims":
        """Claims of so many to an obligor; sizes differ as in personal packages."""
        generator = np.random.default_rng(claims)
        level = generator.uniform(0, 0.6, (claims, 1))
        points = np.sort(level + generator.normal(0, 0.3, (claims, 100)), axis=1)
        gross = generator.lognormal(11, 1, claims)
        obligor = np.arange(claims) // of_obligor
        factors = (
            np.zeros(claims, np.int64),
            obligor % SEGMENTS,
            generator.integers(0, REGIONS, claims),
            obligor,
            obligor,
        )
        groups = [np.unique(each, return_inverse=True)[1] for each in factors]
        worth = np.column_stack([gross, gross * generator.uniform(0.6, 0.9, claims)])
        return cls(np.clip(points, 0, 1), worth, np.stack(groups))

    def simulated(
        self, factors: Factors, seed: int = 1, threads: int | None = None
    ) -> Floats:
        """Sums in scenarios as the product draws them, shape (SCENARIOS, 2)."""
        known = self.points, self.worth, factors, self.groups, SCENARIOS, seed
        return simulate_package(*known, threads)()

    def by_moments(self, factors: Factors, seed: int) -> Floats:
        """The same from conditional moments."""
        known = self.points, self.worth, factors, self.groups, SCENARIOS, seed
        return summed_up(*known)()

    def by_numpy(self, factors: Factors, rows: int, seed: int = 1) -> Floats:
        """The same in numpy, some scenarios at a time."""
        generator = np.random.default_rng(seed)
        parts = [
            self._numpy_block(factors, min(rows, SCENARIOS - start), generator)
            for start in range(0, SCENARIOS, rows)
        ]
        return np.concatenate(parts)

    def _numpy_block(
        self, factors: Factors, rows: int, generator: np.random.Generator
    ) -> Floats:
        claims, count = self.points.shape
        latent = generator.standard_normal((rows, claims))
        latent *= np.sqrt(1 - factors.shares().sum())
        for share, group in zip(factors.shares(), self.groups, strict=True):
            if share > 0:
                drawn = generator.standard_normal((rows, int(group.max()) + 1))
                latent += np.sqrt(share) * drawn[:, group]
        level = np.minimum((ndtr(latent) * count).astype(np.int64), count - 1)
        rates: Floats = self.points[np.arange(claims), level]
        return rates @ self.worth


def medians(ways: Mapping[str, Way], turns: int) -> dict[str, float]:
    """Median seconds of each way, whose turns alternate."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(turns):
        for name, way in ways.items():
            began = perf_counter()
            way()
            taken[name].append(perf_counter() - began)
    return {name: median(times) for name, times in taken.items()}


def peak_bytes() -> int:
    """Most memory that this process has held."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def against_numpy(turns: int) -> None:
    """Print 1,000 claims in two factors, by each way."""
    claims = Claims.drawn(1_000, 1)
    Claims.drawn(2, 1).simulated(TWO_FACTORS)
    before = peak_bytes()
    claims.simulated(TWO_FACTORS, threads=2)
    added = peak_bytes() - before
    ways = {
        "numpy, whole arrays": lambda: claims.by_numpy(TWO_FACTORS, SCENARIOS),
        "numpy, 500 scenarios": lambda: claims.by_numpy(TWO_FACTORS, PEER_ROWS),
        "recoup, one thread": lambda: claims.simulated(TWO_FACTORS, threads=1),
        "recoup, two threads": lambda: claims.simulated(TWO_FACTORS, threads=2),
    }
    taken = medians(ways, turns)
    peer = taken["numpy, whole arrays"]
    click.echo("1,000 claims x 10,000 scenarios, two factors\n")
    click.echo(f"{'way':22}{'ms':>9}{'ns a draw':>11}{'times faster':>14}")
    for name, seconds in taken.items():
        each = 1e9 * seconds / 1_000 / SCENARIOS
        click.echo(f"{name:22}{1e3 * seconds:9.1f}{each:11.2f}{peer / seconds:14.1f}")
    click.echo(f"\nmemory added: {added / 1e6:.0f} MB")
    told = [claims.by_numpy(TWO_FACTORS, PEER_ROWS, seed) for seed in range(5)]
    found = [_apart(t, claims.simulated(TWO_FACTORS, i)) for i, t in enumerate(told)]
    noise = [_apart(one, other) for one, other in pairwise(told)]
    click.echo(
        f"largest difference of percentiles over P5-P95, the mean over seeds: from "
        f"numpy {np.mean(found):.2%}, of numpy from another seed {np.mean(noise):.2%}"
    )


def rows() -> Iterator[Result]:
    """The row of scenarios: 1,000 claims in 10,000, beside numpy in turns."""
    claims = Claims.drawn(1_000, 1)
    Claims.drawn(2, 1).simulated(TWO_FACTORS)
    before = peak_bytes()
    found = claims.simulated(TWO_FACTORS)
    added = peak_bytes() - before
    told = claims.by_numpy(TWO_FACTORS, SCENARIOS)
    noise = _apart(told, claims.by_numpy(TWO_FACTORS, SCENARIOS, 2))
    duel = alternating(
        lambda: claims.simulated(TWO_FACTORS),
        lambda: claims.by_numpy(TWO_FACTORS, SCENARIOS),
        7,
    )
    yield Result(
        name="scenarios",
        work="1,000 claims × 10,000 factor scenarios",
        unit="ms",
        ours=1e3 * duel.ours_seconds,
        peer=1e3 * duel.peer_seconds,
        against="numpy, whole arrays",
        ratios=duel.ratios,
        cpu_ratio=duel.cpu_ratio,
        least_ratio=20,
        figures={
            "memory added MB": added / 1e6,
            "percentiles apart, share of P5 to P95": _apart(told, found),
            "numpy from another seed, the same": noise,
        },
    )


def _apart(first: Floats, second: Floats) -> float:
    """Largest difference of two samples' percentiles over the width of the first."""
    one, other = (np.quantile(s, LEVELS, axis=0) for s in (first, second))
    return float((np.abs(one - other) / (one[-1] - one[0])).max())


def by_size(turns: int) -> None:
    """Print the whole range of packages of several sizes."""
    click.echo("\nthe whole range of a package, five factors, all processors\n")
    click.echo(f"{'claims':>8}{'an obligor':>12}{'ms':>10}{'ms of work':>12}")
    for count, of_obligor in ((1, 1), (10, 2), (100, 2), (1_000, 2), (20_000, 1)):
        claims = Claims.drawn(count, of_obligor)
        gross = claims.worth[:, 0]
        value = claims.worth[:, 1] * claims.points.mean(axis=1)
        known = (claims.points, gross, value, FACTORS, claims.groups, SCENARIOS, 1)
        taken, work = _once(partial(package_range, *known), turns)
        click.echo(f"{count:8,}{of_obligor:12}{1e3 * taken:10.2f}{1e3 * work:12.2f}")


def _once(way: Callable[[], object], turns: int) -> tuple[float, float]:
    """Median seconds on the clock and of all processors, once it is warm."""
    way()
    clock, work = [], []
    for _ in range(turns):
        began, worked = perf_counter(), process_time()
        way()
        clock.append(perf_counter() - began)
        work.append(process_time() - worked)
    return median(clock), median(work)


def moments_error() -> None:
    """Print what moments miss by, beside what another seed changes."""
    click.echo(
        "\nconditional moments against the full simulation: largest difference of\n"
        "percentiles over P5-P95, the mean over seeds\n"
    )
    click.echo(
        f"{'claims':>8}{'an obligor':>12}{'moments':>10}{'other seed':>12}"
        f"{'times less work':>17}"
    )
    for count in (1_000, 10_000, 100_000):
        for of_obligor in (1, 3):
            claims = Claims.drawn(count, of_obligor)
            error, noise, ratio = _compared(claims, 5 if count < 100_000 else 2)
            click.echo(
                f"{count:8,}{of_obligor:12}{error:10.2%}{noise:12.2%}{ratio:17.0f}"
            )


def _compared(claims: Claims, seeds: int) -> tuple[float, float, float]:
    errors, noises, works = [], [], []
    before = claims.simulated(FACTORS, 0)
    for seed in range(1, seeds + 1):
        began = process_time()
        full = claims.simulated(FACTORS, seed)
        between = process_time()
        near = claims.by_moments(FACTORS, seed)
        works.append((between - began) / (process_time() - between))
        errors.append(_apart(full, near))
        noises.append(_apart(full, before))
        before = full
    return float(np.mean(errors)), float(np.mean(noises)), median(works)


@click.command()
@click.option("--turns", default=7, show_default=True, type=click.IntRange(min=1))
def program(turns: int) -> None:
    """Compare simulations of packages."""
    against_numpy(turns)
    by_size(turns)
    moments_error()


if __name__ == "__main__":
    program()
