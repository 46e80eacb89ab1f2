"""What the sales of a history teach of prices, chances and times of sales."""

from dataclasses import dataclass

import numpy as np
import pyarrow.compute as pc
from scipy.optimize import minimize
from scipy.sparse import csr_array, diags_array
from scipy.special import expit

from features.collateral.items import item_share
from features.collateral.sale_effects import Design, Facts, declared, facts
from features.collateral.sales import item_rows, sold
from features.collateral.value import (
    SalePrices,
    declared_prices,
    price_design,
    price_layout,
    sale_designs,
    sale_layout,
)
from features.outcomes import (
    MONTHS_PER_QUARTER,
    History,
    months_between,
    observed_months,
    period_of,
)
from features.package import Floats, Ints, claim_rows, days, numbers

# Ratios beyond these are slips of a unit or a token price, and count as the bound.
LOWEST_RATIO, HIGHEST_RATIO = 0.02, 5.0
# A sale that few vintages are old enough to show stands for no more than these.
LARGEST_WEIGHT = 5.0
# Share of the claims paid from collateral whose sale must be noted: with fewer, an item
# without a sale may well have been sold, and chances cannot be told.
NOTED_SHARE = 0.8


@dataclass(frozen=True)
class ItemHistory:
    """Rows of collateral and what was seen of their sale (k).

    Attributes:
        facts: What was known at the cut-off.
        share: Share of the row in its item, so that an item counts once, (k,).
        log_ratio: Logarithm of price over appraised value, NaN unless sold, (k,).
        sold_months: Months from cut-off to the sale, infinite unless sold, (k,).
        seen_months: Months from cut-off to the end of observation, (k,).
    """

    facts: Facts
    share: Floats
    log_ratio: Floats
    sold_months: Floats
    seen_months: Floats


def learn_prices(history: History) -> SalePrices:
    """What is known of sales once those of a history are taken into account.

    A history without sales teaches nothing: what is declared stands. One that notes
    only some of its sales teaches prices, and neither chances nor times.
    """
    if not sold(history.sales).any():
        return declared_prices()
    items = item_history(history)
    told = noted_share(history) >= NOTED_SHARE
    effects = _sale_effects(items) if told else declared_prices().sale_mean
    return _with_prices(items, effects)


def noted_share(history: History) -> float:
    """Share of the claims with cash from collateral that have a sale noted.

    All where the ledger does not say where cash came from.
    """
    ledger, sales = history.ledger, history.sales.filter(sold(history.sales))
    from_items = pc.and_(
        pc.equal(ledger["source"], "from_collateral"),
        pc.equal(ledger["kind"], "recovery"),
    )
    paid = pc.unique(ledger.filter(from_items)["claim_id"])
    noted = pc.is_in(paid, sales["claim_id"].combine_chunks())
    return float(pc.mean(noted).as_py()) if len(paid) else 1.0


def item_history(history: History) -> ItemHistory:
    """The collateral of a history and what was seen of its sale."""
    package = history.package
    items, claims = package.collateral, claim_rows(package, package.collateral)
    done = history.sales.filter(sold(history.sales))
    rows = item_rows(package, done)
    price, sale_day = np.full((2, len(items)), np.nan)
    price[rows], sale_day[rows] = numbers(done, "sale_price"), days(done, "sale_date")
    cutoff = days(package.claims, "cutoff_date")[claims]
    known = ~np.isnan(sale_day)
    months = np.full(len(items), np.inf)
    months[known] = months_between(cutoff[known], sale_day[known])
    appraised = numbers(items, "appraised_value")
    ratio = price / np.where(appraised > 0, appraised, np.nan)
    return ItemHistory(
        facts(package),
        item_share(package),
        np.log(np.clip(ratio, LOWEST_RATIO, HIGHEST_RATIO)),
        months,
        observed_months(history)[claims],
    )


def sale_weights(items: ItemHistory) -> Floats:
    """Weight of each row's sale, shape (k,), zero without one; they add up to items.

    Only old vintages show sales that took long, and long ones are cheap: a sale counts
    the more, the fewer items were watched as long (inverse probability of censoring,
    Robins and Rotnitzky 1992). The time until observation ends is known for every
    item, sold or not.
    """
    order = np.argsort(items.seen_months)
    seen, share = items.seen_months[order], items.share[order]
    before = np.concatenate([[0.0], np.cumsum(share)])
    watched = 1.0 - before[np.searchsorted(seen, items.sold_months)] / before[-1]
    counted = np.where(np.isnan(items.log_ratio), 0.0, items.share)
    weight = counted / np.maximum(watched, 1.0 / LARGEST_WEIGHT)
    total: Floats = weight * (counted.sum() / max(weight.sum(), 1e-12))
    return total


def _with_prices(items: ItemHistory, sale_mean: Floats) -> SalePrices:
    """Normal-inverse-gamma posterior of the effects on price."""
    start, effects, layout = declared_prices(), declared().price, price_layout()
    weight = sale_weights(items)
    rows = np.flatnonzero(weight)
    x = price_design(items.facts).matrix(len(layout.names))[rows]
    y, w = items.log_ratio[rows], weight[rows]
    certainty = (effects.noise / layout.sd) ** 2
    weighted = diags_array(w) @ x
    spread = np.linalg.inv(np.diag(certainty) + (weighted.T @ x).toarray())
    mean = layout.mean + spread @ (weighted.T @ (y - x @ layout.mean))
    misfit = np.sum(w * (y - x @ mean) ** 2)
    moved = np.sum(certainty * (mean - layout.mean) ** 2)
    return SalePrices(
        sales=float(w.sum()),
        price_mean=mean,
        price_spread=(spread + spread.T) / 2,
        noise_shape=float(start.noise_shape + w.sum() / 2),
        noise_scale=float(start.noise_scale + (misfit + moved) / 2),
        sale_mean=sale_mean,
    )


@dataclass(frozen=True)
class _Period:
    """Items at risk in one period: quarters watched without and with a sale, (k,)."""

    x: csr_array
    unsold: Floats
    sold: Floats


def _sale_effects(items: ItemHistory) -> Floats:
    """Most likely effects on the log-odds of a sale, shape (s,)."""
    layout = sale_layout()
    whole = np.floor(items.seen_months / MONTHS_PER_QUARTER).astype(np.int64)
    sale = period_of(np.minimum(items.sold_months, 1e6), MONTHS_PER_QUARTER)
    designs = list(sale_designs(items.facts))
    ends = [start for start, _ in designs[1:]] + [int(whole.max(initial=0)) + 1]
    periods = [
        _period(items, known, (start, end), whole, sale)
        for (start, known), end in zip(designs, ends, strict=True)
    ]
    found = minimize(
        lambda effects: _loss(effects, periods),
        layout.mean,
        jac=lambda effects: _slope(effects, periods),
        hess=lambda effects: _curvature(effects, periods),
        method="trust-exact",
        options={"gtol": 1e-6, "maxiter": 100},
    )
    effects: Floats = found.x
    return effects


def _period(
    items: ItemHistory,
    known: Design,
    quarters: tuple[int, int],
    whole: Ints,
    sale: Ints,
) -> _Period:
    """The quarters of one period that were seen whole, until the sale."""
    first, end = quarters
    until = np.minimum(whole, end)
    happened = (sale >= first) & (sale < until)
    unsold = np.clip(np.minimum(until, sale) - first, 0, None) * items.share
    rows = np.flatnonzero((unsold > 0) | happened)
    x = known.matrix(len(sale_layout().names))[rows]
    return _Period(x, unsold[rows], (happened * items.share)[rows])


def _loss(effects: Floats, periods: list[_Period]) -> float:
    """Penalised negative log-likelihood of the effects."""
    layout = sale_layout()
    total = float(np.sum(((effects - layout.mean) / layout.sd) ** 2) / 2)
    for period in periods:
        odds = period.x @ effects
        total += float(
            np.sum((period.unsold + period.sold) * np.logaddexp(0.0, odds))
            - np.sum(period.sold * odds)
        )
    return total


def _slope(effects: Floats, periods: list[_Period]) -> Floats:
    layout = sale_layout()
    slope: Floats = (effects - layout.mean) / layout.sd**2
    for period in periods:
        chance = expit(period.x @ effects)
        slope += period.x.T @ (chance * (period.unsold + period.sold) - period.sold)
    return slope


def _curvature(effects: Floats, periods: list[_Period]) -> Floats:
    curvature: Floats = np.diag(1.0 / sale_layout().sd ** 2)
    for period in periods:
        chance = expit(period.x @ effects)
        weight = chance * (1.0 - chance) * (period.unsold + period.sold)
        weighted = diags_array(weight) @ period.x
        curvature += (period.x.T @ weighted).toarray()
    return curvature
