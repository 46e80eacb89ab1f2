"""What advice earns on new lots of a simulated market, and what the best earns.

The best policy has the advice's information and knows the true law of the market. For
each number of rivals known before the auction (or none), each kind of package, and
with a reserve or without, it bids the best fixed share of the estimate and meets a
reserve as long as that is below the best limit; in open auctions it leaves at the best
fixed share. It is found on lots other than those judged. Profit counts per yuan of
estimate.
"""

from collections.abc import Iterator
from itertools import product

import numpy as np

from features.package import Floats, Ints
from models.pricing.bidding.contest import Prospect
from models.pricing.bidding.open_auction import open_limit
from models.pricing.bidding.record import AuctionRecord
from models.pricing.bidding.sealed import sealed_bid
from models.pricing.bidding.winning_price import PACKAGE_TYPES, Lot
from training.simulation.auction_markets import CLAIMS_YUAN, MOST_RIVALS, Lots

OUTLAY_RATE = 1.01
SHARES = np.linspace(0.3, 1.2, 361)
ONE = Prospect(1.0, 1.0, OUTLAY_RATE)


def lot_of(rivals: int | None, package_type: int, size: int) -> Lot:
    """A lot as the tool is told of it; the last two are indices."""
    return Lot(rivals, PACKAGE_TYPES[package_type], float(CLAIMS_YUAN[size]))


def judge_sealed(record: AuctionRecord, new: Lots) -> tuple[float, float]:
    """Realised and stated profit of sealed bids for new lots.

    Args:
        record: What the tool has learnt.
        new: Lots of the same market.
    """
    realised = stated = 0.0
    for rows, lot in _alike(new, np.arange(len(new))):
        contest = record.contest(ONE, lot)
        advice = sealed_bid(contest)
        bids = _raised(advice.price_yuan or 0.0, advice.drop_out_yuan, new, rows)
        realised += float(_profit(new, rows, bids).sum())
        stated += float(contest.sealed_profit_yuan(bids).sum())
    return realised / len(new), stated / len(new)


def judge_open(record: AuctionRecord, new: Lots) -> tuple[float, float]:
    """The same of limits in open auctions that rivals leave at their sealed bids.

    Only lots without a reserve are judged.

    Args:
        record: What the tool has learnt.
        new: Lots of the same market.
    """
    free = _free(new)
    realised = stated = 0.0
    for rows, lot in _alike(new, free):
        advice = open_limit(record.contest(ONE, lot))
        profit = _open_profit(new, rows)
        won = _rival(new, rows) < (advice.price_yuan or 0.0)
        realised += float(profit[won].sum())
        stated += (advice.expected_profit_yuan or 0.0) * len(rows)
    return realised / len(free), stated / len(free)


def best_sealed(truth: Lots, new: Lots) -> float:
    """Profit on new lots of the best policy found on other lots of the market."""
    total = 0.0
    for rows, known in _cells(truth, new, (False, True)):
        bids = _raised(*_best_policy(truth, known), new, rows)
        total += float(_profit(new, rows, bids).sum())
    return total / len(new)


def best_open(truth: Lots, new: Lots) -> float:
    """The same in open auctions, for lots without a reserve."""
    total = 0.0
    for rows, known in _cells(truth, new, (False,)):
        rival = _rival(truth, known)
        order = np.argsort(rival)
        earned = np.append(0.0, np.cumsum(_open_profit(truth, known)[order]))
        best = int(np.argmax(earned))
        limit = rival[order[best - 1]] if best else 0.0
        won = _rival(new, rows) <= limit
        total += float(_open_profit(new, rows)[won].sum())
    return total / len(_free(new))


def _alike(lots: Lots, among: Ints) -> Iterator[tuple[Ints, Lot]]:
    """Rows of lots for which advice is the same share of the estimate."""
    known = np.where(lots.counted, lots.rivals, 0)[among]
    kinds, sizes = lots.package_type[among], lots.size[among]
    every = (MOST_RIVALS + 1, len(PACKAGE_TYPES), len(CLAIMS_YUAN))
    for rivals, kind, size in np.ndindex(every):
        alike = (known == rivals) & (kinds == kind) & (sizes == size)
        if alike.any():
            yield among[alike], lot_of(rivals or None, kind, size)


def _cells(
    truth: Lots, new: Lots, reserves: tuple[bool, ...]
) -> Iterator[tuple[Ints, Ints]]:
    """Rows of new lots, and of those that their policy is found on, cell by cell."""
    kinds, rivals = range(len(PACKAGE_TYPES)), range(MOST_RIVALS + 1)
    for cell in product(kinds, rivals, reserves):
        rows, known = _cell(new, *cell), _cell(truth, *cell)
        if len(rows) and len(known):
            yield rows, known


def _cell(lots: Lots, kind: int, rivals: int, reserve: bool) -> Ints:
    known = np.where(lots.counted, lots.rivals, 0)
    alike = (known == rivals) & (lots.package_type == kind)
    return np.flatnonzero(alike & ((lots.reserve_yuan > 0) == reserve))


def _free(lots: Lots) -> Ints:
    return np.flatnonzero(lots.reserve_yuan == 0)


def _rival(lots: Lots, rows: Ints) -> Floats:
    over: Floats = lots.rival_yuan[rows] / lots.own_value_yuan[rows]
    return over


def _worth(lots: Lots, rows: Ints) -> Floats:
    over: Floats = lots.value_yuan[rows] / lots.own_value_yuan[rows]
    return over


def _raised(share: float, limit: float, lots: Lots, rows: Ints) -> Floats:
    """Bids over estimates: the share, or the reserve up to a limit, or nothing."""
    reserve = lots.reserve_yuan[rows] / lots.own_value_yuan[rows]
    return np.where(reserve > max(share, limit), 0.0, np.maximum(share, reserve))


def _profit(lots: Lots, rows: Ints, bids: Floats) -> Floats:
    won = bids > _rival(lots, rows)
    return np.where(won, _worth(lots, rows) - bids * OUTLAY_RATE, 0.0)


def _open_profit(lots: Lots, rows: Ints) -> Floats:
    """Profit of staying until the last rival leaves."""
    profit: Floats = _worth(lots, rows) - _rival(lots, rows) * OUTLAY_RATE
    return profit


def _best_policy(lots: Lots, rows: Ints) -> tuple[float, float]:
    """Best share of the estimate to bid, and best limit for meeting a reserve.

    A share earns on lots where it is above the reserve and the best rival; beyond it,
    reserves are met up to the limit until which their profits add up to most.
    """
    reserve = lots.reserve_yuan[rows] / lots.own_value_yuan[rows]
    beat = np.maximum(reserve, _rival(lots, rows))
    order = np.argsort(beat)
    won = np.searchsorted(beat[order], SHARES)
    value = np.append(0.0, np.cumsum(_worth(lots, rows)[order]))
    earned = value[won] - SHARES * OUTLAY_RATE * won
    floors = np.sort(reserve)
    meeting = _profit(lots, rows, reserve)[np.argsort(reserve)]
    met = np.append(0.0, np.cumsum(np.where(floors > 0, meeting, 0.0)))
    above = np.searchsorted(floors, SHARES, side="right")
    most = np.maximum.accumulate(met[::-1])[::-1]
    best = int(np.argmax(earned + most[above] - met[above]))
    last = above[best] + int(np.argmax(met[above[best] :]))
    limit = floors[last - 1] if last > 0 else 0.0
    return float(SHARES[best]), float(max(SHARES[best], limit))
