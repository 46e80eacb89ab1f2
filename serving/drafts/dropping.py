"""A tape is dropped, and corrected until it reads as its seller means it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from features.package import HeaderValue
from features.personal.recognition import masked
from features.preview import Preview
from features.reading.corrections import AS_READ, Corrections, column_key
from features.reading.records.strict import imposed_header
from serving.drafts.drafts import Drafts, packed
from serving.drafts.remembered import Remembered, seller_named
from serving.drafts.seen import seen_of, seller_of
from serving.sandbox.opening import Opened, Opener
from serving.storage.store import Store
from serving.storage.tables import Draft

CUTOFF, PACKAGE = "cutoff_date", "package_id"
# What a form asks of a tape, beside how its columns are read.
TYPED = ("seller", CUTOFF, PACKAGE)


@dataclass(frozen=True)
class Said:
    """What somebody says of a tape.

    Attributes:
        seller: Who sells it; what the tape says where nothing is stated.
        cutoff_date: Cut-off date of every claim, as 2025-12-31, which wins over the
            tape; None leaves it to the tape.
        corrections: How headers are read.
        package_id: Identifier of the package, by which its later versions are told to
            be of it; None leaves it to the tape.
    """

    seller: str | None = None
    cutoff_date: str | None = None
    corrections: Corrections = AS_READ
    package_id: str | None = None

    def header(self) -> dict[str, HeaderValue]:
        """The fields of the package that are stated.

        Raises:
            TapeError: The cut-off date is none, or the identifier cannot be one.
        """
        return imposed_header(self.plain())

    def plain(self) -> dict[str, str]:
        """The same as plain data."""
        said = {CUTOFF: self.cutoff_date, PACKAGE: self.package_id}
        return {name: value for name, value in said.items() if value}

    @classmethod
    def of(cls, typed: Mapping[str, str], corrections: Corrections = AS_READ) -> Self:
        """What was typed into a form, without what tells of persons."""
        cutoff = typed[CUTOFF].strip() or None
        package = masked(typed[PACKAGE].strip()) or None
        return cls(typed["seller"], cutoff, corrections, package)


class Dropped:
    """Tapes that were dropped, in a store."""

    def __init__(self, store: Store, opener: Opener) -> None:
        """Use a store, and whoever opens files."""
        self._opener = opener
        self._drafts = Drafts(store)
        self._remembered = Remembered(store)

    def drop(self, content: bytes, filename: str, said: Said) -> str:
        """Keep a tape as a draft, read as was remembered of its seller.

        Returns:
            Identifier of the draft.

        Raises:
            TapeError: No correction can make a tape of the file, or the cut-off date is
                none.
            StoreError: The store does not answer; nothing was kept.
        """
        with self._opener.open(content, filename) as opened:
            tape = _Tape(opened, said.header())
            shown = tape.read(AS_READ)
            seller = seller_named(said.seller) or seller_named(seller_of(shown))
            remembered = self._of(seller, shown)
            if remembered.each:
                shown = tape.read(remembered)
        draft = Draft(
            filename=masked(filename),
            seller=seller,
            header=said.plain(),
            corrections=remembered.stated(),
            assumptions={},
            content=content,
            seen=packed(seen_of(shown, remembered)),
        )
        return self._drafts.add(draft)

    def correct(self, draft: Draft, said: Said) -> None:
        """Read a draft again as somebody says, and remember it of the seller.

        Where another seller is named now, what is remembered of that one comes first
        for columns of which nothing is said.

        Raises:
            TapeError: A correction is refused; nothing was changed.
            InFlightError: The draft is being valued, or was.
            StoreError: The store does not answer; nothing was changed.
        """
        seller = seller_named(said.seller)
        corrections = said.corrections
        remembered = self._still_remembered(draft)
        content = self._drafts.content(draft.id)
        with self._opener.open(content, draft.filename) as opened:
            tape = _Tape(opened, said.header())
            if seller != draft.seller:
                remembered = self._of(seller, tape.read(corrections))
                corrections = _beside(corrections, remembered)
            shown = tape.read(corrections)
        _check(shown, corrections)
        self._drafts.correct(
            draft.id,
            seller=seller,
            header=said.plain(),
            corrections=corrections.stated(),
            seen=packed(seen_of(shown, _both(corrections, remembered))),
        )
        if seller is not None:
            self._remembered.keep(seller, _columns(shown), corrections)

    def _still_remembered(self, draft: Draft) -> Corrections:
        columns = self._drafts.seen(draft.id)["columns"]
        again = {
            column_key(c["table"], c["header"]) for c in columns if c["remembered"]
        }
        made = Corrections.of(draft.corrections).each
        return Corrections(tuple(each for each in made if each.key in again))

    def _of(self, seller: str | None, shown: Preview) -> Corrections:
        if seller is None:
            return AS_READ
        return self._remembered.corrections(seller, _columns(shown))


@dataclass(frozen=True)
class _Tape:
    opened: Opened
    header: dict[str, HeaderValue]

    def read(self, corrections: Corrections) -> Preview:
        return self.opened.preview(header=self.header, corrections=corrections)


def _columns(shown: Preview) -> list[tuple[str, str]]:
    return [(column.match.table, column.match.header) for column in shown.columns]


def _beside(said: Corrections, remembered: Corrections) -> Corrections:
    """What is said, and what is remembered of columns and fields of which it is not."""
    keys = {each.key for each in said.each}
    claimed = {each.claimed for each in said.each if each.field is not None}
    others = (
        each
        for each in remembered.each
        if each.key not in keys and each.claimed not in claimed
    )
    return Corrections((*said.each, *others))


def _both(said: Corrections, remembered: Corrections) -> Corrections:
    """What is said as it was remembered."""
    words = {each.key: each.words for each in remembered.each}
    return Corrections(tuple(c for c in said.each if words.get(c.key) == c.words))


def _check(shown: Preview, corrections: Corrections) -> None:
    """Refuse corrections that do not fit the columns, unlike a tape still unread.

    Raises:
        TapeError: There are some.
    """
    sheets: dict[tuple[str, str], list[str]] = {}
    for column in shown.columns:
        table, header = column.match.table, column.match.header
        for sheet in (column.sheet, *column.also):
            sheets.setdefault((table, sheet), []).append(header)
    headers: dict[str, list[list[str]]] = {}
    for (table, _), written in sheets.items():
        headers.setdefault(table, []).append(written)
    corrections.check(headers)
