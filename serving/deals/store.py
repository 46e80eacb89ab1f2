"""The store of past deals: what was bid and paid, won and lost, once for each price."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from features import catalogue
from features.deals import TABLE
from serving.audit.log import Audit
from serving.identifiers import new_id
from serving.storage.changes import parts
from serving.storage.listing import newest
from serving.storage.store import Store
from serving.storage.tables import Deal

_OLDEST_FIRST = [(name, "ascending") for name in ("deal_date", "deal_id", "price_kind")]
Key = tuple[str, str]
Facts = dict[str, Any]


@dataclass(frozen=True)
class DealFilters:
    """Which deals are meant; None means all.

    Attributes:
        price_kind: Kind of price.
        currency: Currency of the amounts, as ISO 4217 has it.
        until: Latest day of a deal, included.
    """

    price_kind: str | None = None
    currency: str | None = None
    until: date | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions on the table."""
        conditions = []
        if self.price_kind is not None:
            conditions.append(Deal.price_kind == self.price_kind)
        if self.currency is not None:
            conditions.append(Deal.currency == self.currency)
        if self.until is not None:
            conditions.append(Deal.deal_date <= self.until)
        return conditions


@dataclass(frozen=True)
class Kept:
    """What became of deals that were handed to the store.

    Attributes:
        added: Deals that were not there.
        replaced: Those that were there with other facts, by identifier and kind of
            price; the new facts stand in place of the old ones.
        unchanged: Deals that were there with the same facts.
    """

    added: int
    replaced: tuple[Key, ...]
    unchanged: int

    def counts(self) -> dict[str, int]:
        """How many there are of each."""
        replaced = len(self.replaced)
        return {
            "added": self.added,
            "replaced": replaced,
            "unchanged": self.unchanged,
        }


class DealStore:
    """Past deals in the database of the valuations."""

    def __init__(self, store: Store) -> None:
        """Share a database."""
        self._store = store

    def add(self, deals: pa.Table, filename: str) -> Kept:
        """Keep deals; those of the same identifier and kind of price are replaced.

        Args:
            deals: Accepted deals, each key once; schema
                ``catalogue.arrow_schema("deals")``.
            filename: Name of the file that they came in.

        Raises:
            StoreError: The database does not answer; nothing was kept.
        """
        given = {(f["deal_id"], f["price_kind"]): f for f in _plain_facts(deals)}

        def keep(session: Session) -> Kept:
            kept = _kept(session, given, filename)
            Audit.append(
                session, self._store.who, "deals.imported", facts=kept.counts()
            )
            return kept

        return self._store.change(keep)

    def all(self, filters: DealFilters | None = None) -> pa.Table:
        """Deals, oldest first.

        Args:
            filters: Which; all of them where absent.

        Returns:
            Schema ``catalogue.arrow_schema("deals")``.

        Raises:
            StoreError: The database does not answer.
        """
        chosen = filters or DealFilters()
        query = select(Deal.facts).where(*chosen.conditions())
        with self._store.session() as session:
            # Databases sort texts in orders of their own.
            return _table(session.scalars(query).all()).sort_by(_OLDEST_FIRST)

    def page(
        self, filters: DealFilters, limit: int, before_id: str | None = None
    ) -> list[Deal]:
        """Rows of the store, those first kept latest at the top.

        Args:
            filters: Which to show.
            limit: Most to give.
            before_id: Only those kept before this one.

        Raises:
            StoreError: The database does not answer.
        """
        with self._store.session() as session:
            return newest(session, Deal, filters.conditions(), limit, before_id)


def _kept(session: Session, given: Mapping[Key, Facts], filename: str) -> Kept:
    now = datetime.now(UTC)
    known = {(r.deal_id, r.price_kind): r for r in _known(session, list(given))}
    changed = [k for k, row in known.items() if row.facts != given[k]]
    for key in changed:
        _fill(known[key], given[key], filename, now)
    new = [key for key in given if key not in known]
    # Sorted, for a listing shows them in the order of their file.
    ids = sorted(new_id(now) for _ in new)
    session.add_all(
        _fill(Deal(id=identifier), given[key], filename, now)
        for identifier, key in zip(ids, new, strict=True)
    )
    return Kept(len(new), tuple(changed), len(known) - len(changed))


def _known(session: Session, keys: Sequence[Key]) -> Iterator[Deal]:
    """The rows of these keys."""
    for some in parts(keys):
        named = tuple_(Deal.deal_id, Deal.price_kind).in_(some)
        yield from session.scalars(select(Deal).where(named))


def _fill(row: Deal, facts: Facts, filename: str, now: datetime) -> Deal:
    row.imported_at, row.filename, row.facts = now, filename, facts
    row.deal_id, row.price_kind = facts["deal_id"], facts["price_kind"]
    row.currency = facts["currency"]
    row.deal_date = date.fromisoformat(facts["deal_date"])
    return row


def _plain_facts(deals: pa.Table) -> Iterator[Facts]:
    """The facts that each deal states, as JSON has them."""
    for row in deals.to_pylist():
        yield {
            name: value.isoformat() if isinstance(value, date) else value
            for name, value in row.items()
            if value is not None
        }


def _table(facts: Sequence[Facts]) -> pa.Table:
    """Facts as a canonical table; a field that no longer exists is left out."""
    columns = {
        name: [_typed(field, row.get(name)) for row in facts]
        for name, field in catalogue.kept_fields(TABLE).items()
    }
    return pa.table(columns, schema=catalogue.arrow_schema(TABLE))


def _typed(field: catalogue.Field, value: Any) -> Any:
    is_date = field.kind == "date" and value is not None
    return date.fromisoformat(value) if is_date else value
