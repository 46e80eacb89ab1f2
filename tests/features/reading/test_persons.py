"""What a tape says of persons is taken out of it, at every form of it."""

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from orjson import dumps

from features.personal.pseudonyms import Pseudonyms, normal
from features.reading.persons import MAY_VARY, may_tell_of_persons
from features.reading.records.plain import read_plain
from features.tape import Reading, read_records, read_table, read_tape

SIGNS = Pseudonyms(b"k" * 32)
HEADER = {"cutoff_date": "2025-06-30"}
ID, OTHER_ID = "110105194912310021", "11010519491231002X"
Csv = Callable[..., bytes]


@pytest.fixture
def read(csv_bytes: Csv) -> Callable[..., Reading]:
    def of(*rows: tuple[Any, ...]) -> Reading:
        return read_tape(csv_bytes(rows), "t.csv", header=HEADER, pseudonyms=SIGNS)

    return of


def _column(reading: Reading, name: str) -> list[Any]:
    values: list[Any] = reading.package.claims[name].to_pylist()
    return values


def test_persons_are_taken_out_and_told_beside(read: Callable[..., Reading]) -> None:
    reading = read(
        ("借据号", "本金余额", "客户姓名", "身份证号", "手机号", "家庭电话2"),
        ("1", "5", "张伟", ID, "13800138000", "021-62345678"),
        ("2", "5", "", "", "", ""),
    )
    assert reading.persons["claims"].to_pylist() == [
        {
            "claim": "1",
            "row": 2,
            "obligor_name": "张伟",
            "id_number": ID,
            "phone": "13800138000",
        }
    ]
    assert [m.header for m in reading.columns if m.personal] == [
        *("客户姓名", "身份证号", "手机号", "家庭电话2"),
    ]
    assert ID not in str(reading.package.claims.to_pydict())


def test_several_columns_of_a_kind_are_all_personal(
    read: Callable[..., Reading],
) -> None:
    reading = read(
        ("借据号", "本金余额", "手机号", "固定电话"),
        ("1", "5", "13800138000", "021-62345678"),
        ("2", "5", "", ""),
        ("3", "5", "", "021-62345679"),
    )
    assert not reading.warnings
    told = reading.persons["claims"].select(["row", "phone"]).to_pylist()
    assert told == [
        {"row": 2, "phone": "13800138000; 021-62345678"},
        {"row": 4, "phone": "021-62345679"},
    ]


def test_identifiers_get_signs_and_texts_get_masks(
    read: Callable[..., Reading],
) -> None:
    reading = read(
        ("借据号", "本金余额", "债务人", "城市", "出让方"),
        (f"HT-{ID}", "5", "张伟", "温州", "王小明"),
        ("HT-2", "5", "杭州信达有限公司", "石家庄", "甲银行"),
    )
    assert _column(reading, "claim_id") == [f"HT-{SIGNS.of(ID)}", "HT-2"]
    assert _column(reading, "obligor_id") == [SIGNS.of("张伟"), "杭州信达有限公司"]
    assert _column(reading, "city") == ["温州", "石家庄"]
    assert _column(reading, "seller") == ["王**", "甲银行"]
    assert reading.persons["claims"]["claim_id"].to_pylist() == [f"HT-{ID}"]


def test_an_obligor_without_identifier_is_known_by_the_number(
    read: Callable[..., Reading],
) -> None:
    reading = read(
        ("借据号", "本金余额", "债务人编号", "身份证号"),
        ("1", "5", "", ID),
        ("2", "5", "", f" {ID[:6]} {ID[6:]}"),
        ("3", "5", "D3", ID),
        ("4", "5", "D4", OTHER_ID),
        ("5", "5", "D5", OTHER_ID),
        ("6", "5", "", OTHER_ID),
        ("7", "5", "", "110***********0021"),
    )
    several = SIGNS.of(OTHER_ID)
    assert _column(reading, "obligor_id") == [
        *("D3", "D3", "D3", "D4", "D5", several, None),
    ]


def test_numbers_whose_last_digits_a_spreadsheet_has_lost_tell_nobody_apart(
    read: Callable[..., Reading],
) -> None:
    cut, scheme = "110105194912310000", "100000000000001000"
    reading = read(
        ("借据号", "本金余额", "客户姓名", "身份证号"),
        ("1", "5", "张伟", cut),
        ("2", "5", "李娜", cut),
        ("3", "5", "王芳", "1.10105E+17"),
        ("4", "5", "赵敏", ID),
        ("5", "5", "陈静", scheme),
    )
    known = [SIGNS.of(name) for name in ("张伟", "李娜", "王芳")]
    assert _column(reading, "obligor_id") == [*known, SIGNS.of(ID), SIGNS.of(scheme)]
    (told,) = (w for w in reading.warnings if w.code == "numbers_lost")
    assert told.reason.startswith("a spreadsheet has lost the last digits of 3 numbers")
    assert "身份证号" in told.reason_zh
    assert reading.persons["claims"]["id_number"].to_pylist()[0] == cut


def test_an_obligor_without_a_number_is_known_by_the_name(
    read: Callable[..., Reading],
) -> None:
    reading = read(
        ("借据号", "本金余额", "债务人名称", "身份证号", "共同借款人"),
        ("1", "5", "杭州信达有限公司", "", "甲"),
        ("2", "5", "杭州 信达有限公司", "", ""),
        ("3", "5", "王小明", ID, ""),
        ("4", "5", "王 小明", "", ""),
        ("5", "5", "李娜", ID, ""),
        ("6", "5", "李娜", OTHER_ID, ""),
        ("7", "5", "李娜", "", ""),
        ("8", "5", "张*", "", ""),
        ("9", "5", "无", "", ""),
        ("10", "5", "不详", "", ""),
    )
    company, person = SIGNS.of("杭州信达有限公司"), SIGNS.of(ID)
    assert _column(reading, "obligor_id") == [
        *(company, company, person, person),
        *(person, SIGNS.of(OTHER_ID), SIGNS.of("李娜")),
        *(None, None, None),
    ]


@given(st.text("aZ09-－ ０Ａ张伟·*（\u3007\u9fff", max_size=18))
@example("110105491231002")
def test_only_texts_that_may_be_written_otherwise_are_compared_one_by_one(
    text: str,
) -> None:
    may_vary = pc.match_substring_regex(pa.scalar(text), MAY_VARY).as_py()
    assert may_vary or normal(text) == text


def test_a_name_sent_for_prices_tells_obligors_apart() -> None:
    claims = {"claim_id": ["A1"], "principal": [5.0], "obligor_name": ["杭州信达公司"]}
    assert read_plain(dumps({"package": HEADER, "claims": claims})) is None


def test_a_name_says_nothing_more_of_obligors_that_all_have_an_identifier() -> None:
    claims = {
        "claim_id": ["A1", "A2"],
        "principal": [5.0, 6.0],
        "obligor_id": ["D1", "D1"],
        "obligor_name": ["杭州信达公司", None],
    }
    read = read_plain(dumps({"package": HEADER, "claims": claims}))

    assert read is not None
    codes, words = read.tables.claims.words("obligor_id")
    assert [words[code] for code in codes] == ["D1", "D1"]
    gap = {**claims, "obligor_id": ["D1", None]}
    assert read_plain(dumps({"package": HEADER, "claims": gap})) is None


def test_guarantors_are_known_by_number_or_name(
    workbook: Callable[..., bytes],
) -> None:
    claims = [("借据号", "本金", "债务人名称"), ("1", 5, "杭州信达公司"), ("2", 5, "")]
    guarantees = [
        ("借据号", "保证人名称", "保证人身份证号"),
        ("1", "王小明", ID),
        ("2", "王小明", ID),
        ("2", "杭州信达公司", None),
        ("2", "王*", None),
    ]
    book = workbook({"债权": claims, "保证": guarantees})
    reading = read_tape(book, "t.xlsx", header=HEADER, pseudonyms=SIGNS)
    company = reading.package.claims["obligor_id"][0].as_py()
    assert reading.package.guarantees["guarantor_id"].to_pylist() == [
        *(SIGNS.of(ID), SIGNS.of(ID), company),
    ]
    [masked] = reading.rejected
    assert (masked.row, masked.findings[0].code) == (5, "missing")


def test_guarantors_of_whom_nothing_is_told_are_rejected(
    workbook: Callable[..., bytes],
) -> None:
    claims = [("借据号", "本金"), ("1", 5)]
    guarantees = [("借据号", "保证人名称", "保证金额"), ("1", None, 5), ("1", "", 6)]
    book = workbook({"债权": claims, "保证": guarantees})
    reading = read_tape(book, "t.xlsx", header=HEADER, pseudonyms=SIGNS)
    assert len(reading.package.guarantees) == 0
    assert [r.findings[0].code for r in reading.rejected] == ["missing"] * 2


def test_rows_of_collateral_follow_their_claim() -> None:
    claims = [{"claim_id": f"张伟-{n}", "principal": 5.0} for n in (1, 2)]
    payload = {
        "package": HEADER,
        "claims": claims,
        "collateral": [{"claim_id": "张伟-2", "collateral_id": "M1"}],
        "guarantees": [{"claim_id": "张伟-1", "guarantor_id": "李娜"}],
    }
    reading = read_records(payload, SIGNS)
    assert not reading.rejected
    package = reading.package
    assert package.collateral["claim_id"].to_pylist() == [f"{SIGNS.of('张伟')}-2"]
    assert package.guarantees["guarantor_id"].to_pylist() == [SIGNS.of("李娜")]


@pytest.mark.parametrize("number", ["13{:09d}", "{:015d}", "6222{:012d}", "E1{:07d}"])
def test_numbers_of_a_scheme_of_their_own_are_kept(
    read: Callable[..., Reading], number: str
) -> None:
    ids = [number.format(n * 7_919 % 10**9) for n in range(300)]
    if number.startswith("13"):
        ids = [f"{n * 104_729 % 10**11:011d}" for n in range(1, 300)]
    reading = read(("借据号", "本金余额"), *((each, "5") for each in ids))
    kept = _column(reading, "claim_id")
    assert sum(one != other for one, other in zip(ids, kept, strict=True)) == 0


@pytest.mark.parametrize("number", ["13800138000", "6222021234567890128", "E12345678"])
def test_one_number_among_others_is_a_person(
    read: Callable[..., Reading], number: str
) -> None:
    others = (f"C{n:08d}" for n in range(300))
    reading = read(("借据号", "本金余额"), *((c, "5") for c in others), (number, "5"))
    assert _column(reading, "claim_id")[-1] == SIGNS.of(number)


def test_headers_and_sheets_are_masked(read: Callable[..., Reading]) -> None:
    reading = read(("借据号", "本金余额", f"张伟 {ID}"), ("1", "5", "x"))
    assert [column.header for column in reading.unmapped] == [
        "张* 110***********0021",
    ]


def test_a_plain_request_with_persons_is_left_to_the_full_reader() -> None:
    claim = {"claim_id": "A1", "principal": 5.0}
    plain = {"package": HEADER, "claims": [claim]}
    assert read_plain(dumps(plain)) is not None
    for told in ({"claim_id": f"x {ID}"}, {"city": "借款人张伟"}, {"id_number": ID}):
        spoilt = plain | {"claims": [claim | told]}
        assert read_plain(dumps(spoilt)) is None


@pytest.mark.parametrize(
    ("text", "suspicious"),
    [
        (f"x {ID}", True),
        ("张伟", True),
        ("13800138000", True),
        ("E12345678", True),
        ("a@b.cn", True),
        ("0571-88886666", True),
        ("City bank B", False),
        ("HT000000012", False),
        ("corporate_secured", False),
        ("１３８００１３８０００", False),
    ],
)
def test_few_texts_are_searched_as_many_are(text: str, suspicious: bool) -> None:
    many = "C00000001\n" * 200
    assert may_tell_of_persons(f"{text}\n") is suspicious
    assert may_tell_of_persons(f"{many}{text}\n") is suspicious


def test_a_column_of_arrow_is_searched_as_well() -> None:
    table = pa.table({"claim_id": ["a", f"b{ID}"], "principal": [5.0, 5.0]})
    reading = read_table(table, header=HEADER, pseudonyms=SIGNS)
    assert _column(reading, "claim_id") == ["a", f"b{SIGNS.of(ID)}"]
