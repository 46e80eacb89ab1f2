"""How a column of dates is read, each word in the light of the others beside it."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from features.reading.values.cells import Cells
from features.reading.values.column import (
    Bools,
    Column,
    Fault,
    bools,
    faults_of,
    misfits,
    refuse,
    united,
    written,
)
from features.reading.values.text import (
    EARLIEST,
    LATEST,
    NO_DAYS,
    PLACEHOLDER,
    RefusedError,
    parse_date,
    parse_iso_date,
    says_month,
)
from features.reading.values.words import Words

# What hangs on the rest of its column: 202103, 21.03.05, 21年3月, 2021.1.
_OPEN = r"^(\d{6}|\d{2}[-.年].*|\d{4}\.\d{1,2})$"
_SIX_DIGITS = re.compile(r"\d{6}", re.ASCII)
# With strokes, programs of other countries write the day or the month first.
_SHORT_YEAR = re.compile(r"(\d{2})[-.](\d{1,2})[-.](\d{1,2})", re.ASCII)
_YEAR_FIRST = r"^\d{4}[-.]\d{1,2}[-.]\d{1,2}"
_TENTH_OR_FIRST = re.compile(r"\d{4}\.1", re.ASCII)
_OF_TWO_DIGITS = re.compile(r"\d{4}\.0\d", re.ASCII)
# Years that a month such as 202103, or two digits, may mean: older claims are not sold.
_FIRST_YEAR, _LAST_YEAR = 1980, 2079
_MONTHS, _DAYS = 12, 31
_DAYS_TO_1904, _NO_SERIAL = 1462, 100_000

Settled = Iterator[tuple[str, str | None]]


def read_days(
    cells: Cells,
    *,
    strict: bool = False,
    none_words: Sequence[str] = (),
    to_the_day: bool = False,
) -> Column:
    """The cells of a column as dates.

    Args:
        cells: The column.
        strict: Whether they came as JSON, where a date is written as 2021-03-05. In a
            file a date that stands for none, such as 1900-01-01 or 9999-12-31, is
            missing, with a fault named ``PLACEHOLDER``.
        none_words: Words that say in place of a day that there is none.
        to_the_day: Whether a month alone is refused.
    """
    words, endless = _day_words(cells)
    parse = parse_iso_date if strict else _within(words, none_words, to_the_day)
    spoken = Column(None) if words is None else written(words, parse, pa.date32())
    faults = (*spoken.faults, *endless, *misfits("malformed_date", cells.truth))
    column = Column(united(cells, pa.date32(), spoken.values, cells.day), faults)
    if cells.day is None:
        return column
    return refuse(column, _unusable(cells.day, strict))


def _day_words(cells: Cells) -> tuple[Words | None, tuple[Fault, ...]]:
    """What is written in place of days, serial numbers as text, and endless numbers."""
    if cells.number is None:
        return cells.text, ()
    finite = pc.is_finite(cells.number)
    serials = pc.if_else(finite, pc.floor(cells.number), None)
    if cells.since_1904:
        serials = _since_1900(serials)
    endless = tuple(faults_of(bools(pc.invert(finite)), "malformed_date"))
    return replace(cells, number=serials).words(), endless


def _since_1900(serials: pa.Array) -> pa.Array:
    """Numbers of days since 1904 as those since 1900; larger ones are 20210305."""
    counts = pc.and_(pc.greater(serials, 0), pc.less(serials, _NO_SERIAL))
    return pc.if_else(counts, pc.add(serials, _DAYS_TO_1904), serials)


def _unusable(days: pa.Array, strict: bool) -> dict[str, Bools]:
    """Rows by the rule that their day breaks, shape (rows,) each."""
    none = [] if strict else [date(*parts) for parts in NO_DAYS if all(parts)]
    return {
        PLACEHOLDER: bools(pc.is_in(days, pa.array(none, pa.date32()))),
        "date_too_early": bools(pc.less(days, pa.scalar(EARLIEST))),
        "date_too_late": bools(pc.greater(days, pa.scalar(LATEST))),
    }


def _within(
    words: Words | None, none_words: Sequence[str], to_the_day: bool
) -> Callable[[str], date | None]:
    """How a word is read beside all others of its column."""
    settled = _settled(words.words) if words else {}

    def parse(word: str) -> date | None:
        if word in none_words:
            return None
        plain = settled.get(word, word)
        if plain is None:
            raise RefusedError("doubtful_date")
        if to_the_day and says_month(plain):
            raise RefusedError("month_alone")
        return parse_date(plain)

    return parse


def _settled(words: pa.Array) -> Mapping[str, str | None]:
    """What other words of the column settle, in full; None for what stays open."""
    found = words.filter(pc.match_substring_regex(words, _OPEN)).unique().to_pylist()
    if not found:
        return {}
    year_first = pc.any(pc.match_substring_regex(words, _YEAR_FIRST)).as_py()
    months, tenths = _months(found), _tenths(found)
    return dict([*months, *tenths, *_short_years(found, year_first=bool(year_first))])


def _months(words: Iterable[str]) -> Settled:
    """202103 as 2021-03, but where 201203 may as well be 3 December 2020."""
    six = {w: _forms(w) for w in words if _SIX_DIGITS.fullmatch(w)}
    plain = (True, False) in six.values() and (False, True) not in six.values()
    for word, forms in six.items():
        if any(forms):
            yield word, f"{word[:4]}-{word[4:]}" if plain else None


def _forms(word: str) -> tuple[bool, bool]:
    """Whether six digits may be a year and a month, or a short year, month and day."""
    is_month = _is_month(int(word[4:])) and _FIRST_YEAR <= int(word[:4]) <= _LAST_YEAR
    return is_month, _is_month(int(word[2:4])) and _is_day(int(word[4:]))


def _is_month(number: int) -> bool:
    return 1 <= number <= _MONTHS


def _is_day(number: int) -> bool:
    return 1 <= number <= _DAYS


def _tenths(words: Iterable[str]) -> Settled:
    """2021.1 beside 2021.03 is October of a spreadsheet's number, or a January."""
    found = set(words)
    if any(_OF_TWO_DIGITS.fullmatch(word) for word in found):
        yield from ((w, None) for w in found if _TENTH_OR_FIRST.fullmatch(w))


def _short_years(words: Iterable[str], *, year_first: bool) -> Settled:
    """21.03.05 as 2021-03-05, where other dates of the column exclude other orders."""
    short = {w: found.groups() for w in words if (found := _SHORT_YEAR.fullmatch(w))}
    is_open = any(
        all(fits(*parts) for parts in short.values()) for fits in (_dmy, _mdy)
    )
    for word in words:
        if word[2] == "年" or (word in short and (year_first or not is_open)):
            yield word, f"{_century(int(word[:2]))}{word}"


def _dmy(first: str, second: str, year: str) -> bool:
    return _is_day(int(first)) and _is_month(int(second)) and len(year) > 1


def _mdy(first: str, second: str, year: str) -> bool:
    return _dmy(second, first, year)


def _century(year: int) -> int:
    """The first two digits of a year of which the last two are known."""
    return 20 if 2000 + year <= _LAST_YEAR else 19
