"""What a log line must not hold: secrets, personal data, and characters that act.

A line break in a value could forge a line, and an escape sequence could act on the
terminal of whoever reads it: both are written out as they would stand in a program.
"""

import re
import traceback
from collections.abc import Iterator, Mapping
from typing import Any

from features.errors import RecoupError
from features.personal.recognition import masked

HIDDEN = "***"
LONGEST_TEXT = 2_000
MOST_FRAMES = 40
# Words that stand for secrets or for what was handed in, wherever they come from.
HIDDEN_FIELDS = frozenset(
    (
        *("api_key", "authorization", "cookie", "credential", "headers", "password"),
        *("secret", "set_cookie", "token"),
        *("body", "content", "filename", "tape"),
        *("debtor_name", "guarantor_name", "id_number", "phone"),
    )
)
# Controls of C0 and C1, marks of direction and of lines, halves of characters.
_ACTING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_SECRET = re.compile(
    r"(?i)(?P<kept>\b(?:bearer|basic)\s+|://|[?&;\s](?:token|code|state|key)=)"
    r"(?:[^\s/@&]+(?=@)|(?<!://)[^\s&]+)"
)
# Identity, mobile and account numbers, with separators that people put between.
_NUMBER = re.compile(r"(?<![\w.])(?:\d{17}[\dXx]|1[3-9]\d{9}|\d{15,19})(?![\w.])")
# What an error of a library quotes is mostly what was handed in.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|[\u3400-\u9fff]+|\d{6,}")


def hidden(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a line without what it must not hold."""
    return {
        plain(str(name)): HIDDEN if name in HIDDEN_FIELDS else _plain_value(name, value)
        for name, value in event.items()
    }


def _plain_value(name: str, value: Any) -> Any:
    if name == "exception":
        return "\n".join(plain(line) for line in str(value).split("\n"))
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return hidden(value)
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain_value("", item) for item in value]
    return plain(str(value))


def plain(text: str) -> str:
    """A text of one line, shortened, without secrets or what tells of persons."""
    shown = _NUMBER.sub(HIDDEN, _SECRET.sub(rf"\g<kept>{HIDDEN}", text))
    written = _ACTING.sub(_written_out, masked(shown))
    if len(written) <= LONGEST_TEXT:
        return written
    # What went wrong stands at the end of what a library tells of it.
    return f"{written[: LONGEST_TEXT // 2]}…{written[-LONGEST_TEXT // 2 :]}"


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def traced(error: BaseException) -> str:
    """Where an error came from, cause first, without words that were handed in."""
    return "\n".join(line for each in _chain(error) for line in _told(each))


def _chain(error: BaseException) -> Iterator[BaseException]:
    before = error.__cause__ or (
        None if error.__suppress_context__ else error.__context__
    )
    if before is not None:
        yield from _chain(before)
    yield error


def _told(error: BaseException) -> Iterator[str]:
    frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
    for frame in frames:
        yield f"  {frame.filename}:{frame.lineno} in {frame.name}"
    yield f"{type(error).__module__}.{type(error).__qualname__}: {_words(error)}"


def _words(error: BaseException) -> str:
    words = (str(error).splitlines() or [""])[0]
    return words if isinstance(error, RecoupError) else _QUOTED.sub("…", words)
