"""Loans: amounts owed, arrears, payments made and the clock of the court."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from features.outcomes import DAYS_PER_MONTH
from features.package import Floats, Ints
from features.sources.market.chance import (
    Bools,
    Rng,
    at_rate,
    choose,
    happens,
    logistic,
)
from features.sources.market.debtor import STAGES, Debtors
from features.sources.market.offering import Offering
from features.sources.market.priors import KINDS, Market
from features.sources.market.tape import Columns, named

DAYS_PER_YEAR = 365.25
LARGEST_PAYMENT_SHARE = 0.2
FIVE_CLASSES = ("substandard", "doubtful", "loss")
PACKAGE_TYPES = {
    "corporate": "corporate_bulk",
    "mortgage": "personal_bulk",
    "personal": "personal_bulk",
}
SECURITY_TYPES = ("unsecured", "guaranteed", "mortgaged", "pledged", "combined")


@dataclass(frozen=True)
class Loans:
    """What is owed, one entry per claim (n).

    Attributes:
        claim: Whole claim in yuan, shape (n,).
        cutoff: Cut-off date, days since 1970, shape (n,).
        default: Date of default, days since 1970, shape (n,).
        guaranteed: Whether somebody signed for it, shape (n,).
        expired: Whether the limitation period has ended, shape (n,).
        columns: What the tape says of it.
    """

    claim: Floats
    cutoff: Floats
    default: Floats
    guaranteed: Bools
    expired: Bools
    columns: Columns


def draw_loans(market: Market, offering: Offering, debtors: Debtors, rng: Rng) -> Loans:
    """The loans of an offering."""
    segment, cutoff = offering.segment, offering.claim_cutoff
    claim = _claims(market, segment, rng)
    default = cutoff - debtors.days_past_due[debtors.of]
    stage = debtors.stage[debtors.of]
    guaranteed = _guaranteed(market, segment, rng)
    payments = _payments(market, debtors, claim, cutoff, default, rng)
    suit = _suit(stage, cutoff, default, rng)
    limitation = _limitation(market, payments, suit, default)
    columns = {
        **_offer(market, offering),
        **_amounts(market, segment, claim, default, cutoff, stage, rng),
        **_terms(market, segment, claim, default, rng),
        **_arrears(market, offering, debtors, cutoff, default, rng),
        **payments,
        **suit,
        "limitation_date": limitation,
        "legal_stage": named(STAGES, stage),
    }
    return Loans(claim, cutoff, default, guaranteed, limitation < cutoff, columns)


def security_types(
    market: Market, segment: Ints, guaranteed: Bools, pledged: Bools
) -> Columns:
    """Main security of each claim as the tape names it."""
    secured = np.isin(segment, [market.position(s) for s in market.collateral.cover])
    kind = np.where(pledged, 3, np.where(guaranteed, 4, 2))
    return {
        "security_type": named(
            SECURITY_TYPES, np.where(secured, kind, guaranteed.astype(int))
        )
    }


def _claims(market: Market, segment: Ints, rng: Rng) -> Floats:
    """Log-normal claims whose tails end at the declared deviation."""
    end = market.loan.tail_deviations
    deviation = ndtri(rng.uniform(ndtr(-end), ndtr(end), len(segment)))
    sigma = market.segment_values("claim_sigma")[segment]
    median = market.segment_values("claim_median_yuan")[segment]
    claim: Floats = np.round(median * np.exp(sigma * deviation), 2)
    return claim


def _guaranteed(market: Market, segment: Ints, rng: Rng) -> Bools:
    prior = market.guarantee
    chances = {
        "corporate_secured": prior.share_secured,
        "corporate_unsecured": prior.share_unsecured,
        "personal_business": prior.share_business,
    }
    by_segment = np.array([chances.get(name, 0.0) for name in market.segments])
    return happens(rng, by_segment[segment])


def _offer(market: Market, offering: Offering) -> Columns:
    seller = offering.seller[offering.package]
    kind = offering.kind[offering.package]
    return {
        "claim_id": np.array([f"C{i:08d}" for i in range(len(offering))], dtype=object),
        "seller": named([s.name for s in market.sellers], seller),
        "seller_type": named([s.type for s in market.sellers], seller),
        "seller_province": named([s.province for s in market.sellers], seller),
        "package_type": named([PACKAGE_TYPES[k] for k in KINDS], kind),
        "cutoff_date": offering.claim_cutoff,
    }


def _amounts(
    market: Market,
    segment: Ints,
    claim: Floats,
    default: Floats,
    cutoff: Floats,
    stage: Ints,
    rng: Rng,
) -> Columns:
    """Principal and what has grown upon it; the parts add up to the claim."""
    years = (cutoff - default) / DAYS_PER_YEAR + 0.2
    years = np.minimum(years, market.loan.interest_cap_years)
    rate = market.segment_values("interest_rate")[segment]
    rate = rate * rng.uniform(0.8, 1.25, len(claim))
    interest = rate * years
    penalty = market.loan.penalty_share * interest * rng.uniform(0.5, 1.5, len(claim))
    advanced = np.where(stage > 0, market.loan.advanced_cost_rate, 0.0)
    principal = np.round(claim / (1.0 + interest + penalty + advanced), 2)
    parts = [np.round(principal * share, 2) for share in (interest, advanced)]
    return {
        "principal": principal,
        "interest": parts[0],
        "penalty_interest": np.maximum(
            np.round(claim - principal - parts[0] - parts[1], 2), 0.0
        ),
        "advanced_costs": parts[1],
        "claim_total": claim,
    }


def _terms(
    market: Market, segment: Ints, claim: Floats, default: Floats, rng: Rng
) -> Columns:
    months = 3.0 + rng.gamma(2.0, market.loan.months_before_default / 2.0, len(claim))
    origination = default - np.rint(months * DAYS_PER_MONTH)
    long = segment == market.position("mortgage")
    term = np.where(long, 240.0, choose(rng, np.ones(3), len(claim)) * 12.0 + 12.0)
    maturity = origination + np.rint(np.maximum(term, months * 0.9) * DAYS_PER_MONTH)
    products = list(
        dict.fromkeys(p for s in market.segments.values() for p in s.products)
    )
    weights = [
        [s.products.get(p, 0.0) for p in products] for s in market.segments.values()
    ]
    product = choose(rng, np.array(weights)[segment], len(claim))
    return {
        "product": named(products, product),
        "origination_date": origination,
        "maturity_date": maturity,
        "approved_amount": np.rint(claim * rng.uniform(0.85, 1.5, len(claim))),
        "contract_no": np.array(
            [f"HT{i:010d}" for i in range(len(claim))], dtype=object
        ),
    }


def _arrears(
    market: Market,
    offering: Offering,
    debtors: Debtors,
    cutoff: Floats,
    default: Floats,
    rng: Rng,
) -> Columns:
    """How the seller books the arrears; its grade knows a little of the debtor."""
    late = cutoff - default
    error = market.signals.grade_noise * rng.standard_normal(len(late))
    mood = error + market.signals.grade_capacity * debtors.capacity[debtors.of]
    grade = np.digitize(np.log(late) + mood, np.log([360.0, 1000.0]))
    company = ~debtors.person[debtors.of]
    retail = np.isin(offering.segment, market.segments_of("personal"))
    written_off = happens(
        rng,
        logistic((np.log(late / market.loan.written_off_days)) * 3.0 + retail - 1.5),
    )
    restructured = happens(rng, np.where(company, 0.16, 0.06))
    return {
        "days_past_due": late,
        "default_date": default,
        "five_class": named(FIVE_CLASSES, grade),
        "written_off": written_off.astype(float),
        "restructured": restructured.astype(float),
        "extension_count": rng.poisson(np.where(restructured, 1.3, 0.15)).astype(float),
        "transfer_restricted": at_rate(
            rng, market.loan.excluded_share, len(late)
        ).astype(float),
    }


def _payments(
    market: Market,
    debtors: Debtors,
    claim: Floats,
    cutoff: Floats,
    default: Floats,
    rng: Rng,
) -> Columns:
    """Payments since default: the clearest sign of will and means."""
    will, means = debtors.willingness[debtors.of], debtors.capacity[debtors.of]
    signals = market.signals
    urge = signals.paid_willingness * will + signals.paid_capacity * means
    pays = happens(rng, logistic(signals.paid_level + urge))
    recency = rng.beta(np.exp(0.35 * will + 0.1), 1.0)
    before = default - rng.uniform(5.0, 40.0, len(claim))
    last = np.rint(np.where(pays, default + recency * (cutoff - default), before))
    error = signals.paid_share_noise * rng.standard_normal(len(claim))
    share = signals.paid_share * np.exp(signals.paid_share_capacity * means + error)
    amount = np.round(np.minimum(share, LARGEST_PAYMENT_SHARE) * claim, 2)
    more = signals.paid_times * np.exp(signals.paid_times_willingness * will)
    times = 1.0 + rng.poisson(more)
    recent = cutoff - last < DAYS_PER_YEAR
    return {
        "last_payment_date": last,
        "last_payment_amount": amount,
        "payments_12m": np.where(recent, np.round(amount * times, 2), 0.0),
    }


def _suit(stage: Ints, cutoff: Floats, default: Floats, rng: Rng) -> Columns:
    """Dates of filing, judgment and enforcement, as far as the file has come."""
    points = np.sort(rng.uniform(0.12, 0.97, (3, len(stage))), axis=0)
    dates = np.rint(default + points * (cutoff - default))
    reached = {"filing_date": 1, "judgment_date": 2, "enforcement_date": 4}
    return {
        name: np.where((stage >= least) & (stage <= 5), day, np.nan)
        for (name, least), day in zip(reached.items(), dates, strict=True)
    }


def _limitation(
    market: Market, payments: Columns, suit: Columns, default: Floats
) -> Floats:
    """End of the limitation period: payments and the suit start it afresh."""
    acts: list[Floats] = [payments["last_payment_date"], default, *suit.values()]
    latest: Floats = np.fmax.reduce(acts)
    ends: Floats = np.rint(latest + market.loan.limitation_years * DAYS_PER_YEAR)
    return ends
