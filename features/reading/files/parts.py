"""The parts that a workbook says it has, looked at before any of them is unpacked."""

import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from features.errors import TapeError
from features.reading.refusals import refusal

MAX_UNPACKED_BYTES = 1 << 30
MAX_ENTRIES = 5_000
MAX_SHEETS = 200
# A sheet of one number over and over is packed some 60 to 1.
MAX_RATIO = 200
_RATIO_FROM_BYTES = 16 << 20
_LOCAL_HEADER_BYTES = 30
_ENCRYPTED = 0x1
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)
_MACROS = re.compile(r"vbaProject|/macrosheets/", re.IGNORECASE)
_FILE = re.compile(r"\.(xlsx?|xlsm|csv|parquet)$", re.IGNORECASE)
_LINK = re.compile(r"xl/externalLinks/[^/]+\.xml", re.IGNORECASE)

Parts = Sequence[zipfile.ZipInfo]
Wrong = tuple[str, dict[str, Any]]


def check_parts(parts: Parts, filename: str) -> None:
    """Refuse a list of parts that no honest program writes.

    Args:
        parts: The directory of a zip.
        filename: Name that people know the file by.

    Raises:
        TapeError: It is no workbook, unpacks to too much, is encrypted, holds macros,
            or names its parts so that they could be taken for others.
    """
    wrong = next((fault for check in _CHECKS for fault in check(parts)), None)
    if wrong:
        code, facts = wrong
        raise _refused(code, filename, facts)


def _refused(code: str, filename: str, facts: dict[str, Any]) -> TapeError:
    return refusal(code, file=filename, **facts)


def count_external_links(parts: Parts) -> int:
    """How many other workbooks a workbook takes values from."""
    return sum(_LINK.fullmatch(part.filename) is not None for part in parts)


def _no_workbook(parts: Parts) -> Iterator[Wrong]:
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        packed = any(_FILE.search(part.filename) for part in parts)
        yield "packed_file" if packed else "other_archive", {}


def _too_many(parts: Parts) -> Iterator[Wrong]:
    if len(parts) > MAX_ENTRIES:
        yield "too_many_parts", {"parts": len(parts)}
    sheets = sum(_SHEET.fullmatch(part.filename) is not None for part in parts)
    if sheets > MAX_SHEETS:
        yield "too_many_sheets", {"sheets": sheets, "most": MAX_SHEETS}


def _too_large(parts: Parts) -> Iterator[Wrong]:
    unpacked = sum(part.file_size for part in parts)
    if unpacked > MAX_UNPACKED_BYTES:
        size, most = unpacked / 1e6, MAX_UNPACKED_BYTES / 1e6
        yield "unpacks_to_too_much", {"size": size, "most": most}
    for part in parts:
        dense = part.file_size > MAX_RATIO * max(part.compress_size, 1)
        if dense and part.file_size > _RATIO_FROM_BYTES:
            size = part.file_size / 1e6
            yield "packed_too_densely", {"part": _shown(part), "size": size}


def _encrypted(parts: Parts) -> Iterator[Wrong]:
    if any(part.flag_bits & _ENCRYPTED for part in parts):
        yield "encrypted", {}


def _with_macros(parts: Parts) -> Iterator[Wrong]:
    if any(_MACROS.search(part.filename) for part in parts):
        yield "macros", {}


def _misnamed(parts: Parts) -> Iterator[Wrong]:
    """Names that lead out of the archive, or that stand twice."""
    for part in parts:
        path = PurePosixPath(part.filename)
        astray = path.is_absolute() or ".." in path.parts
        if astray or re.search(r"[\\\0:]", part.orig_filename):
            yield "misnamed_part", {"part": _shown(part)}
    counts = Counter(part.filename.casefold() for part in parts)
    for part in parts:
        if counts[part.filename.casefold()] > 1:
            yield "repeated_part", {"part": _shown(part)}


def _overlapping(parts: Parts) -> Iterator[Wrong]:
    """Parts that share bytes, so that a small file unpacks to much again and again."""
    by_place = sorted(parts, key=lambda part: part.header_offset)
    for part, after in pairwise(by_place):
        end = part.header_offset + _LOCAL_HEADER_BYTES + part.compress_size
        if end > after.header_offset:
            yield "overlapping_parts", {"part": _shown(part)}


_CHECKS: tuple[Callable[[Parts], Iterator[Wrong]], ...] = (
    _no_workbook,
    _too_many,
    _encrypted,
    _with_macros,
    _misnamed,
    _overlapping,
    _too_large,
)


def _shown(part: zipfile.ZipInfo) -> str:
    name = part.orig_filename.encode("utf-8", "replace").decode()
    return re.sub(r"[^\x20-\x7e\u4e00-\u9fff]", "?", name)[:60]
