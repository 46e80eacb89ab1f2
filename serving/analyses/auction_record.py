"""What the deals in the store teach of auctions, learnt once per state of the store."""

from functools import lru_cache

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import func, select

from models.pricing.bidding.priors import declared_priors
from models.pricing.bidding.record import AuctionRecord, learn_record
from serving.deals.store import DealStore
from serving.storage.store import Store
from serving.storage.tables import Deal

KEPT_RECORDS = 8
KEPT_TYPES = 1_000
State = tuple[int, str]


def auction_record(store: Store, package_id: str | None) -> AuctionRecord:
    """What deals teach; a package's own deal is no evidence of its rivals.

    Args:
        store: The database of valuations and deals.
        package_id: The package that is to be bid for.

    Raises:
        StoreError: The database does not answer.
    """
    state = _state(store)
    deals = _deals(store, state)
    own = package_id is not None and package_id in set(deals["deal_id"].to_pylist())
    return _learnt(store, state, package_id if own else None)


@lru_cache(KEPT_TYPES)
def package_type(store: Store, valuation_id: str) -> str | None:
    """Kind of package of a valuation; None where claims state none, or several.

    Raises:
        NotFoundError: There is no such valuation.
        StoreError: The database does not answer.
    """
    claims = store.original(valuation_id)[1].package.claims
    kinds = pc.unique(claims["package_type"]).to_pylist()
    return kinds[0] if len(kinds) == 1 else None


def _state(store: Store) -> State:
    """Changes with every import of deals."""
    query = select(func.count(), func.max(Deal.imported_at)).select_from(Deal)
    with store.session() as session:
        count, latest = session.execute(query).one()
    return int(count), str(latest)


@lru_cache(KEPT_RECORDS)
def _deals(store: Store, state: State) -> pa.Table:  # noqa: ARG001 - part of the key
    return DealStore(store).all()


@lru_cache(KEPT_RECORDS)
def _learnt(store: Store, state: State, without: str | None) -> AuctionRecord:
    deals = _deals(store, state)
    if without is not None:
        deals = deals.filter(pc.not_equal(deals["deal_id"], without))
    return learn_record(deals, declared_priors())
