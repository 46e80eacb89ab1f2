"""Rows of the store as listings show them: which, and newest first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.orm import Session, aliased

from serving.storage.tables import Deal, Draft, ReviewEvent, Valuation

Row = TypeVar("Row", Valuation, Deal, Draft)


@dataclass(frozen=True)
class Filters:
    """Which valuations a listing shows; None shows all.

    Attributes:
        package_id: Identifier of the package.
        model_version: Version of the model.
        created_after: Earliest time, included.
        created_before: Latest time, not included.
        parent_id: Identifier of the valuation that they follow.
        awaiting: Whether only those that were reviewed and wait for an approval.
    """

    package_id: str | None = None
    model_version: str | None = None
    created_after: datetime | None = None
    created_before: datetime | None = None
    parent_id: str | None = None
    awaiting: bool = False

    def conditions(self) -> list[ColumnElement[bool]]:
        """The same as conditions on the table."""
        named = {
            Valuation.package_id: self.package_id,
            Valuation.model_version: self.model_version,
            Valuation.parent_id: self.parent_id,
        }
        conditions = [column == v for column, v in named.items() if v is not None]
        if self.awaiting:
            conditions.append(Valuation.id.in_(_awaiting()))
        if self.created_after is not None:
            conditions.append(Valuation.created_at >= self.created_after)
        if self.created_before is not None:
            conditions.append(Valuation.created_at < self.created_before)
        return conditions


def _awaiting() -> Select[str]:
    """Identifiers of the valuations whose last step is a review."""
    later = aliased(ReviewEvent)
    follows = (later.valuation_id == ReviewEvent.valuation_id) & (
        later.number > ReviewEvent.number
    )
    reviewed = select(ReviewEvent.valuation_id).where(ReviewEvent.kind == "reviewed")
    return reviewed.where(~exists(later.id).where(follows))


def newest(
    session: Session,
    table: type[Row],
    conditions: Sequence[ColumnElement[bool]],
    limit: int,
    before_id: str | None,
) -> list[Row]:
    """Rows of a table, newest first, without their bytes.

    Args:
        session: Of the store.
        table: The table.
        conditions: Which rows to give.
        limit: Most to give.
        before_id: Only those older than this one.
    """
    query = select(table).where(*conditions)
    if before_id is not None:
        query = query.where(table.id < before_id)
    return list(session.scalars(query.order_by(table.id.desc()).limit(limit)))
