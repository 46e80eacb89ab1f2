"""What a workbook unpacks to, looked at before any reader opens it."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import PurePosixPath

from features.reading.refusals import refusal
from features.reading.spans import span

MAX_CELLS = 40_000_000
MAX_UNPACKED_BYTES = 1 << 30
MAX_ENTRIES = 5_000
_CHUNK_BYTES = 1 << 20
_LONGEST_TAG = 1 << 12
_ERROR_CELL = re.compile(
    rb"<(?:\w{1,20}:)?c\s(?=[^<>]*\bt\s*=\s*[\"']e[\"'])[^<>]*\br\s*=\s*[\"'](\w+)"
)
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


def error_cells(data: bytes, filename: str) -> tuple[str, ...]:
    """Addresses of the cells that hold an error of Excel, such as #DIV/0!.

    A reader gives such cells as empty and fills the rectangle that the cells of a
    sheet span, so a file of a kilobyte could ask for any amount of memory.

    Args:
        data: Bytes of an xlsx file.
        filename: Name that people know the file by.

    Raises:
        TapeError: It is no workbook, is damaged, unpacks to too much, or has cells so
            far apart that no memory holds the sheet.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_directory(archive, filename)
            found = [_scan(archive, part, filename) for part in archive.infolist()]
    except _ZIP_ERRORS as error:
        raise refusal("damaged_workbook", file=filename, cause=error) from None
    return tuple(address for addresses in found for address in addresses)


def _check_directory(archive: zipfile.ZipFile, filename: str) -> None:
    parts = archive.infolist()
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise refusal("other_archive", file=filename)
    if len(parts) > MAX_ENTRIES:
        raise refusal("too_many_parts", file=filename, parts=len(parts))
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES:
        size, most = unpacked / 1e6, MAX_UNPACKED_BYTES / 1e6
        raise refusal("unpacks_to_too_much", file=filename, size=size, most=most)


def _scan(archive: zipfile.ZipFile, part: zipfile.ZipInfo, filename: str) -> list[str]:
    """Checks what the cells of a part span; gives those that hold an error."""
    sheet = PurePosixPath(part.filename).stem
    columns = rows = 0
    errors: list[str] = []
    for chunk in _chunks(archive, part):
        reach = span(chunk)
        if reach is None:
            raise refusal("no_address", file=filename, part=part.filename)
        columns, rows = max(columns, reach.columns), max(rows, reach.rows)
        errors += [f"{sheet}!{address}" for address in _errors(chunk)]
    if columns * rows > MAX_CELLS:
        where = {"file": filename, "part": part.filename}
        raise refusal("stray_cells", rows=rows, columns=columns, **where)
    return errors


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
        while is_xml and block:
            text = rest + block
            start = text.rfind(b"<")
            cut = start if len(text) - start < _LONGEST_TAG else len(text)
            rest = text[cut:]
            yield text[:cut]
            block = stream.read(_CHUNK_BYTES)
    yield rest
