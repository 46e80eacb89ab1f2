"""What debtors do of their own accord: cure, settle, pay by instalments or vanish."""

from dataclasses import dataclass

import numpy as np

from features.package import Floats, Ints
from features.sources.market.cash import OBLIGOR, RECOVERY, Cash, movements, together
from features.sources.market.chance import Bools, Rng, happens, logistic, share_around
from features.sources.market.debtor import INSOLVENCY, TERMINATED, Debtors
from features.sources.market.loan import Loans
from features.sources.market.offering import Climate, Offering
from features.sources.market.priors import Market
from features.sources.market.scene import Scene
from features.sources.market.tape import summed

JUDGED = (2, 3, 4)


@dataclass(frozen=True)
class Engagement:
    """How each obligor meets its debt (m).

    Attributes:
        cures: Pays in full, shape (m,).
        settles: Pays a part at once and is released, shape (m,).
        instalments: Pays month by month, until it stops, shape (m,).
        months: Months from cut-off to the first payment, shape (m,).
        share: Share of its debt that it agrees to pay, shape (m,).
    """

    cures: Bools
    settles: Bools
    instalments: Bools
    months: Floats
    share: Floats

    @property
    def engaged(self) -> Bools:
        """Whether the obligor talks at all, shape (m,)."""
        return self.cures | self.settles | self.instalments


def engage(market: Market, scene: Scene, climate: Climate, rng: Rng) -> Engagement:
    """Decide for every obligor of a scene."""
    offering, debtors = scene.offering, scene.debtors
    level = _seller_level(market, offering, rng)[debtors.package]
    level = level + _local_level(market, debtors)
    level = level + climate.segment[debtors.segment, offering.quarter[debtors.package]]
    talks = happens(rng, logistic(level + _score(market, scene)))
    mode = rng.random(len(debtors))
    lean = market.payment.capacity_cure * debtors.capacity
    cures = _tilted(market.segment_values("cure_share")[debtors.segment], lean)
    settles = market.segment_values("settle_share")[debtors.segment]
    settles = cures + (1.0 - cures) * np.minimum(settles / (1.0 - cures), 1.0)
    wait = market.segment_values("engage_months")[debtors.segment]
    whole = market.segment_values("cure_pays")[debtors.segment]
    share = _agreed(market, scene, level, rng)
    return Engagement(
        cures=talks & (mode < cures),
        settles=talks & (mode >= cures) & (mode < settles),
        instalments=talks & (mode >= cures) & (mode >= settles),
        months=wait * rng.gamma(1.3, 1.0 / 1.3, len(debtors)),
        share=np.where(mode < cures, whole, share),
    )


def voluntary_payments(
    market: Market, scene: Scene, engagement: Engagement, rng: Rng
) -> Cash:
    """Payments of those who talk, and the small sums of those who do not."""
    debtors, loans = scene.debtors, scene.loans
    of, claim = debtors.of, loans.claim
    delay = market.payment.cure_months * rng.gamma(1.5, 1.0 / 1.5, len(debtors))
    once = (engagement.cures | engagement.settles)[of]
    months = engagement.months + delay * engagement.cures
    at_once = np.flatnonzero(once)
    lump = movements(
        at_once,
        months[of][at_once],
        (engagement.share[of] * claim)[at_once],
        RECOVERY,
        OBLIGOR,
    )
    plans = _instalments(market, debtors, loans, engagement, rng)
    return together([lump, plans, _trickle(market, debtors, loans, engagement, rng)])


def _seller_level(market: Market, offering: Offering, rng: Rng) -> Floats:
    """What a seller, and a package beyond its seller, are better by, in logits."""
    sellers = np.linspace(-1.5, 1.5, len(market.sellers))[offering.seller]
    own = rng.standard_normal(len(offering.seller))
    level: Floats = (
        market.engagement.seller_spread * sellers
        + market.engagement.package_spread * own
    )
    return level


def _local_level(market: Market, debtors: Debtors) -> Floats:
    """What province and trade make easier or harder, in logits, shape (m,)."""
    prices = np.array([p.price for p in market.provinces.values()])
    leans = np.array([i.lean for i in market.industries.values()])
    in_business = ~debtors.person | (
        debtors.segment == market.position("personal_business")
    )
    local: Floats = (
        market.engagement.province_price * prices[debtors.province]
        + leans[debtors.industry] * in_business
    )
    return local


def _score(market: Market, scene: Scene) -> Floats:
    """How ready each obligor is to talk, in logits, shape (m,)."""
    prior, debtors, loans = market.engagement, scene.debtors, scene.loans
    owed = summed(debtors.of, loans.claim, len(debtors))
    usual = market.segment_values("claim_median_yuan")[debtors.segment]
    expired = np.ones(len(debtors))
    np.minimum.at(expired, debtors.of, loans.expired.astype(float))
    score: Floats = (
        market.segment_values("pay_level")[debtors.segment]
        + prior.willingness * debtors.willingness
        + prior.capacity * debtors.capacity
        + prior.contactable * debtors.contactable
        + prior.days_past_due * debtors.arrears
        + prior.claim_size * np.log(owed / usual)
        + prior.limitation_expired * expired
        + prior.terminated * np.isin(debtors.stage, (TERMINATED, INSOLVENCY))
        + prior.judged * np.isin(debtors.stage, JUDGED)
        + prior.age_over_50 * (debtors.age > 50)
        + prior.age_under_28 * (debtors.age < 28)
        + prior.coverage * np.minimum(scene.cover, 2.0)
        + prior.stopped * debtors.stopped
    )
    return score


def _tilted(share: Floats, lean: Floats) -> Floats:
    """Shares moved by logits; a share of zero stays."""
    moved: Floats = share * np.exp(lean) / (1.0 - share + share * np.exp(lean))
    return moved


def _agreed(market: Market, scene: Scene, level: Floats, rng: Rng) -> Floats:
    """Share of the debt agreed upon, shape (m,)."""
    debtors = scene.debtors
    mean = logistic(
        market.segment_values("settle_level")[debtors.segment]
        + market.payment.capacity_share * debtors.capacity
        + market.payment.coverage_share * np.minimum(scene.cover, 2.0)
        + level
    )
    return share_around(rng, mean, market.payment.precision)


def _instalments(
    market: Market, debtors: Debtors, loans: Loans, engagement: Engagement, rng: Rng
) -> Cash:
    """Equal monthly payments, until the plan ends or the obligor stops."""
    payers = np.flatnonzero(engagement.instalments[debtors.of])
    obligor = debtors.of[payers]
    planned = market.segment_values("instalment_months")[debtors.segment[obligor]]
    hazard = market.payment.instalment_drop * np.exp(
        -0.5 * debtors.willingness - 0.3 * debtors.capacity
    )
    lasts = rng.geometric(np.minimum(hazard, 0.5))[obligor]
    number = np.minimum(planned, lasts).astype(np.int64)
    row = np.repeat(np.arange(len(payers)), number)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    monthly = engagement.share[obligor] * loans.claim[payers] / planned
    return movements(
        payers[row],
        engagement.months[obligor][row] + nth,
        monthly[row],
        RECOVERY,
        OBLIGOR,
    )


def _trickle(
    market: Market, debtors: Debtors, loans: Loans, engagement: Engagement, rng: Rng
) -> Cash:
    """Small sums that reach even files of debtors who never talk."""
    chance = market.payment.trickle_chance * logistic(1.0 + 0.7 * debtors.willingness)
    drips = (~engagement.engaged & happens(rng, chance))[debtors.of]
    rows: Ints = np.flatnonzero(drips)
    share = market.payment.trickle_share * rng.exponential(1.0, len(rows))
    months = rng.exponential(14.0, len(rows))
    amount = np.minimum(share, 0.5) * loans.claim[rows]
    return movements(rows, months, amount, RECOVERY, OBLIGOR)
