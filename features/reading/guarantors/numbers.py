"""Which number of identity beside the names of guarantors is whose."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

from features.personal.pseudonyms import normal
from features.personal.recognition import narrowed
from features.reading.guarantor_columns import PLACE
from features.reading.guarantors.names import (
    COMPANY,
    ID_NUMBER,
    MARKS,
    PHONE,
    Named,
    each_once,
    guarantors_in_order,
    is_name,
)
from features.reading.values.lost_digits import has_lost_digits, is_power

# Passports and permits, of any country, and codes of organisations: 12345678-9.
_PAPER = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Za-z]{8}-[0-9Xx]|(?=[A-Za-z]*\d)[0-9A-Za-z]{6,14})"
    r"(?![0-9A-Za-z])"
)
_OF_COMPANY = re.compile(r"9[0-9A-Z]{17}|(?=.{0,16}[A-WYZ])[0-9A-Z]{18}")
_OF_PERSON = re.compile(r"[1-8]\d{5}(?:1[89]|20)\d{9}[0-9X]|[1-8]\d{14}")
_DIGIT = re.compile(r"\d")
_HAN = re.compile(r"[\u3400-\u9fff]")


class Number(NamedTuple):
    """What stands in the place of a number.

    Attributes:
        text: The number; none where there is none, or where it is lost.
        lost: Whether a spreadsheet has lost its last digits.
        strange: Whether there are digits that are no number of identity.
    """

    text: str | None
    lost: bool = False
    strange: bool = False


class Numbered(NamedTuple):
    """Whom a cell and the numbers beside it name.

    Attributes:
        named: Each once, in their order.
        unread: Whether numbers are left that belong to none of them.
        lost: Whether a spreadsheet has lost digits of a number.
        unphoned: Whether telephones are left that belong to none of them.
    """

    named: Sequence[Named]
    unread: bool = False
    lost: bool = False
    unphoned: bool = False

    @classmethod
    def of(cls, names: str, beside: str, phones: str = "") -> Self:
        """A cell of names and those of numbers, place by place.

        Args:
            names: The cells of names, those of numbered columns apart.
            beside: The cells of numbers, as many.
            phones: The cells of telephones, as many.
        """
        cells = [text.split(PLACE) for text in (names, beside, phones)]
        count = max(map(len, cells))
        cells = [[""] * count if told == [""] else told for told in cells]
        if len({*map(len, cells)}) > 1:
            cells = [[text.replace(PLACE, ";")] for text in (names, beside, phones)]
        every = [
            _phoned(_paired(guarantors_in_order(n), b), p)
            for n, b, p in zip(*cells, strict=True)
        ]
        return cls(
            each_once([named for each in every for named in each.named]),
            any(each.unread for each in every),
            any(each.lost for each in every),
            any(each.unphoned for each in every),
        )


def numbers_in_cell(text: str) -> Sequence[Number | None]:
    """What stands in each place of a cell of numbers; none where it is empty."""
    return [number for part in MARKS.split(text) for number in _numbers(part.strip())]


def _numbers(part: str) -> Iterator[Number | None]:
    close = "".join(part.split())
    hits = [*ID_NUMBER.finditer(part)] or [*ID_NUMBER.finditer(close)]
    if hits:
        yield from (_number(hit[1]) for hit in hits)
    elif is_power(part):
        yield Number(None, lost=True)
    elif paper := _PAPER.search(part):
        yield Number(paper[0])
    else:
        yield Number(None, strange=_DIGIT.search(part) is not None) if part else None


def _number(text: str) -> Number:
    return Number(None, lost=True) if has_lost_digits(text) else Number(text)


def _paired(told: Sequence[Named], beside: str) -> Numbered:
    """Those of one cell, with the numbers that are theirs."""
    cells = numbers_in_cell(narrowed(beside))
    numbers = [number for number in cells if number is not None]
    lost = any(number.lost for number in numbers)
    stated = {number.text for number in numbers} - {None}
    if not told:
        known = [n for n in numbers if n.text or n.lost]
        return Numbered([Named(None, n.text) for n in known], lost=lost)
    named = (
        _by_name(told, beside)
        or _matched(told, numbers)
        or _matched(told, [number or Number(None) for number in cells])
        or _matched(told, [*dict.fromkeys(n for n in numbers if n.text or n.lost)])
        or told
    )
    unread = not stated <= {each.id_number for each in named}
    return Numbered(named, unread or any(n.strange for n in numbers), lost)


def _phoned(told: Numbered, beside: str) -> Numbered:
    """The same with the telephone of each, where there is one for each."""
    phones = [hit[1] for hit in PHONE.finditer(narrowed(beside))]
    if len(phones) != len(told.named):
        return told._replace(unphoned=bool(phones))
    named = [
        each._replace(phone=each.phone or phone)
        for each, phone in zip(told.named, phones, strict=True)
    ]
    return told._replace(named=named)


def _by_name(told: Sequence[Named], beside: str) -> Sequence[Named]:
    """Those whose numbers stand with their names again, in whatever order."""
    if not _HAN.search(beside):
        return []
    again = {str(e.name): e.id_number for e in guarantors_in_order(beside) if e.name}
    if not again or not again.keys() <= {str(each.name) for each in told}:
        return []
    return [e._replace(id_number=e.id_number or again.get(str(e.name))) for e in told]


def _matched(told: Sequence[Named], numbers: Sequence[Number]) -> Sequence[Named]:
    """Those with one number each, in their order, or in that of their kind."""
    if len(told) != len(numbers):
        return []
    for order in (_given(told, numbers), _given_by_kind(told, numbers)):
        if order and not any(map(_contradicts, order)):
            return order
    return []


def _given(told: Sequence[Named], numbers: Sequence[Number]) -> Sequence[Named]:
    return [
        each._replace(id_number=each.id_number or number.text)
        for each, number in zip(told, numbers, strict=True)
    ]


def _given_by_kind(told: Sequence[Named], numbers: Sequence[Number]) -> Sequence[Named]:
    """Companies with the numbers of companies, all others with the other numbers."""
    of_companies = [n for n in numbers if _OF_COMPANY.fullmatch(_plain(n.text))]
    companies = [each for each in told if _is_company(each)]
    if len(companies) != len(of_companies):
        return []
    others = iter([number for number in numbers if number not in of_companies])
    theirs = iter(of_companies)
    return [_given([e], [next(theirs if _is_company(e) else others)])[0] for e in told]


def _contradicts(each: Named) -> bool:
    """Whether a company has the number of a person, or a person that of a company."""
    number = _plain(each.id_number)
    if _is_company(each):
        return _OF_PERSON.fullmatch(number) is not None
    return _OF_COMPANY.fullmatch(number) is not None and is_name(each.name or "")


def _is_company(each: Named) -> bool:
    return (each.name or "").endswith(COMPANY)


def _plain(number: str | None) -> str:
    return normal(number).upper() if number else ""
