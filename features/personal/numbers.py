"""Numbers that identify a person, by their form and by the digits that check them."""

import re
from collections.abc import Callable
from datetime import date
from typing import Literal, NamedTuple

Kind = Literal["name", "id", "passport", "phone", "card", "email", "address", "account"]

_REGIONS = (
    (11, 15),
    (21, 23),
    (31, 37),
    (41, 46),
    (50, 54),
    (61, 65),
    (71, 71),
    (81, 83),
)
_PROVINCES = frozenset(
    str(code) for first, last in _REGIONS for code in range(first, last + 1)
)
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
# Whoever owes is of age; contract numbers hold the dates of later years.
_FIRST_BIRTH, _LAST_SURE_BIRTH, _LAST_BIRTH = 1900, 1999, 2010
# Numbers of 15 digits were given out until 1999 and hold two digits of the year.
_FIRST_OLD_BIRTH, _LAST_OLD_BIRTH = 1926, 1985
_SEPARATORS = re.compile(r"[\s-]+")


class Form(NamedTuple):
    """How one kind of number is written.

    Attributes:
        kind: What it is.
        pattern: Finds it; its group ``is`` is the number itself.
        holds: Whether its digits can be such a number.
        weak: Whether many other numbers look alike, so that its column has to agree.
    """

    kind: Kind
    pattern: re.Pattern[str]
    holds: Callable[[str], bool]
    weak: bool = False


def plain(text: str) -> str:
    """A number without what separates its digits."""
    return _SEPARATORS.sub("", text).upper()


def _is_day(year: int, month: str, day: str) -> bool:
    try:
        date(year, int(month), int(day))
    except ValueError:
        return False
    return True


def is_id_number(text: str) -> bool:
    """Whether 18 characters are an identity number: province, birthday, check digit."""
    digits = plain(text)
    return _is_born(digits, _LAST_BIRTH) and id_check(digits) == digits[-1]


def is_mistyped_id_number(text: str) -> bool:
    """Whether they are one but for the check digit, of somebody born before 2000."""
    return _is_born(plain(text), _LAST_SURE_BIRTH)


def _is_born(digits: str, last_year: int) -> bool:
    year = int(digits[6:10])
    known = digits[:2] in _PROVINCES and _FIRST_BIRTH <= year <= last_year
    return known and _is_day(year, digits[10:12], digits[12:14])


def id_check(digits: str) -> str:
    """The check digit that follows the first 17 digits of an identity number."""
    summed = sum(w * int(d) for w, d in zip(_ID_WEIGHTS, digits[:17], strict=True))
    return _ID_CHECKS[summed % 11]


def is_old_id_number(text: str) -> bool:
    """Whether 15 digits may be an identity number of before 1999."""
    digits = plain(text)
    year = 1900 + int(digits[6:8])
    of_age = _FIRST_OLD_BIRTH <= year <= _LAST_OLD_BIRTH
    known = digits[:2] in _PROVINCES
    return known and of_age and _is_day(year, digits[8:10], digits[10:12])


def new_id_number(old: str) -> str:
    """The identity number of 18 characters that follows one of 15 digits."""
    longer = f"{old[:6]}19{old[6:]}"
    return longer + id_check(longer)


def is_card(text: str) -> bool:
    """Whether the digits of a bank card add up, after Luhn."""
    digits = [int(d) for d in reversed(plain(text))]
    doubled = (2 * d - 9 if d > 4 else 2 * d for d in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _always(_: str) -> bool:
    return True


def _form(
    kind: Kind,
    pattern: str,
    holds: Callable[[str], bool] = _always,
    *,
    weak: bool = False,
) -> Form:
    return Form(kind, re.compile(pattern, re.ASCII | re.IGNORECASE), holds, weak)


_ALONE, _ENDS = r"(?<![0-9A-Za-z])", r"(?![0-9A-Za-z])"
_LABEL = (
    r"(?:护照|passport|通行证|回乡证|台胞证|permit|证件)(?:号码|号|no\.?)?[\s:#-]{0,3}"
)
_ID = r"(?<!\d)(?P<is>[1-8]\d{5}[ -]?(?:19|20)\d{2}[ -]?\d{4}[ -]?\d{3}[\dx])(?!\d)"
# A form that comes first takes the characters.
FORMS = (
    _form("email", r"(?P<is>[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})"),
    _form("id", _ID, is_id_number),
    _form("id", _ID, is_mistyped_id_number, weak=True),
    _form(
        "card",
        _ALONE
        + r"(?P<is>62\d{2}(?:[ -]?\d{4}){2}[ -]?\d{4}(?:[ -]?\d{1,3})?"
        + r"|(?:4\d|5[1-5]|35|37)\d{2}(?:[ -]?\d{4}){3})"
        + _ENDS,
        is_card,
        weak=True,
    ),
    _form("id", _ALONE + r"(?P<is>[1-8]\d{14})" + _ENDS, is_old_id_number, weak=True),
    _form("passport", _LABEL + r"(?P<is>[a-z]{1,2}\d{6,10})" + _ENDS),
    _form(
        "passport",
        _ALONE
        + r"(?P<is>(?:E[1-9A-HJ-NP-Z]|G[1-9])\d{7}|[HM][1-9]\d{7}(?:\d{2})?)"
        + _ENDS,
        weak=True,
    ),
    _form(
        "phone",
        r"(?:(?<![0-9A-Za-z])|(?<=tel)|(?<=phone)|(?<=mobile))"
        r"(?P<is>(?:(?:\+|00)?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4})" + _ENDS,
        weak=True,
    ),
    _form(
        "phone",
        _ALONE + r"(?P<is>\(?0(?:10|2\d|[3-9]\d{2})(?:\)[ -]?|[ -])"
        r"[2-8]\d{6,7}(?:-\d{1,5})?)" + _ENDS,
    ),
    _form(
        "account",
        rf"(?:微信号?|{_ALONE}(?:QQ号?|wechat))[\s:]{{0,3}}(?P<is>[a-z0-9_-]{{5,20}})",
    ),
)
