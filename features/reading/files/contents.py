"""Bytes of a file as grids of cells; a file that can be no tape is refused here."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from features.reading.files.archive import MAX_COLUMNS, Seen, look_over
from features.reading.files.delimited import read_rows
from features.reading.files.grids import Grid
from features.reading.files.markup import decoded_markup, is_markup
from features.reading.files.parquet import read_parquet
from features.reading.files.web_page import page_tables
from features.reading.files.xml_workbook import is_xml_workbook, xml_sheets
from features.reading.refusals import refusal

# How files begin that hold no table, by what they are refused as: gzip, 7z, rar, bzip2
# and xz; PDF, PNG, JPEG, GIF and TIFF; a page with its pictures.
_OTHERS = (
    ("packed_file", (b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")),
    (
        "paper_or_picture",
        (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*"),
    ),
    ("unknown_form", (b"MIME-Version:",)),
)


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        grids: Its sheets, for a workbook, a page or a csv file.
        table: Its one table, for a parquet file.
        encoding: Encoding of a csv file or a page.
        seen: What was seen of a workbook that no reader tells.
    """

    grids: tuple[Grid, ...] = ()
    table: pa.Table | None = None
    encoding: str | None = None
    seen: Seen | None = None


def read_contents(source: Path | bytes, filename: str) -> Contents:
    """The sheets or the table of a file; the bytes say its format, not its name.

    Args:
        source: The file or its bytes.
        filename: Name that people know the file by.

    Raises:
        TapeError: The file is absent, empty, damaged, encrypted, too large once
            unpacked, or of no known format.
    """
    data = source if isinstance(source, bytes) else bytes_of(source)
    if not data or data.isspace():
        raise refusal("empty", file=filename)
    if data.startswith(b"PK"):
        seen = look_over(data, filename)
        grids = _workbook(data, filename)
        counted = (replace(g, since_1904=seen.since_1904) for g in grids)
        return Contents(grids=tuple(counted), seen=seen)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return Contents(grids=_workbook(_plain(data, filename), filename))
    if data.startswith(b"PAR1"):
        return Contents(table=read_parquet(data, filename))
    other = next((code for code, starts in _OTHERS if data.startswith(starts)), None)
    if other:
        raise refusal(other, file=filename)
    if is_markup(data):
        return _marked_up(data, filename)
    rows, encoding = read_rows(data, filename)
    return Contents(grids=(Grid("", rows),), encoding=encoding)


def _marked_up(data: bytes, filename: str) -> Contents:
    """The tables of a page, or the sheets of a workbook in XML, saved as .xls."""
    text, encoding = decoded_markup(data, filename)
    read = xml_sheets if is_xml_workbook(text) else page_tables
    grids, seen = read(text, filename)
    _check_width(grids, filename)
    return Contents(grids=grids, encoding=encoding, seen=seen)


def bytes_of(path: Path) -> bytes:
    """What a file holds.

    Raises:
        TapeError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise refusal("unreadable", file=path, cause=error.strerror) from None


def _workbook(data: bytes, filename: str) -> tuple[Grid, ...]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        grids = tuple(
            _grid(book.get_sheet_by_name(name), hidden=hidden)
            for name, hidden in _worksheets(book)
        )
    except (CalamineError, ValueError, OverflowError) as error:
        raise refusal("no_workbook", file=filename, cause=error) from None
    _check_width(grids, filename)
    return grids


def _grid(sheet: CalamineSheet, *, hidden: bool) -> Grid:
    rows = sheet.to_python(skip_empty_area=False)
    return Grid.of(sheet.name, rows, sheet.merged_cell_ranges or (), hidden=hidden)


def _check_width(grids: Sequence[Grid], filename: str) -> None:
    for grid in grids:
        width = max(map(len, grid.rows), default=0)
        if width > MAX_COLUMNS:
            facts = {"part": grid.name, "columns": width, "most": MAX_COLUMNS}
            raise refusal("too_many_columns", file=filename, **facts)


def _plain(data: bytes, filename: str) -> bytes:
    """The same bytes of an .xls file that is neither encrypted nor holds macros.

    Excel keeps what is encrypted, and what is a macro, in streams of these names.
    """
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise refusal("encrypted", file=filename)
    if "_VBA_PROJECT".encode("utf-16-le") in data:
        raise refusal("macros", file=filename)
    return data


def _worksheets(book: CalamineWorkbook) -> list[tuple[str, bool]]:
    """Name of each sheet of cells, and whether it is hidden."""
    sheets = (s for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet)
    return [(s.name, s.visible != SheetVisibleEnum.Visible) for s in sheets]
