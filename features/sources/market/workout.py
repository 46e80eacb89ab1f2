"""The work-out of every claim: cash, costs, its end and the path it took."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.court_fees import (
    acceptance_fee_yuan,
    enforcement_fee_yuan,
    preservation_fee_yuan,
)
from features.package import Floats, Ints
from features.sources.market import enforcement
from features.sources.market.attempts import Attempts, attempts
from features.sources.market.cash import (
    COLLATERAL,
    COST,
    NON_CASH,
    OBLIGOR,
    RECOVERY,
    Cash,
    capped,
    movements,
    together,
)
from features.sources.market.chance import Rng, Streams
from features.sources.market.debtor import INSOLVENCY
from features.sources.market.enforcement import Court
from features.sources.market.engagement import Engagement, engage, voluntary_payments
from features.sources.market.offering import Climate
from features.sources.market.priors import Market
from features.sources.market.sale import Sales, sell
from features.sources.market.scene import Scene
from features.sources.market.tape import named

PATHS = (
    *("cure", "settlement", "path_restructuring", "bankruptcy"),
    *("asset_in_kind", "litigation", "agency_collection"),
)
MONTHS_TO_FILE = 1.5


@dataclass(frozen=True)
class Workouts:
    """What became of the claims (n).

    Attributes:
        cash: Movements by claim and time.
        end_months: Months from cut-off to the end of the work-out, shape (n,).
        path: Position in ``PATHS``, shape (n,).
        attempts: Attempts to sell collateral.
    """

    cash: Cash
    end_months: Floats
    path: Ints
    attempts: Attempts


def work_out(
    market: Market, scene: Scene, climate: Climate, sources: Streams
) -> Workouts:
    """Work every claim of a scene out to its end."""
    engagement = engage(market, scene, climate, sources["engagement"])
    court = enforcement.go_to_court(
        market, scene, engagement.engaged, sources["enforcement"]
    )
    sales = sell(market, scene, climate, sources["sale"])
    recoveries = _recoveries(market, scene, climate, engagement, court, sales, sources)
    paid = capped(recoveries.of_kind(RECOVERY), scene.loans.claim)
    book = recoveries.of_kind(NON_CASH)
    costs = _costs(market, scene, court, paid)
    end = _ends(market, scene, paid, court, sources["closing"])
    cash = together([paid, book, costs])
    cash = cash.take(cash.months <= end[cash.claim])
    tried = attempts(scene, sales, court, market.sale.pay_out_months, end)
    return Workouts(cash, end, _paths(scene, engagement, court, book), tried)


def path_names(workouts: Workouts) -> npt.NDArray[Any]:
    """Disposal path of each claim, shape (n,)."""
    return named(PATHS, workouts.path)


def _recoveries(
    market: Market,
    scene: Scene,
    climate: Climate,
    engagement: Engagement,
    court: Court,
    sales: Sales,
    sources: Streams,
) -> Cash:
    """Everything that comes in, before the claim caps it."""
    rng, offering = sources["enforcement"], scene.offering
    level = climate.segment[offering.segment, offering.claim_quarter]
    sold = enforcement.from_collateral(scene, sales, court)
    proceeds = sold.of_kind(RECOVERY).total(len(offering))
    return together(
        [
            voluntary_payments(market, scene, engagement, sources["engagement"]),
            sold,
            enforcement.from_guarantors(market, scene, court, proceeds, level, rng),
            enforcement.from_other_assets(market, scene, court, level, rng),
        ]
    )


def _costs(market: Market, scene: Scene, court: Court, paid: Cash) -> Cash:
    """Suits, enforcement, auctions, servicers and small expenses."""
    claim = scene.loans.claim
    everyone = np.arange(len(claim))
    filing = np.flatnonzero(court.files)
    fees = acceptance_fee_yuan(claim) + preservation_fee_yuan(claim)
    agency = market.segment_values("agency_rate")[scene.offering.segment[paid.claim]]
    hammer = market.costs.auction_rate * (paid.source == COLLATERAL)
    expenses = np.minimum(
        market.costs.out_of_pocket_share * claim, market.costs.out_of_pocket_cap_yuan
    )
    start = np.full(len(claim), MONTHS_TO_FILE)
    return together(
        [
            movements(filing, start[filing], fees[filing], COST, OBLIGOR),
            movements(everyone, 2.0 * start, expenses, COST, OBLIGOR),
            movements(
                paid.claim, paid.months, (agency + hammer) * paid.amount, COST, OBLIGOR
            ),
            _enforcement_fees(market, scene, court, paid),
        ]
    )


def _enforcement_fees(market: Market, scene: Scene, court: Court, paid: Cash) -> Cash:
    """The court's fee on what it brought, due with the last of it."""
    brought = paid.take(court.enforced[paid.claim])
    amount = brought.total(len(scene.loans.claim))
    due = np.zeros(len(amount))
    np.maximum.at(due, brought.claim, brought.months)
    fee = market.costs.enforcement_borne * enforcement_fee_yuan(amount)
    rows = np.flatnonzero(amount > 0)
    return movements(rows, due[rows], fee[rows], COST, OBLIGOR)


def _ends(market: Market, scene: Scene, paid: Cash, court: Court, rng: Rng) -> Floats:
    """Months to the end: the last cash where it was enough, patience where not."""
    claim = scene.loans.claim
    last = np.zeros(len(claim))
    np.maximum.at(last, paid.claim, paid.months)
    patience = market.court.give_up_months * rng.gamma(3.0, 1.0 / 3.0, len(claim))
    patience = np.where(court.enforced, court.months + 0.5 * patience, patience)
    done = paid.total(len(claim)) >= 0.995 * claim
    talked = ~court.enforced & (last > 0)
    lingering = np.where(talked, last + 1.0, np.maximum(last + 1.0, patience))
    return np.where(done, last + 0.1, lingering)


def _paths(scene: Scene, engagement: Engagement, court: Court, book: Cash) -> Ints:
    of = scene.debtors.of
    in_kind = np.zeros(len(of), dtype=bool)
    in_kind[book.claim] = True
    conditions = [
        engagement.cures[of],
        engagement.settles[of],
        engagement.instalments[of],
        scene.debtors.stage[of] == INSOLVENCY,
        in_kind,
        court.enforced,
    ]
    return np.select(conditions, list(range(6)), 6)
