"""Collateral that was sold: money that is certain and on its way."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

import numpy as np

from features.collateral.items import Burdens, item_share, unburdened_package
from features.collateral.value import SalePrices, expected_sales
from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats, Ints, Package, claim_rows
from models.pricing.cost import Proceedings
from models.pricing.revaluation.clock import months_since
from models.pricing.revaluation.developments import CollateralFact, Developments
from models.pricing.revaluation.facts import sold_rows
from models.pricing.revaluation.priors import declared
from models.pricing.sources import COLLATERAL
from models.pricing.valuation import Expected

Sold = Mapping[int, CollateralFact]


def item_proceeds_yuan(package: Package, prices: SalePrices) -> Floats:
    """Expected proceeds of each row of collateral, nothing if not appraised, (k,)."""
    proceeds: Floats = np.nan_to_num(expected_sales(package, prices).proceeds_yuan)
    return proceeds


def with_sales(
    known: Expected, developments: Developments, on: date, prices: SalePrices
) -> Expected:
    """What is expected once items that were sold no longer are to be sold.

    What a sale leaves to the claim, less what the ledger says came of it, is certain
    and comes with the distribution; the rest of the debt pays what it would have
    beside the item. Sold items leave the package.

    Args:
        known: Expected, sold items still among the collateral.
        developments: Which were sold, and the ledger.
        on: Day of the revaluation.
        prices: What is known of sales.
    """
    sold = sold_rows(known.package, developments)
    if not sold:
        return known
    owed = known.package.claim_yuan()
    due = np.minimum(_due_yuan(known.package, sold, developments) / owed, 1.0)
    others = known.source_rates.copy()
    others[COLLATERAL] *= _kept_share(known.package, sold, prices)[:, None]
    mean = known.forecast.mean_rate
    still = others.sum(axis=(0, 2)) / np.where(mean > 0, mean, 1.0)
    points = due[:, None] + ((1 - due) * still)[:, None] * known.forecast.points
    rates = others * (1 - due)[:, None]
    quarter = _quarters(known.package, sold, on, rates.shape[2])
    rates[COLLATERAL, np.arange(len(due)), quarter] += due
    forecast = replace(
        known.forecast,
        points=points,
        mean_rate=points.mean(axis=1),
        quarter_rate=rates.sum(axis=0),
    )
    rest = (
        (1 - due) * mean * _kept_share(unburdened_package(known.package), sold, prices)
    )
    paying = _selling(known, sold, due, rest, forecast.mean_rate)
    return Expected(_without(known.package, sold), forecast, rates, paying)


def _selling(
    known: Expected, sold: Sold, due: Floats, rest: Floats, mean: Floats
) -> Proceedings:
    """Costs of sales are for money still to come of one, and for items still to sell.

    Args:
        known: Expected before.
        sold: Items sold.
        due: What comes of their sales over claim, shape (n,).
        rest: What comes beside, as far as unsold items matter to it, shape (n,).
        mean: What is expected in all now, shape (n,).
    """
    before = known.proceedings.sale_rate
    if before is None:
        return known.proceedings
    claims = claim_rows(known.package, known.package.collateral)
    touched = np.isin(np.arange(len(due)), claims[list(sold)])
    now = (due + before * rest) / np.where(mean > 0, mean, 1.0)
    sale_rate = np.where(touched, np.minimum(now, 1.0), before)
    return replace(known.proceedings, sale_rate=sale_rate)


def _without(package: Package, sold: Sold) -> Package:
    items = np.setdiff1d(np.arange(len(package.collateral)), list(sold))
    return replace(package, collateral=package.collateral.take(items))


def _due_yuan(package: Package, sold: Sold, developments: Developments) -> Floats:
    """What sales bring each claim less what came of them, shape (n,)."""
    price = np.zeros(len(package.collateral))
    for row, fact in sold.items():
        price[row] = fact.sold_for_yuan or 0.0
    net = Burdens.of(package).net_yuan(price)
    net = net * item_share(package)
    rows, claims = list(sold), claim_rows(package, package.collateral)
    due = np.bincount(claims[rows], net[rows], minlength=len(package))
    left: Floats = np.maximum(due - _came_yuan(package, sold, developments), 0.0)
    return left


def _came_yuan(package: Package, sold: Sold, developments: Developments) -> Floats:
    """Cash of collateral since the first sale of each claim, shape (n,)."""
    ids = package.collateral["claim_id"].to_pylist()
    since: dict[str, date] = {}
    for row, fact in sold.items():
        since[ids[row]] = min(since.get(ids[row], fact.date), fact.date)
    position = {claim: row for row, claim in enumerate(package.claim_ids)}
    came = np.zeros(len(package))
    for entry in developments.cash:
        first = since.get(entry.claim_id)
        if first and entry.source == "from_collateral" and entry.date >= first:
            came[position[entry.claim_id]] += entry.amount_yuan
    return came


def _kept_share(package: Package, sold: Sold, prices: SalePrices) -> Floats:
    """Share of each claim's expected proceeds that unsold items bring, shape (n,)."""
    rows, proceeds = list(sold), item_proceeds_yuan(package, prices)
    claims = claim_rows(package, package.collateral)
    every = np.bincount(claims, proceeds, minlength=len(package))
    gone = np.bincount(claims[rows], proceeds[rows], minlength=len(package))
    kept: Floats = 1.0 - gone / np.where(every > 0, every, 1.0)
    return np.maximum(kept, 0.0)


def _quarters(package: Package, sold: Sold, on: date, quarters: int) -> Ints:
    """Quarter from now in which the money of each claim's last sale comes, (n,)."""
    lag = declared().auction.distribution_months
    claims = claim_rows(package, package.collateral)
    quarter = np.zeros(len(package), np.int64)
    for row, fact in sold.items():
        months = max(lag - months_since(fact.date, on), 0.0)
        now = int(months // MONTHS_PER_QUARTER)
        quarter[claims[row]] = max(quarter[claims[row]], now)
    return np.minimum(quarter, quarters - 1)
