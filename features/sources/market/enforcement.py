"""What the court brings: collateral, guarantors and whatever else the debtor owns."""

from dataclasses import dataclass

import numpy as np

from features.package import Floats
from features.sources.market.cash import (
    COLLATERAL,
    GUARANTOR,
    INSOLVENCY_ESTATE,
    NON_CASH,
    OBLIGOR,
    RECOVERY,
    Cash,
    movements,
    together,
)
from features.sources.market.chance import Bools, Rng, happens, logistic, share_around
from features.sources.market.debtor import INSOLVENCY, STAGES
from features.sources.market.priors import Market
from features.sources.market.sale import Sales
from features.sources.market.scene import Scene
from features.sources.market.tape import summed

SUED = 1


@dataclass(frozen=True)
class Court:
    """The way of each claim through the court (n).

    Attributes:
        enforced: Whether the buyer enforces it, shape (n,).
        files: Whether the buyer has to file a suit first, shape (n,).
        months: Months from cut-off to title and listing, shape (n,).
    """

    enforced: Bools
    files: Bools
    months: Floats


def go_to_court(market: Market, scene: Scene, engaged: Bools, rng: Rng) -> Court:
    """Which claims are enforced and how long the court takes.

    Args:
        market: The priors.
        scene: The claims.
        engaged: Whether each obligor talks, shape (m,).
        rng: Source of chance.
    """
    offering, debtors, loans = scene.offering, scene.debtors, scene.loans
    stage = debtors.stage[debtors.of]
    least = market.segment_values("sues_above_yuan")[offering.segment]
    worthwhile = (stage >= SUED) | ((loans.claim > least) & ~loans.expired)
    enforced = ~engaged[debtors.of] & (scene.secured | worthwhile)
    left = np.array([market.court.months_left[name] for name in STAGES])
    pace = np.array([p.court for p in market.provinces.values()])[debtors.province]
    spread = np.exp(market.court.log_sd * rng.standard_normal(len(debtors)))
    months = (left[debtors.stage] * pace * spread)[debtors.of]
    return Court(enforced, enforced & (stage < SUED), months)


def from_collateral(scene: Scene, sales: Sales, court: Court) -> Cash:
    """Proceeds of sales, and assets taken in kind at book value."""
    items, debtors = scene.items, scene.debtors
    stage = debtors.stage[debtors.of]
    rows = np.flatnonzero(court.enforced[items.claim])
    claim, item = items.claim[rows], items.item[rows]
    listed, share = court.months[claim], items.share[rows]
    cash = movements(
        claim,
        listed + sales.months[item],
        sales.net[item] * share,
        RECOVERY,
        COLLATERAL,
    )
    estate = np.where(stage[cash.claim] == INSOLVENCY, INSOLVENCY_ESTATE, COLLATERAL)
    cash = Cash(cash.claim, cash.months, cash.amount, cash.kind, estate)
    book = movements(
        claim,
        listed + sales.book_months[item],
        sales.book[item] * share,
        NON_CASH,
        COLLATERAL,
    )
    return together([cash, book])


def from_guarantors(
    market: Market,
    scene: Scene,
    court: Court,
    proceeds: Floats,
    level: Floats,
    rng: Rng,
) -> Cash:
    """What guarantors pay of the deficiency; lapsed guarantees pay nothing.

    Args:
        market: The priors.
        scene: The claims.
        court: The way of each claim.
        proceeds: Yuan that the collateral brings, shape (n,).
        level: Factor of the quarter of each claim, logit, shape (n,).
        rng: Source of chance.
    """
    guarantors, loans = scene.guarantors, scene.loans
    prior, claim = market.guarantee, guarantors.claim
    lean = np.array([t.lean for t in prior.types.values()])[guarantors.kind]
    readiness = lean + prior.capacity * guarantors.means + level[claim]
    pays = happens(rng, logistic(prior.pay_level + readiness))
    pays &= court.enforced[claim] & ~guarantors.lapsed
    share = share_around(
        rng,
        logistic(prior.share_level + prior.share_readiness * readiness),
        prior.precision,
    )
    missing = np.maximum(loans.claim - proceeds, 0.0)[claim]
    amount = share * np.minimum(guarantors.amount, missing)
    wait = prior.months * rng.gamma(2.0, 0.5, len(claim))
    rows = np.flatnonzero(pays)
    months = court.months[claim] + wait
    return movements(claim[rows], months[rows], amount[rows], RECOVERY, GUARANTOR)


def from_other_assets(
    market: Market, scene: Scene, court: Court, level: Floats, rng: Rng
) -> Cash:
    """Frozen money, accounts and whatever else enforcement finds.

    Args:
        market: The priors.
        scene: The claims.
        court: The way of each claim.
        level: Factor of the quarter of each claim, logit, shape (n,).
        rng: Source of chance.
    """
    debtors, loans, profile = scene.debtors, scene.loans, scene.profile
    prior, of = market.payment, debtors.of
    means = debtors.capacity[of]
    found = happens(
        rng,
        logistic(
            prior.enforced_chance + prior.enforced_chance_capacity * means + level
        ),
    )
    mean = logistic(prior.enforced_level + prior.enforced_capacity * means + level)
    share = share_around(rng, mean, prior.enforced_precision) * found * ~loans.expired
    frozen = profile["frozen_amount"] + profile["account_balance"]
    owed = summed(of, loans.claim, len(debtors))[of]
    amount = share * loans.claim + frozen * loans.claim / owed
    rows = np.flatnonzero(court.enforced)
    wait = prior.enforced_months * rng.gamma(1.5, 1.0 / 1.5, len(of))
    months = court.months + wait
    return movements(rows, months[rows], amount[rows], RECOVERY, OBLIGOR)
