import codecs
import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import TapeError
from features.reading.files import parquet, parts
from features.tape import read_table, read_tape

HEADER = {"cutoff_date": date(2025, 6, 30)}
ROWS = [("借据号", "本金余额", "省份"), ("001", "100", "浙江省")]


def _rezipped(workbook: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """The workbook with some of its parts replaced or, for None, left out."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old:
        parts = {name: old.read(name) for name in old.namelist()} | dict(changes)
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in parts.items():
            if content is not None:
                new.writestr(name, content)
    return stream.getvalue()


def test_commas_within_amounts_do_not_part_a_text_of_tabs() -> None:
    rows = "借据号\t本金余额\t利息\nA1\t1,200,000.50\t1,000,000\nA2\t1,200\t\n"
    header = {"cutoff_date": "2025-06-30"}
    reading = read_tape(rows.encode("gb18030"), "tape.txt", header=header)
    assert reading.package.claims["principal"].to_pylist() == [1_200_000.5, 1200.0]


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_a_csv_of_any_encoding_and_delimiter(
    csv_bytes: Callable[..., bytes], encoding: str, shown: str, delimiter: str
) -> None:
    data = csv_bytes(ROWS, encoding, delimiter)
    reading = read_tape(data, "tape.csv", header=HEADER)
    assert reading.encoding == shown
    assert reading.package.claims["province"].to_pylist() == ["zhejiang"]
    assert reading.rows.tolist() == [2]


def test_a_path_is_read_as_its_bytes(
    tmp_path: Path, csv_bytes: Callable[..., bytes]
) -> None:
    path = tmp_path / "tape.csv"
    path.write_bytes(csv_bytes(ROWS))
    assert len(read_tape(path, path.name, header=HEADER).package) == 1
    with pytest.raises(TapeError, match="cannot be read: No such file"):
        read_tape(tmp_path / "absent.csv", "absent.csv")


def test_the_bytes_say_the_format_and_not_the_name(
    workbook: Callable[..., bytes],
) -> None:
    data = workbook({"Sheet1": ROWS})
    assert len(read_tape(data, "tape.csv", header=HEADER).package) == 1


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (codecs.BOM_UTF8, "empty"),
        (codecs.BOM_UTF16_LE, "empty"),
        (b"PK\x03\x04 not a zip", "damaged workbook"),
        (b"PAR1 not a parquet", "damaged parquet"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 not an xls",
            "cannot be read as a workbook",
        ),
        (b"%PDF-1.7\n%\x80\xff\xff", "a PDF or a picture"),
        (b"%PDF-1.4\n1 0 obj<<>>endobj", "ask the seller for the Excel workbook"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF", "a PDF or a picture"),
        (b"\x89PNG\r\n\x1a\n", "a PDF or a picture"),
        (b"abc\0def", "neither a workbook, a csv nor a parquet"),
        (b"<html><table><tr><td>1</td></tr></table>", "neither a workbook"),
        (b"MIME-Version: 1.0\n\n<html>", "neither a workbook"),
        (b"\x81\x20\xff\xff", "neither UTF-8 nor GB18030"),
        ('借据号,本金\n1,"100\n2,200\n'.encode(), "check the quotation marks"),
        (b"a,b\n1,2\n", "no header of a claims table"),
        (b"\n\n,,\n", "no header of a claims table"),
    ],
)
def test_a_file_that_can_be_no_tape_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(TapeError, match=words):
        read_tape(data, "tape.bin", header=HEADER)


def test_lines_may_end_by_a_carriage_return_alone() -> None:
    ids = [f"A{i}" for i in range(70_000)]
    lines = ["claim_id,principal", *(f"{name},1200.50" for name in ids)]
    reading = read_tape("\r".join(lines).encode(), "tape.csv", header=HEADER)
    assert reading.package.claims["claim_id"].to_pylist() == ids


def test_a_cell_beyond_the_limit_of_csv_is_refused() -> None:
    data = f"借据号,本金\n{'1' * 200_000},5\n".encode()
    with pytest.raises(TapeError, match=r"line 2: field larger than field limit"):
        read_tape(data, "tape.csv", header=HEADER)


@pytest.mark.parametrize(
    ("name", "remedy"),
    [("tape.csv", "is packed; unpack it"), ("content.xml", "not an Excel workbook")],
)
def test_a_zip_that_is_no_workbook_is_refused(name: str, remedy: str) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "借据号,本金")
    with pytest.raises(TapeError, match=remedy):
        read_tape(stream.getvalue(), "tape.zip")


def _entry(name: str, kind: int, child: int) -> bytes:
    """A directory entry of a compound file, without any content."""
    nothing, end = 0xFFFFFFFF, 0xFFFFFFFE
    encoded = name.encode("utf-16-le") + b"\0\0"
    links = struct.pack("<BBIII", kind, 1, nothing, nothing, child)
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<H", len(encoded))
        + links
        + bytes(36)
        + struct.pack("<IQ", end, 0)
    )


def _encrypted_workbook() -> bytes:
    """The compound file that Excel wraps around an encrypted workbook, empty."""
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    magic = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head = struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    sizes = struct.pack("<9I", 0, 1, 1, 0, 4096, end, 0, end, 0)
    header = magic + head + sizes + struct.pack("<109I", 0, *[free] * 108)
    allocation = struct.pack("<128I", table, end, *[free] * 126)
    entries = _entry("Root Entry", 5, 1) + _entry("EncryptedPackage", 2, 0xFFFFFFFF)
    return header + allocation + entries.ljust(512, b"\0")


def test_an_encrypted_workbook_is_refused_with_the_remedy() -> None:
    with pytest.raises(TapeError, match="encrypted; remove the password"):
        read_tape(_encrypted_workbook(), "tape.xlsx")


def test_one_stray_cell_far_away_is_refused_before_the_sheet_is_filled() -> None:
    book = openpyxl.Workbook()
    book.active["XFD1048576"] = 1
    stream = io.BytesIO()
    book.save(stream)
    with pytest.raises(TapeError, match="span 1048576 rows and 16384 columns"):
        read_tape(stream.getvalue(), "bomb.xlsx")


@pytest.mark.parametrize(
    "cell",
    [
        b'<c r="XFD99999999999"><v>1</v></c>',
        b"<c><v>1</v></c>",
        b'<c x=\' r="A1"\' r="XFD1048576"><v>1</v></c>',
        b'<c x="<" r="XFD1048576"><v>1</v></c>',
        b'<x:c r="XFD1048576"><v>1</v></x:c>',
        b'<c s="1"\nr = "XFD1048576"\n><v>1</v></c>',
    ],
)
def test_a_cell_cannot_hide_where_it_stands(
    workbook: Callable[..., bytes], cell: bytes
) -> None:
    start = b'<worksheet><sheetData><row r="1">'
    sheet = start + cell + b"</row></sheetData></worksheet>"
    hostile = _rezipped(workbook({"债权": ROWS}), {"xl/worksheets/sheet1.xml": sheet})
    with pytest.raises(TapeError, match=r"a plain address|span 1048576 rows"):
        read_tape(hostile, "bomb.xlsx", header=HEADER)


def test_empty_cells_that_are_only_formatted_do_not_count() -> None:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.active["XFD1048576"].number_format = "0.00"
    stream = io.BytesIO()
    book.save(stream)
    assert len(read_tape(stream.getvalue(), "tape.xlsx", header=HEADER).package) == 1


def test_a_workbook_that_unpacks_to_too_much_is_refused(
    workbook: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    padded = _rezipped(workbook({"债权": ROWS}), {"xl/pad.bin": b"0" * 2_000_000})
    assert len(padded) < 100_000
    monkeypatch.setattr(parts, "MAX_UNPACKED_BYTES", 1_000_000)
    with pytest.raises(TapeError, match="unpacks to 2 MB"):
        read_tape(padded, "bomb.xlsx")


def test_a_workbook_of_too_many_parts_is_refused(
    workbook: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "MAX_ENTRIES", 3)
    with pytest.raises(TapeError, match="parts; save it again"):
        read_tape(workbook({"债权": ROWS}), "tape.xlsx")


def test_a_workbook_without_its_sheet_is_refused(
    workbook: Callable[..., bytes],
) -> None:
    broken = _rezipped(workbook({"债权": ROWS}), {"xl/worksheets/sheet1.xml": b"<a>"})
    with pytest.raises(TapeError, match=r"no header|cannot be read"):
        read_tape(broken, "tape.xlsx")


def test_errors_of_excel_are_named_and_read_as_empty() -> None:
    book = openpyxl.Workbook()
    for row in (("借据号", "本金", "利息"), ("1", 5, "#DIV/0!"), ("2", "#N/A", 6)):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    reading = read_tape(stream.getvalue(), "tape.xlsx", header=HEADER)
    assert reading.package.claims["interest"].to_pylist() == [None]
    assert [f.code for f in reading.rejected[0].findings] == ["missing"]
    [warning] = reading.warnings
    assert (warning.code, warning.value) == ("error_cells", "sheet1!C2, sheet1!B3")


def test_tabs_that_keep_excel_from_cutting_numbers_part_no_cells() -> None:
    rows = (
        "借据号,客户号,本金余额",
        "6217000012345678901\t,1001\t,100\t",
        "\t62\t,\t7,8",
    )
    data = "\r\n".join(rows).encode("gbk")
    claims = read_tape(data, "tape.csv", header=HEADER).package.claims
    assert claims["claim_id"].to_pylist() == ["6217000012345678901", "62"]
    assert claims["principal"].to_pylist() == [100.0, 8.0]


def test_pictures_in_a_workbook_are_passed_over(workbook: Callable[..., bytes]) -> None:
    picture = {"xl/media/image1.png": b"\x89PNG <c q"}
    data = _rezipped(workbook({"债权": ROWS}), picture)
    assert len(read_tape(data, "tape.xlsx", header=HEADER).package) == 1


def test_a_chart_sheet_is_passed_over() -> None:
    book = openpyxl.Workbook()
    for row in ROWS:
        book.active.append(row)
    book.create_chartsheet("图表")
    stream = io.BytesIO()
    book.save(stream)
    assert len(read_tape(stream.getvalue(), "tape.xlsx", header=HEADER).package) == 1


def _parquet(table: pa.Table) -> bytes:
    stream = io.BytesIO()
    pq.write_table(table, stream)
    return stream.getvalue()


def test_a_parquet_of_any_types() -> None:
    table = pa.table(
        {
            "借据号": pa.array([123456789012345678, 2], pa.int64()),
            "principal": pa.array(["1234.56", "7"]).cast(pa.decimal128(20, 2)),
            "五级分类": pa.array(["次级", None]).dictionary_encode(),
            "发放日期": pa.array([date(2021, 3, 5), None]).cast(pa.timestamp("ns")),
            "到期日": pa.array([date(2029, 3, 5), None]),
            "最近还款日": pa.array(
                [1_600_000_000, 1_599_926_401], pa.timestamp("s", "Asia/Shanghai")
            ),
            "核销": [True, None],
            "利息": pa.array([1.5, None], pa.float32()),
            "城市": pa.array(["杭州", None], pa.large_string()),
            "年龄": pa.nulls(2),
            "备注": [[1], [2]],
        }
    )
    reading = read_tape(_parquet(table), "tape.parquet", header=HEADER)
    assert [c.header for c in reading.unmapped] == ["备注"]
    first, second = reading.package.claims.to_pylist()
    assert first["claim_id"] == "123456789012345678"
    assert (first["principal"], first["interest"]) == (1234.56, 1.5)
    assert (first["five_class"], first["written_off"]) == ("substandard", True)
    assert first["origination_date"] == date(2021, 3, 5)
    assert first["maturity_date"] == date(2029, 3, 5)
    assert first["city"] == "杭州"
    assert first["last_payment_date"] == date(2020, 9, 13)
    # 16:00:01 of the day before in UTC is past midnight in Shanghai.
    assert second["last_payment_date"] == date(2020, 9, 13)
    assert second["written_off"] is None


def test_a_parquet_of_more_cells_than_any_tape_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(parquet, "MAX_CELLS", 5)
    with pytest.raises(TapeError, match="3 rows of 2 columns, too many"):
        read_tape(_parquet(pa.table({"a": [1, 2, 3], "b": [1, 2, 3]})), "tape.parquet")


def test_a_parquet_with_damaged_text_is_refused() -> None:
    broken = pa.array([b"\xff\xfe"]).view(pa.string())
    table = pa.table({"借据号": ["1"], "principal": [5.0], "城市": broken})
    with pytest.raises(TapeError, match=r"damaged parquet file: .*UTF"):
        read_tape(_parquet(table), "tape.parquet", header=HEADER)


def test_a_day_beyond_any_calendar_is_refused_and_shown() -> None:
    days = pa.array([9_999_999], pa.int32()).cast(pa.date32())
    table = pa.table({"借据号": ["1"], "principal": [5.0], "到期日": days})
    reading = read_tape(_parquet(table), "tape.parquet", header=HEADER)
    [finding] = reading.rejected[0].findings
    assert (finding.code, finding.value) == ("date_too_late", "29349-01-25")


def test_a_recognised_column_of_lists_is_refused() -> None:
    table = pa.table({"借据号": ["1"], "principal": [5.0], "省份": [["浙江"]]})
    with pytest.raises(TapeError, match="column '省份' has type list"):
        read_tape(_parquet(table), "tape.parquet", header=HEADER)


def test_tables_in_memory_are_joined() -> None:
    claims = pa.table({"claim_id": ["1"], "principal": [5.0]})
    items = pa.table({"claim_id": ["1"], "collateral_id": ["a"], "评估价": [7.0]})
    reading = read_table(claims, joined={"collateral": items}, header=HEADER)
    assert reading.package.collateral["appraised_value"].to_pylist() == [7.0]
    assert reading.rows.tolist() == [0]
