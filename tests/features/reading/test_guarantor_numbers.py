"""Numbers of identity that a tape states in columns beside names of guarantors."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from features.personal.pseudonyms import Pseudonyms
from features.tape import Reading, read_tape

Rows = Sequence[Sequence[Any]]
CUTOFF = {"cutoff_date": "2025-06-30"}
KEY = Pseudonyms(b"0123456789abcdef0123456789abcdef")
FIRST, SECOND = "110101199003071233", "320500197001011007"
NUMBERED = ("借据号", "本金余额", "保证人", "保证人证件号码")


@pytest.fixture
def read(workbook: Callable[[Mapping[str, Rows]], bytes]) -> Callable[..., Reading]:
    def of(claims: Rows) -> Reading:
        book = workbook({"债权": claims})
        return read_tape(book, "tape.xlsx", header=CUTOFF, pseudonyms=KEY)

    return of


def _warned(reading: Reading) -> list[str]:
    found = [w.code for w in reading.warnings]
    return [code for code in found if code.startswith("guarantors_")]


def _guarantees(reading: Reading) -> list[tuple[str, str]]:
    table = reading.package.guarantees
    ids, names = table["claim_id"].to_pylist(), table["guarantor_id"].to_pylist()
    return [*zip(ids, names, strict=True)]


def test_numbers_in_a_column_of_their_own_tell_guarantors_of_one_name_apart(
    read: Callable[..., Reading],
) -> None:
    rows = [
        ("A1", 100, "张伟、甲公司", f"{FIRST}；91320500MA1MXXXX1T"),
        ("B1", 1, "张伟", SECOND),
    ]
    reading = read([NUMBERED, *rows, ("C1", 2, "张伟", None), ("D1", 3, None, SECOND)])
    assert _guarantees(reading) == [
        ("A1", KEY.of(FIRST)),
        ("A1", KEY.of("91320500MA1MXXXX1T")),
        ("B1", KEY.of(SECOND)),
        ("C1", KEY.of("张伟")),
        ("D1", KEY.of(SECOND)),
    ]
    kept = reading.persons["guarantees"].to_pydict()
    assert kept["guarantor_name"] == ["张伟", "甲公司", "张伟", "张伟", None]
    assert _warned(reading) == ["guarantors_named"]
    assert "guarantor_names_shared" in {w.code for w in reading.warnings}
    assert not reading.unmapped
    assert reading.persons.keys() == {"guarantees"}
    assert FIRST not in repr(reading)


def test_numbers_in_numbered_columns_belong_to_their_names(
    read: Callable[..., Reading],
) -> None:
    headers = (
        "借据号",
        "本金余额",
        "保证人1",
        "保证人1身份证号",
        "保证人2",
        "保证人2身份证号",
    )
    reading = read([headers, ("A1", 100, "张伟", FIRST, "张伟", SECOND)])
    assert _guarantees(reading) == [("A1", KEY.of(FIRST)), ("A1", KEY.of(SECOND))]


COMPANY = "91320500MA1MXXXX1T"
SAID = {
    "1": FIRST,
    "2": SECOND,
    "c": COMPANY.lower(),
    "p": "E12345678",
    "o": "12345678-9",
    "甲": "张三丰",
    "乙": "李四光",
    "m": "13800138000",
    "t": "0512-65123456",
    "丙": "丙公司",
}


def _said(sign: re.Match[str]) -> str:
    return SAID.get(sign[0], sign[0])


@pytest.mark.parametrize(
    ("headers", "cells", "numbers"),
    [
        ("保证人2 保证人2证件号 保证人1证件号 保证人1", "乙 2 1 甲", "12"),
        ("保证人1 保证人2 保证人2证件号 保证人1证件号", "甲 乙 2 1", "12"),
        ("第一保证人 第二保证人身份证号 保证人二 保证人一证件号", "甲 2 乙 1", "12"),
        ("保证人 保证人证件号码 保证人2 保证人2证件号码", "甲 - 乙 2", "-2"),
        ("保证人1 保证人1证件号 保证人2 保证人2证件号", "- 1 乙 -", "1-"),
        ("保证人 保证人证件号1 保证人证件号2", "甲、乙 1 2", "12"),
        ("保证人 保证人证件号", "甲、乙 无；2", "-2"),
        ("保证人 保证人证件号", "甲、乙 乙2、甲1", "12"),
        ("保证人 保证人证件号", "甲、丙 c、1", "1c"),
        ("保证人 保证人证件号", "甲、乙 p；2", "p2"),
        ("法人保证人 自然人保证人 保证人身份证号 保证人信用代码", "丙 甲 1 c", "c1"),
        ("保证人 保证人身份证号 保证人信用代码", "丙 / c", "c"),
        ("保证人 保证人组织机构代码", "甲、丙 1；o", "1o"),
        ("保证人1 保证人1ID 保证人2 保证人2ID", "甲 1 丙 o", "1o"),
    ],
)
def test_numbers_are_of_the_guarantor_whose_place_or_kind_they_have(
    read: Callable[..., Reading], headers: str, cells: str, numbers: str
) -> None:
    said = [None if c == "-" else re.sub(r"\w", _said, c) for c in cells.split()]
    reading = read([("借据号", "本金余额", *headers.split()), ("A1", 100, *said)])
    kept = reading.persons["guarantees"]["guarantor_id_number"].to_pylist()
    assert kept == [None if n == "-" else SAID[n] for n in numbers]
    assert _warned(reading) == ["guarantors_named"]
    assert not reading.unmapped


def test_one_code_of_an_organisation_is_one_guarantor_and_one_debtor(
    read: Callable[..., Reading],
) -> None:
    headers = ("借据号", "本金余额", "证件号码", "保证人", "保证人组织机构代码")
    rows = [
        ("A1", 1, "87654321-X", "甲有限公司", "12345678-9"),
        ("B1", 1, "87654321-X", "甲公司", "12345678-9"),
    ]
    reading = read([headers, *rows])
    assert {name for _, name in _guarantees(reading)} == {KEY.of("12345678-9")}
    assert {*reading.package.claims["obligor_id"].to_pylist()} == {KEY.of("87654321-X")}


@pytest.mark.parametrize(
    ("headers", "cells", "phones"),
    [
        ("保证人 保证人电话", "甲、乙 m；t", "mt"),
        ("保证人1 保证人1电话 保证人2 保证人2手机号", "甲 - 乙 t", "-t"),
        (
            "保证人1 保证人1证件号 保证人2 保证人2证件号 保证人电话",
            "甲 1 乙 2 m、t",
            "mt",
        ),
    ],
)
def test_telephones_of_guarantors_are_kept_with_them(
    read: Callable[..., Reading], headers: str, cells: str, phones: str
) -> None:
    said = [None if c == "-" else re.sub(r"\w", _said, c) for c in cells.split()]
    reading = read([("借据号", "本金余额", *headers.split()), ("A1", 100, *said)])
    kept = reading.persons["guarantees"]["guarantor_phone"].to_pylist()
    assert kept == [None if n == "-" else SAID[n] for n in phones]
    assert _warned(reading) == ["guarantors_named"]
    assert reading.persons.keys() == {"guarantees"}


@pytest.mark.parametrize("guarantor", ["张三丰、李四光", None])
def test_telephones_of_nobody_in_particular_are_told(
    read: Callable[..., Reading], guarantor: str | None
) -> None:
    headers = ("借据号", "本金余额", "保证人", "保证人电话")
    reading = read([headers, ("A1", 100, guarantor, SAID["m"])])
    assert "guarantor_phones_unread" in {w.code for w in reading.warnings}
    assert SAID["m"] not in str(reading.persons)


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (int(FIRST), "guarantor_numbers_lost"),
        ("1.10101E+17", "guarantor_numbers_lost"),
        ("110101199003071000", "guarantor_numbers_lost"),
        (COMPANY, "guarantor_numbers_unread"),
        ("1234", "guarantor_numbers_unread"),
        (SECOND, "guarantor_numbers_of_debtor"),
    ],
)
def test_numbers_that_tell_nobody_are_told_and_the_name_counts(
    read: Callable[..., Reading], number: object, code: str
) -> None:
    headers = ("借据号", "本金余额", "借款人", "证件号码", "保证人", "保证人证件号码")
    reading = read([headers, ("A1", 100, "李四光", SECOND, "张三丰", number)])
    assert _guarantees(reading) == [("A1", KEY.of("张三丰"))]
    told = [w.code for w in reading.warnings if w.code.startswith("guarantor_")]
    assert told == [code]


def test_whoever_owes_the_claim_by_number_does_not_guarantee_it(
    read: Callable[..., Reading],
) -> None:
    headers = ("借据号", "本金余额", "借款人", "证件号码", "保证人", "保证人证件号码")
    owed = ("张三丰", FIRST)
    rows = [("A1", 1, *owed, None, FIRST), ("B1", 2, *owed, *owed)]
    assert not _guarantees(read([headers, *rows]))


def test_a_name_with_one_number_in_the_tape_is_that_person_wherever_it_stands(
    read: Callable[..., Reading],
) -> None:
    headers = ("借据号", "本金余额", "借款人", "证件号码", "保证人", "保证人证件号码")
    rows = [
        ("A1", 1, "甲公司", COMPANY, "张三丰", FIRST),
        ("B1", 1, "李四光", SECOND, "张三丰、甲公司", None),
    ]
    reading = read([headers, *rows])
    told = [KEY.of(FIRST), KEY.of(FIRST), KEY.of(COMPANY)]
    assert [name for _, name in _guarantees(reading)] == told
    assert reading.package.claims["obligor_id"][0].as_py() == KEY.of(COMPANY)


def test_numbers_that_are_not_one_for_each_name_are_warned_of_and_not_used(
    read: Callable[..., Reading],
) -> None:
    rows = [
        ("A1", 100, "张三、李四", FIRST),
        ("B1", 1, f"王五（{FIRST}）、李四", FIRST),
    ]
    reading = read([NUMBERED, *rows])
    names = [KEY.of("张三"), KEY.of("李四"), KEY.of(FIRST), KEY.of("李四")]
    assert [name for _, name in _guarantees(reading)] == names
    assert _warned(reading) == ["guarantors_named"]
    (told,) = (w for w in reading.warnings if w.code == "guarantor_numbers_unread")
    assert told.reason.startswith("1 claim: numbers in 保证人证件号码 that cannot")


def test_names_and_numbers_below_a_guarantor_are_not_the_debtors(
    read: Callable[..., Reading],
) -> None:
    above = ("借据号", "本金余额", "借款人", None, "保证人1", None, "保证人2", None)
    below = (None, None, *["姓名", "身份证号"] * 3)
    row = ("A1", 100, "王五一", COMPANY, "张三丰", FIRST, "李四光", SECOND)
    reading = read([above, below, row])
    assert _guarantees(reading) == [("A1", KEY.of(FIRST)), ("A1", KEY.of(SECOND))]
    assert reading.package.claims["obligor_id"].to_pylist() == [KEY.of(COMPANY)]
    bare = read([each[:2] + each[4:] for each in (above, below, row)])
    assert _guarantees(bare) == _guarantees(reading)
    assert not bare.rejected
