"""Files by what is wrong with them; none may be valued."""

import gzip
import io
import lzma
import struct
import tarfile
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.security.hostile import workbooks as wb
from tests.security.hostile.workbooks import SHEET, STRINGS, number, row, text

Make = Callable[[], bytes]
LAUGHS = '<!ENTITY l0 "ha">' + "".join(
    f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10)
)
DOCTYPES = {
    "a document type": "<!DOCTYPE worksheet>",
    "an external entity": '<!DOCTYPE w [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
    "a remote entity": '<!DOCTYPE w [<!ENTITY x SYSTEM "http://127.0.0.1:1/">]>',
    "a parameter entity": '<!DOCTYPE w [<!ENTITY % p SYSTEM "http://127.0.0.1:1/">]>',
    "a billion laughs": f"<!DOCTYPE w [{LAUGHS}]>",
    "a doctype in small letters": "<!doctype worksheet>",
}


def _workbook(changes: Mapping[str, bytes | None]) -> Make:
    return lambda: wb.workbook(changes)


def _sheet(*rows: str) -> Make:
    return _workbook({SHEET: wb.sheet(wb.HEADER, *rows)})


def _with_claim(cell: str) -> Make:
    return _workbook({SHEET: wb.claim(cell)})


WORKBOOKS: dict[str, Make] = {
    "a zip of nothing": lambda: wb.packed({}),
    "the start of a workbook": lambda: wb.workbook()[:300],
    "a workbook without its end": lambda: wb.workbook()[:-22],
    "the end of a workbook": lambda: b"PK\3\4" + wb.workbook()[-200:],
    "a zip with a csv": lambda: wb.packed({"tape.csv": CSVS["a negative principal"]()}),
    "a zip with a workbook": lambda: wb.packed({"tape.xlsx": wb.workbook()}),
    "a zip in a zip": lambda: wb.packed({"a": wb.packed({"b": b""})}),
    "a document": lambda: wb.packed({"word/document.xml": b"<w/>"}),
    "an OpenDocument sheet": lambda: wb.packed({"content.xml": b"<office/>"}),
    "a part that climbs out": _workbook({"../../etc/cron.d/x": b"x"}),
    "a part that climbs out with backslashes": _workbook({"..\\..\\x": b"x"}),
    "a part at the root": _workbook({"/etc/passwd": b"x"}),
    "a part on a drive": _workbook({"C:/x": b"x"}),
    "a part twice": lambda: wb.packed(wb.parts(), ((SHEET, b"<worksheet/>"),)),
    "a part twice but for case": _workbook({SHEET.upper(): b"<worksheet/>"}),
    "parts that overlap": wb.overlapping,
    "encrypted parts": lambda: wb.patched(wb.workbook(), 8, b"\x01\x08"),
    "parts of unknown packing": lambda: wb.patched(wb.workbook(), 10, b"\x63\x00"),
    "parts with wrong sums": lambda: wb.patched(wb.workbook(), 16, b"\0\0\0\0"),
    "parts that claim 4 GB": lambda: wb.patched(wb.workbook(), 24, b"\xfe\xff\xff\xff"),
    "macros": _workbook({"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
    "macros elsewhere": _workbook({"custom/vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
    "a sheet of macros": _workbook({"xl/macrosheets/sheet1.xml": b"<a/>"}),
    "300 sheets": _workbook(
        {f"xl/worksheets/sheet{i}.xml": b"<worksheet/>" for i in range(2, 302)}
    ),
    "6,000 parts": _workbook({f"xl/media/{i}.png": b"" for i in range(6_000)}),
    "a sheet that unpacks to 64 MB of nothing": lambda: wb.bomb(64),
    "a sheet in UTF-16": _workbook({SHEET: wb.sheet().decode().encode("utf-16")}),
    "a sheet that is no XML": _workbook({SHEET: b"\0\1\2\3"}),
    "a sheet that is absent": _workbook({SHEET: None}),
    "a sheet that ends too soon": _workbook({SHEET: b"<worksheet><sheetData><row"}),
    "a workbook part of nothing": _workbook({"xl/workbook.xml": b""}),
    "a workbook without sheets": _workbook({"xl/workbook.xml": b"<workbook/>"}),
    "relations of nothing": _workbook({"xl/_rels/workbook.xml.rels": b"<a/>"}),
    "a sheet nested 100,000 deep": _workbook({SHEET: b"<a>" * 100_000}),
    "a tag of a megabyte": _workbook({SHEET: b"<c r='A1' x='" + b"a" * 2**20}),
    "a cell at the end of the world": _with_claim(number("XFD1048576", "1")),
    "a cell beyond the end of the world": _with_claim(number("ZZZ9999999", "1")),
    "a cell without an address": _with_claim("<c><v>1</v></c>"),
    "a cell in row 0": _with_claim(number("A0", "1")),
    "16,384 columns": _sheet(row(2, *(number(f"{c}2", "1") for c in ("A", "XFD")))),
    "a principal that is no number": _with_claim(number("B2", "NaN")),
    "an endless principal": _with_claim(number("B2", "INF")),
    "a principal of 1e308": _with_claim(number("B2", "1e308")),
    "a principal of 1e999": _with_claim(number("B2", "1e999")),
    "a principal below zero": _with_claim(number("B2", "-1")),
    "a principal of minus nothing": _with_claim(number("B2", "-0.0")),
    "a principal of an error": _with_claim('<c r="B2" t="e"><v>#REF!</v></c>'),
    "a principal of a truth": _with_claim('<c r="B2" t="b"><v>1</v></c>'),
    "a principal of unknown type": _with_claim('<c r="B2" t="zz"><v>1</v></c>'),
    "a principal never computed": _with_claim('<c r="B2"><f>A1+1</f></c>'),
    "a string that is not there": _with_claim('<c r="B2" t="s"><v>7</v></c>'),
    "a string below zero": _with_claim('<c r="B2" t="s"><v>-1</v></c>'),
    "strings that end too soon": _workbook({STRINGS: b"<sst"}),
    "an identifier of a megabyte": _workbook(
        {SHEET: wb.claim(number("B2", "1"), text("A2", "9" * 2**20))}
    ),
    "a principal in digits of another script": _with_claim(text("B2", "١٠৪")),
    "a principal with the mark of a footnote": _with_claim(text("B2", "100②")),
    **{
        f"{name} in {part.rpartition('/')[2]}": _workbook(
            {part: f'<?xml version="1.0"?>{doctype}<a>&x;&l9;</a>'.encode()}
        )
        for name, doctype in DOCTYPES.items()
        for part in (SHEET, STRINGS)
    },
    "an external entity in the relations": _workbook(
        {"xl/_rels/workbook.xml.rels": DOCTYPES["an external entity"].encode()}
    ),
    "an external entity in the workbook": _workbook(
        {"xl/workbook.xml": DOCTYPES["an external entity"].encode() + b"<workbook/>"}
    ),
}

OLD_WORKBOOKS: dict[str, Make] = {
    "the start of an old workbook": lambda: wb.xls()[:520],
    "an old workbook of nothing": lambda: wb.compound(b""),
    "an encrypted old workbook": lambda: wb.compound(b"", "EncryptedPackage"),
    "an old workbook with macros": lambda: wb.compound(b"", "_VBA_PROJECT"),
    "a stream that leads to itself": lambda: wb.compound(b"a" * 4096, loops=True),
    "records that lie about their length": lambda: wb.xls(
        wb.record(0x203, b"\0" * 4, length=0xFFFF)
    ),
    "a sheet of 65,536 by 256": lambda: wb.xls(declared=(65_536, 256)),
    "a sheet of four billion rows": lambda: wb.xls(declared=(0xFFFFFFFF, 0xFFFF)),
    "strings that claim four billion": lambda: wb.xls(
        wb.record(0xFC, struct.pack("<II", 0xFFFFFFFF, 0xFFFFFFFF))
    ),
    "a cell of a format that is not there": lambda: wb.xls(
        wb.record(0x203, struct.pack("<HHHd", 0, 0, 0xFFFF, 1.0))
    ),
    "a formula of nothing": lambda: wb.xls(wb.record(0x06, b"\0" * 3)),
}


def _csv(text_: str, encoding: str = "utf-8") -> Make:
    return lambda: text_.encode(encoding)


def _principal(value: str) -> Make:
    return _csv(f"债权编号,本金余额,交易基准日\n1,{value},2025-06-30\n")


def _tar() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("tape.csv"))
    return stream.getvalue()


CSVS: dict[str, Make] = {
    "nothing": lambda: b"",
    "white space": lambda: b" \n\t" * 1000,
    "a header and nothing else": _csv("债权编号,本金余额,交易基准日\n"),
    "no header": _csv("1,2,3\n4,5,6\n"),
    "NULs": _csv("债权编号,本金余额\n1\0,100\n"),
    "nothing but NULs": lambda: bytes(100_000),
    "UTF-32": _csv("债权编号,本金余额\n1,100\n", "utf-32"),
    "UTF-32 the other way": lambda: b"\0\0\xfe\xff" + "债权".encode("utf-32-be"),
    "UTF-7": lambda: b"+/v8-\n+W9p,1\n",
    "UTF-16 cut in the middle": lambda: "债权编号,本金\n1,2".encode("utf-16")[:-1],
    "UTF-16 with half a character": lambda: b"\xff\xfe\x00\xd8,\x00",
    "two encodings": lambda: "债权,".encode() + "本金".encode("gb18030") + b"\xff",
    "Latin letters of no encoding": lambda: b"\xe9\xff\xfe,1\n",
    "an open quotation mark": _csv('债权编号,本金余额\n1,"100\n2,200\n'),
    "quotation marks in the middle": _csv('债权编号,本金余额\n"1"x"y,100\n'),
    "a cell of 200,000 characters": _csv(f"债权编号,本金余额\n{'1' * 200_000},5\n"),
    "one line of 4 MB": _csv("1," * 2_000_000),
    "a million columns": _csv("本金余额," * 1_000_000 + "\n1\n"),
    "2,500 columns": _csv(",".join(f"列{i}" for i in range(2_500)) + "\n1\n"),
    "lines that end in many ways": _csv("债权编号\r本金余额\n\r1\x0b2\x0c3\u20284\n"),
    "a web page": lambda: b"<!DOCTYPE html><html><table><tr><td>1</td></tr></table>",
    "an XML document": lambda: b'<?xml version="1.0"?><claims/>',
    "a picture": lambda: b"\x89PNG\r\n\x1a\n" + bytes(200),
    "a PDF": lambda: b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + bytes(range(256)),
    "a program": lambda: b"\x7fELF" + bytes(200),
    "a script": lambda: b"#!/bin/sh\nrm -rf /\n",
    "a pickle": lambda: b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00.",
    "JSON for a file": lambda: b'{"claims":[{"claim_id":"1","principal":1}]}',
    "a csv in gzip": lambda: gzip.compress(b"a,b\n" * 1000),
    "a csv in xz": lambda: lzma.compress(b"a,b\n" * 1000),
    "a csv in tar": _tar,
    "7z": lambda: b"7z\xbc\xaf\x27\x1c" + bytes(100),
    "rar": lambda: b"Rar!\x1a\x07\x01\x00" + bytes(100),
    "a negative principal": _principal("-1"),
    "a principal of zero": _principal("0"),
    "a principal of minus zero": _principal("-0.00"),
    "a principal NaN": _principal("NaN"),
    "a principal inf": _principal("inf"),
    "a principal Infinity": _principal("-Infinity"),
    "a principal ∞": _principal("∞"),
    "a principal 1e308": _principal("1e308"),
    "a principal 1e999": _principal("1e999"),
    "a principal of 10,000 digits": _principal("9" * 10_000),
    "a principal in hexadecimal": _principal("0x10"),
    "a principal of superscripts": _principal("¹²³"),
    "a principal that is a formula": _principal("=1+1"),
    "a principal that is a command": _principal("=cmd|' /C calc'!A0"),
    "a principal in dollars": _principal("$100"),
    "a day that is none": _csv("债权编号,本金余额,交易基准日\n1,1,2025-02-30\n"),
    "a day of the year 1": _csv("债权编号,本金余额,交易基准日\n1,1,0001-01-01\n"),
    "a day of the year 99999": _csv("债权编号,本金余额,交易基准日\n1,1,99999-01-01\n"),
    "no identifier": _csv("债权编号,本金余额,交易基准日\n,1,2025-06-30\n"),
    "an identifier of 10 kB": _csv(
        f"债权编号,本金余额,交易基准日\n{'x' * 10_000},1,2025-06-30\n"
    ),
    "an identifier that Excel has spoilt": _csv(
        "债权编号,本金余额,交易基准日\n1.23E+17,1,2025-06-30\n"
    ),
    "more cells in a row than in the header": _csv(
        "债权编号,本金余额,交易基准日\n1,100,2025-06-30,7,7\n"
    ),
}

COLUMNS: dict[str, Any] = {
    "claim_id": ["1"],
    "principal": [100.0],
    "cutoff_date": [date(2025, 6, 30)],
}


def parquet(table: pa.Table, **options: Any) -> bytes:
    """A table as a parquet file."""
    stream = io.BytesIO()
    pq.write_table(table, stream, **options)
    return stream.getvalue()


def _table(**columns: Any) -> Make:
    return lambda: parquet(pa.table({**COLUMNS, **columns}))


def _footer(length: int) -> Make:
    return lambda: (
        parquet(pa.table(COLUMNS))[:-8] + length.to_bytes(4, "little") + b"PAR1"
    )


def _flipped(place: int) -> Make:
    def make() -> bytes:
        data = bytearray(parquet(pa.table(COLUMNS)))
        data[place] ^= 0xFF
        return bytes(data)

    return make


def nested(depth: int) -> pa.Array:
    """A column of one value within lists within lists."""
    kind: pa.DataType = pa.int8()
    value: Any = 1
    for _ in range(depth):
        kind, value = pa.struct([("a", kind)]), {"a": value}
    return pa.array([value], kind)


PARQUETS: dict[str, Make] = {
    "the start of a parquet file": lambda: parquet(pa.table(COLUMNS))[:40],
    "a parquet file without its end": lambda: parquet(pa.table(COLUMNS))[:-4],
    "a parquet file of its mark alone": lambda: b"PAR1PAR1",
    "a parquet file with an empty footer": _footer(0),
    "a parquet file with a footer of 4 GB": _footer(0xFFFFFFFF),
    "a parquet file with a footer of one byte": _footer(1),
    "an encrypted parquet file": lambda: b"PARE" + bytes(100) + b"PARE",
    **{f"a parquet file flipped at {place}": _flipped(place) for place in (4, 40, -60)},
    "a parquet file without rows": lambda: parquet(pa.table(COLUMNS).slice(0, 0)),
    "a parquet file without columns": lambda: parquet(pa.table({})),
    "3,000 columns in parquet": lambda: parquet(
        pa.table({f"c{i}": [1] for i in range(3_000)})
    ),
    "columns within columns": lambda: parquet(
        pa.table({**COLUMNS, "deep": nested(20)})
    ),
    "a principal of lists": _table(principal=[[1.0]]),
    "a principal of structs": _table(principal=[{"a": 1.0}]),
    "a principal of maps": _table(
        principal=pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64()))
    ),
    "a principal of bytes": _table(principal=[b"\xff\xfe"]),
    "a principal of damaged text": _table(
        principal=pa.array([b"\xff\xfe"]).view(pa.string())
    ),
    "a principal of days": _table(principal=[date(2025, 1, 1)]),
    "a principal of durations": _table(principal=[timedelta(days=1)]),
    "a principal of truths": _table(principal=[True]),
    "a principal of NaN in parquet": _table(principal=[float("nan")]),
    "a principal of infinity in parquet": _table(principal=[float("inf")]),
    "a principal of 1e308 in parquet": _table(principal=[1e308]),
    "a principal below zero in parquet": _table(principal=[-1.0]),
    "the least whole number": _table(principal=[-(2**63)]),
    "a principal of null in parquet": _table(principal=pa.nulls(1)),
    "an identifier of bytes": _table(claim_id=[b"\0\xff"]),
    "an identifier of null": _table(claim_id=pa.nulls(1)),
    "an identifier of fractions": _table(claim_id=[1.5]),
    "an identifier of 10 kB in parquet": _table(claim_id=["x" * 10_000]),
    "a day beyond every calendar": _table(
        cutoff_date=pa.array([2**31 - 1], pa.int32()).cast(pa.date32())
    ),
    "a moment beyond every calendar": _table(
        cutoff_date=pa.array([2**62], pa.timestamp("us"))
    ),
    "a hundred million rows of one value": lambda: parquet(
        pa.table({"principal": pa.repeat(pa.scalar(1, pa.int8()), 10**8)})
    ),
}

FILES: dict[str, Make] = {**WORKBOOKS, **OLD_WORKBOOKS, **CSVS, **PARQUETS}
