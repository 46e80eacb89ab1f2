"""Why a text is no JSON, and what to do about it, in English and Chinese."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from features.errors import InputError

BODY = "the body"
_CALLED: Mapping[str, str] = MappingProxyType({BODY: "请求正文"})
# UTF-8 with a mark, UTF-16 in either order.
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_MARKED = (
    "it begins with a byte order mark; send UTF-8 without one",
    "开头带有字节顺序标记（BOM）；请以不带BOM的UTF-8提交",
)
_NO_VALUE = (
    "a value is a number, text in double quotes, true, false, null, a list or an "
    "object, and NaN or Infinity is none; correct it",
    "值应为数字、双引号内的文本、true、false、null、列表或对象，不得为NaN或Infinity；"
    "请更正",
)
_BROKEN_ESCAPE = (
    "text holds a broken escape after \\; correct it",
    "文本中 \\ 之后的转义有误；请更正",
)
# By how the parser begins to say it.
_WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "EOF": ("it ends too early; send the whole of it", "内容不完整；请完整提交"),
        "Detected duplicate key": (
            "field {key} stands twice; state it once",
            "字段 {key} 重复；请只保留一个",
        ),
        "expected value": _NO_VALUE,
        "expected ident": _NO_VALUE,
        "invalid number": _NO_VALUE,
        "number out of range": (
            "a number has too many digits; correct it",
            "数字位数过多；请更正",
        ),
        "recursion limit": (
            "it is nested too deeply; flatten it",
            "嵌套层级过多；请减少",
        ),
        "trailing comma": ("a comma is too many; remove it", "逗号多余；请删除"),
        "trailing characters": (
            "something follows its end; remove it",
            "结尾之后还有内容；请删除",
        ),
        "key must be": (
            "a name of a field must stand in double quotes",
            "字段名应加双引号",
        ),
        "control character": (
            "text holds a line break or another control character; write it as \\n",
            "文本中有换行等控制字符；请写作 \\n",
        ),
        "invalid unicode": (
            "it is not UTF-8; send UTF-8",
            "不是UTF-8编码；请以UTF-8提交",
        ),
        "invalid escape": _BROKEN_ESCAPE,
        "unexpected end of hex": _BROKEN_ESCAPE,
        "lone": _BROKEN_ESCAPE,
        "expected": (
            "a comma, a colon or a bracket is missing; add it",
            "缺少逗号、冒号或括号；请补充",
        ),
    }
)
_OTHER = ("correct it", "请更正")
_SAID = re.compile(r'.*?(?: "(?P<key>.*)")? at line (\d+) column (\d+)', re.DOTALL)


class MalformedError(InputError):
    """Text that is no JSON at all."""

    http_status = 400


def malformed(text: bytes, what: str, error: ValueError) -> MalformedError:
    """The refusal of a text that the parser could not read.

    Args:
        text: The text.
        what: What it is called.
        error: What the parser said.
    """
    said = _SAID.match(str(error))
    english, chinese = _MARKED if text.startswith(_MARKS) else _words(str(error))
    at, at_zh = "", ""
    if said is not None:
        line, column = said[2], said[3]
        at, at_zh = f" at line {line}, column {column}", f"（第{line}行第{column}列）"
        key = (said["key"] or "")[:40]
        english, chinese = english.replace("{key}", key), chinese.replace("{key}", key)
    return MalformedError(
        f"{what} is not valid JSON{at}: {english}",
        zh=f"{_called(what)}不是有效的JSON{at_zh}：{chinese}",
    )


def no_object(what: str) -> InputError:
    """The refusal of a text that is JSON but no object."""
    return InputError(
        f'{what} must be a JSON object, as in {{"a field": 1}}',
        zh=f'{_called(what)}应为JSON对象，例如 {{"字段": 1}}',
    )


def _called(what: str) -> str:
    return _CALLED.get(what, f"{what} ")


def _words(said: str) -> tuple[str, str]:
    found = (words for begun, words in _WORDS.items() if said.startswith(begun))
    return next(found, _OTHER)
