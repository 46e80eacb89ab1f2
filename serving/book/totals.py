"""Sums over the chunks of a book, in whole fen and therefore the same in any order."""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from functools import reduce
from operator import add

import numpy as np
from pydantic import BaseModel, ConfigDict

from features.package import Package
from features.segment import SEGMENTS
from models.pricing.claim_prices import ClaimPrices
from models.pricing.fen import Fen, to_fen


class Sums(BaseModel):
    """Sums over claims, in fen; expected ones stay 0 where only means were asked for.

    Attributes:
        claims: Number of claims.
        claim_fen: The whole claims.
        gross_fen: Expected gross cash.
        cost_fen: Cost of recovering it.
        present_value_fen: Present value of net cash at the target return.
        maximum_bids_fen: Highest prices of the claims one by one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    claims: int = 0
    claim_fen: int = 0
    gross_fen: int = 0
    cost_fen: int = 0
    present_value_fen: int = 0
    maximum_bids_fen: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        """The sums over both."""
        mine, theirs = self.model_dump(), other.model_dump()
        return Sums(**{name: mine[name] + theirs[name] for name in mine})


class Totals(BaseModel):
    """What is summed over the chunks of a book.

    Attributes:
        segments: Sums by segment.
        monthly_gross_fen: Expected gross cash by month.
        monthly_cost_fen: Cost by month.
        warnings: Claims by code of a warning.
        rejected_rows: Rows left out, by table.
        rejected: The same by code, each row under all of its codes.
        collateral: Rows of collateral that were used.
        guarantees: Rows of guarantees that were used.
        latest_cutoff: Latest cut-off date of the claims; None without claims.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    segments: dict[str, Sums] = {}
    monthly_gross_fen: tuple[int, ...] = ()
    monthly_cost_fen: tuple[int, ...] = ()
    warnings: dict[str, int] = {}
    rejected_rows: dict[str, int] = {}
    rejected: dict[str, int] = {}
    collateral: int = 0
    guarantees: int = 0
    latest_cutoff: date | None = None

    @property
    def whole(self) -> Sums:
        """Sums over all segments."""
        return reduce(add, self.segments.values(), Sums())

    def __add__(self, other: "Totals") -> "Totals":
        """The totals of both."""
        return Totals(
            segments=_by_segment(self.segments, other.segments),
            monthly_gross_fen=_by_month(
                self.monthly_gross_fen, other.monthly_gross_fen
            ),
            monthly_cost_fen=_by_month(self.monthly_cost_fen, other.monthly_cost_fen),
            warnings=_counted(self.warnings, other.warnings),
            rejected_rows=_counted(self.rejected_rows, other.rejected_rows),
            rejected=_counted(self.rejected, other.rejected),
            collateral=self.collateral + other.collateral,
            guarantees=self.guarantees + other.guarantees,
            latest_cutoff=_later(self.latest_cutoff, other.latest_cutoff),
        )


def _by_segment(left: Mapping[str, Sums], right: Mapping[str, Sums]) -> dict[str, Sums]:
    present = [s for s in SEGMENTS if s in left or s in right]
    return {s: left.get(s, Sums()) + right.get(s, Sums()) for s in present}


def _by_month(left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
    """Sums by month; a chunk without claims has no months."""
    if not left or not right:
        return left or right
    return tuple(a + b for a, b in zip(left, right, strict=True))


def _counted(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted((Counter(left) + Counter(right)).items()))


def _later(left: date | None, right: date | None) -> date | None:
    return max(filter(None, (left, right)), default=None)


def summed(totals: Iterable[Totals]) -> Totals:
    """The totals of all chunks."""
    return reduce(add, totals, Totals())


def sums_of_means(package: Package, kinds: "np.typing.NDArray[np.str_]") -> Totals:
    """The totals of claims whose mean alone was asked for."""
    claim = to_fen(package.claim_yuan())
    return Totals(
        segments={
            s: Sums(claims=int(at.sum()), claim_fen=_sum(claim[at]))
            for s in SEGMENTS
            if (at := kinds == s).any()
        }
    )


def sums_of_prices(prices: ClaimPrices) -> Totals:
    """The totals of priced claims."""
    kinds = prices.forecast.segments
    return Totals(
        segments={s: _sums(prices, at) for s in SEGMENTS if (at := kinds == s).any()},
        monthly_gross_fen=tuple(prices.monthly_gross_fen.tolist()),
        monthly_cost_fen=tuple(prices.monthly_cost_fen.tolist()),
    )


def _sums(prices: ClaimPrices, at: "np.typing.NDArray[np.bool_]") -> Sums:
    return Sums(
        claims=int(at.sum()),
        claim_fen=_sum(prices.claim_fen[at]),
        gross_fen=_sum(prices.gross_fen[at]),
        cost_fen=_sum(prices.cost_fen[at]),
        present_value_fen=_sum(prices.present_value_fen[at]),
        maximum_bids_fen=_sum(prices.maximum_bid_fen[at]),
    )


def _sum(fen: Fen) -> int:
    return int(fen.sum())
