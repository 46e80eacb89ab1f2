"""Debtors: their means and their will, which nobody sees, and what a tape shows."""

from dataclasses import dataclass

import numpy as np

from features.outcomes import DAYS_PER_MONTH
from features.package import Floats, Ints
from features.sources.market.chance import (
    Bools,
    Rng,
    at_rate,
    choose,
    happens,
    logistic,
    mixed,
)
from features.sources.market.offering import Offering
from features.sources.market.priors import Market
from features.sources.market.tape import Columns, named, only, summed

STAGES = (
    *("not_sued", "sued", "judgment", "mediation"),
    *("enforcement", "enforcement_terminated", "insolvency"),
)
ENFORCEMENT, TERMINATED, INSOLVENCY = 4, 5, 6
MINIMUM_DAYS_PAST_DUE = 91
STATUSES = ("operating", "stopped", "licence_revoked", "deregistered")


@dataclass(frozen=True)
class Debtors:
    """Obligors, one entry each (m), and the obligor of each claim (n).

    Attributes:
        of: Obligor of each claim, shape (n,).
        segment: Segment they owe in, shape (m,).
        package: Package they are sold in, shape (m,).
        group: Group they belong to, shape (m,).
        province: Position of the province, shape (m,).
        tier: Position of the city tier, shape (m,).
        person: Whether natural persons, shape (m,).
        capacity: Hidden means, standard normal, shape (m,).
        willingness: Hidden will, standard normal, shape (m,).
        arrears: Days past due as a deviation from the segment's, shape (m,).
        days_past_due: Shape (m,).
        stage: Position in ``STAGES``, shape (m,).
        industry: Position of the section, shape (m,).
        stopped: Whether the business no longer runs, shape (m,).
        age: Years, NaN for companies, shape (m,).
        contactable: Shape (m,).
    """

    of: Ints
    segment: Ints
    package: Ints
    group: Ints
    province: Ints
    tier: Ints
    person: Bools
    capacity: Floats
    willingness: Floats
    arrears: Floats
    days_past_due: Floats
    stage: Ints
    industry: Ints
    stopped: Bools
    age: Floats
    contactable: Bools

    def __len__(self) -> int:
        """Number of obligors."""
        return len(self.segment)


def draw_debtors(market: Market, offering: Offering, rng: Rng) -> Debtors:
    """The obligors behind the claims of an offering."""
    signals = market.signals
    of = _runs(offering, market.packages.same_obligor_share, rng)
    first = np.unique(of, return_index=True)[1]
    segment, package = offering.segment[first], offering.package[first]
    person = ~np.isin(segment, market.segments_of("corporate"))
    group = _groups(market, package, person, rng)
    capacity = _capacity(market, group, rng)
    willingness = mixed(rng, capacity, market.obligor.willing_with_capable)
    arrears = rng.standard_normal(len(first))
    stopped = ~person & happens(
        rng, logistic(signals.stopped_level + signals.stopped_capacity * capacity)
    )
    contact = market.segment_values("contact_level")[segment]
    reach = (
        contact
        + signals.contact_willingness * willingness
        + signals.contact_arrears * arrears
        + signals.contact_stopped * stopped
    )
    return Debtors(
        of=of,
        segment=segment,
        package=package,
        group=group,
        province=_provinces(market, offering.seller[package], rng),
        tier=choose(rng, np.array([0.10, 0.18, 0.20, 0.24, 0.17, 0.11]), len(first)),
        person=person,
        capacity=capacity,
        willingness=willingness,
        arrears=arrears,
        days_past_due=_days_past_due(market, segment, arrears),
        stage=_stages(market, segment, arrears, capacity, rng),
        industry=_industries(market, len(first), rng),
        stopped=stopped,
        age=np.where(person, _ages(len(first), rng), np.nan),
        contactable=happens(rng, logistic(reach)),
    )


def debtor_columns(
    market: Market, debtors: Debtors, claim: Floats, cutoff: Floats, rng: Rng
) -> Columns:
    """What the tape says about the obligor of each claim.

    Args:
        market: The priors.
        debtors: The obligors.
        claim: Claim in yuan, shape (n,).
        cutoff: Cut-off date, days since 1970, shape (n,).
        rng: Source of chance.
    """
    owed = summed(debtors.of, claim, len(debtors))
    when = np.zeros(len(debtors))
    when[debtors.of] = cutoff
    columns = {
        **_identity(market, debtors, owed, rng),
        **_place(market, debtors, rng),
        **_standing(market, debtors, rng),
        **_contact(market, debtors, when, rng),
        **_statements(market, debtors, owed, when, rng),
        **_cash(market, debtors, owed, rng),
    }
    return {name: values[debtors.of] for name, values in columns.items()}


def _runs(offering: Offering, chance: float, rng: Rng) -> Ints:
    """Obligor of each claim: neighbours in a package and segment may share one."""
    joins = rng.random(len(offering)) < chance
    joins[1:] &= np.diff(offering.package) == 0
    joins[1:] &= np.diff(offering.segment) == 0
    joins[0] = False
    return np.cumsum(~joins) - 1


def _groups(market: Market, package: Ints, person: Bools, rng: Rng) -> Ints:
    joins = ~person & (rng.random(len(package)) < market.packages.same_group_share)
    joins[1:] &= (np.diff(package) == 0) & ~person[:-1]
    joins[0] = False
    return np.cumsum(~joins) - 1


def _capacity(market: Market, group: Ints, rng: Rng) -> Floats:
    shared = rng.standard_normal(group[-1] + 1)[group]
    return mixed(rng, shared, float(np.sqrt(market.obligor.group_weight)))


def _provinces(market: Market, seller: Ints, rng: Rng) -> Ints:
    names = list(market.provinces)
    weights = np.array([p.weight for p in market.provinces.values()])
    home = np.array([names.index(s.province) for s in market.sellers])[seller]
    at_home = happens(rng, np.array([s.home for s in market.sellers])[seller])
    return np.where(at_home, home, choose(rng, weights, len(seller)))


def _days_past_due(market: Market, segment: Ints, arrears: Floats) -> Floats:
    median = market.segment_values("days_past_due_median")[segment]
    sigma = market.segment_values("days_past_due_sigma")[segment]
    days = median * np.exp(sigma * arrears)
    return np.clip(np.rint(days), MINIMUM_DAYS_PAST_DUE, 4000.0)


def _stages(
    market: Market, segment: Ints, arrears: Floats, capacity: Floats, rng: Rng
) -> Ints:
    """Legal stage: the older the arrears, the further; insolvency strikes the weak."""
    progress = mixed(rng, arrears, market.signals.stage_follows_age)
    rank = (np.argsort(np.argsort(progress)) + 0.5) / len(progress)
    shares = [
        [s.stages[name] for name in STAGES[:-1]] for s in market.segments.values()
    ]
    bounds = np.cumsum(np.array(shares), axis=1)[segment]
    stage = np.minimum((rank[:, None] >= bounds).sum(axis=1), TERMINATED)
    company = np.isin(segment, market.segments_of("corporate"))
    fails = logistic(
        market.obligor.insolvent_level + market.signals.insolvent_capacity * capacity
    )
    return np.where(company & happens(rng, fails), INSOLVENCY, stage)


def _ages(size: int, rng: Rng) -> Floats:
    return np.clip(np.rint(rng.normal(41.0, 9.5, size)), 20.0, 78.0)


def _industries(market: Market, size: int, rng: Rng) -> Ints:
    shares = [industry.share for industry in market.industries.values()]
    return choose(rng, np.array(shares), size)


def _identity(market: Market, debtors: Debtors, owed: Floats, rng: Rng) -> Columns:
    members = np.bincount(debtors.group)[debtors.group]
    group = [f"G{g:06d}" for g in debtors.group]
    size = np.digitize(np.log(owed) + rng.normal(0, 0.6, len(owed)), [16.0, 17.3])
    legal = np.where(debtors.person, 3, size)
    business = ~debtors.person | (
        debtors.segment == market.position("personal_business")
    )
    return {
        "obligor_id": np.array([f"D{i:07d}" for i in range(len(owed))], dtype=object),
        "group_id": only(members > 1, np.array(group, dtype=object)),
        "legal_type": named(("small", "medium", "large", "person"), legal),
        "industry": only(business, named(tuple(market.industries), debtors.industry)),
    }


def _place(market: Market, debtors: Debtors, rng: Rng) -> Columns:
    rural = happens(rng, np.array([0.02, 0.04, 0.08, 0.2, 0.3, 0.4])[debtors.tier])
    return {
        "province": named(tuple(market.provinces), debtors.province),
        "city_tier": named(tuple(market.sale.tiers), debtors.tier),
        "urban_rural": named(("urban", "rural"), rural.astype(int)),
    }


def _standing(market: Market, debtors: Debtors, rng: Rng) -> Columns:
    """Registers that anyone may look up."""
    enforced = np.isin(debtors.stage, (ENFORCEMENT, TERMINATED))
    signals = market.signals
    dishonest = (
        signals.dishonest_level
        + signals.dishonest_enforced * enforced
        + signals.dishonest_capacity * debtors.capacity
        + signals.dishonest_willingness * debtors.willingness
    )
    usual = np.where(debtors.person, signals.lawsuits_person, signals.lawsuits_company)
    suits = usual + signals.lawsuits_capacity * debtors.capacity
    gone = 1 + choose(rng, np.array([0.72, 0.2, 0.08]), len(debtors))
    status = named(STATUSES, np.where(debtors.stopped, gone, 0))
    procedure = choose(rng, np.array([0.66, 0.28, 0.06]), len(debtors)) + 1
    insolvent = np.where(debtors.stage == INSOLVENCY, procedure, 0)
    names = ("none", "liquidation", "reorganisation", "composition")
    return {
        "operating_status": only(~debtors.person, status),
        "insolvency_status": only(~debtors.person, named(names, insolvent)),
        "dishonest_flag": happens(rng, logistic(dishonest)).astype(float),
        "lawsuit_count": rng.poisson(np.exp(suits)).astype(float),
        "state_organ_flag": _rarely(market, debtors, rng),
        "national_security_flag": _rarely(market, debtors, rng) * 0.0,
    }


def _rarely(market: Market, debtors: Debtors, rng: Rng) -> Floats:
    chance = np.where(debtors.person, 0.0, market.loan.excluded_share)
    return happens(rng, chance).astype(float)


def _contact(market: Market, debtors: Debtors, cutoff: Floats, rng: Rng) -> Columns:
    signals = market.signals
    reach = (
        signals.phone_level
        + signals.phone_contactable * debtors.contactable
        + signals.phone_willingness * debtors.willingness
    )
    mean = np.where(debtors.contactable, 2.5, 14.0)
    months = np.minimum(rng.exponential(mean), debtors.days_past_due / DAYS_PER_MONTH)
    return {
        "age": debtors.age,
        "contactable": debtors.contactable.astype(float),
        "phone_valid": happens(rng, logistic(reach)).astype(float),
        "last_contact_date": cutoff - np.rint(months * DAYS_PER_MONTH),
    }


def _statements(
    market: Market, debtors: Debtors, owed: Floats, cutoff: Floats, rng: Rng
) -> Columns:
    """The last accounts that the seller saw; companies only."""
    company = np.where(debtors.person, np.nan, 1.0)
    draw = rng.standard_normal((4, len(debtors)))
    assets = owed * np.exp(1.0 + 0.7 * draw[0])
    signals, means = market.signals, debtors.capacity
    error = signals.leverage_noise * draw[1]
    leverage = np.exp(signals.leverage_capacity * means + error)
    revenue = assets * np.exp(-0.7 + 0.5 * means + 0.8 * draw[2])
    ebit = owed * (signals.ebit_capacity * means + signals.ebit_noise * draw[3])
    age = rng.uniform(90.0, 800.0, len(debtors))
    return {
        "total_assets": company * np.rint(assets),
        "total_liabilities": company * np.rint(assets * leverage),
        "revenue": company * np.rint(revenue),
        "ebit": company * np.rint(ebit),
        "statement_date": company * np.rint(cutoff - age),
    }


def _cash(market: Market, debtors: Debtors, owed: Floats, rng: Rng) -> Columns:
    """Money on accounts, and money that a court froze."""
    draw = rng.standard_normal((2, len(debtors)))
    weight = market.signals.balance_capacity
    means = market.obligor.balance_log_share + weight * debtors.capacity
    balance = owed * np.exp(means + draw[0])
    empty = at_rate(rng, market.obligor.empty_share, len(debtors))
    found = at_rate(rng, market.obligor.frozen_share, len(debtors))
    found &= debtors.stage > 0
    frozen = owed * np.minimum(np.exp(means + 1.6 + draw[1]), 0.4)
    return {
        "account_balance": np.where(empty, 0.0, np.rint(balance)),
        "frozen_amount": np.where(found, np.rint(frozen), 0.0),
    }
