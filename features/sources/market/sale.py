"""Judicial sale of collateral: three rounds, and what happens to what nobody buys."""

from dataclasses import dataclass

import numpy as np

from features.package import Floats, Ints
from features.sources.market.chance import Bools, Rng, at_rate, happens
from features.sources.market.debtor import INSOLVENCY, Debtors
from features.sources.market.offering import Climate
from features.sources.market.priors import Market, SalePrior
from features.sources.market.scene import Scene
from features.sources.market.security import Items

UNSOLD = 0


@dataclass(frozen=True)
class Sales:
    """What became of each item that is put up for sale (c).

    Attributes:
        price: Cash paid for it in yuan, zero if never sold, shape (c,).
        net: What reaches the lender after those ahead of it, shape (c,).
        months: Months from listing to cash, shape (c,).
        book: Value at which it was taken in kind, else zero, shape (c,).
        book_months: Months from listing to that day, shape (c,).
        listed: Whether the court puts it up for sale at all, shape (c,).
        sold_in: Auction in which it was sold: 1 first, 2 second, 3 direct sale, 0
            none, shape (c,).
        auction_months: Months from listing to the end of its auctions, shape (c,).
    """

    price: Floats
    net: Floats
    months: Floats
    book: Floats
    book_months: Floats
    listed: Bools
    sold_in: Ints
    auction_months: Floats


def sell(market: Market, scene: Scene, climate: Climate, rng: Rng) -> Sales:
    """Put every item of a scene up for sale."""
    items, debtors = scene.items, scene.debtors
    prior = market.sale
    bid = _best_bid(market, scene, climate, rng)
    first, second = _starts(prior, items.value, rng)
    extra = np.exp(prior.direct_lift * np.abs(rng.standard_normal(len(bid))))
    sold_in = np.select([bid >= first, bid >= second, bid * extra >= second], [1, 2, 3])
    start = np.where(sold_in == 1, first, second)
    rivalry = np.maximum(bid / start, 1.0) ** prior.competition
    open_to_sale = ~_blocked(market, items, debtors, rng)
    sold = open_to_sale & (sold_in != UNSOLD)
    in_kind, late = _leftovers(prior, open_to_sale & ~sold, rng)
    price = np.select(
        [sold, in_kind, late],
        [start * rivalry, bid * prior.in_kind_resale, bid * prior.late_sale_price],
    )
    rounds = np.where(sold, sold_in, 3) * prior.round_months
    wait = in_kind * prior.in_kind_months + late * prior.late_sale_months
    wait = wait * rng.gamma(4.0, 0.25, len(bid))
    auctioned = _delays(prior, items, rng) + rounds
    return Sales(
        price=price,
        net=_after_burdens(market, items, debtors, price),
        months=auctioned + wait + prior.pay_out_months,
        book=np.where(in_kind, second, 0.0),
        book_months=rounds + prior.pay_out_months,
        listed=open_to_sale,
        sold_in=np.where(sold, sold_in, UNSOLD),
        auction_months=auctioned,
    )


def _best_bid(market: Market, scene: Scene, climate: Climate, rng: Rng) -> Floats:
    """What the best bidder would pay in yuan, shape (c,)."""
    items, debtors = scene.items, scene.debtors
    quarter = scene.offering.quarter[debtors.package[items.owner]]
    discounts = np.array([a.discount for a in market.assets.values()])
    prices = np.array([p.price for p in market.provinces.values()])
    tiers = np.array(list(market.sale.tiers.values()))
    level = np.log1p(-discounts)[items.kind]
    level = level + tiers[items.tier] + prices[items.province]
    level = level + _flaws(market.sale, items)
    level = level + climate.segment[debtors.segment[items.owner], quarter]
    level = level + climate.province[items.province, quarter]
    level = level + climate.asset[items.kind, quarter]
    noise = market.sale.noise * rng.standard_normal(len(level))
    bid: Floats = items.value * np.exp(level + noise)
    return bid


def _flaws(prior: SalePrior, items: Items) -> Floats:
    """What lowers a price for good reason, as a logarithm, shape (c,)."""
    columns = items.columns
    level: Floats = (
        prior.lease_let * (columns["lease_status"] == "let")
        + prior.lease_occupied * (columns["lease_status"] == "occupied")
        + prior.bad_title * (columns["title_ok"] == 0)
        + prior.allocated_land * (columns["land_nature"] == "allocated")
        + prior.collective_land * (columns["land_nature"] == "collective")
        + prior.failed_before * columns["failed_auctions"]
    )
    return level


def _starts(prior: SalePrior, value: Floats, rng: Rng) -> tuple[Floats, Floats]:
    """Start prices of the first and the second auction in yuan, shape (c,)."""
    error = prior.court_bias + prior.court_noise * rng.standard_normal(len(value))
    spread = prior.first_start_spread * rng.beta(1.0, 3.0, len(value))
    first = value * np.exp(error) * (prior.first_start + spread)
    return first, first * (1.0 - prior.second_cut * rng.beta(4.0, 1.0, len(value)))


def _blocked(market: Market, items: Items, debtors: Debtors, rng: Rng) -> Bools:
    """Items that the court cannot or will not sell, shape (c,)."""
    columns, prior = items.columns, market.sale
    reasons = (
        (prior.seized_elsewhere, columns["seizure_rank"] > 1),
        (prior.bad_title_blocked, columns["title_ok"] == 0),
        (prior.sole_home_blocked, columns["sole_home"] == 1),
    )
    blocked = [happens(rng, chance * reason) for chance, reason in reasons]
    fails = rng.random(len(debtors)) < market.court.procedure_fails
    stopped: Bools = np.any(blocked, axis=0) | fails[items.owner]
    return stopped


def _leftovers(prior: SalePrior, unsold: Bools, rng: Rng) -> tuple[Bools, Bools]:
    """Items taken in kind, and items sold privately long after, shape (c,)."""
    in_kind = unsold & at_rate(rng, prior.in_kind, len(unsold))
    late = unsold & ~in_kind & at_rate(rng, prior.late_sale, len(unsold))
    return in_kind, late


def _after_burdens(
    market: Market, items: Items, debtors: Debtors, price: Floats
) -> Floats:
    """What a price leaves to the lender: others first, the maximum last, shape (c,)."""
    columns = items.columns
    rent = market.sale.sole_home_rent * (columns["sole_home"] == 1)
    insolvent = market.court.insolvency_cost * (
        debtors.stage[items.owner] == INSOLVENCY
    )
    ahead = columns["works_arrears"] + columns["tax_owed"] + columns["senior_amount"]
    left = np.maximum(price * (1.0 - rent - insolvent) - ahead, 0.0)
    net: Floats = np.minimum(left, columns["max_claim"])
    return net


def _delays(prior: SalePrior, items: Items, rng: Rng) -> Floats:
    """Months lost before the first auction, shape (c,)."""
    columns = items.columns
    months = (
        prior.seized_months * (columns["seizure_rank"] > 1)
        + prior.sole_home_months * (columns["sole_home"] == 1)
        + prior.occupied_months * np.isin(columns["lease_status"], ("let", "occupied"))
    )
    delays: Floats = months * rng.gamma(4.0, 0.25, len(items.value))
    return delays
