"""What a workbook unpacks to, looked at before any reader opens it."""

import html
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from string import ascii_uppercase

from features.reading.files.parts import check_parts, count_external_links
from features.reading.files.spans import Span, span
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
_HIDDEN_COLUMNS = re.compile(
    rb"<(?:\w{1,20}:)?col\s(?=[^<>]*\bhidden\s*=\s*[\"'](?:1|true)[\"'])"
    rb"(?=[^<>]*\bmin\s*=\s*[\"'](\d{1,5})[\"'])[^<>]*\bmax\s*=\s*[\"'](\d{1,5})[\"']"
)
_BOOK = "xl/workbook.xml"
_SINCE_1904 = re.compile(rb"\bdate1904\s*=\s*[\"'](?:1|true)[\"']")
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
        hidden_columns: Columns with cells that are not shown, such as sheet1!E–G.
        since_1904: Whether its numbers of days count from 1904, as on a Mac.
    """

    error_cells: tuple[str, ...]
    external_links: int
    valueless_formulas: int
    hidden_rows: int
    noted_cells: tuple[str, ...] = ()
    scaling_formats: tuple[str, ...] = ()
    hidden_columns: tuple[str, ...] = ()
    since_1904: bool = False


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
        tuple(where for scanned in found for where in scanned.hidden_columns()),
        any(scanned.since_1904 for scanned in found),
    )


@dataclass
class _Part:
    """What is seen of one part so far, as in ``Seen``.

    Attributes:
        name: Its name in the workbook.
        columns: How far its cells reach to the right.
        rows: How far they reach down.
        unshown: First and last of the columns that are hidden.
    """

    name: str
    columns: int = 0
    rows: int = 0
    errors: list[str] = field(default_factory=list)
    valueless: int = 0
    hidden: int = 0
    noted: list[str] = field(default_factory=list)
    scaling: list[str] = field(default_factory=list)
    unshown: list[tuple[int, int]] = field(default_factory=list)
    since_1904: bool = False

    @property
    def sheet(self) -> str:
        """What addresses in it are told with."""
        return PurePosixPath(self.name).stem

    def reach(self, reach: Span) -> None:
        """Note how far the cells of a piece reach."""
        self.columns = max(self.columns, reach.columns)
        self.rows = max(self.rows, reach.rows)

    def see(self, chunk: bytes) -> None:
        """Note what a reader would not tell of a piece."""
        self.errors += [f"{self.sheet}!{address}" for address in _errors(chunk)]
        self.valueless += len(_VALUELESS.findall(chunk)) if b"<f" in chunk else 0
        self.noted += _noted(chunk) if _NOTES.fullmatch(self.name) else []
        self.scaling += _scaling(chunk) if self.name == _STYLES else []
        self.since_1904 |= self.name == _BOOK and _SINCE_1904.search(chunk) is not None
        if b"hidden" in chunk:
            self.hidden += len(_HIDDEN_ROW.findall(chunk))
            self.unshown += [
                (int(a), int(z)) for a, z in _HIDDEN_COLUMNS.findall(chunk)
            ]

    def hidden_columns(self) -> Iterator[str]:
        """Hidden columns, as far as cells reach."""
        for first, last in self.unshown:
            ends = dict.fromkeys((first, min(last, self.columns)))
            if first <= self.columns:
                yield f"{self.sheet}!{'–'.join(map(_letters, ends))}"


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo, filename: str) -> _Part:
    """Checks what the cells of a part span; gives what a reader would not tell."""
    seen = _Part(part.filename)
    where = {"file": filename, "part": part.filename}
    for chunk in _chunks(archive, part):
        if _DECLARATION.search(chunk):
            raise refusal("declares_entities", **where)
        reach = span(chunk)
        if reach is None:
            raise refusal("no_address", **where)
        seen.reach(reach)
        seen.see(chunk)
    if seen.columns * seen.rows > MAX_CELLS:
        shape = {"rows": seen.rows, "columns": seen.columns}
        raise refusal("stray_cells", **shape, **where)
    if seen.columns > MAX_COLUMNS:
        most = {"columns": seen.columns, "most": MAX_COLUMNS}
        raise refusal("too_many_columns", **most, **where)
    return seen


def _letters(column: int) -> str:
    """The letters of a column: 1 is A, 27 is AA."""
    before, place = divmod(column - 1, len(ascii_uppercase))
    return (_letters(before) if before else "") + ascii_uppercase[place]


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
