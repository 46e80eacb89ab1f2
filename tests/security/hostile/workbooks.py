"""Workbooks that no honest program writes, part by part."""

import io
import struct
import warnings
import zipfile
from collections.abc import Mapping

Parts = Mapping[str, bytes]

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
SHEET = "xl/worksheets/sheet1.xml"
STRINGS = "xl/sharedStrings.xml"
HEADERS = ("债权编号", "本金余额", "交易基准日")
GOOD = ("1", "100", "2025-06-30")


def text(address: str, value: str) -> str:
    """A cell of text."""
    return f'<c r="{address}" t="inlineStr"><is><t>{value}</t></is></c>'


def number(address: str, value: str) -> str:
    """A cell of a number."""
    return f'<c r="{address}"><v>{value}</v></c>'


def row(place: int, *cells: str) -> str:
    """A row of a sheet."""
    return f'<row r="{place}">{"".join(cells)}</row>'


HEADER = row(1, *(text(f"{c}1", h) for c, h in zip("ABC", HEADERS, strict=True)))


def sheet(*rows: str, before: str = "") -> bytes:
    """A sheet of rows."""
    start = f'{before}<worksheet xmlns="{MAIN}"><sheetData>'
    return (start + "".join(rows) + "</sheetData></worksheet>").encode()


def claim(principal: str, identifier: str = text("A2", "1")) -> bytes:
    """A sheet of one claim that owes what a cell says."""
    return sheet(HEADER, row(2, identifier, principal, text("C2", "2025-06-30")))


def _relation(place: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{place}" Type="{LINKS}/{kind}" Target="{target}"/>'


def _relations(*each: str) -> bytes:
    head = f'<Relationships xmlns="{PACKAGE}/relationships">'
    return f"{head}{''.join(each)}</Relationships>".encode()


def parts(changes: Mapping[str, bytes | None] | None = None) -> dict[str, bytes]:
    """The parts of a workbook of one good claim, with some replaced or left out."""
    whole: dict[str, bytes | None] = {
        "[Content_Types].xml": b"<Types/>",
        "_rels/.rels": _relations(_relation(1, "officeDocument", "xl/workbook.xml")),
        "xl/workbook.xml": (
            f'<workbook xmlns="{MAIN}" xmlns:r="{LINKS}"><sheets>'
            '<sheet name="债权" sheetId="1" r:id="rId1"/></sheets></workbook>'
        ).encode(),
        "xl/_rels/workbook.xml.rels": _relations(
            _relation(1, "worksheet", "worksheets/sheet1.xml"),
            _relation(2, "sharedStrings", "sharedStrings.xml"),
        ),
        STRINGS: f'<sst xmlns="{MAIN}"/>'.encode(),
        SHEET: claim(number("B2", "100")),
        **(changes or {}),
    }
    return {name: content for name, content in whole.items() if content is not None}


def packed(content: Parts, also: tuple[tuple[str, bytes], ...] = ()) -> bytes:
    """Parts as a zip; further ones may stand twice."""
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive,
        warnings.catch_warnings(action="ignore"),
    ):
        for name, part in (*content.items(), *also):
            archive.writestr(zipfile.ZipInfo(name), part, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def workbook(changes: Mapping[str, bytes | None] | None = None) -> bytes:
    """A workbook with some of its parts replaced, added or left out."""
    return packed(parts(changes))


def overlapping() -> bytes:
    """A workbook of which two names lead to the same bytes."""
    data = bytearray(packed(parts({"xl/copy.xml": b"<a/>"})))
    places = []
    place = data.find(b"PK\1\2")
    while place >= 0:
        places.append(place)
        place = data.find(b"PK\1\2", place + 4)
    first = data[places[0] + 42 : places[0] + 46]
    data[places[-1] + 42 : places[-1] + 46] = first
    return bytes(data)


def patched(data: bytes, offset: int, value: bytes) -> bytes:
    """A zip with bytes of every entry of its directory replaced."""
    changed = bytearray(data)
    place = changed.find(b"PK\1\2")
    while place >= 0:
        changed[place + offset : place + offset + len(value)] = value
        place = changed.find(b"PK\1\2", place + 4)
    return bytes(changed)


def bomb(megabytes: int) -> bytes:
    """A workbook whose sheet unpacks to nothing but spaces."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts({SHEET: None}).items():
            archive.writestr(name, part)
        with archive.open(SHEET, "w", force_zip64=True) as target:
            target.write(b"<worksheet>")
            for _ in range(megabytes):
                target.write(b" " * (1 << 20))
    return stream.getvalue()


FREE, END, TABLE, NOTHING = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 0xFFFFFFFF
SECTOR = 512


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    encoded = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<BBIII", kind, 1, NOTHING, NOTHING, child)
    where = struct.pack("<IQ", start, size)
    head = encoded.ljust(64, b"\0") + struct.pack("<H", len(encoded))
    return head + links + bytes(36) + where


def compound(stream: bytes, name: str = "Workbook", loops: bool = False) -> bytes:
    """An .xls file: one stream in a compound file, at least 4,096 bytes long."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // SECTOR)
    chain = [*range(3, sectors + 2), 2 if loops else END]
    cells = [TABLE, END, *chain]
    table = struct.pack(f"<{len(cells)}I", *cells).ljust(SECTOR, b"\xff")
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head = struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    sizes = struct.pack("<9I", 0, 1, 1, 0, 4096, END, 0, END, 0)
    header = magic + head + sizes + struct.pack("<109I", 0, *[FREE] * 108)
    entries = _entry("Root Entry", 5, 1, END, 0)
    entries += _entry(name, 2, NOTHING, 2, len(stream))
    body = stream.ljust(sectors * SECTOR, b"\0")
    return header + table + entries.ljust(SECTOR, b"\0") + body


def record(kind: int, content: bytes = b"", length: int | None = None) -> bytes:
    """A record of an .xls file, which may lie about its length."""
    size = len(content) if length is None else length
    return struct.pack("<HH", kind, size) + content


BOF = record(0x809, struct.pack("<HHHHII", 0x600, 0x5, 0, 0, 0, 0))
SHEET_BOF = record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
EOF = record(0x0A)


def xls(*records: bytes, declared: tuple[int, int] = (2, 3)) -> bytes:
    """An .xls file of one sheet of records, which declares rows and columns."""
    name = b"\x06\x00Sheet1"
    rows, columns = declared
    size = struct.pack("<IIHHH", 0, rows, 0, columns, 0)
    place = len(BOF) + 4 + 6 + len(name) + len(EOF)
    bound = record(0x85, struct.pack("<IBB", place, 0, 0) + name)
    body = SHEET_BOF + record(0x200, size) + b"".join(records) + EOF
    return compound(BOF + bound + EOF + body)
