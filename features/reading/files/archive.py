"""What a workbook unpacks to, looked at before any reader opens it."""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import NamedTuple

from features.reading.files.parts import check_parts, count_external_links
from features.reading.files.spans import span
from features.reading.refusals import refusal

MAX_CELLS = 40_000_000
MAX_COLUMNS = 2_000
_CHUNK_BYTES = 1 << 20
_LONGEST_TAG = 1 << 12
# Parts that a reader opens; what cannot be looked over is not opened either.
_OPENED = re.compile(r"^xl/([^/]*|worksheets/.*)\.xml$|\.rels$", re.IGNORECASE)
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ERROR_CELL = re.compile(
    rb"<(?:\w{1,20}:)?c\s(?=[^<>]*\bt\s*=\s*[\"']e[\"'])[^<>]*\br\s*=\s*[\"'](\w+)"
)
# A formula without its value; one that gave empty text has a value.
_VALUELESS = re.compile(
    rb"<c\s(?![^<>]*\bt=[\"']str)[^<>]*>\s*<f(?:\s[^<>]*)?(?:/>|>[^<]*</f>)\s*"
    rb"(?:<v\s*/>|<v></v>)?\s*</c>"
)
# Threads of comments stand in such a part as well.
_NOTES = re.compile(r"^xl/comments(?:\d*|/[^/]*)\.xml$", re.IGNORECASE)
_NOTED_CELL = re.compile(rb"<(?:\w{1,20}:)?comment\s[^<>]*\bref\s*=\s*[\"'](\w+)")
_HIDDEN_ROW = re.compile(
    rb"<row\s(?=[^<>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'])[^<>]*[^<>/]>"
)
_STYLES = "xl/styles.xml"
_FORMAT = re.compile(
    rb"<(?:\w{1,20}:)?numFmt\s(?=[^<>]*\bnumFmtId\s*=\s*[\"'](\d+))"
    rb"[^<>]*\bformatCode\s*=\s*(?:\"([^\"]*)\"|'([^']*)')"
)
_USED_FORMAT = re.compile(rb"<(?:\w{1,20}:)?xf\s[^<>]*\bnumFmtId\s*=\s*[\"'](\d+)")
# Formats that show 1234567 as 123.4567 (0!.0000), as 1,235 (#,##0,) or with 万 behind.
_SCALING = re.compile(r"[0#?](?:!|\\)\.0|[0#?]\"\.\"0|[0#?],+(?![0#?,])|[万亿千]")
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


@dataclass(frozen=True)
class Seen:
    """What is seen of a workbook before it is opened.

    Attributes:
        error_cells: Addresses of the cells that hold an error of Excel, such as
            #DIV/0!; a reader gives them as empty.
        external_links: How many other workbooks it takes values from.
        valueless_formulas: How many formulas were saved without a value; a reader
            gives them as empty.
        hidden_rows: How many rows with cells are hidden or filtered out.
        noted_cells: Addresses of the cells that carry a note, which no reader reads.
        scaling_formats: Formats that show numbers at another size than cells hold.
    """

    error_cells: tuple[str, ...]
    external_links: int
    valueless_formulas: int
    hidden_rows: int
    noted_cells: tuple[str, ...] = ()
    scaling_formats: tuple[str, ...] = ()


def look_over(data: bytes, filename: str) -> Seen:
    """What is seen of a workbook before any reader opens it.

    A reader fills the rectangle that the cells of a sheet span, so a file of a kilobyte
    could ask for any amount of memory.

    Args:
        data: Bytes of an xlsx file.
        filename: Name that people know the file by.

    Raises:
        TapeError: It is no workbook, is damaged, unpacks to too much, declares
            entities, holds macros, or has cells so far apart that no memory holds the
            sheet.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            check_parts(parts, filename)
            found = [_scan(archive, part, filename) for part in parts]
    except _ZIP_ERRORS as error:
        raise refusal("damaged_workbook", file=filename, cause=error) from None
    return Seen(
        tuple(address for scanned in found for address in scanned.errors),
        count_external_links(parts),
        sum(scanned.valueless for scanned in found),
        sum(scanned.hidden for scanned in found),
        tuple(address for scanned in found for address in scanned.noted),
        tuple(code for scanned in found for code in scanned.scaling),
    )


class _Scanned(NamedTuple):
    """What is seen of one part: addresses of errors and notes, counts and formats."""

    errors: list[str]
    valueless: int
    hidden: int
    noted: list[str]
    scaling: list[str]


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo, filename: str) -> _Scanned:
    """Checks what the cells of a part span; gives what a reader would not tell."""
    sheet = PurePosixPath(part.filename).stem
    columns = rows = valueless = hidden = 0
    errors: list[str] = []
    noted: list[str] = []
    scaling: list[str] = []
    holds_notes = _NOTES.fullmatch(part.filename) is not None
    for chunk in _chunks(archive, part):
        if _DECLARATION.search(chunk):
            raise refusal("declares_entities", file=filename, part=part.filename)
        reach = span(chunk)
        if reach is None:
            raise refusal("no_address", file=filename, part=part.filename)
        columns, rows = max(columns, reach.columns), max(rows, reach.rows)
        errors += [f"{sheet}!{address}" for address in _errors(chunk)]
        valueless += len(_VALUELESS.findall(chunk)) if b"<f" in chunk else 0
        noted += _noted(chunk) if holds_notes else []
        scaling += _scaling(chunk) if part.filename == _STYLES else []
        hidden += len(_HIDDEN_ROW.findall(chunk)) if b"hidden" in chunk else 0
    where = {"file": filename, "part": part.filename}
    if columns * rows > MAX_CELLS:
        raise refusal("stray_cells", rows=rows, columns=columns, **where)
    if columns > MAX_COLUMNS:
        raise refusal("too_many_columns", columns=columns, most=MAX_COLUMNS, **where)
    return _Scanned(errors, valueless, hidden, noted, scaling)


def _noted(chunk: bytes) -> list[str]:
    """Addresses of the cells that notes are on."""
    return [found.decode() for found in _NOTED_CELL.findall(chunk)]


def _scaling(chunk: bytes) -> Iterator[str]:
    """Formats in use that show a number at another size."""
    used = {*_USED_FORMAT.findall(chunk)}
    for number, quoted, apart in _FORMAT.findall(chunk):
        code = html.unescape((quoted or apart).decode("utf-8", "replace"))
        if number in used and _SCALING.search(code):
            yield code


def _errors(chunk: bytes) -> Iterator[str]:
    """Addresses of the cells that hold an error; few pieces hold its mark at all."""
    if b'"e"' in chunk or b"'e'" in chunk:
        yield from (found.decode() for found in _ERROR_CELL.findall(chunk))


def _chunks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """A part of XML in pieces that end before a tag; nothing of any other part."""
    rest = b""
    with archive.open(part) as stream:
        block = stream.read(_CHUNK_BYTES)
        is_xml = block.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        if block and not is_xml and _OPENED.search(part.filename):
            raise zipfile.BadZipFile(f"{part.filename} is no XML in UTF-8")
        while is_xml and block:
            text = rest + block
            start = text.rfind(b"<")
            cut = start if len(text) - start < _LONGEST_TAG else len(text)
            rest = text[cut:]
            yield text[:cut]
            block = stream.read(_CHUNK_BYTES)
    yield rest
