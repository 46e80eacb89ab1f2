"""What stands on record of all packages together: the latest valuation of each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self, get_args

from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from serving.reviews.reviews import Reviews
from serving.reviews.standing import Standing, Status
from serving.storage.listing import newest
from serving.storage.store import Store
from serving.storage.tables import Valuation

# Valuations whose reviews are read at a time: databases bound what one query names.
READ_AT_ONCE = 500


@dataclass(frozen=True)
class Holding:
    """Sums over packages, overrides included.

    Attributes:
        packages: Number of packages.
        simulated: Those whose model learnt from simulated work-outs.
        claims: Claims in them.
        claim_fen: The whole claims.
        present_value_fen: Present value of net cash at each package's target return.
        maximum_bid_fen: Highest prices of the packages one by one.
    """

    packages: int
    simulated: int
    claims: int
    claim_fen: int
    present_value_fen: int
    maximum_bid_fen: int

    @classmethod
    def of(cls, standings: Iterable[Standing]) -> Self:
        """The sums over some packages."""
        held = list(standings)
        return cls(
            len(held),
            sum(s.row.simulated for s in held),
            sum(s.row.claims for s in held),
            sum(s.row.claim_fen for s in held),
            sum(s.present_value_fen for s in held),
            sum(s.maximum_bid_fen for s in held),
        )


def latest_of_each(store: Store, most: int) -> list[Standing]:
    """The latest valuation of each package with its review, newest first.

    Packages without an identifier are told apart by the name of their file; one without
    either is the same in all of its revaluations.

    Args:
        store: The store of valuations.
        most: How many packages to give.

    Raises:
        StoreError: The store does not answer.
    """
    with store.session() as session:
        rows = newest(session, Valuation, [Valuation.id.in_(_latest())], most, None)
    reviews = Reviews(store)
    return [
        standing
        for start in range(0, len(rows), READ_AT_ONCE)
        for standing in reviews.standings(rows[start : start + READ_AT_ONCE]).values()
    ]


def _latest() -> Select[str]:
    """Identifiers of the latest valuation of each package."""
    firsts = select(Valuation.id, Valuation.id.label("first"))
    chains = firsts.where(Valuation.parent_id.is_(None)).cte("chains", recursive=True)
    later = aliased(Valuation)
    followed = later.parent_id == chains.c.id
    chains = chains.union_all(select(later.id, chains.c.first).join(chains, followed))
    named = (Valuation.package_id, Valuation.filename, chains.c.first, Valuation.id)
    every = select(func.max(Valuation.id)).outerjoin(
        chains, chains.c.id == Valuation.id
    )
    return every.group_by(func.coalesce(*named))


def by_status(standings: Sequence[Standing]) -> dict[Status, Holding]:
    """Sums by state of the review, those that occur."""
    found = {
        status: [s for s in standings if s.status == status]
        for status in get_args(Status)
    }
    return {status: Holding.of(held) for status, held in found.items() if held}
