"""Bytes of a csv file as a grid of cells."""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence

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
_LINE_END = re.compile(rb"[\r\n]")
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
    if not text or text.isspace():
        raise refusal("empty", file=filename)
    if "\0" in text or _PAGE.match(text):
        raise refusal("unknown_form", file=filename)
    rows = list(_rows(text, delimiter_of(text), filename))
    _check_width(rows, filename)
    return rows, encoding


def read_head(head: bytes, filename: str, *, whole: bool) -> tuple[list[str], str, str]:
    """Header of a csv file that may be of any size, its encoding and its delimiter.

    Args:
        head: As many of its first bytes as a line may have, or more.
        filename: Name that people know it by.
        whole: Whether these are all of its bytes.

    Raises:
        TapeError: They are of no csv file, or the first line is as long as a file.
    """
    if not whole and not _LINE_END.search(head):
        raise refusal("long_line", file=filename, line=1, size=len(head) / 1e6)
    text, encoding = decoded(head, filename, whole=whole)
    if not text or text.isspace():
        raise refusal("empty", file=filename)
    delimiter = delimiter_of(text)
    return next(_rows(text, delimiter, filename), []), encoding, delimiter


def _check_lines(data: bytes, filename: str) -> None:
    """Before anything is decoded: a line of many megabytes has cells without end."""
    # Excel on a Mac also ends lines by a carriage return alone.
    mark = b"\n" if b"\n" in data else b"\r"
    start = 0
    for number in range(1, data.count(mark) + 2):
        end = data.find(mark, start)
        size = (len(data) if end < 0 else end) - start
        if size > MAX_LINE_BYTES:
            raise refusal("long_line", file=filename, line=number, size=size / 1e6)
        start = end + 1


def _rows(text: str, delimiter: str, filename: str) -> Iterator[list[str]]:
    lines = io.StringIO(text, newline="")
    # Strict: an open quotation mark would otherwise swallow the rest of the file.
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        yield from reader
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


def decoded(data: bytes, filename: str, *, whole: bool = True) -> tuple[str, str]:
    """Text and encoding: a byte order mark, else strict UTF-8, else strict GB18030.

    Args:
        data: Bytes of a file, from the first on.
        filename: Name that people know it by.
        whole: Whether these are all; else the last may be part of a character.

    Raises:
        TapeError: They are text of neither encoding.
    """
    if data.startswith(_OTHER_MARKS):
        raise refusal("unknown_encoding", file=filename)
    marked = [name for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)]
    for encoding in marked or ("utf-8", "gb18030"):
        try:
            decoder = codecs.getincrementaldecoder(encoding)()
            return decoder.decode(data, final=whole), encoding
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
