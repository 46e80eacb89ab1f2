"""Values that people stated in an earlier valuation of a package, and not in this one.

A valuation starts from the model again: what a court or a factory taught somebody about
a claim would be lost without a word.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, false, or_

from serving.reviews.reviews import Reviews
from serving.reviews.standing import Standing, effect_fen
from serving.storage.listing import newest
from serving.storage.store import Store
from serving.storage.tables import ReviewEvent, Valuation

# Earlier valuations with overrides that are looked through for one that stands.
_LOOKED_THROUGH = 20


@dataclass(frozen=True)
class Earlier:
    """Overrides of an earlier valuation that a later one does not repeat.

    Attributes:
        row: The earlier valuation.
        overrides: Its overrides by claim, of claims that are in the later one too.
    """

    row: Valuation
    overrides: Mapping[str, ReviewEvent]

    @property
    def effect_fen(self) -> int:
        """What they added to the model's value then."""
        return sum(map(effect_fen, self.overrides.values()))


def earlier_overrides(store: Store, standing: Standing) -> Earlier | None:
    """The latest earlier valuation of the package that people's values stand in.

    Args:
        store: The store of valuations.
        standing: The review of the later one.

    Returns:
        None where there is none, or where the later one states a value for each of
        its claims.

    Raises:
        StoreError: The store does not answer.
    """
    row, reviews = standing.row, Reviews(store)
    changed = ReviewEvent.kind == "override"
    of_it = exists().where(ReviewEvent.valuation_id == Valuation.id, changed)
    before = [Valuation.id < row.id, _same_package(row), of_it]
    with store.session() as session:
        rows = newest(session, Valuation, before, _LOOKED_THROUGH, None)
    found = (s for s in reviews.standings(rows).values() if s.overrides)
    latest = next(found, None)
    return None if latest is None else _left(store, latest, standing)


def _same_package(row: Valuation) -> ColumnElement[bool]:
    """Valuations of a package: by its identifier, else by the name of its file."""
    parent = Valuation.id == row.parent_id if row.parent_id else false()
    if row.package_id is not None:
        return or_(parent, Valuation.package_id == row.package_id)
    if row.filename is None:
        return parent
    unnamed = Valuation.package_id.is_(None)
    return or_(parent, unnamed & (Valuation.filename == row.filename))


def _left(store: Store, earlier: Standing, later: Standing) -> Earlier | None:
    listed = set(store.claim_lines(later.row.id)["claim_id"].to_pylist())
    left = {
        claim: event
        for claim, event in earlier.overrides.items()
        if claim in listed and claim not in later.overrides
    }
    return Earlier(earlier.row, left) if left else None
