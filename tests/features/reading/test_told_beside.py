"""Columns such as 是否判决 say how far proceedings have come."""

from collections.abc import Callable

import pytest

from features.tape import Reading

Read = Callable[..., Reading]


def stages(reading: Reading) -> list[str | None]:
    told: list[str | None] = reading.package.claims["legal_stage"].to_pylist()
    return told


def test_the_furthest_of_the_stages_said_with_a_yes_stands(read_csv: Read) -> None:
    header = ("借据号", "本金余额", "是否起诉", "是否判决", "是否执行", "是否终本")
    reading = read_csv(
        header,
        ("1", 5, "否", "否", "否", "否"),
        ("2", 5, "是", "否", "否", ""),
        ("3", 5, "是", "是", "否", "否"),
        ("4", 5, "是", "是", "是", "否"),
        ("5", 5, "是", "是", "是", "是"),
        ("6", 5, "", "是", "", ""),
        ("7", 5, "", "", "", ""),
    )
    assert stages(reading) == [
        "not_sued",
        "sued",
        "judgment",
        "enforcement",
        "enforcement_terminated",
        "judgment",
        None,
    ]
    assert not {"judged", "enforced", "enforcement_over"} & {
        *reading.package.claims.column_names
    }


@pytest.mark.parametrize(
    ("stated", "judged", "stage"),
    [
        ("执行中", "是", "enforcement"),
        ("已诉", "是", "judgment"),
        ("破产", "是", "insolvency"),
        ("已判决", "否", "judgment"),
        ("", "否", None),
    ],
)
def test_a_stage_that_is_stated_stays_where_it_is_the_later_one(
    read_csv: Read, stated: str, judged: str, stage: str | None
) -> None:
    header = ("借据号", "本金余额", "诉讼状态", "是否判决")
    assert stages(read_csv(header, ("1", 5, stated, judged))) == [stage]


def test_yes_or_no_that_cannot_be_read_is_told_and_keeps_the_claim(
    read_csv: Read,
) -> None:
    header = ("借据号", "本金余额", "是否起诉", "是否判决")
    reading = read_csv(header, ("1", 5, "是", "见附件"))
    assert stages(reading) == ["sued"]
    assert [w.field for w in reading.warnings] == ["judged"]


def test_words_in_place_of_a_yes_say_it_as_well(read_csv: Read) -> None:
    header = ("借据号", "本金余额", "是否判决", "是否执行")
    reading = read_csv(
        header,
        ("1", 5, "已判决", "执行中"),
        ("2", 5, "胜诉", "尚未执行"),
        ("3", 5, "尚未判决", "未执行"),
    )
    assert stages(reading) == ["enforcement", "judgment", None]
    assert not reading.warnings
