"""Bytes of a csv file as a grid of cells."""

import codecs
import csv
import io
import re
from collections.abc import Sequence

from features.reading.files.archive import MAX_CELLS, MAX_COLUMNS
from features.reading.refusals import refusal

# As many columns as a tape may have, each as wide as its longest text.
MAX_LINE_BYTES = 1 << 20
_DELIMITERS = ",\t;|"
_SAMPLE_LINES = 40
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_OTHER_MARKS = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, b"+/v8", b"+/v9")
# Tabs beside another mark keep Excel from cutting long numbers.
_NO_MARKS = re.compile(r'"[^"]*"|(?<=\d),(?=\d{3}(?!\d))|\t+(?=[,;|])|(?<=[,;|])\t+')
_PAGE = re.compile(r"\s*<(!doctype|html|\?xml)", re.IGNORECASE)


def read_rows(data: bytes, filename: str) -> tuple[list[list[str]], str]:
    """Rows of a csv file, and its encoding.

    Args:
        data: Its bytes.
        filename: Name that people know it by.

    Raises:
        TapeError: It is no csv file, or no tape's: a line as long as a file.
    """
    _check_lines(data, filename)
    text, encoding = decoded(data, filename)
    if "\0" in text or _PAGE.match(text):
        raise refusal("unknown_form", file=filename)
    rows = _rows(text, filename)
    _check_width(rows, filename)
    return rows, encoding


def _check_lines(data: bytes, filename: str) -> None:
    """Before anything is decoded: a line of many megabytes has cells without end."""
    start = 0
    for number in range(1, data.count(b"\n") + 2):
        end = data.find(b"\n", start)
        size = (len(data) if end < 0 else end) - start
        if size > MAX_LINE_BYTES:
            raise refusal("long_line", file=filename, line=number, size=size / 1e6)
        start = end + 1


def _rows(text: str, filename: str) -> list[list[str]]:
    lines = io.StringIO(text, newline="")
    # Strict: an open quotation mark would otherwise swallow the rest of the file.
    reader = csv.reader(lines, delimiter=delimiter_of(text), strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        line = reader.line_num
        raise refusal("open_quotation", file=filename, line=line, cause=error) from None


def _check_width(rows: Sequence[Sequence[str]], filename: str) -> None:
    width = max(map(len, rows), default=0)
    if width > MAX_COLUMNS:
        facts = {"part": "a row", "columns": width, "most": MAX_COLUMNS}
        raise refusal("too_many_columns", file=filename, **facts)
    if width * len(rows) > MAX_CELLS:
        shape = {"rows": len(rows), "columns": width}
        raise refusal("too_many_cells", file=filename, **shape)


def decoded(data: bytes, filename: str) -> tuple[str, str]:
    """Text and encoding: a byte order mark, else strict UTF-8, else strict GB18030."""
    if data.startswith(_OTHER_MARKS):
        raise refusal("unknown_encoding", file=filename)
    marked = [name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise refusal("unknown_encoding", file=filename)


def delimiter_of(text: str) -> str:
    """The delimiter that splits one of the first lines into most columns.

    Marks in quotation and within 1,200,000.50 split nothing, unless all are, nor do
    tabs that another mark follows or that follow one.
    """
    lines = text[: 1 << 16].splitlines()[:_SAMPLE_LINES]
    bare = [_NO_MARKS.sub("", line) for line in lines]
    return max(_DELIMITERS, key=lambda mark: (_most(mark, bare), _most(mark, lines)))


def _most(mark: str, lines: Sequence[str]) -> int:
    return max(line.count(mark) for line in lines)
