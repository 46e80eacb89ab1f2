"""Attempts to sell collateral as a servicer notes them: sold, failed, in kind."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.outcomes import DAYS_PER_MONTH
from features.package import Floats, Ints
from features.sources.market.chance import Bools
from features.sources.market.enforcement import Court
from features.sources.market.sale import UNSOLD, Sales
from features.sources.market.scene import Scene
from features.sources.market.tape import Columns, named

OUTCOMES = ("sold", "failed", "in_kind")
ROUNDS = ("first", "second", "direct_sale", "private_sale")
SOLD, FAILED, IN_KIND = range(3)
DIRECT, PRIVATE = 2, 3


@dataclass(frozen=True)
class Attempts:
    """Attempts, one entry each (e); an item that secures several claims has several.

    Attributes:
        row: Row of the collateral, a claim and an item, shape (e,).
        claim: Row of the claim, shape (e,).
        listed: Months from cut-off to the listing, shape (e,).
        months: Months from cut-off to the outcome, shape (e,).
        outcome: Position in ``OUTCOMES``, shape (e,).
        round: Position in ``ROUNDS``, shape (e,).
        price: Price paid, or book value of what was taken in kind, in yuan; nothing
            where the attempt failed, shape (e,).
    """

    row: Ints
    claim: Ints
    listed: Floats
    months: Floats
    outcome: Ints
    round: Ints
    price: Floats

    def take(self, chosen: Ints | Bools) -> "Attempts":
        """Some of the attempts."""
        return Attempts(
            *(getattr(self, name)[chosen] for name in self.__dataclass_fields__)
        )

    def days(self, cutoff: Floats) -> Floats:
        """Day of each outcome since 1970, shape (e,)."""
        return _day(cutoff[self.claim], self.months)

    def columns(
        self, items: Columns, claim_id: npt.NDArray[Any], cutoff: Floats
    ) -> Columns:
        """Columns of the sales, in the order of the attempts.

        Args:
            items: Rows of the collateral as on the tape.
            claim_id: Identifier of each claim, shape (n,).
            cutoff: Cut-off date of each claim, days since 1970, shape (n,).
        """
        return {
            "claim_id": claim_id[self.claim],
            "collateral_id": items["collateral_id"][self.row],
            "listing_date": _day(cutoff[self.claim], self.listed),
            "sale_date": self.days(cutoff),
            "sale_outcome": named(OUTCOMES, self.outcome),
            "sale_round": named(ROUNDS, self.round),
            "sale_price": self.price,
        }


def attempts(
    scene: Scene, sales: Sales, court: Court, pay_out_months: float, end: Floats
) -> Attempts:
    """What a servicer saw of the sales before each work-out ended.

    The court pays out some months after the sale: the day in the ledger is later.

    Args:
        scene: The claims.
        sales: What becomes of each item.
        court: The way of each claim through the court.
        pay_out_months: Months from a sale to its cash.
        end: Months from cut-off to the end of each work-out, shape (n,).
    """
    every = _together(
        _of_claims(scene, sales, court, outcome)
        for outcome in _outcomes(sales, pay_out_months)
    )
    return every.take(every.months + pay_out_months <= end[every.claim])


@dataclass(frozen=True)
class _Outcome:
    """One outcome of the items (c) that meet it, in months from the listing."""

    kind: int
    met: Bools
    months: Floats
    round: Ints
    price: Floats


def _outcomes(sales: Sales, pay_out_months: float) -> Iterator[_Outcome]:
    sold_months = sales.months - pay_out_months
    sold = sales.sold_in != UNSOLD
    yield _Outcome(SOLD, sold, sold_months, sales.sold_in - 1, sales.price)
    in_kind = ~sold & (sales.book > 0)
    direct = np.full(len(sold), DIRECT)
    months = sales.book_months - pay_out_months
    yield _Outcome(IN_KIND, in_kind, months, direct, sales.book)
    no_price = np.full(len(sold), np.nan)
    failed = ~sold & ~in_kind
    yield _Outcome(FAILED, failed, sales.auction_months, direct, no_price)
    privately = np.full(len(sold), PRIVATE)
    later = ~sold & (sales.price > 0)
    yield _Outcome(SOLD, later, sold_months, privately, sales.price)


def _of_claims(scene: Scene, sales: Sales, court: Court, outcome: _Outcome) -> Attempts:
    """An outcome of items for each claim that they secure and that is enforced."""
    items = scene.items
    tried = court.enforced[items.claim] & sales.listed[items.item]
    row = np.flatnonzero(tried & outcome.met[items.item])
    item, claim = items.item[row], items.claim[row]
    listed = court.months[claim]
    return Attempts(
        row,
        claim,
        listed,
        listed + outcome.months[item],
        np.full(len(row), outcome.kind),
        outcome.round[item],
        np.round(outcome.price[item], 2),
    )


def _together(parts: Iterable[Attempts]) -> Attempts:
    """All attempts by row of the collateral and time."""
    listed = list(parts)
    joined = Attempts(
        *(
            np.concatenate([getattr(p, name) for p in listed])
            for name in Attempts.__dataclass_fields__
        )
    )
    return joined.take(np.lexsort((joined.months, joined.row)))


def _day(cutoff: Floats, months: Floats) -> Floats:
    return cutoff + 1.0 + np.floor(months * DAYS_PER_MONTH)
