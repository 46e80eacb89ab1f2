"""Sequential use of the bidding tool in simulated markets, against the best possible.

In each market the tool bids, sees what an auction leaves on record, learns again every
ten auctions and bids on. At some counts of auctions its advice for new lots of the
market is judged: what it realises, what it states, and what the best policy on the same
information would realise (``auction_judge``).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from models.pricing.bidding.contest import Prospect
from models.pricing.bidding.curse import learn_curse
from models.pricing.bidding.priors import Priors, declared_priors
from models.pricing.bidding.record import AuctionRecord, learn_record
from models.pricing.bidding.sealed import sealed_bid
from training.simulation.auction_judge import (
    OUTLAY_RATE,
    best_open,
    best_sealed,
    judge_open,
    judge_sealed,
    lot_of,
)
from training.simulation.auction_markets import (
    HABITS,
    AuctionMarket,
    Lots,
    draw_lots,
    draw_market,
)
from training.simulation.auction_trail import Deal, deal, deals_table

LEARN_EVERY = 10
NOT_BID_SHARE = 0.15
LEARNT, CONSTANT, IGNORED, OPEN = "learnt", "constant", "ignored", "open"
WAYS = (LEARNT, CONSTANT, IGNORED, OPEN)


@dataclass(frozen=True)
class Plan:
    """What happens in each market.

    Attributes:
        auctions: Auctions that the tool observes; it is judged after the last one.
        checkpoints: Counts of auctions after which it is judged as well.
        judged_lots: New lots that it is judged on.
        truth_lots: Lots that the best policy is found on.
    """

    auctions: int
    checkpoints: tuple[int, ...] = (0, 10, 30, 100, 300)
    judged_lots: int = 20_000
    truth_lots: int = 300_000


@dataclass(frozen=True)
class Judged:
    """Advice after so many auctions of a market, per yuan of estimate and auction.

    Attributes:
        habit: Of the rivals.
        auctions: Auctions observed.
        way: How the curse was treated in sealed bids: ``learnt``, as the tool does;
            ``constant``, one factor learnt from purchases whatever the bid;
            ``ignored``. Or ``open``: the tool's limits in open auctions.
        realised_rate: Profit that the advised bids make.
        stated_rate: Profit that the advice states.
        best_rate: Profit of the best policy on the same information.
    """

    habit: str
    auctions: int
    way: str
    realised_rate: float
    stated_rate: float
    best_rate: float


@dataclass(frozen=True)
class Summary:
    """Judged advice of several markets together.

    Attributes:
        auctions: Auctions observed.
        way: As in ``Judged``.
        best_share: Realised profit over that of the best policy.
        stated_to_realised: Stated over realised profit.
        best_rate: Profit of the best policy per yuan of estimate.
        excess_p10: Stated less realised profit over the best one, tenth percentile of
            the markets.
        excess_p90: Ninetieth percentile of the same.
    """

    auctions: int
    way: str
    best_share: float
    stated_to_realised: float
    best_rate: float
    excess_p10: float
    excess_p90: float


@dataclass(frozen=True)
class Trials:
    """Advice judged in many simulated markets.

    Attributes:
        judged: One for each market, count of auctions and way.
        markets: Number of markets.
        seed: Seed of all of them.
    """

    judged: tuple[Judged, ...]
    markets: int
    seed: int

    @cached_property
    def checkpoints(self) -> tuple[int, ...]:
        """Counts of auctions after which advice was judged."""
        return tuple(sorted({j.auctions for j in self.judged}))

    @cached_property
    def habits(self) -> tuple[str, ...]:
        """Habits of the rivals that were met."""
        return tuple(sorted({j.habit for j in self.judged}))

    def summary(
        self, auctions: int, way: str = LEARNT, habit: str | None = None
    ) -> Summary:
        """All markets together, or those of one habit: sums over sums."""
        chosen = np.array(
            [
                (j.realised_rate, j.stated_rate, j.best_rate)
                for j in self.judged
                if (j.auctions, j.way) == (auctions, way) and habit in (None, j.habit)
            ]
        )
        realised, stated, best = chosen.mean(axis=0).tolist()
        excess = (chosen[:, 1] - chosen[:, 0]) / chosen[:, 2]
        low, high = np.quantile(excess, (0.1, 0.9)).tolist()
        return Summary(
            auctions, way, realised / best, stated / realised, best, low, high
        )

    def figures(self) -> dict[str, Any]:
        """Everything as plain figures."""
        return {
            "simulated": True,
            "markets": self.markets,
            "seed": self.seed,
            "all": [
                vars(self.summary(auctions, way))
                for auctions in self.checkpoints
                for way in WAYS
            ],
            "by_habit": {
                habit: [vars(self.summary(n, habit=habit)) for n in self.checkpoints]
                for habit in self.habits
            },
        }


def many_auctions(markets: Iterable[int], plan: Plan, seed: int) -> Trials:
    """Use the tool in simulated markets of every habit in turn.

    Args:
        markets: Their numbers from 0, as somebody may want to watch them go by.
        plan: What happens in each of them.
        seed: The same seed gives the same figures.
    """
    habits, count = list(HABITS), 0
    judged: list[Judged] = []
    for number in markets:
        generator = np.random.default_rng([seed, number])
        market = draw_market(habits[number % len(habits)], generator)
        judged.extend(trial(market, plan, generator))
        count += 1
    return Trials(tuple(judged), count, seed)


def trial(
    market: AuctionMarket, plan: Plan, generator: np.random.Generator
) -> Iterator[Judged]:
    """Use the tool in one market and judge its advice on the way.

    Args:
        market: The market.
        plan: What happens in it.
        generator: Draws the packages.
    """
    priors = declared_priors()
    new = draw_lots(market, plan.judged_lots, generator)
    truth = draw_lots(market, plan.truth_lots, generator)
    sealed, opened = best_sealed(truth, new), best_open(truth, new)
    for count, deals in _used(market, plan, priors, generator):
        record = learn_record(deals, priors)
        for way, other in _ways(record, priors).items():
            judged = judge_sealed(other, new)
            yield Judged(market.habit, count, way, *judged, sealed)
        yield Judged(market.habit, count, OPEN, *judge_open(record, new), opened)


def _used(
    market: AuctionMarket,
    plan: Plan,
    priors: Priors,
    generator: np.random.Generator,
) -> Iterator[tuple[int, pa.Table]]:
    """The record at each checkpoint while the tool bids and learns."""
    lots = draw_lots(market, plan.auctions, generator)
    deals: list[Deal] = []
    for row in range(plan.auctions + 1):
        if row in plan.checkpoints or row == plan.auctions:
            yield row, deals_table(deals)
        if row == plan.auctions:
            return
        if row % LEARN_EVERY == 0:
            record = learn_record(deals_table(deals), priors)
        idle = lots.chance[row, 3] < NOT_BID_SHARE
        deals.append(deal(market, lots, row, None if idle else _bid(record, lots, row)))


def _bid(record: AuctionRecord, lots: Lots, row: int) -> float | None:
    own = float(lots.own_value_yuan[row])
    reserve = float(lots.reserve_yuan[row])
    prospect = Prospect(own, own, OUTLAY_RATE, reserve_yuan=reserve)
    rivals = int(lots.rivals[row]) if lots.counted[row] else None
    lot = lot_of(rivals, int(lots.package_type[row]), int(lots.size[row]))
    return sealed_bid(record.contest(prospect, lot)).price_yuan


def _ways(record: AuctionRecord, priors: Priors) -> Mapping[str, AuctionRecord]:
    """The record with other treatments of the curse beside the tool's."""
    believed = {"level": 1.0, "level_sd": 0.1, "shared": 0.0, "shared_sd": 1e-6}
    flat = priors.model_copy(
        update={"purchases": priors.purchases.model_copy(update=believed)}
    )
    constant = learn_curse(record.auctions, record.rivals, flat)
    return {
        LEARNT: record,
        CONSTANT: replace(record, curse=constant),
        IGNORED: replace(record, curse=replace(constant, level=1.0)),
    }
