"""Personal data in any text: where it stands, and the text with all of it masked."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from features.personal.names import may_hold_name, names_in
from features.personal.numbers import FORMS, Kind

# Sellers write digits in both widths; characters keep their places.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)} | {
    0x3000: " ",
    0x2010: "-",
    0x2011: "-",
    0x2013: "-",
    0x2014: "-",
}
_HAN = "[㐀-鿿]"
_APART = "(?:^|[^0-9A-Za-z])"
# What personal data may be in, for engines of expressions that do not look around.
SUSPECT = "|".join(
    (
        "@",
        r"[1-8]\d{5}[ -]?(?:19\d\d|200\d|2010)[ -]?[01]\d[0-3]\d[ -]?\d{3}[0-9Xx]",
        _APART + r"[1-8]\d{5}[2-8]\d[01]\d[0-3]\d{4}(?:$|[^0-9A-Za-z])",
        _APART + r"(?:62|4\d|5[1-5]|3[57])\d{2}(?:[ -]?\d{4}){3}"
        r"(?:[ -]?\d{1,3})?(?:$|[^0-9A-Za-z])",
        _APART + r"(?:E[1-9A-HJ-NP-Z]|[GHM][1-9]|e[1-9a-hj-np-z]|[ghm][1-9])\d{7}",
        rf"(?:{_APART}|tel|phone|mobile|TEL|Tel|Phone|Mobile)(?:(?:\+|00)?86[ -]?)?"
        r"1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?:$|[^0-9A-Za-z])",
        r"0\d{2,3}[) -][ -]?[2-8]\d{6}",
        r"[0-9](?:号|弄|栋|幢|座|单元|室|组|户|楼)",
        rf"(?:^|[^㐀-鿿]){_HAN}{{2,4}}(?:$|[^㐀-鿿])|[·•・]",
        "人|姓名|客户|配偶|户主|被告|夫|妻|父|母|儿|女|亲",
        "护照|通行证|回乡证|台胞证|证件|微信|QQ|[Ww]e[Cc]hat|[Pp]assport|[Pp]ermit",
    )
)
_MAY_HOLD = re.compile(rf"{_HAN}|@|\d{{6}}|\d[ -]\d{{3}}|[Qq]{{2}}|[Pp][AaEe]|[Ww][Ee]")
_MAY_HOLD_NUMBER = re.compile(
    r"\d{6}|\d[ -]\d{3}|@|[Qq]{2}|微信|[Ww][Ee][Cc]|[Pp](?:ass|erm|ASS|ERM)"
)
_DOORS = re.compile(r"\d(?:号|弄|栋|幢|座|单元|室|组|户|楼)")
_ADDRESS = re.compile(
    r"(?:[\u4e00-\u9fff]{1,9}?(?:自治区|自治州|省|市|盟|区|县|旗|镇|乡|街道))"
    r"[\u4e00-\u9fff0-9]{0,24}?"
    r"(?:路|街|大道|道|巷|弄|胡同|村|屯|庄|里|苑|园|小区|社区|公寓|大院|城|寨|组)"
    r"[\u4e00-\u9fff]{0,6}[0-9A-Za-z-]{1,6}(?:号楼|号|弄|栋|幢|座|单元|室|组|户|楼)"
    r"(?:[\u4e00-\u9fff]{0,8}?[0-9A-Za-z-]{1,6}"
    r"(?:号楼|号|弄|栋|幢|座|单元|室|组|户|楼|层|房)){0,5}"
)
_ENDS_OF_ID = 3, 4


class Span(NamedTuple):
    """Personal data within a text.

    Attributes:
        start: Where it begins.
        end: Where it ends.
        kind: What it is.
        weak: Whether much else looks alike.
    """

    start: int
    end: int
    kind: Kind
    weak: bool = False


def narrowed(text: str) -> str:
    """A text in narrow digits and signs, as long as before."""
    return text if text.isascii() else text.translate(_NARROW)


def may_hold(text: str) -> bool:
    """Whether a text may hold personal data at all, which is soon told."""
    return _MAY_HOLD.search(narrowed(text)) is not None


def found(text: str, *, expected: bool = False) -> list[Span]:
    """Personal data in a text, in order, no two of which overlap.

    Args:
        text: Any text.
        expected: Whether names are expected there, as in a column of obligors.
    """
    narrow = narrowed(text)
    if not _MAY_HOLD.search(narrow):
        return []
    spans: list[Span] = []
    for span in (*_addresses(narrow), *_numbers(narrow), *_names(narrow, expected)):
        if all(span.end <= s.start or s.end <= span.start for s in spans):
            spans.append(span)
    return sorted(spans)


def _numbers(text: str) -> Iterator[Span]:
    if not _MAY_HOLD_NUMBER.search(text):
        return
    for form in FORMS:
        for hit in form.pattern.finditer(text):
            if form.holds(hit["is"]):
                yield Span(*hit.span("is"), form.kind, form.weak)


def _addresses(text: str) -> Iterator[Span]:
    if _DOORS.search(text):
        for hit in _ADDRESS.finditer(text):
            yield Span(*hit.span(), "address")


def _names(text: str, expected: bool) -> Iterator[Span]:
    if not text.isascii() and may_hold_name(text):
        for start, end in names_in(text, expected=expected):
            yield Span(start, end, "name")


def masked(text: str, *, expected: bool = False) -> str:
    """A text that no longer tells who is meant: 张*, 110***********1234.

    Masking a masked text changes nothing.

    Args:
        text: Any text.
        expected: Whether names are expected there.
    """
    # Amounts of a hundred thousand rows would only push the words out of the cache.
    if text.isascii() and not _MAY_HOLD.search(text):
        return text
    return _masked(text, expected)


# A rule's wording and a column's header come again with every row.
@lru_cache(maxsize=4096)
def _masked(text: str, expected: bool) -> str:
    for span in reversed(found(text, expected=expected)):
        hidden = mask(text[span.start : span.end], span.kind)
        text = text[: span.start] + hidden + text[span.end :]
    return text


def mask(value: str, kind: Kind) -> str:
    """One piece of personal data without what tells it from others."""
    if kind == "name":
        return value[0] + "*" * (len(value) - 1)
    if kind == "email":
        return f"{value[0]}***@***"
    if kind == "address":
        return f"{value[:3]}***"
    first, last = _ENDS_OF_ID if len(value) > 12 else (3, 2)
    hidden = max(len(value) - first - last, 1)
    return value[:first] + "*" * hidden + value[len(value) - last :]
