"""How far the value of a package may move over the next quarters.

The latent recovery of a claim is news that comes as its cash does: by the time that a
share of its curve has passed, that share of its variance is known (declared). The value
then is the expectation given what is known, so that it is fair: with the cash of the
time, discounted, it is worth today's value on average. News on the factors that claims
share move the whole package; what resolves single claims diversifies.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats, Ints
from models.pricing.bid import present_value
from models.pricing.fen import to_yuan
from models.pricing.valuation import Valuation
from models.recovery.factors import FACTORS, factor_groups

QUARTERS = (1, 2, 4)
RANGE = (0.05, 0.95)
SYSTEMATIC = ("vintage", "segment", "region")
SIMULATIONS = 2_000
# Levels of news at which a claim's expectation is worked out; between them the nearest
# counts.
NEWS_LEVELS = 40
DRAWS_AT_ONCE = 1_000_000
_ALL = 1 - 1e-9


@dataclass(frozen=True)
class ValueOutlook:
    """The value of a package some quarters from now, in yuan.

    Attributes:
        quarters: How many.
        expected_yuan: Mean of the value then.
        expected_cash_yuan: Net cash expected until then.
        spread_yuan: Standard deviation of the value then.
        common_yuan: The part of it that news on common factors bring.
        single_yuan: The part that resolves single claims; squares add up.
        low_yuan: One value in twenty is lower.
        high_yuan: One in twenty is higher.
        worth_today_yuan: Mean of value and cash, discounted to today.
    """

    quarters: int
    expected_yuan: float
    expected_cash_yuan: float
    spread_yuan: float
    common_yuan: float
    single_yuan: float
    low_yuan: float
    high_yuan: float
    worth_today_yuan: float


def value_outlook(valuation: Valuation) -> list[ValueOutlook]:
    """Outlook on each of QUARTERS that lies within the months left."""
    months = valuation.assumptions.horizon_months
    return [
        _outlook(valuation, quarter)
        for quarter in QUARTERS
        if quarter * MONTHS_PER_QUARTER < months
    ]


def _outlook(valuation: Valuation, quarters: int) -> ValueOutlook:
    months, rate = quarters * MONTHS_PER_QUARTER, valuation.assumptions
    net = to_yuan(valuation.cash_flow.net_fen)
    growth = (1.0 + rate.target_return_rate) ** (months / 12)
    cash = present_value(net[:, :months], rate.target_return_rate) * growth
    later = present_value(net[:, months:], rate.target_return_rate)
    drawn = _simulated(valuation, months, np.column_stack([later, cash]))
    value, with_cash = drawn[:, 0], drawn.sum(axis=1)
    low, high = np.quantile(value, RANGE)
    spread, common = float(value.std()), _common_spread(valuation, months, later)
    common = min(common, spread)
    return ValueOutlook(
        quarters,
        float(value.mean()),
        float(net[:, :months].sum()),
        spread,
        common,
        float(np.sqrt(spread**2 - common**2)),
        float(low),
        float(high),
        float(with_cash.mean()) / growth,
    )


def _simulated(valuation: Valuation, months: int, worth: Floats) -> Floats:
    """Sums of worths over the package by scenario, shape (simulations, kinds)."""
    factors, groups = _factors(valuation)
    ratios = _ratio_by_news(valuation, _known_share(valuation, months))
    own = np.sqrt(1.0 - factors.sum())
    return np.concatenate(
        [
            ratio @ worth
            for ratio in _drawn(ratios, factors, groups, own, _seeded(valuation))
        ]
    )


def _common_spread(valuation: Valuation, months: int, worth: Floats) -> float:
    """Standard deviation of the value then given the common factors alone."""
    every, groups = _factors(valuation)
    common = np.array([name in SYSTEMATIC for name in FACTORS])
    total = float(every[common].sum())
    if total == 0:
        return 0.0
    known = _known_share(valuation, months) * total
    ratios = _ratio_by_news(valuation, known)
    parts = np.where(common, every / total, 0.0)
    drawn = _drawn(ratios, parts, groups, 0.0, _seeded(valuation))
    return float(np.concatenate([ratio @ worth for ratio in drawn]).std())


def _factors(valuation: Valuation) -> tuple[Floats, Ints]:
    package, kinds = valuation.package, valuation.forecast.segments
    groups = factor_groups(package, kinds, np.zeros(len(package), np.int64))
    return valuation.range.factors.shares(), groups


def _known_share(valuation: Valuation, months: int) -> Floats:
    """Share of each claim's curve that will have passed, shape (n,)."""
    gross = valuation.cash_flow.gross_fen
    total = gross.sum(axis=1)
    share: Floats = gross[:, :months].sum(axis=1) / np.where(total > 0, total, 1)
    return np.clip(share, 0.0, _ALL)


def _ratio_by_news(valuation: Valuation, known: Floats) -> Floats:
    """Expectation at each level of news over today's, shape (n, levels), mean 1.

    Given the news z, the latent recovery is normal around ``sqrt(known) z``.

    Args:
        valuation: The package.
        known: Share of the latent variance that is known then, shape (n,).
    """
    points = valuation.forecast.points
    edges = ndtri(np.arange(points.shape[1] + 1) / points.shape[1])
    rest = np.sqrt(1.0 - known)[:, None]
    expected = np.empty((len(points), NEWS_LEVELS))
    for level in range(NEWS_LEVELS):
        news = ndtri((level + 0.5) / NEWS_LEVELS) * np.sqrt(known)[:, None]
        reached = np.diff(ndtr((edges - news) / rest), axis=1)
        expected[:, level] = (reached * points).sum(axis=1)
    mean = expected.mean(axis=1, keepdims=True)
    ratio: Floats = np.where(mean > 0, expected / np.where(mean > 0, mean, 1.0), 1.0)
    return ratio


def _seeded(valuation: Valuation) -> np.random.Generator:
    return np.random.default_rng(valuation.assumptions.seed)


def _drawn(
    ratios: Floats,
    factors: Floats,
    groups: Ints,
    own: float,
    generator: np.random.Generator,
) -> Iterator[Floats]:
    """Expectation of each claim over today's by scenario, shape (block, n) each."""
    rows = np.arange(len(ratios))
    block = max(1, DRAWS_AT_ONCE // max(len(ratios), 1))
    for start in range(0, SIMULATIONS, block):
        size = min(block, SIMULATIONS - start)
        news = np.zeros((size, len(ratios)), np.float32)
        if own > 0:
            news += own * generator.standard_normal(news.shape, np.float32)
        for share, group in zip(factors, groups, strict=True):
            shape = (size, int(group.max()) + 1)
            if share > 0:
                shared = generator.standard_normal(shape, np.float32)
                news += np.float32(np.sqrt(share)) * shared[:, group]
        level = (ndtr(news) * NEWS_LEVELS).astype(np.int64)
        yield ratios[rows, np.minimum(level, NEWS_LEVELS - 1)]
