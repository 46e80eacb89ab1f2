"""Simulated auctions with a known truth: who estimates what, and who bids how much.

A package is worth the same to everybody (a common value), lognormal about what is
publicly known of it. Each buyer sees that value through a signal of its own and makes
the best estimate of it; rivals bid a share of theirs by one of several habits, which
nobody is told. What the auctions leave on record is what real ones do: prices that are
published or not, packages not bid for, reserves not reached, values realised later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from features.package import Floats, Ints
from models.pricing.bidding.order_statistics import full_estimate_loss
from models.pricing.bidding.winning_price import PACKAGE_TYPES

Bools = npt.NDArray[np.bool_]
MOST_RIVALS = 8
VALUE_SD = 0.25
CLAIMS_YUAN = np.array([3e7, 1e8, 3e8])
RECOVERY_MEDIAN, RECOVERY_SD = 0.3, 0.5
COUNTED_BEFORE, COUNTED_AFTER = 0.5, 0.8
WITH_RESERVE, RESERVE_RANGE = 0.5, (0.4, 0.8)
RIVAL_ERROR_VARIANCE = 0.015


@dataclass(frozen=True)
class AuctionMarket:
    """How one simulated market works; drawn once, told to no one.

    Attributes:
        habit: How rivals turn estimates into bids; a name of HABITS.
        own_signal_sd: Spread of one's own log signal about the log value.
        rival_signal_sd: Spread of each rival's.
        share: Share of its estimate that a rival bids, before its habit.
        appetite_sd: Spread of single bids, on the log scale.
        mean_rivals: Rivals expected beyond the first.
        type_shift: How much more rivals bid by kind of package, on the log scale, (3,).
        published: Share of prices that become known.
        bias: Our estimates over unbiased ones.
    """

    habit: str
    own_signal_sd: float
    rival_signal_sd: float
    share: float
    appetite_sd: float
    mean_rivals: float
    type_shift: Floats
    published: float
    bias: float


@dataclass(frozen=True)
class Lots:
    """Packages at auction, one element each (n); amounts in yuan.

    Attributes:
        value_yuan: What the package is worth.
        own_value_yuan: Our estimate of that.
        rival_yuan: Highest rival bid.
        reserve_yuan: Lowest price that the seller takes; 0 without one.
        rivals: Number of rivals.
        counted: Whether their number is known before the auction.
        package_type: Index into PACKAGE_TYPES.
        size: Index into CLAIMS_YUAN.
        chance: Uniform draws that decide what becomes known, shape (n, 4).
    """

    value_yuan: Floats
    own_value_yuan: Floats
    rival_yuan: Floats
    reserve_yuan: Floats
    rivals: Ints
    counted: Bools
    package_type: Ints
    size: Ints
    chance: Floats

    def __len__(self) -> int:
        """Number of packages."""
        return len(self.value_yuan)


@dataclass(frozen=True)
class _Seen:
    """What rivals see of packages: estimates (n, MOST_RIVALS), the rest (n, 1)."""

    estimate: Floats
    public: Floats
    rivals: Ints
    share: float
    generator: np.random.Generator


def _margin(seen: _Seen) -> Floats:
    """A fixed share of the estimate."""
    return seen.share * seen.estimate


def _wary(seen: _Seen) -> Floats:
    """Less the more rivals there are, for the winner's curse."""
    bidders = range(1, MOST_RIVALS + 2)
    losses = [full_estimate_loss(n, RIVAL_ERROR_VARIANCE) for n in bidders]
    kept = 1 - np.array(losses)
    bids: Floats = (seen.share + 0.08) * kept[seen.rivals] * seen.estimate
    return bids


def _competitive(seen: _Seen) -> Floats:
    """More the more rivals there are, as with private values."""
    return (seen.share + 0.15) * seen.rivals / (seen.rivals + 1) * seen.estimate


def _formula(seen: _Seen) -> Floats:
    """A share of what everybody knows, whatever one's own signal says."""
    noise = 0.1 * seen.generator.standard_normal(seen.estimate.shape)
    return seen.share * seen.public * np.exp(noise)


def _eager(seen: _Seen) -> Floats:
    """A fixed share; one rival in ten must buy and pays up to 30% more."""
    keen = seen.generator.random(seen.estimate.shape) < 0.1
    more = seen.generator.uniform(1.1, 1.3, seen.estimate.shape)
    return seen.share * seen.estimate * np.where(keen, more, 1.0)


def _mixed(seen: _Seen) -> Floats:
    """Each rival by a habit of its own."""
    kinds = [habit(seen) for habit in (_margin, _wary, _competitive, _formula, _eager)]
    chosen = seen.generator.integers(0, len(kinds), seen.estimate.shape)
    return np.choose(chosen, kinds)


HABITS: Mapping[str, Callable[[_Seen], Floats]] = MappingProxyType(
    {
        "margin": _margin,
        "wary": _wary,
        "competitive": _competitive,
        "formula": _formula,
        "eager": _eager,
        "mixed": _mixed,
    }
)


def draw_market(habit: str, generator: np.random.Generator) -> AuctionMarket:
    """A market whose rivals share a habit and differ otherwise."""
    return AuctionMarket(
        habit=habit,
        own_signal_sd=generator.uniform(0.1, 0.3),
        rival_signal_sd=generator.uniform(0.1, 0.3),
        share=generator.uniform(0.75, 0.95),
        appetite_sd=generator.uniform(0.03, 0.15),
        mean_rivals=generator.uniform(1.0, 4.0),
        type_shift=generator.normal(0.0, 0.06, len(PACKAGE_TYPES)),
        published=generator.uniform(0.3, 0.9),
        bias=float(np.exp(generator.normal(0.0, 0.03))),
    )


def draw_lots(
    market: AuctionMarket, count: int, generator: np.random.Generator
) -> Lots:
    """Packages of a market, with everything that will be known of them."""
    kind = generator.integers(0, len(PACKAGE_TYPES), count)
    size = generator.integers(0, len(CLAIMS_YUAN), count)
    recovery = generator.normal(np.log(RECOVERY_MEDIAN), RECOVERY_SD, count)
    public = CLAIMS_YUAN[size] * np.exp(recovery)
    log_value = np.log(public) - VALUE_SD**2 / 2
    log_value = log_value + VALUE_SD * generator.standard_normal(count)
    own = _estimates(log_value, public, market.own_signal_sd, generator)
    rivals = 1 + np.minimum(
        generator.poisson(market.mean_rivals, count), MOST_RIVALS - 1
    )
    highest = _highest_rival(market, log_value, public, rivals, generator)
    reserve = public * generator.uniform(*RESERVE_RANGE, count)
    return Lots(
        value_yuan=np.exp(log_value),
        own_value_yuan=own * market.bias,
        rival_yuan=highest * np.exp(market.type_shift[kind]),
        reserve_yuan=np.where(generator.random(count) < WITH_RESERVE, reserve, 0.0),
        rivals=rivals,
        counted=generator.random(count) < COUNTED_BEFORE,
        package_type=kind,
        size=size,
        chance=generator.random((count, 4)),
    )


def _estimates(
    log_value: Floats, public: Floats, signal_sd: float, generator: np.random.Generator
) -> Floats:
    """Expected value given a signal, ``E[V | signal]``, of the broadcast shape."""
    weight = VALUE_SD**2 / (VALUE_SD**2 + signal_sd**2)
    signal = log_value + signal_sd * generator.standard_normal(log_value.shape)
    before = np.log(public) - VALUE_SD**2 / 2
    left = VALUE_SD**2 * (1 - weight)
    estimate: Floats = np.exp(weight * signal + (1 - weight) * before + left / 2)
    return estimate


def _highest_rival(
    market: AuctionMarket,
    log_value: Floats,
    public: Floats,
    rivals: Ints,
    generator: np.random.Generator,
) -> Floats:
    each = np.repeat(log_value[:, None], MOST_RIVALS, axis=1)
    estimate = _estimates(each, public[:, None], market.rival_signal_sd, generator)
    seen = _Seen(estimate, public[:, None], rivals[:, None], market.share, generator)
    appetite = np.exp(market.appetite_sd * generator.standard_normal(each.shape))
    bids = HABITS[market.habit](seen) * appetite
    present = np.arange(MOST_RIVALS) < rivals[:, None]
    highest: Floats = np.where(present, bids, 0.0).max(axis=1)
    return highest
