"""Pages of tables and workbooks in XML, which systems of banks save as .xls."""

import pytest

from features.errors import TapeError
from features.reading.files import xml_workbook
from features.reading.files.contents import read_contents
from features.tape import Reading, read_tape

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel">
<head><meta http-equiv=Content-Type content="text/html; charset={charset}">
<style>td {{mso-number-format:"a>b"}}</style>
<!--[if gte mso 9]><xml><x:Name>Sheet1</x:Name></xml><![endif]--></head>
<body>{body}</body></html>"""
CLAIMS = """<table border=1><tr><th>借据号<th>客户号<th>本金余额</tr>
<tr><td>0001</td><td>甲</td><td>1,234.50</td></tr>
<tr><td>0002<td>乙<td>200</table>"""
SHEET = """<Worksheet ss:Name="{name}"><Table>{rows}</Table>{more}</Worksheet>"""
BOOK = """<?xml version="1.0" encoding="utf-8"?>
<?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"
 xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">{sheets}</Workbook>"""


def _read(body: str, charset: str = "utf-8") -> Reading:
    page = PAGE.format(charset=charset, body=body).encode(charset)
    return read_tape(page, "tape.xls", header={"cutoff_date": "2025-06-30"})


def _principals(reading: Reading) -> list[float]:
    return [float(p) for p in reading.package.claims["principal"].to_pylist()]


@pytest.mark.parametrize("charset", ["utf-8", "gb18030", "utf-16"])
def test_a_page_is_read_in_its_encoding(charset: str) -> None:
    reading = _read(CLAIMS, charset)
    assert reading.package.claim_ids == ["0001", "0002"]
    assert _principals(reading) == [1234.5, 200.0]
    assert reading.package.claims["obligor_id"].to_pylist() == ["甲", "乙"]
    assert reading.encoding == charset


@pytest.mark.parametrize(
    "above",
    [
        "<p>单位：万元</p>",
        "<table><tr><td>清单</td></tr><tr><td>单位：万元</td></tr></table>",
        "<table><tr><td>单位：万元</td></tr><tr><td>",
    ],
)
def test_the_unit_before_a_table_is_that_of_its_amounts(above: str) -> None:
    assert _principals(_read(above + CLAIMS)) == [12_345_000.0, 2_000_000.0]


def test_what_stands_below_the_last_table_is_its_last_row() -> None:
    reading = _read(f"{CLAIMS}<p>制表人：李四</p>")
    assert [row.row for row in reading.rejected] == [4]


def test_cells_over_rows_and_columns_are_those_of_a_workbook() -> None:
    body = """<table>
    <tr><td rowspan=2>借据号<td rowspan=2>客户号<td colspan=2>债权</tr>
    <tr><td>本金余额<td>利息</tr>
    <tr><td>1<td rowspan=2>甲<td>5<td>1</tr>
    <tr><td>2<td>6<td>2</tr></table>"""
    reading = _read(body)
    claims = reading.package.claims
    assert claims["obligor_id"].to_pylist() == ["甲", "甲"]
    assert claims["interest"].to_pylist() == [1.0, 2.0]
    assert _principals(reading) == [5.0, 6.0]


def test_several_tables_are_sheets_under_their_headings() -> None:
    items = """<h2>押品清单</h2><table>
    <tr><td>借据号<td>押品类型<td>评估价值<tr><td>0001<td>住宅<td>9
    <tr><td>0002<td>住宅<td>8</table>"""
    reading = _read(f"<h2>债权清单</h2>{CLAIMS}{items}")
    assert reading.package.collateral["appraised_value"].to_pylist() == [9.0, 8.0]


def test_a_page_may_hold_no_more_than_a_claim_and_its_principal() -> None:
    rows = "<tr><td>借据号<td>本金余额<tr><td>1<td>5"
    reading = _read(f"<p>单位：万元</p><table>{rows}</table>")
    assert _principals(reading) == [50_000.0]


def test_what_excel_shows_rounded_is_read_as_it_is() -> None:
    body = CLAIMS.replace("<td>200", '<td x:num="199.56">200')
    assert _principals(_read(body)) == [1234.5, 199.56]


def test_an_identifier_of_lost_digits_stays_one() -> None:
    body = CLAIMS.replace("<td>0002", '<td x:num="123456789012345678">1.23E+17')
    reading = _read(body)
    assert [f.code for f in reading.rejected[0].findings] == ["id_digits_lost"]


def test_text_that_looks_like_a_tag_is_text() -> None:
    body = CLAIMS.replace("<td>乙", '<td title="a>b">乙&lt;1&nbsp;<b>x</b> 5<6')
    obligors = _read(body).package.claims["obligor_id"].to_pylist()
    assert obligors[1] == "乙<1 x 5<6"


def test_rows_that_a_page_hides_are_told() -> None:
    body = CLAIMS.replace("<tr><td>0002", "<tr style='display:none'><td>0002")
    assert [w.code for w in _read(body).warnings] == ["hidden_rows"]


def _rows(*rows: str) -> str:
    return "".join(f"<Row>{row}</Row>" for row in rows)


def _cells(*values: str, kind: str = "String") -> str:
    return "".join(
        f'<Cell><Data ss:Type="{kind}">{value}</Data></Cell>' for value in values
    )


def _book(rows: str, more: str = "", name: str = "债权") -> bytes:
    return BOOK.format(sheets=SHEET.format(name=name, rows=rows, more=more)).encode()


def _open(book: bytes) -> Reading:
    return read_tape(book, "tape.xls", header={"cutoff_date": "2025-06-30"})


HEAD = _cells("借据号", "客户号", "本金余额", "发放日期")


def test_a_workbook_in_xml_is_read() -> None:
    day = _cells("2021-03-05T00:00:00.000", kind="DateTime")
    first = f"{_cells('01', '甲')}{_cells('1234.5', kind='Number')}{day}"
    jump = '<Cell ss:Index="3"><Data ss:Type="Number">7</Data></Cell>'
    reading = _open(_book(_rows(HEAD, first, _cells("02") + jump)))
    claims = reading.package.claims
    assert _principals(reading) == [1234.5, 7.0]
    assert str(claims["origination_date"][0]) == "2021-03-05"
    assert reading.rows.tolist() == [2, 3]


def test_rows_of_a_workbook_in_xml_stand_where_they_say() -> None:
    far = f'<Row ss:Index="9">{_cells("03", "丙", "8")}</Row>'
    merged = _cells("1", "甲", "5").replace(
        '<Cell><Data ss:Type="String">甲', '<Cell ss:MergeDown="1"><Data>甲'
    )
    below = _cells("2") + '<Cell ss:Index="3"><Data ss:Type="Number">6</Data></Cell>'
    reading = _open(_book(_rows(HEAD, merged, below) + far))
    assert reading.rows.tolist() == [2, 3, 9]
    assert reading.package.claims["obligor_id"].to_pylist() == ["甲", "甲", "丙"]


def test_numbers_that_lost_digits_and_errors_are_told() -> None:
    lost = _cells("3.2050119900101E17", "5", "5", kind="Number")
    wrong = _cells("2") + _cells("#DIV/0!", kind="Error") + _cells("5")
    reading = _open(_book(_rows(HEAD, lost, wrong)))
    assert [f.code for f in reading.rejected[0].findings] == ["id_digits_lost"]
    assert "error_cells" in {w.code for w in reading.warnings}


def test_a_hidden_sheet_in_xml_is_told() -> None:
    more = "<WorksheetOptions><Visible>SheetHidden</Visible></WorksheetOptions>"
    reading = _open(_book(_rows(HEAD, _cells("1", "甲", "5")), more))
    assert [w.code for w in reading.warnings] == ["hidden_sheet"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b'<!DOCTYPE a [<!ENTITY x "y">]><table>&x;</table>', "declares a document"),
        (b"<html><meta charset=big5><table></table>", "neither UTF-8 nor GB18030"),
        (b"<html><body>sign in</body></html>", "neither a workbook"),
        (b'<?xml version="1.0"?><claims/>', "neither a workbook"),
        (
            b"<table><tr><td>a<td>b<td>c<tr><td>1<td>2<td>3</table>" * 201,
            "holds 201 sheets",
        ),
        (
            f"<table>{'<tr><td>1<td colspan=2000>2<td>3' * 2}".encode(),
            "columns",
        ),
        (_book('<Row ss:Index="9999999"/>'), "stray cells"),
    ],
)
def test_what_no_tape_is_like_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(TapeError, match=words):
        read_tape(data, "tape.xls")


def test_cells_without_end_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_workbook, "MAX_CELLS", 100)
    far = '<Cell ss:Index="90"><Data>1</Data></Cell>'
    with pytest.raises(TapeError, match="stray cells"):
        read_contents(_book(_rows(far, far)), "tape.xls")


def test_torn_markup_is_looked_at_once() -> None:
    torn = b"<table>" + b"<td title=\"'" * 40_000 + b"<!--" * 40_000
    with pytest.raises(TapeError):
        read_tape(torn, "tape.xls")
