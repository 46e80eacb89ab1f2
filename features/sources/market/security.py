"""Security: collateral with its true and its appraised value, and guarantors."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.package import Floats, Ints
from features.sources.market.chance import Bools, Rng, at_rate, choose, happens, mixed
from features.sources.market.debtor import ENFORCEMENT, TERMINATED, Debtors
from features.sources.market.loan import DAYS_PER_YEAR, Loans
from features.sources.market.offering import Offering
from features.sources.market.priors import Market
from features.sources.market.tape import Columns, named, only, summed

BUILDINGS = ("home", "shop", "office", "factory", "under_construction")
PLEDGES = ("shares", "deposit", "receivables")
TIER_PRICES = np.array([4.5, 2.0, 1.4, 1.0, 0.75, 0.55])
LEASES = ("vacant", "owner_occupied", "let", "occupied")
LANDS = ("granted", "allocated", "collective")
ROUNDS = ("no_auction", "first", "second")


@dataclass(frozen=True)
class Items:
    """Collateral: the items (c), and the rows of the tape (k), a claim and an item.

    Attributes:
        claim: Row of the claim, shape (k,).
        item: The item; rows of one item stand for its claims, shape (k,).
        share: Share of the row in its item, by claim, shape (k,).
        owner: Obligor of each item, shape (c,).
        kind: Position among the kinds of asset, shape (c,).
        province: Shape (c,).
        tier: Shape (c,).
        value: True value in yuan, shape (c,).
        columns: What the tape says of each item, shape (c,).
    """

    claim: Ints
    item: Ints
    share: Floats
    owner: Ints
    kind: Ints
    province: Ints
    tier: Ints
    value: Floats
    columns: Columns

    def tape(self, claim_id: npt.NDArray[Any]) -> Columns:
        """The rows of the tape, shape (k,).

        Args:
            claim_id: Identifier of each claim, shape (n,).
        """
        return {
            "claim_id": claim_id[self.claim],
            "collateral_id": np.array([f"M{i:07d}" for i in self.item], dtype=object),
            **{name: values[self.item] for name, values in self.columns.items()},
        }


@dataclass(frozen=True)
class Guarantors:
    """Guarantees, one entry per row of the tape (g).

    Attributes:
        claim: Row of the claim, shape (g,).
        guarantor: Who signed, shape (g,).
        kind: Position among the kinds of guarantor, shape (g,).
        means: Hidden means of the guarantor, spread over what it signed, shape (g,).
        amount: Amount guaranteed in yuan, shape (g,).
        lapsed: Whether the guarantee ended before the cut-off date, shape (g,).
        columns: What the tape says of it.
    """

    claim: Ints
    guarantor: Ints
    kind: Ints
    means: Floats
    amount: Floats
    lapsed: Bools
    columns: Columns


def draw_items(
    market: Market, offering: Offering, debtors: Debtors, loans: Loans, rng: Rng
) -> Items:
    """The collateral of the secured claims of an offering."""
    claim, item = _pledged_rows(market, offering, debtors, rng)
    first = np.unique(item, return_index=True)[1]
    owner, cutoff = debtors.of[claim[first]], loans.cutoff[claim[first]]
    owed = summed(item, loans.claim[claim], len(first))
    segment = debtors.segment[owner]
    kind = _kinds(market, segment, rng)
    value = _true_values(market, segment, owner, owed, rng)
    province, tier = _places(market, debtors, owner, rng)
    columns = {
        **_looks(market, kind, value, province, tier, rng),
        **_appraisal(market, value, cutoff, rng),
        **_occupation(market, kind, segment, rng),
        **_seizure(market, len(first), rng),
        **_burdens(market, kind, value, rng),
    }
    columns |= _ranks(market, columns["appraised_value"], owed, rng)
    columns |= _earlier_auctions(market, debtors.stage[owner], columns, rng)
    share = loans.claim[claim] / owed[item]
    return Items(claim, item, share, owner, kind, province, tier, value, columns)


def draw_guarantors(
    market: Market, debtors: Debtors, loans: Loans, rng: Rng
) -> Guarantors:
    """The guarantors of an offering; some signed for their neighbours too."""
    prior = market.guarantee
    signers = loans.guaranteed * (1 + rng.poisson(prior.extra_mean, len(loans.claim)))
    claim = np.repeat(np.arange(len(loans.claim)), signers)
    guarantor = np.cumsum(~_circles(prior.circle_share, debtors, claim, rng)) - 1
    count = int(guarantor.max(initial=-1)) + 1
    kind = choose(rng, np.array([t.share for t in prior.types.values()]), count)
    signed = np.bincount(guarantor, minlength=count)
    first = np.unique(guarantor, return_index=True)[1]
    capacity = debtors.capacity[debtors.of[claim[first]]]
    means = mixed(rng, capacity, prior.with_obligor) - 0.6 * (signed - 1)
    amount = loans.claim[claim] * np.minimum(rng.uniform(0.4, 1.6, len(claim)), 1.0)
    lapsed = at_rate(rng, prior.lapsed_share, len(claim))
    past = -rng.uniform(20.0, 700.0, len(claim))
    ahead = rng.uniform(60.0, 1100.0, len(claim))
    expiry = np.rint(loans.cutoff[claim] + np.where(lapsed, past, ahead))
    joint = at_rate(rng, 0.85, len(claim))
    columns = {
        "claim_id": loans.columns["claim_id"][claim],
        "guarantor_id": np.array([f"B{i:07d}" for i in guarantor], dtype=object),
        "guarantor_type": named(list(prior.types), kind[guarantor]),
        "guaranteed_amount": np.rint(amount),
        "guarantee_expiry": expiry,
        "joint_several": joint.astype(float),
    }
    return Guarantors(
        claim, guarantor, kind[guarantor], means[guarantor], amount, lapsed, columns
    )


def _circles(chance: float, debtors: Debtors, claim: Ints, rng: Rng) -> Bools:
    """Whether a row repeats the guarantor of the row before, for another claim."""
    package = debtors.package[debtors.of[claim]]
    joins = rng.random(len(claim)) < chance
    joins[:1] = False
    joins[1:] &= (np.diff(package) == 0) & (np.diff(claim) > 0)
    return joins


def _pledged_rows(
    market: Market, offering: Offering, debtors: Debtors, rng: Rng
) -> tuple[Ints, Ints]:
    """Claim and item of each row: shared items first, then those of one claim."""
    shares = rng.random(len(debtors)) < market.collateral.shared_share
    secured = [market.position(name) for name in market.collateral.cover]
    claims = np.flatnonzero(np.isin(offering.segment, secured))
    home = offering.segment[claims] == market.position("mortgage")
    extra = rng.poisson(market.collateral.items_mean, len(claims)) * ~home
    owner = debtors.of[claims]
    together = shares[owner]
    new_owner = np.diff(owner, prepend=-1) > 0
    opens = ~together | new_owner
    counts = np.where(opens, 1 + np.minimum(extra, 3), 0)
    starts = np.cumsum(counts) - counts
    leader = np.maximum.accumulate(np.where(opens, np.arange(len(claims)), 0))
    repeat = counts[leader]
    row_claim = np.repeat(np.arange(len(claims)), repeat)
    within = np.arange(len(row_claim)) - np.repeat(np.cumsum(repeat) - repeat, repeat)
    return claims[row_claim], starts[leader][row_claim] + within


def _kinds(market: Market, segment: Ints, rng: Rng) -> Ints:
    names = list(market.assets)
    weights = np.array([a.share for a in market.assets.values()])
    drawn = choose(rng, weights, len(segment))
    home = segment == market.position("mortgage")
    return np.where(home, names.index("home"), drawn)


def _true_values(
    market: Market, segment: Ints, owner: Ints, owed: Floats, rng: Rng
) -> Floats:
    """What each item is worth in yuan; the items of a debtor share its cover."""
    cover = np.zeros(len(market.segments))
    sigma = np.zeros(len(market.segments))
    for name in market.collateral.cover:
        cover[market.position(name)] = market.collateral.cover[name]
        sigma[market.position(name)] = market.collateral.cover_sigma[name]
    deviation = rng.standard_normal(int(owner.max(initial=-1)) + 1)[owner]
    total = owed * cover[segment] * np.exp(sigma[segment] * deviation)
    weight = rng.gamma(2.0, size=len(owner))
    among = summed(owner, weight, owner.max(initial=-1) + 1)[owner]
    items = np.bincount(owner)[owner]
    return total * np.where(items > 1, weight / among * items**0.3, 1.0)


def _places(
    market: Market, debtors: Debtors, owner: Ints, rng: Rng
) -> tuple[Ints, Ints]:
    away = at_rate(rng, market.collateral.out_of_province, len(owner))
    weights = np.array([p.weight for p in market.provinces.values()])
    elsewhere = choose(rng, weights, len(owner))
    province = np.where(away, elsewhere, debtors.province[owner])
    return province, debtors.tier[owner]


def _looks(
    market: Market, kind: Ints, value: Floats, province: Ints, tier: Ints, rng: Rng
) -> Columns:
    price = np.array([a.yuan_per_sqm for a in market.assets.values()])[kind]
    price = price * TIER_PRICES[tier] * np.exp(0.3 * rng.standard_normal(len(kind)))
    with np.errstate(divide="ignore"):
        area = np.where(price > 0, np.round(value / price, 2), np.nan)
    names = list(market.assets)
    building = np.isin(kind, [names.index(n) for n in (*BUILDINGS, "land")])
    bad = at_rate(rng, market.collateral.bad_title, len(kind))
    city_land = kind == names.index("home")
    weights = np.where(city_land[:, None], [0.93, 0.05, 0.02], [0.86, 0.08, 0.06])
    land = named(LANDS, choose(rng, weights, len(kind)))
    return {
        "collateral_type": named(names, kind),
        "collateral_province": named(list(market.provinces), province),
        "collateral_city_tier": named(list(market.sale.tiers), tier),
        "area_sqm": area,
        "land_nature": only(building, land),
        "title_ok": np.where(building, 1.0 - bad, 1.0),
    }


def _appraisal(market: Market, value: Floats, cutoff: Floats, rng: Rng) -> Columns:
    """The bank's appraisal: too high when made, and older every day."""
    prior = market.collateral
    years = rng.gamma(1.6, prior.appraisal_years / 1.6, len(value))
    error = prior.noise + prior.stale_noise * np.sqrt(years)
    high = prior.optimism + prior.stale_rate * years
    appraised = value * np.exp(high + error * rng.standard_normal(len(value)))
    return {
        "appraised_value": np.round(appraised, -2),
        "appraisal_date": np.rint(cutoff - 30.0 - years * DAYS_PER_YEAR),
    }


def _occupation(market: Market, kind: Ints, segment: Ints, rng: Rng) -> Columns:
    names = list(market.assets)
    real = np.isin(kind, [names.index(n) for n in (*BUILDINGS, "land")])
    home = segment == market.position("mortgage")
    weights = np.where(
        home[:, None], [0.22, 0.60, 0.10, 0.08], [0.30, 0.28, 0.32, 0.10]
    )
    lease = named(LEASES, choose(rng, weights, len(kind)))
    sole = happens(rng, np.where(home, 0.42, 0.18)) & (kind == names.index("home"))
    return {
        "lease_status": only(real, lease),
        "sole_home": np.where(real, sole.astype(float), np.nan),
    }


def _seizure(market: Market, count: int, rng: Rng) -> Columns:
    later = at_rate(rng, market.collateral.later_seizure, count)
    rank = np.where(later, 2 + rng.poisson(0.4, count), 1)
    return {"seizure_rank": rank.astype(float)}


def _burdens(market: Market, kind: Ints, value: Floats, rng: Rng) -> Columns:
    """What is paid before the lender: builders and the tax office."""
    names = list(market.assets)
    built = np.isin(kind, [names.index("factory"), names.index("under_construction")])
    unpaid = happens(rng, built * market.collateral.works_arrears)
    real = np.isin(kind, [names.index(n) for n in (*BUILDINGS, "land")])
    taxed = happens(rng, real * market.collateral.tax_owed)
    works = np.where(unpaid, value * rng.uniform(0.05, 0.4, len(kind)), 0.0)
    tax = np.where(taxed, value * rng.uniform(0.01, 0.09, len(kind)), 0.0)
    return {"works_arrears": np.rint(works), "tax_owed": np.rint(tax)}


def _ranks(market: Market, appraised: Floats, owed: Floats, rng: Rng) -> Columns:
    """Lien rank, claims ahead of it and the registered maximum."""
    prior = market.collateral
    junior = at_rate(rng, prior.second_lien, len(owed))
    senior = np.where(junior, appraised * rng.uniform(0.15, 0.75, len(owed)), 0.0)
    ceiling = rng.uniform(prior.max_claim_low, prior.max_claim_high, len(owed))
    return {
        "lien_rank": 1.0 + junior,
        "senior_amount": np.rint(senior),
        "max_claim": np.rint(owed * ceiling),
    }


def _earlier_auctions(
    market: Market, stage: Ints, columns: Columns, rng: Rng
) -> Columns:
    """Auctions that failed before the cut-off date, where the court had begun."""
    court = np.isin(stage, (ENFORCEMENT, TERMINATED))
    offered = happens(rng, court * market.collateral.prior_auction)
    failed = np.where(offered, 1 + choose(rng, np.ones(2), len(stage)), 0)
    start = 0.7 * columns["appraised_value"] * np.where(failed > 1, 0.8, 1.0)
    return {
        "failed_auctions": failed.astype(float),
        "auction_round": named(ROUNDS, failed),
        "auction_start_price": np.where(offered, np.rint(start), np.nan),
    }
