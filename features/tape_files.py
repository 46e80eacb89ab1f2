"""Bytes of a file as grids of cells; a file that can be no tape is refused here."""

import codecs
import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
)

from features.errors import TapeError

MAX_CELLS = 40_000_000
MAX_UNPACKED_BYTES = 1 << 30
MAX_ENTRIES = 5_000
_CHUNK_BYTES = 1 << 20
# Every tag of a cell, with its address and whether it closes itself. A tag that is not
# written as plainly as this gives an empty address.
_CELL = re.compile(
    rb"<(?:\w{1,20}:)?c(?=[\s/>])"
    rb"(?:(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*?"
    rb"\s+r\s*=\s*[\"']([A-Z]{1,3})([1-9]\d{0,6})[\"']"
    rb"[^<>]*?(/?)>)?"
)
_LONGEST_TAG = 1 << 12
# What the standard library raises on a zip that lies about itself.
_ZIP_ERRORS = (
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
    RuntimeError,
    ValueError,
    EOFError,
    OSError,
)
_DELIMITERS = ",\t;"
_SAMPLE_LINES = 40
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Grid:
    """One sheet; the first row is line 1 of the file.

    Attributes:
        name: Name of the sheet; empty for a csv file.
        rows: Cells row by row, as Python values; rows may differ in length.
    """

    name: str
    rows: Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Contents:
    """What a file holds.

    Attributes:
        grids: Its sheets, for a workbook or a csv file.
        table: Its one table, for a parquet file.
        encoding: Encoding of a csv file.
    """

    grids: tuple[Grid, ...] = ()
    table: pa.Table | None = None
    encoding: str | None = None


def read_contents(source: Path | bytes, filename: str) -> Contents:
    """The sheets or the table of a file; the bytes say its format, not its name.

    Args:
        source: The file or its bytes.
        filename: Name that people know the file by.

    Raises:
        TapeError: The file is absent, empty, damaged, encrypted, too large once
            unpacked, or of no known format.
    """
    data = source if isinstance(source, bytes) else _bytes_of(source)
    if not data.strip():
        raise TapeError(f"{filename} is empty; send a workbook, csv or parquet file")
    if data.startswith(b"PK"):
        return Contents(grids=_workbook(_checked_zip(data, filename), filename))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return Contents(grids=_workbook(data, filename))
    if data.startswith(b"PAR1"):
        return Contents(table=_parquet(data, filename))
    return _csv(data, filename)


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise TapeError(f"{path} cannot be read: {error.strerror}") from None


def _parquet(data: bytes, filename: str) -> pa.Table:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        _check_size(file.metadata, filename)
        table = file.read()
        table.validate(full=True)
        # Damaged names show only when they are decoded.
        return table.rename_columns(table.column_names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise TapeError(f"{filename} is a damaged parquet file: {error}") from None


def _check_size(metadata: pq.FileMetaData, filename: str) -> None:
    rows, width = metadata.num_rows, metadata.num_columns
    if rows * width > MAX_CELLS:
        raise TapeError(
            f"{filename} holds {rows} rows of {width} columns, too many for a tape; "
            "keep the columns of the claims only or split it"
        )


def _workbook(data: bytes, filename: str) -> tuple[Grid, ...]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return tuple(
            Grid(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for name in _worksheets(book)
        )
    except PasswordError:
        raise TapeError(
            f"{filename} is encrypted; remove the password and send it again"
        ) from None
    except CalamineError as error:
        raise TapeError(
            f"{filename} cannot be read as a workbook ({error}); open it and save it "
            "as .xlsx"
        ) from None


def _worksheets(book: CalamineWorkbook) -> list[str]:
    kinds = {s.name: s.typ for s in book.sheets_metadata}
    return [name for name in book.sheet_names if kinds[name] == SheetTypeEnum.WorkSheet]


def _checked_zip(data: bytes, filename: str) -> bytes:
    """The same bytes, once what they unpack to is known to be of sane size."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_directory(archive, filename)
            for entry in archive.infolist():
                _check_extent(archive, entry, filename)
    except _ZIP_ERRORS as error:
        raise TapeError(f"{filename} is a damaged workbook: {error}") from None
    return data


def _check_directory(archive: zipfile.ZipFile, filename: str) -> None:
    entries = archive.infolist()
    if "xl/workbook.xml" not in {entry.filename for entry in entries}:
        raise TapeError(f"{filename} is not an Excel workbook; save it as .xlsx")
    if len(entries) > MAX_ENTRIES:
        raise TapeError(
            f"{filename} holds {len(entries)} parts; save it again as .xlsx"
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED_BYTES:
        raise TapeError(
            f"{filename} unpacks to {unpacked / 1e6:.0f} MB, more than "
            f"{MAX_UNPACKED_BYTES / 1e6:.0f} MB; split it or send csv"
        )


def _check_extent(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, filename: str
) -> None:
    """Refuses a sheet whose few cells span a huge rectangle: readers fill it."""
    if not entry.filename.lower().endswith(".xml"):
        return
    columns: set[bytes] = set()
    last_row = 0
    for chunk in _chunks(archive, entry):
        for column, row, is_empty in _CELL.findall(chunk):
            if not column:
                raise TapeError(
                    f"{filename}: {entry.filename} holds a cell without a plain "
                    "address; open the file and save it again as .xlsx"
                )
            if not is_empty:
                columns.add(column)
                last_row = max(last_row, int(row))
    width = max((_column_number(column) for column in columns), default=0)
    if width * last_row > MAX_CELLS:
        raise TapeError(
            f"{filename}: the cells of {entry.filename} span {last_row} rows and "
            f"{width} columns; delete stray cells far from the table, or send csv"
        )


def _chunks(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """The entry in pieces that end before a tag, as far as tags are of sane size."""
    rest = b""
    with archive.open(entry) as stream:
        while block := stream.read(_CHUNK_BYTES):
            text = rest + block
            start = text.rfind(b"<")
            cut = start if len(text) - start < _LONGEST_TAG and start > 0 else len(text)
            rest = text[cut:]
            yield text[:cut]
    yield rest


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _csv(data: bytes, filename: str) -> Contents:
    text, encoding = _decoded(data, filename)
    if "\0" in text or re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        raise TapeError(
            f"{filename} is neither a workbook, a csv nor a parquet file; open it and "
            "save it as .xlsx or csv"
        )
    lines = io.StringIO(text, newline="")
    # Strict: an open quotation mark would otherwise swallow the rest of the file.
    reader = csv.reader(lines, delimiter=_delimiter(text), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        raise TapeError(
            f"{filename}, line {reader.line_num}: {error}; check the quotation marks"
        ) from None
    return Contents(grids=(Grid("", rows),), encoding=encoding)


def _decoded(data: bytes, filename: str) -> tuple[str, str]:
    """Text and encoding: a byte order mark, else strict UTF-8, else strict GB18030."""
    marked = [name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise TapeError(f"{filename} is neither UTF-8 nor GB18030; save it as csv UTF-8")


def _delimiter(text: str) -> str:
    """The delimiter that splits one of the first lines into most columns."""
    lines = text[: 1 << 16].splitlines()[:_SAMPLE_LINES]
    return max(_DELIMITERS, key=lambda mark: max(line.count(mark) for line in lines))
