"""Bytes of a file as grids of cells; a file that can be no tape is refused here."""

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum

from features.reading.archive import MAX_CELLS, error_cells
from features.reading.refusals import refusal

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
        error_cells: Addresses of cells that hold an error of Excel; they read as
            empty.
    """

    grids: tuple[Grid, ...] = ()
    table: pa.Table | None = None
    encoding: str | None = None
    error_cells: tuple[str, ...] = ()


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
    if not data.strip():
        raise refusal("empty", file=filename)
    if data.startswith(b"PK"):
        errors = error_cells(data, filename)
        return Contents(grids=_workbook(data, filename), error_cells=errors)
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return Contents(grids=_workbook(_not_encrypted(data, filename), filename))
    if data.startswith(b"PAR1"):
        return Contents(table=_parquet(data, filename))
    return _csv(data, filename)


def bytes_of(path: Path) -> bytes:
    """What a file holds.

    Raises:
        TapeError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise refusal("unreadable", file=path, cause=error.strerror) from None


def _parquet(data: bytes, filename: str) -> pa.Table:
    try:
        file = pq.ParquetFile(io.BytesIO(data))
        _check_size(file.metadata, filename)
        table = file.read()
        table.validate(full=True)
        # Damaged names show only when they are decoded.
        return table.rename_columns(table.column_names)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refusal("damaged_parquet", file=filename, cause=error) from None


def _check_size(metadata: pq.FileMetaData, filename: str) -> None:
    rows, width = metadata.num_rows, metadata.num_columns
    if rows * width > MAX_CELLS:
        raise refusal("too_many_cells", file=filename, rows=rows, columns=width)


def _workbook(data: bytes, filename: str) -> tuple[Grid, ...]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        return tuple(
            Grid(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False))
            for name in _worksheets(book)
        )
    except CalamineError as error:
        raise refusal("no_workbook", file=filename, cause=error) from None


def _not_encrypted(data: bytes, filename: str) -> bytes:
    """The same bytes; Excel keeps an encrypted workbook in a stream of this name."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise refusal("encrypted", file=filename)
    return data


def _worksheets(book: CalamineWorkbook) -> list[str]:
    kinds = {s.name: s.typ for s in book.sheets_metadata}
    return [name for name in book.sheet_names if kinds[name] == SheetTypeEnum.WorkSheet]


def _csv(data: bytes, filename: str) -> Contents:
    text, encoding = decoded(data, filename)
    if "\0" in text or re.match(r"\s*<(!doctype|html|\?xml)", text, re.IGNORECASE):
        raise refusal("unknown_form", file=filename)
    lines = io.StringIO(text, newline="")
    # Strict: an open quotation mark would otherwise swallow the rest of the file.
    reader = csv.reader(lines, delimiter=delimiter_of(text), strict=True)
    try:
        rows = list(reader)
    except csv.Error as error:
        line = reader.line_num
        raise refusal("open_quotation", file=filename, line=line, cause=error) from None
    return Contents(grids=(Grid("", rows),), encoding=encoding)


def decoded(data: bytes, filename: str) -> tuple[str, str]:
    """Text and encoding: a byte order mark, else strict UTF-8, else strict GB18030."""
    marked = [name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise refusal("unknown_encoding", file=filename)


def delimiter_of(text: str) -> str:
    """The delimiter that splits one of the first lines into most columns."""
    lines = text[: 1 << 16].splitlines()[:_SAMPLE_LINES]
    return max(_DELIMITERS, key=lambda mark: max(line.count(mark) for line in lines))
