"""Whether wider ranges hold more: as a model would have been registered, and then seen.

Each year is told by a model of what was known before it, with the spread factor that
its own test years gave then: years whose claims had been observed to the horizon by
that day. What came is set against the ranges without the factor and with it, of claims
and of packages. Markets are the embedded one, plain ones, and any history at hand.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from features.columns import Bools
from features.errors import HistoryError
from features.outcomes import History
from features.package import Floats, Ints
from features.segment import segments
from features.sources.simulated import simulate_history
from models.recovery.factors import factor_groups
from models.recovery.model import RecoveryModel
from training.config import Config
from training.pipeline import train
from training.ranges import Foretold, foretold_of, spread_factor
from training.simulation.markets import package_range
from training.simulation.plain import CARDS, PlainMarket, plain_history
from training.splits import Window, test_years, window

STATED = (0.5, 0.8, 0.9)


def _embedded(claims: int, seed: int) -> History:
    first, until = date(2000, 1, 1), date(2025, 12, 31)
    return simulate_history(
        claims=claims, seed=seed, first_cutoff=first, observed_until=until
    )


MARKETS: Mapping[str, Callable[[int], History]] = MappingProxyType(
    {
        "embedded, 3,000 claims": partial(_embedded, 3_000),
        "plain, 1,500 claims": partial(plain_history, PlainMarket(), 1_500),
        "plain, 4,000 claims": partial(plain_history, PlainMarket(), 4_000),
        "plain, 3,000, shocks": partial(plain_history, PlainMarket(shock=0.6), 3_000),
        "cards, 4,000 claims": partial(plain_history, CARDS, 4_000),
    }
)


class Judged(NamedTuple):
    """What ranges held in a year.

    Attributes:
        held: Whether each claim's range held what came, by what it states, shape
            (STATED, n).
        crps: Score of each claim's distribution, shape (n,).
        packages_held: Whether the 90% range of each package did, shape (packages,).
    """

    held: Bools
    crps: Floats
    packages_held: Bools


@dataclass(frozen=True)
class Trial:
    """A year told with ranges as learnt and as widened.

    Attributes:
        market: The market, or the source.
        year: The year.
        factor: The spread factor that was known before it.
        vintage: Vintage of each claim, shape (n,).
        learnt: By ranges as learnt.
        widened: By ranges times the factor.
    """

    market: str
    year: int
    factor: float
    vintage: Ints
    learnt: Judged
    widened: Judged


def trials(
    market: str, history: History, latest: Config, config: Config
) -> Iterator[Trial]:
    """The latest observed years of a history that its past could be judged before.

    Args:
        market: What to call it.
        history: The whole history.
        latest: Which years those are.
        config: The protocol that each past is judged by, and the model.
    """
    for year in test_years(history, latest):
        try:
            yield _trial(market, window(history, year), config)
        except HistoryError:
            # What was known then is too short to be tested: nothing was registered.
            continue


def _trial(market: str, tested: Window, config: Config) -> Trial:
    factor = spread_factor(list(_past(tested.train, config)))
    model = train(tested.train, config).model
    told = foretold_of(tested, model, config)
    of_packages = _packages(tested, told, model, config)
    learnt = _judged(told, 1.0, of_packages)
    widened = _judged(told, factor, of_packages) if factor > 1 else learnt
    return Trial(market, tested.year, factor, told.vintage, learnt, widened)


def _past(known: History, config: Config) -> Iterator[Foretold]:
    """What was foretold of the test years that were known before."""
    for year in test_years(known, config):
        past = window(known, year)
        yield foretold_of(past, train(past.train, config).model, config)


def _judged(
    told: Foretold, factor: float, of_packages: Callable[[Floats], Bools]
) -> Judged:
    held = np.stack([told.held(factor, stated) for stated in STATED])
    return Judged(held, told.crps(factor), of_packages(told.points(factor)))


def _packages(
    tested: Window, told: Foretold, model: RecoveryModel, config: Config
) -> Callable[[Floats], Bools]:
    """What says of points whether packages of the year paid within their ranges."""
    package = tested.test.package
    size = min(len(package), config.evaluation.package_claims)
    claim, kinds = package.claim_yuan(), segments(package)
    in_time = np.argsort(told.vintage, kind="stable")
    chosen = [in_time[i : i + size] for i in range(0, len(claim) - size + 1, size)]

    def held(points: Floats) -> Bools:
        found = np.zeros(len(chosen), np.bool_)
        for i, rows in enumerate(chosen):
            groups = factor_groups(package.take(rows), kinds[rows], np.zeros_like(rows))
            factors, seed = model.record.factors, config.evaluation.seed
            low, high = package_range(points[rows], claim[rows], factors, groups, seed)
            found[i] = low <= claim[rows] @ told.rate[rows] <= high
        return found

    return held
