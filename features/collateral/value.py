"""What collateral brings when it is sold, how likely that is and when.

Two small models. The logarithm of price over appraised value, of items that are sold,
is linear in the facts of the item, with a normal-inverse-gamma posterior (Gelman et
al., Bayesian Data Analysis, 3rd ed., section 14.2). The chance that an item not sold
yet is sold in a quarter is logistic in them; a claim that ended otherwise stays at
risk, so the chances add up to the share that is ever sold (the subdistribution of Fine
and Gray 1999). Both start from what ``value.toml`` declares and move as far
as the sales of a history bear them.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property

import numpy as np
from scipy.special import expit, stdtrit

from features.collateral.items import Burdens, item_share, owned_yuan
from features.collateral.sale_effects import (
    Design,
    Facts,
    Layout,
    PriceEffects,
    SaleEffects,
    category_columns,
    declared,
    design,
    facts,
    slope_columns,
)
from features.columns import Columns, Floats, Ints, Tabled, Tables
from features.compiled import compiled
from features.outcomes import MONTHS_PER_QUARTER

HORIZON_QUARTERS = 20
POINTS = 20
EARLY, LATE = "early ", "late "


@dataclass(frozen=True)
class SalePrices:
    """Learned state of the sale models: their priors, updated by a history's sales.

    Attributes:
        sales: Sales that it has learnt from, counting each item once.
        price_mean: Expected effects on the log ratio of price to appraisal, (p,).
        price_spread: Covariance of these effects over the variance of the noise,
            shape (p, p).
        noise_shape: Shape of the inverse gamma distribution of that variance.
        noise_scale: Its scale.
        sale_mean: Most likely effects on the log-odds of a sale in a quarter, (s,).
    """

    sales: float
    price_mean: Floats
    price_spread: Floats
    noise_shape: float
    noise_scale: float
    sale_mean: Floats

    @cached_property
    def noise_variance(self) -> float:
        """Squared scale of the noise of a single sale's log ratio."""
        return self.noise_scale / self.noise_shape

    @cached_property
    def standard_points(self) -> Floats:
        """Equally likely deviations of Student's t, shape (POINTS,)."""
        levels = (np.arange(POINTS) + 0.5) / POINTS
        points: Floats = stdtrit(2 * self.noise_shape, levels)
        return points

    def deviation(self, level: float) -> float:
        """Quantile of the same Student t distribution."""
        return float(stdtrit(2 * self.noise_shape, level))


@dataclass(frozen=True)
class ExpectedSales:
    """What is expected of the sale of each row of collateral (k), NaN if not appraised.

    Attributes:
        ratio: Expected price over appraised value, if sold, shape (k,).
        value_yuan: Expected price of what the pledgor owns, shape (k,).
        net_yuan: Expected part of the claim in that price, after those ahead of the
            lender, within the lien and shared with the other claims, shape (k,).
        sale_probability: Chance to be sold within the horizon, shape (k,).
        months: Expected months from cut-off to such a sale, shape (k,).
        outlook: What the facts of the items say of their sale.
        price_factor: Factor on every price, for what if.
    """

    ratio: Floats
    value_yuan: Floats
    net_yuan: Floats
    sale_probability: Floats
    months: Floats
    outlook: "SaleOutlook"
    price_factor: float

    @property
    def proceeds_yuan(self) -> Floats:
        """Expected net proceeds for the claim, sold or not, shape (k,)."""
        return self.net_yuan * self.sale_probability

    def ratio_at(self, level: float) -> Floats:
        """Quantile of price over appraised value at a level, shape (k,)."""
        deviation = self.outlook.prices.deviation(level)
        centre = self.outlook.centre + np.log(self.price_factor)
        ratio = np.exp(centre + self.outlook.scale * deviation)
        return np.where(np.isnan(self.ratio), np.nan, ratio)


@cache
def price_layout() -> Layout:
    """Columns of the effects on price."""
    effects = declared().price
    return Layout.of(
        [
            ("intercept", effects.intercept, effects.intercept_sd),
            *category_columns(effects.categories),
            *slope_columns(effects.slopes),
        ]
    )


@cache
def sale_layout() -> Layout:
    """Columns of the effects on the chance of a sale."""
    effects = declared().sale
    periods = zip(effects.period_starts, effects.baseline, strict=True)
    return Layout.of(
        [
            *((f"from quarter {q}", m, effects.baseline_sd) for q, m in periods),
            *category_columns(effects.categories),
            *slope_columns(effects.slopes),
            *category_columns(effects.early, EARLY),
            *category_columns(effects.late, LATE),
        ]
    )


@cache
def declared_prices() -> SalePrices:
    """The priors of the sale models, before any sale was observed."""
    effects, price, sale = declared().price, price_layout(), sale_layout()
    shape = effects.noise_sales / 2
    return SalePrices(
        sales=0.0,
        price_mean=price.mean,
        price_spread=np.diag((price.sd / effects.noise) ** 2),
        noise_shape=shape,
        noise_scale=shape * effects.noise**2,
        sale_mean=sale.mean,
    )


def price_design(items: Facts) -> Design:
    """Items in the columns of the effects on price."""
    effects: PriceEffects = declared().price
    layout = price_layout()
    return design(items, layout, effects.categories, effects.slopes, intercepts=1)


def sale_designs(items: Facts) -> Iterator[tuple[int, Design]]:
    """Each period's first quarter, and the items in the columns that count in it."""
    effects: SaleEffects = declared().sale
    layout = sale_layout()
    always = design(items, layout, effects.categories, effects.slopes)
    early = design(items, layout, effects.early, {}, EARLY)
    late = design(items, layout, effects.late, {}, LATE)
    for period, start in enumerate(effects.period_starts):
        stage = early if start < effects.early_quarters else late
        baseline = np.full((len(always.columns), 1), period)
        yield (
            start,
            Design(
                np.hstack([baseline, always.columns, stage.columns]),
                np.hstack([np.ones_like(baseline), always.values, stage.values]),
            ),
        )


def expected_sales(
    package: Tabled,
    prices: SalePrices,
    horizon_quarters: int = HORIZON_QUARTERS,
    price_factor: float = 1.0,
) -> ExpectedSales:
    """What the collateral of a package is expected to bring.

    Args:
        package: Claims and collateral.
        prices: What is known of sales.
        horizon_quarters: Quarters since cut-off that count as in time.
        price_factor: Factor on every price, for what if.
    """
    tables = package.tables
    outlook = SaleOutlook.of(tables, prices)
    key = (tables.collateral, horizon_quarters, price_factor)
    if key not in outlook.told:
        outlook.told[key] = _expected_sales(tables, outlook, *key[1:])
    return outlook.told[key]


def _expected_sales(
    tables: Tables, outlook: "SaleOutlook", horizon_quarters: int, price_factor: float
) -> ExpectedSales:
    owned, burdens = owned_yuan(tables.collateral), Burdens.of(tables)
    ratio, net = _over_points(
        outlook.centre + np.log(price_factor),
        outlook.scale,
        outlook.prices.standard_points,
        owned,
        burdens.ahead_yuan,
        burdens.most_yuan,
    )
    probability, months = _timing(outlook.sold_in(horizon_quarters))
    return ExpectedSales(
        ratio,
        ratio * owned,
        net * item_share(tables),
        probability,
        months,
        outlook,
        price_factor,
    )


@dataclass(frozen=True)
class SaleOutlook:
    """Predicted price and timing of the sale of each item, before shares and liens (k).

    Attributes:
        prices: What was known of sales.
        centre: Mean of the logarithm of price over appraised value, shape (k,).
        scale: Scale of its distribution, shape (k,).
        chance: Chance of an item not sold yet to be sold in a quarter of each period,
            shape (k, periods).
        told: Expected sales that were worked out before, by what they depend on
            besides: collateral, quarters and factor on prices.
    """

    prices: SalePrices
    centre: Floats
    scale: Floats
    chance: Floats
    told: dict[tuple[Columns, int, float], ExpectedSales] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def of(cls, package: Tabled, prices: SalePrices) -> "SaleOutlook":
        """The outlook of a package's collateral, worked out once."""
        memo = package.tables.memo
        found = memo.get("sale outlook")
        if not isinstance(found, cls) or found.prices is not prices:
            found = memo["sale outlook"] = cls._of(facts(package), prices)
        return found

    @classmethod
    def _of(cls, items: Facts, prices: SalePrices) -> "SaleOutlook":
        known = price_design(items)
        spread = 1.0 + known.variance(prices.price_spread)
        scale = np.sqrt(prices.noise_variance * spread)
        return cls(prices, known.dot(prices.price_mean), scale, _chances(items, prices))

    def sold_in(self, quarters: int) -> Floats:
        """Chance to be sold in each quarter since cut-off, shape (k, quarters)."""
        return _unrolled(self.chance, _period_starts(), quarters)


@compiled
def _over_points(
    centre: Floats,
    scale: Floats,
    points: Floats,
    owned: Floats,
    ahead: Floats,
    most: Floats,
) -> tuple[Floats, Floats]:
    """Mean ratio and mean net price in yuan over equally likely ratios, (k,) each."""
    ratio, net = np.zeros(len(centre)), np.zeros(len(centre))
    for item in range(len(centre)):
        for point in points:
            drawn = math.exp(centre[item] + scale[item] * point)
            left = max(drawn * owned[item] - ahead[item], 0.0)
            ratio[item] += drawn / len(points)
            net[item] += min(left, most[item]) / len(points)
        if np.isnan(owned[item]):
            ratio[item] = net[item] = np.nan
    return ratio, net


def sale_timing(package: Tabled, prices: SalePrices, quarters: int) -> Floats:
    """Chance that each row of collateral is sold in each quarter, (k, quarters).

    Args:
        package: Claims and collateral.
        prices: What is known of sales.
        quarters: Quarters since cut-off.
    """
    return SaleOutlook.of(package, prices).sold_in(quarters)


def _chances(items: Facts, prices: SalePrices) -> Floats:
    """Chance of a sale in a quarter of each period, shape (k, periods)."""
    effects: SaleEffects = declared().sale
    layout = sale_layout()
    always = design(items, layout, effects.categories, effects.slopes)
    early = design(items, layout, effects.early, {}, EARLY)
    late = design(items, layout, effects.late, {}, LATE)
    log_odds = _period_log_odds(
        prices.sale_mean,
        _period_starts(),
        effects.early_quarters,
        always.columns,
        always.values,
        early.columns,
        late.columns,
    )
    chances: Floats = expit(log_odds)
    return chances


@cache
def _period_starts() -> Ints:
    return np.array(declared().sale.period_starts)


@compiled
def _period_log_odds(
    effects: Floats,
    starts: Ints,
    early_quarters: int,
    always: Ints,
    values: Floats,
    early: Ints,
    late: Ints,
) -> Floats:
    """Log-odds of a sale in a quarter of each period, term by term, (k, periods).

    The periods' baselines are the first of the effects.
    """
    log_odds = np.zeros((len(always), len(starts)))
    for item in range(len(always)):
        for period in range(len(starts)):
            total = effects[period]
            for term in range(always.shape[1]):
                total += effects[always[item, term]] * values[item, term]
            stage = early if starts[period] < early_quarters else late
            for term in range(stage.shape[1]):
                total += effects[stage[item, term]]
            log_odds[item, period] = total
    return log_odds


@compiled
def _unrolled(chance: Floats, starts: Ints, quarters: int) -> Floats:
    """Chance to be sold in each quarter from that of those left, (k, quarters)."""
    sold = np.zeros((len(chance), quarters))
    for item in range(len(chance)):
        unsold, period = 1.0, 0
        for quarter in range(quarters):
            if period + 1 < len(starts) and starts[period + 1] <= quarter:
                period += 1
            sold[item, quarter] = unsold * chance[item, period]
            unsold -= sold[item, quarter]
    return sold


@compiled
def _timing(by_quarter: Floats) -> tuple[Floats, Floats]:
    """Chance of a sale within the quarters and mean months to it, shape (k,) each."""
    sold, months = np.zeros(len(by_quarter)), np.zeros(len(by_quarter))
    for item in range(len(by_quarter)):
        for quarter in range(by_quarter.shape[1]):
            sold[item] += by_quarter[item, quarter]
            months[item] += (
                by_quarter[item, quarter] * (quarter + 0.5) * MONTHS_PER_QUARTER
            )
    return sold, months / sold
