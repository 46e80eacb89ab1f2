import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import features
from features.catalogue import field
from features.checked import _RULES
from features.errors import ClaimsError, Finding
from features.findings import finding
from features.personal.recognition import found, masked
from features.wording import WORDS

ROOT = Path(features.__file__).parents[1]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张伟", "张*"),
        ("欧阳明华", "欧***"),
        ("买买提·艾合买提", "买*******"),
        ("借款人张伟已失联", "借款人张*已失联"),
        ("共同借款人：李娜，电话13800138000", "共同借款人：李*，电话138******00"),
        ("110105194912310021", "110***********0021"),
        ("id 11010519491231002X.", "id 110***********002X."),
        ("110105-19491231-002X", "110*************002X"),
        ("110105491231002", "110********1002"),
        ("１３８００１３８０００", "１３８******００"),
        ("+86 138-0013-8000", "+86**********8000"),
        ("021-62345678", "021*******78"),
        ("6222021234567890128", "622************0128"),
        ("zhang.wei@example.com.cn", "z***@***"),
        ("浙江省杭州市西湖区文三路123号4幢502室", "浙江省***"),
        ("河南省周口市沈丘县刘庄村5组12号", "河南省***"),
        ("护照E12345678", "护照E12****78"),
        ("微信：zhangwei_1988", "微信：zha******1988"),
        ("张伟110105194912310021.xlsx", "张*110***********0021.xlsx"),
    ],
)
def test_what_tells_of_a_person_is_masked(text: str, shown: str) -> None:
    assert masked(text) == shown
    assert masked(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "C00000041",
        "HT20210305001",
        "(2021)京0105民初12345号",
        "北京市朝阳区人民法院",
        "石家庄",
        "马鞍山",
        "杭州信达科技有限公司",
        "91110000802100433B",
        "高风险",
        "余额",
        "1,234,567.89",
        "2021年3月5日",
        "20210305123456",
        "6222 0212 3456 7890",
        "2009101200005678",
        "P-ABCDEFGHIJKLMNOP",
        "01M8HE85534Y5RQQQSX8WEYKRP",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert masked(text) == text


def _said() -> Iterator[str]:
    """Every wording that a program tells, wherever it is kept."""
    for words in (*WORDS.values(), *_RULES.values()):
        yield from words
    for file in ROOT.glob("*/**/texts*/*.toml"):
        yield from _strings(tomllib.loads(file.read_text("utf-8")))
    for file in (ROOT / "features").rglob("*.py"):
        if file.parent.name != "personal":
            yield from re.findall(r'"([^"\n]*)"', file.read_text("utf-8"))


def _strings(plain: Any) -> Iterator[str]:
    if isinstance(plain, dict):
        for each in plain.values():
            yield from _strings(each)
    elif isinstance(plain, str):
        yield plain


def test_no_word_of_the_programs_is_taken_for_a_person() -> None:
    said = list(_said())
    assert len(said) > 1_000
    assert [words for words in said if masked(words) != words] == []


def test_a_name_is_told_by_its_column() -> None:
    assert found("张圐") == []
    assert [span.kind for span in found("张圐", expected=True)] == ["name"]


def test_findings_and_errors_are_masked_where_they_are_made() -> None:
    of = field("claims", "principal")
    told = finding("malformed_number", field=of, value="借款人张伟 13800138000")
    assert told.value == "借款人张* 138******00"
    by_hand = Finding("x", "got 13800138000", "张伟", field="obligor", value="张伟")
    assert (by_hand.reason, by_hand.reason_zh) == ("got 138******00", "张*")
    error = ClaimsError("张伟.xlsx is empty", zh="张伟.xlsx是空文件")
    assert (str(error), error.zh) == ("张*.xlsx is empty", "张*.xlsx是空文件")


def test_a_value_is_masked_before_it_is_shortened() -> None:
    of = field("claims", "principal")
    told = finding("malformed_number", field=of, value="0" * 45 + " 110105194912310021")
    assert "1949" not in str(told.value)
