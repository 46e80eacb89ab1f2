"""Corrections by hand of how the headers of a tape are read."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Self

from features import catalogue
from features.catalogue import Field
from features.errors import Finding, TapeError
from features.findings import finding, shortened
from features.personal.recognition import masked
from features.reading.files.archive import MAX_COLUMNS
from features.reading.headers import (
    BY_HAND,
    FACTORS,
    Meaning,
    header_key,
    meaning,
    unit_named,
)

UNUSED = "unused"


@dataclass(frozen=True)
class Correction:
    """What somebody says of the column under a header.

    Attributes:
        table: Table of the tape.
        header: Header, but for what sellers vary in writing it.
        field: Canonical name of the field; None for a column that is not used.
        unit: Unit of its money; None for the one that the tape names or implies.
    """

    table: str
    header: str
    field: str | None
    unit: str | None = None

    @classmethod
    def of(cls, table: str, header: str, words: object) -> Self:
        """A correction in words: ``principal``, ``principal:万元`` or ``unused``."""
        name, _, unit = str(words).partition(":")
        field = None if name == UNUSED else name
        return cls(table, masked(header), field, unit or None)

    @property
    def words(self) -> str:
        """The same in words."""
        unit = f":{self.unit}" if self.unit else ""
        return f"{self.field or UNUSED}{unit}"

    @property
    def key(self) -> tuple[str, str]:
        """The table and what the header comes down to."""
        return column_key(self.table, self.header)

    @property
    def usual(self) -> Meaning | None:
        """What the header means when nobody says otherwise."""
        return meaning(self.table, self.header)

    @property
    def claimed(self) -> tuple[str, str, str | None]:
        """The field that it claims, or the part of an amount that the header names."""
        usual = self.usual
        same = usual is not None and usual.field.name == self.field
        return self.table, self.field or "", usual.part if usual and same else None

    def meaning(self) -> Meaning | None:
        """What the header means by it."""
        if self.field is None:
            return None
        usual = self.usual
        if usual is None or usual.field.name != self.field:
            known = catalogue.field(self.table, self.field)
            return Meaning(known, BY_HAND, unit=self.unit or unit_named(self.header))
        rank = usual.rank if usual.part else BY_HAND
        return replace(usual, rank=rank, unit=self.unit or usual.unit)


@dataclass(frozen=True)
class Corrections:
    """Corrections of one tape, none of which contradicts another.

    Attributes:
        each: The corrections.
    """

    each: tuple[Correction, ...] = ()

    @classmethod
    def of(cls, stated: Mapping[str, Any]) -> Self:
        """Corrections as JSON states them.

        Args:
            stated: For each table an object of headers, each with a field, a field and
                the unit of its money (``principal:万元``), or ``unused``.

        Raises:
            TapeError: A table, a field or a unit does not exist, or a table is told of
                more columns than any may have.
        """
        _refuse([*_too_many(stated)])
        each = tuple(
            Correction.of(table, header, words)
            for table, columns in stated.items()
            if table in catalogue.TAPE_TABLES and isinstance(columns, dict)
            for header, words in columns.items()
        )
        wrong = [*_unreadable(stated), *(f for c in each for f in _faults(c))]
        _refuse(wrong)
        return cls(each)

    def stated(self) -> dict[str, dict[str, str]]:
        """The corrections as JSON."""
        tables: dict[str, dict[str, str]] = {}
        for each in self.each:
            tables.setdefault(each.table, {})[each.header] = each.words
        return tables

    def find(self, table: str, header: str) -> Correction | None:
        """The correction of a header, if there is one."""
        return self._by_key.get(column_key(table, header)) if self.each else None

    def meaning(self, table: str, header: str) -> Meaning | None:
        """What a header means, corrected or as usual."""
        correction = self.find(table, header)
        return correction.meaning() if correction else meaning(table, header)

    def fields_met(self, table: str, headers: Sequence[str]) -> frozenset[str]:
        """Names of the fields of a table that a row of headers holds."""
        met = (self.meaning(table, header) for header in headers if header)
        return frozenset(m.field.name for m in met if m is not None)

    def check(self, headers: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Refuse corrections that do not fit the headers of a tape.

        Two sheets of a table may call a field differently, which no sheet may do.

        Args:
            headers: Headers of each sheet of each table of the tape.

        Raises:
            TapeError: A header is on no sheet, or two of one sheet claim a field; one
                finding for each.
        """
        sheets = [
            {column_key(table, header) for header in sheet}
            for table, written in headers.items()
            for sheet in written
        ]
        met = set().union(*sheets)
        absent = [
            _wrong(each, "no_such_column", name=each.header)
            for each in self.each
            if each.key not in met
        ]
        twice = {
            found: None
            for sheet in sheets
            for found in _claimed_twice([c for c in self.each if c.key in sheet])
        }
        _refuse([*absent, *twice])

    @cached_property
    def _by_key(self) -> Mapping[tuple[str, str], Correction]:
        return {each.key: each for each in self.each}


AS_READ = Corrections()


def column_key(table: str, header: str) -> tuple[str, str]:
    """By what a column is known again on the next tape of a seller."""
    shown = masked(header)
    return table, header_key(shown) or shown.strip()


def _refuse(wrong: Sequence[Finding]) -> None:
    if wrong:
        raise TapeError(wrong[0].sentence(), wrong)


def _wrong(
    correction: Correction,
    code: str,
    name: str = "",
    field: Field | None = None,
    known: str = "",
) -> Finding:
    return finding(
        code,
        table=correction.table,
        column=shortened(correction.header),
        name=shortened(name),
        field=field,
        known=known,
    )


def _too_many(stated: Mapping[str, Any]) -> Iterator[Finding]:
    for table, columns in stated.items():
        if isinstance(columns, dict) and len(columns) > MAX_COLUMNS:
            yield finding(
                "too_many_corrections",
                table=table,
                number=len(columns),
                most=MAX_COLUMNS,
            )


def _unreadable(stated: Mapping[str, Any]) -> Iterator[Finding]:
    for table, columns in stated.items():
        if table not in catalogue.TAPE_TABLES:
            known = ", ".join(catalogue.TAPE_TABLES)
            yield finding("unknown_table", table="package", name=table, known=known)
        elif not isinstance(columns, dict):
            yield finding("not_fields", table=table, value=columns)


def _faults(correction: Correction) -> Iterator[Finding]:
    if correction.field is None:
        return
    known = catalogue.fields(correction.table).get(correction.field)
    if known is None:
        yield _wrong(correction, "unknown_field", name=correction.field)
    elif correction.unit and known.kind != "money":
        yield _wrong(correction, "unit_without_money", field=known)
    elif correction.unit and correction.unit not in FACTORS:
        units = "、".join(FACTORS)
        yield _wrong(correction, "unknown_unit", name=correction.unit, known=units)


def _claimed_twice(each: Sequence[Correction]) -> Iterator[Finding]:
    claims = Counter(c.claimed for c in each if c.field is not None)
    for correction in each:
        if correction.field is not None and claims[correction.claimed] > 1:
            yield _wrong(correction, "field_claimed_twice", name=correction.field)
