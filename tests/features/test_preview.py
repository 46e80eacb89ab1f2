"""What is seen of a tape before it is valued."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import TapeError
from features.preview import Preview, preview
from features.reading.corrections import Corrections
from features.reading.files.contents import read_contents

HEADER = {"cutoff_date": date(2025, 6, 30)}
Seen = Callable[..., Preview]


@pytest.fixture
def seen(csv_bytes: Callable[..., bytes]) -> Seen:
    def see(*rows: tuple[object, ...], said: Corrections | None = None) -> Preview:
        contents = read_contents(csv_bytes(rows), "t.csv")
        return preview(
            contents, "t.csv", header=HEADER, corrections=said or Corrections()
        )

    return see


def _samples(shown: Preview) -> dict[str, tuple[str, ...]]:
    return {column.match.header: column.samples for column in shown.columns}


def test_samples_are_the_first_distinct_values_as_written(seen: Seen) -> None:
    values = ("1,000.50", "", "1.2万元", "1,000.50", "7", "8")
    rows = [(str(i), v) for i, v in enumerate(values)]
    shown = seen(("借据号", "本金余额"), *rows)
    assert _samples(shown)["本金余额"] == ("1,000.50", "1.2万元", "7")
    assert shown.encoding == "utf-8"


def test_samples_of_a_workbook_read_as_people_wrote_them(
    workbook: Callable[..., bytes],
) -> None:
    rows = [("借据号", "本金余额", "到期日", "x"), ("1", 1e6, date(2024, 5, 1), True)]
    shown = preview(read_contents(workbook({"债权": rows}), "t.xlsx"), "t.xlsx")
    assert _samples(shown) == {
        "借据号": ("1",),
        "本金余额": ("1000000",),
        "到期日": ("2024-05-01",),
        "x": ("True",),
    }
    assert {column.sheet for column in shown.columns} == {"债权"}


def test_values_of_persons_are_not_shown(seen: Seen) -> None:
    shown = seen(
        ("借据号", "本金余额", "身份证号", "客户甲", "手机"),
        ("1", "5", "11010519900307123X", "张三", "13800138000"),
    )
    assert _samples(shown)["身份证号"] == ()
    assert "11010519900307123X" not in str(shown)
    assert "13800138000" not in str(shown)


def test_columns_of_claims_that_look_like_guarantees_are_seen_as_they_are_read(
    seen: Seen,
) -> None:
    headers = ("借据号", "本金余额", "保证人", "保证人证件号码", "保证人电话")
    shown = seen(headers, ("A1", 5, "张三丰", "11010519900307123X", "13800138000"))
    assert shown.reading is not None
    assert [c.match for c in shown.columns] == [*shown.reading.columns]


def test_what_looks_like_a_person_is_hidden_where_the_header_says_nothing(
    seen: Seen,
) -> None:
    shown = seen(("借据号", "本金余额", "乙"), ("1", "5", "13800138000"))
    assert _samples(shown)["乙"] == ("138******00",)


def test_a_tape_of_unknown_headers_still_shows_its_columns(seen: Seen) -> None:
    rows = (("某资产包",), ("编码", "欠款", "日期"), ("A1", "12", "2024-01-05"))
    shown = seen(*rows)
    assert shown.reading is None
    assert shown.refusal is not None
    assert [c.match.header for c in shown.columns] == ["编码", "欠款", "日期"]
    said = Corrections.of({"claims": {"编码": "claim_id", "欠款": "principal"}})
    mended = seen(*rows, said=said)
    assert mended.refusal is None
    assert mended.reading is not None
    assert len(mended.reading.package) == 1
    usual = {column.match.header: column.usual.field for column in mended.columns}
    assert usual["编码"] is None


def test_a_tape_without_its_date_shows_its_columns(
    csv_bytes: Callable[..., bytes],
) -> None:
    rows = [("借据号", "本金余额"), ("1", "5")]
    shown = preview(read_contents(csv_bytes(rows), "t.csv"), "t.csv")
    assert shown.refusal is not None
    assert shown.refusal.findings[0].code == "no_cutoff"
    assert [c.match.field for c in shown.columns] == ["claim_id", "principal"]


def test_two_units_above_a_table_are_refused_and_shown(
    workbook: Callable[..., bytes],
) -> None:
    rows = [("单位：元", "单位：万元"), ("借据号", "本金余额"), ("1", 5)]
    shown = preview(read_contents(workbook({"债权": rows}), "t.xlsx"), "t.xlsx")
    assert shown.refusal is not None
    assert [c.match.field for c in shown.columns] == ["claim_id", "principal"]


def test_columns_of_parquet_are_shown() -> None:
    stream = BytesIO()
    pq.write_table(pa.table({"claim_id": ["A"], "其他": [None]}), stream)
    shown = preview(read_contents(stream.getvalue(), "t.pq"), "t.pq")
    assert _samples(shown) == {"claim_id": ("A",), "其他": ()}


def test_what_no_correction_mends_is_refused() -> None:
    with pytest.raises(TapeError):
        read_contents(b"  ", "t.csv")
