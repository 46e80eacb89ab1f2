"""Many simulated markets, each with shocks of its own: what one market cannot show.

Three years of one market share their luck: a level off by some per cent proves nothing,
and packages of one vintage say once whether a range was right. Here every market is
simulated with a seed of its own, a model learns what was known before the last year
that has been observed to the horizon, and that year's claims are judged: level, timing,
distribution, the ranges of packages, and the price of not knowing how open work-outs
end, against an oracle that learnt from the same claims with their complete outcomes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from time import process_time
from typing import Any

import numpy as np

from features.outcomes import History
from features.package import Floats, Ints, Package
from features.sources.simulated import simulate_history
from models.pricing.scenarios import simulate_package
from models.recovery.factors import Factors, factor_groups
from models.recovery.model import RecoveryModel
from training.config import Config
from training.evaluation import Evaluation, WindowResult, window_result
from training.pipeline import train
from training.splits import Window, test_years, window

PACKAGE_CLAIMS = 200
SIMULATIONS = 2_000
RANGE = (0.05, 0.95)
# What one buyer buys at once: sellers do not mix companies, homes and consumer credit.
KINDS = {
    "corporate": ("corporate_secured", "corporate_unsecured"),
    "mortgage": ("mortgage",),
    "personal": ("personal_business", "personal_consumer", "card", "auto"),
}


@dataclass(frozen=True)
class Ranged:
    """A package of one kind and its range.

    Attributes:
        kind: What it holds.
        realised_yuan: What it paid.
        expected_yuan: What was expected.
        low_yuan: Lower end of its 90% range, by the model's factors.
        high_yuan: Upper end.
        independent_low_yuan: Lower end were its claims independent.
        independent_high_yuan: Upper end.
    """

    kind: str
    realised_yuan: float
    expected_yuan: float
    low_yuan: float
    high_yuan: float
    independent_low_yuan: float
    independent_high_yuan: float

    @property
    def covered(self) -> bool:
        """Whether the range held what was paid."""
        return self.low_yuan <= self.realised_yuan <= self.high_yuan

    @property
    def covered_if_independent(self) -> bool:
        """Whether the range of independent claims held it."""
        low, high = self.independent_low_yuan, self.independent_high_yuan
        return low <= self.realised_yuan <= high


@dataclass(frozen=True)
class Market:
    """One simulated market.

    Attributes:
        seed: Seed that it was drawn with.
        result: The test year.
        oracle_rmse: Error of a model that knew how every work-out ended; None if none
            was trained.
        packages: The claims of the year in packages, in order of time.
        factors: Correlations that the model learnt.
    """

    seed: int
    result: WindowResult
    oracle_rmse: float | None
    packages: tuple[Ranged, ...]
    factors: Factors


@dataclass(frozen=True)
class Markets:
    """Many simulated markets.

    Attributes:
        markets: By seed.
        claims: Claims of each, over all years.
    """

    markets: tuple[Market, ...]
    claims: int

    @property
    def pooled(self) -> Evaluation:
        """The test years of all markets as one evaluation."""
        return Evaluation("simulated", True, tuple(m.result for m in self.markets))

    @property
    def packages(self) -> list[Ranged]:
        """The packages of all markets."""
        return [package for m in self.markets for package in m.packages]

    @property
    def coverage(self) -> float | None:
        """Share of packages whose range held what they paid; None without one."""
        return _share([p.covered for p in self.packages])

    @property
    def coverage_if_independent(self) -> float | None:
        """The same, were claims taken as independent."""
        return _share([p.covered_if_independent for p in self.packages])

    @property
    def oracle_ratio(self) -> float | None:
        """Error of the model over the oracle's, root mean square over all claims."""
        errors = [
            (m.result.model.rmse**2, m.oracle_rmse**2, m.result.model.claims)
            for m in self.markets
            if m.oracle_rmse is not None
        ]
        if not errors:
            return None
        ours, oracle, claims = np.array(errors).T
        return float(np.sqrt((ours @ claims) / (oracle @ claims)))

    def figures(self) -> dict[str, Any]:
        """Everything as plain figures."""
        pooled, curve = self.pooled, self.pooled.curve()
        return {
            "simulated": True,
            "markets": len(self.markets),
            "claims_each": self.claims,
            "packages": len(self.packages),
            "coverage": self.coverage,
            "coverage_if_independent": self.coverage_if_independent,
            "rmse_over_oracle": self.oracle_ratio,
            "crps_gain_over_segment_table": pooled.crps_gain,
            "pit_distance": pooled.mean(lambda s: s.pit_distance),
            "actual_to_expected": pooled.level().actual_to_expected,
            "segments": {s: level.figures() for s, level in pooled.levels().items()},
            "curve": curve.figures() if curve else None,
            "by_market": [_figures(m) for m in self.markets],
        }


def _share(held: list[bool]) -> float | None:
    return sum(held) / len(held) if held else None


def _figures(market: Market) -> dict[str, Any]:
    scores = market.result.model
    return {
        "seed": market.seed,
        "rmse": scores.rmse,
        "oracle_rmse": market.oracle_rmse,
        "crps": scores.crps,
        "actual_to_expected": scores.actual_to_expected,
        "factors": market.factors.model_dump(),
        "packages": [asdict(p) | {"covered": p.covered} for p in market.packages],
    }


def many_markets(seeds: Iterable[int], config: Config, oracle: bool) -> Markets:
    """Simulate, train and judge one market per seed.

    Args:
        seeds: Iterated once, so that a caller can show progress.
        config: Model, protocol and size of each market.
        oracle: Whether to train an oracle for each, which doubles the time.
    """
    markets = tuple(_markets(seeds, config, oracle))
    return Markets(markets, config.simulated.claims)


def _markets(seeds: Iterable[int], config: Config, oracle: bool) -> Iterator[Market]:
    for seed in seeds:
        yield one_market(seed, config, oracle)


def one_market(seed: int, config: Config, oracle: bool) -> Market:
    """One market, its latest year tested by a model that knew only what came before."""
    history = _history(seed, config)
    tested = window(history, test_years(history, config)[-1])
    began = process_time()
    trained = train(tested.train, config)
    result = window_result(tested, trained, process_time() - began, config)
    return Market(
        seed,
        result,
        _oracle_rmse(history, tested, result, config) if oracle else None,
        tuple(_ranges(trained.model, tested.test.package, result, config)),
        trained.model.record.factors,
    )


def _history(seed: int, config: Config) -> History:
    market = config.simulated
    return simulate_history(
        claims=market.claims,
        seed=seed,
        first_cutoff=market.first_cutoff,
        observed_until=market.observed_until,
    )


def _oracle_rmse(
    history: History, tested: Window, result: WindowResult, config: Config
) -> float:
    """Error of a model of the same claims with what became of them to the horizon."""
    ids = np.array(history.package.claim_ids, dtype=object)
    known = np.isin(ids, np.array(tested.train.package.claim_ids, dtype=object))
    complete = history.take(np.flatnonzero(known))
    forecast = train(complete, config).model.forecast(tested.test.package)
    error = forecast.mean_rate - result.realised_rate
    return float(np.sqrt(np.mean(error**2)))


def _ranges(
    model: RecoveryModel, package: Package, result: WindowResult, config: Config
) -> Iterator[Ranged]:
    """The claims of a year as packages of one kind, in order of time."""
    forecast = model.forecast(package)
    for kind, segments in KINDS.items():
        rows = np.flatnonzero(np.isin(result.segments, segments))
        in_time = rows[np.argsort(result.vintage[rows], kind="stable")]
        for first in range(0, len(rows) - PACKAGE_CLAIMS + 1, PACKAGE_CLAIMS):
            chosen = in_time[first : first + PACKAGE_CLAIMS]
            points, claim = forecast.points[chosen], result.claim_yuan[chosen]
            groups = factor_groups(
                package.take(chosen), result.segments[chosen], np.zeros_like(chosen)
            )
            low, high = package_range(
                points, claim, model.record.factors, groups, config.evaluation.seed
            )
            alone = package_range(
                points, claim, Factors.common(0.0), groups, config.evaluation.seed
            )
            yield Ranged(
                kind,
                float(claim @ result.realised_rate[chosen]),
                float(claim @ result.expected_rate[chosen]),
                low,
                high,
                *alone,
            )


def package_range(
    points: Floats, claim_yuan: Floats, factors: Factors, groups: Ints, seed: int
) -> tuple[float, float]:
    """The 90% range of what a package pays, in yuan.

    Args:
        points: Equally likely recovery rates of its claims, shape (n, POINTS).
        claim_yuan: The whole claims, shape (n,).
        factors: How strongly claims move together.
        groups: Groups of the claims by factor, shape (factors, n).
        seed: Seed of the draws.
    """
    worth = claim_yuan[:, None]
    drawing = simulate_package(points, worth, factors, groups, SIMULATIONS, seed)
    low, high = np.quantile(drawing()[:, 0], RANGE)
    return float(low), float(high)
