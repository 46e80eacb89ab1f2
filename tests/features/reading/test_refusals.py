"""Files that are refused say why in Chinese too."""

from collections.abc import Callable
from pathlib import Path

import pytest

from features.errors import TapeError
from features.tape import read_tape

ROWS = (("借据号", "本金余额"), ("1", "5"))
Sheets = Callable[..., bytes]


@pytest.mark.parametrize(
    ("content", "english", "chinese"),
    [
        (b"", "is empty", "是空文件"),
        (b"PK\x03\x04", "is a damaged workbook", "已损坏的工作簿"),
        (b"PAR1", "is a damaged parquet file", "已损坏的parquet文件"),
        (b"%PDF-1.4", "is a PDF or a picture", "请向出让方索取Excel原表"),
        (b"<!doctype html>", "is neither a workbook", "不是Excel、csv或parquet文件"),
        (b"\x81\xff\x00", "is neither UTF-8 nor GB18030", "编码"),
        (b'a,b\n"1,5\n', "line 2", "请检查引号"),
        ("甲,乙\n1,5\n".encode(), "no header of a claims table", "债权表的表头"),
        ("债权编号,五级\n1,损失\n".encode(), "no column for principal", "缺少本金余额"),
        ("借据号,本金,贷款余额\n1,5,6\n".encode(), "could all be", "均可识别为"),
    ],
)
def test_a_file_is_refused_in_both_languages(
    content: bytes, english: str, chinese: str
) -> None:
    with pytest.raises(TapeError, match=english) as refused:
        read_tape(content, "t.csv")
    assert chinese in refused.value.zh


def test_sheets_are_refused_in_both_languages(workbook: Sheets) -> None:
    for sheets, chinese in (
        ({"债权": ROWS, "债权（旧）": ROWS}, "都像是债权表"),
        ({"债权": ROWS, "债权2": ROWS}, "同一内容"),
        ({"债权": [("单位：元", "单位：万元"), *ROWS]}, "多个单位"),
        ({"债权": [("单位：美元",), *ROWS]}, "请折算为人民币"),
    ):
        with pytest.raises(TapeError) as refused:
            read_tape(workbook(sheets), "t.xlsx")
        assert chinese in refused.value.zh


def test_an_absent_file_is_refused_in_both_languages(tmp_path: Path) -> None:
    with pytest.raises(TapeError) as refused:
        read_tape(tmp_path / "absent.csv", "absent.csv")
    assert "无法打开" in refused.value.zh
