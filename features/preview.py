"""A tape as it is shown before it is valued: its columns with samples, read or not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

from features import catalogue
from features.errors import TapeError
from features.findings import shortened
from features.package import HeaderValue
from features.personal.recognition import masked
from features.reading.corrections import AS_READ, Corrections, column_key
from features.reading.files.contents import Contents
from features.reading.plans import ColumnMatch, plan_columns
from features.reading.sheets.raw_tables import SheetColumns, likely_columns
from features.tape import Reading, read_opened

SAMPLES = 3
_SAMPLED_ROWS = 200


@dataclass(frozen=True)
class SeenColumn:
    """One column of a tape.

    Attributes:
        sheet: Name of its sheet; empty for a csv file.
        match: How it is read.
        usual: How it is read when nobody says otherwise.
        samples: Its first values, each once, as written; none of personal data.
        also: Names of the other sheets of its table that have it.
    """

    sheet: str
    match: ColumnMatch
    usual: ColumnMatch
    samples: tuple[str, ...]
    also: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preview:
    """What is seen of a tape.

    Attributes:
        columns: Its columns, those of a sheet that is not understood included.
        reading: The tape as it was read; None where it cannot be.
        refusal: Why it cannot be read; None where it was.
        encoding: Encoding of a csv file.
    """

    columns: tuple[SeenColumn, ...]
    reading: Reading | None
    refusal: TapeError | None
    encoding: str | None


def preview(
    contents: Contents,
    filename: str,
    *,
    header: Mapping[str, HeaderValue] | None = None,
    corrections: Corrections = AS_READ,
) -> Preview:
    """What is seen of a tape, whether it can be read or not.

    Args:
        contents: Its sheets.
        filename: Name that people know the file by.
        header: Fields of the package that win over what the file says.
        corrections: What somebody says of the headers.
    """
    columns = tuple(_seen(contents, corrections))
    try:
        reading = read_opened(
            contents, filename, header=header, corrections=corrections
        )
    except TapeError as error:
        return Preview(columns, None, error, contents.encoding)
    return Preview(columns, reading, None, contents.encoding)


def _seen(contents: Contents, corrections: Corrections) -> Iterator[SeenColumn]:
    """The columns; those of several sheets of a table are seen on the first."""
    tables = _tables(contents, corrections)
    held = _sheets_with(tables)
    for number, table in enumerate(tables):
        now, _ = plan_columns(table.table, table.headers, table.unit, corrections)
        usual, _ = plan_columns(table.table, table.headers, table.unit)
        for position, header in enumerate(table.headers):
            first, *others = held[column_key(table.table, header)]
            if header and first == number:
                match = now[position].match
                values = (row[position] for row in table.rows if position < len(row))
                samples = _samples(match, values)
                plain = usual[position].match
                also = tuple(tables[other].sheet for other in others)
                yield SeenColumn(table.sheet, match, plain, samples, also)


def _sheets_with(
    tables: Sequence[SheetColumns],
) -> Mapping[tuple[str, str], Sequence[int]]:
    """Numbers of the sheets that have each column, from 0."""
    held: dict[tuple[str, str], dict[int, None]] = {}
    for number, table in enumerate(tables):
        for header in table.headers:
            held.setdefault(column_key(table.table, header), {})[number] = None
    return {key: tuple(numbers) for key, numbers in held.items()}


def _tables(contents: Contents, corrections: Corrections) -> Sequence[SheetColumns]:
    if contents.table is None:
        return likely_columns(contents.grids, corrections, _SAMPLED_ROWS)
    first = contents.table.slice(0, _SAMPLED_ROWS)
    rows = list(zip(*(c.to_pylist() for c in first.columns), strict=True))
    headers = tuple(map(masked, first.column_names))
    return [SheetColumns("claims", "", headers, rows)]


def _samples(match: ColumnMatch, values: Iterator[Any]) -> tuple[str, ...]:
    if match.personal:
        return ()
    named = match.field is None or catalogue.field(match.table, match.field).person
    written = (_written(value, expected=named) for value in values)
    return tuple(islice(dict.fromkeys(text for text in written if text), SAMPLES))


def _written(value: Any, *, expected: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    text = f"{value:.15g}" if isinstance(value, float) else value
    return shortened(text, expected=expected)
