"""Where a claim stands in the view that a reader came from."""

from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from serving.workbench.claims.address import claim_path, claims_path
from serving.workbench.claims.query import ClaimsQuery
from serving.workbench.claims.selection import chosen
from serving.workbench.view import View


@dataclass(frozen=True)
class Neighbours:
    """A claim between those before and after it.

    Attributes:
        place: Its place in the view, from 1; 0 where the view does not show it.
        claims: How many claims the view shows.
        previous: Address of the claim before; None for the first.
        next: Address of the claim after; None for the last.
        back: Address of the page of the view that shows it.
    """

    place: int
    claims: int
    previous: str | None
    next: str | None
    back: str


def neighbours(
    lines: pa.Table, claim_id: str, query: ClaimsQuery, view: View, valuation_id: str
) -> Neighbours:
    """The place of a claim in a view.

    Args:
        lines: Every claim of the package, ``with_derived`` columns.
        claim_id: The claim.
        query: What the view asks for.
        view: How the page of the claim is looked at.
        valuation_id: The valuation.
    """
    ids = chosen(lines, query)["claim_id"]
    place = pc.index(ids, claim_id).as_py() + 1

    def at(position: int) -> str | None:
        if not place or not 1 <= position <= len(ids):
            return None
        path = claim_path(valuation_id, ids[position - 1].as_py())
        return replace(view, path=path).here()

    table = replace(view, path=claims_path(valuation_id))
    page = max(0, place - 1) // query.size + 1
    page = None if page == 1 else page
    back = table.here(page=page, paths=None, comparables=None)
    return Neighbours(place, len(ids), at(place - 1), at(place + 1), back)
