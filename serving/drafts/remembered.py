"""Corrections that are made again on the next tape of a seller."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from features.personal.recognition import masked
from features.reading.corrections import Correction, Corrections, column_key
from serving.storage.store import Store
from serving.storage.tables import RememberedColumn

LONGEST_SELLER = 100
_LONGEST_KEY = 255
Column = tuple[str, str]


def seller_named(text: str | None) -> str | None:
    """The name of a seller as it is kept; None where nothing was said."""
    return masked(" ".join((text or "").split()))[:LONGEST_SELLER] or None


class Remembered:
    """What is remembered of the columns of sellers."""

    def __init__(self, store: Store) -> None:
        """Use a store."""
        self._store = store

    def sellers(self) -> list[str]:
        """Every seller of whom anything is remembered, by name.

        Raises:
            StoreError: The store does not answer.
        """
        names = select(RememberedColumn.seller).distinct()
        with self._store.session() as session:
            return sorted(session.scalars(names))

    def corrections(self, seller: str, columns: Sequence[Column]) -> Corrections:
        """What is remembered of some columns, the latest word on each field.

        Args:
            seller: The seller.
            columns: Table and header of each column of a tape.

        Raises:
            StoreError: The store does not answer.
        """
        said = self._said(seller)
        fresh: dict[tuple[str, str, str | None], Correction] = {}
        for key, words in said.items():
            for table, header in columns:
                if _key(table, header) == key:
                    correction = Correction.of(table, header, words)
                    place = correction.claimed if correction.field else (*key, None)
                    fresh.setdefault(place, correction)
        return Corrections(tuple(fresh.values()))

    def keep(
        self, seller: str, columns: Iterable[Column], corrections: Corrections
    ) -> None:
        """Remember what was said of the columns of a tape, and forget the rest of them.

        Args:
            seller: The seller.
            columns: Table and header of each column of the tape.
            corrections: What is said of some of them.

        Raises:
            StoreError: The store does not answer; nothing was remembered.
        """
        now = datetime.now(UTC)
        said = {_key(each.table, each.header): each for each in corrections.each}
        forgotten = [_key(table, header) for table, header in columns]

        def replace(session: Session) -> None:
            for key in forgotten:
                _forget(session, seller, key)
            session.add_all(
                RememberedColumn(
                    seller=seller,
                    table=key[0],
                    key=key[1],
                    words=c.words,
                    last_used=now,
                )
                for key, c in said.items()
            )

        self._store.change(replace)

    def _said(self, seller: str) -> Mapping[tuple[str, str], str]:
        """What is remembered by table and key, the latest first."""
        query = (
            select(RememberedColumn)
            .where(RememberedColumn.seller == seller)
            .order_by(RememberedColumn.last_used.desc(), RememberedColumn.key)
        )
        with self._store.session() as session:
            return {(row.table, row.key): row.words for row in session.scalars(query)}


def _key(table: str, header: str) -> tuple[str, str]:
    table, key = column_key(table, header)
    return table, key[:_LONGEST_KEY]


def _forget(session: Session, seller: str, key: tuple[str, str]) -> None:
    named = (RememberedColumn.table == key[0], RememberedColumn.key == key[1])
    session.execute(
        delete(RememberedColumn).where(RememberedColumn.seller == seller, *named)
    )
