"""Fields of the package as a whole: said by the caller, or written above a table."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import pyarrow as pa

from features import catalogue
from features.errors import Finding
from features.findings import finding
from features.package import HeaderValue
from features.reading.currency import FOREIGN_CURRENCY, NAMES
from features.reading.headers import (
    ENGLISH_UNITS,
    FACTORS,
    header_key,
    meaning,
    money_unit,
)
from features.reading.persons import Persons
from features.reading.refusals import refusal
from features.reading.values.cells import Cells
from features.reading.values.kinds import Reader

_UNIT_LABELS = frozenset({"单位", "金额单位", "货币单位", "币种单位", "币种"})
_WRITTEN_DAY = (
    r"[为是于]?:?\s*(\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?|\d{8}|\d{4}年\d{1,2}月[底末]"
    r"|[〇零○一二三四五六七八九]{4}年[一二三四五六七八九十]{1,2}月[一二三四五六七八九十]{1,3}日"
    r"|\d{1,2}[- ][a-z]{3,9}[- ,]{1,2}\d{4})"
)
# 评估基准日 is the day of an appraisal, not that of the claims.
_CUTOFF = re.compile(
    r"(?:(?<!评估)(?<!估值)(?<!估价)(?<!审计)(?<!定价)(?<!报表)(?<!财务)基准日期?"
    r"|\bcut-?off date\b)" + _WRITTEN_DAY,
    re.IGNORECASE,
)
# A day on which a tape may have been drawn; 有效期截至 and 截至…已收回 are none.
_DRAWN = re.compile(
    r"(?:(?:(?<!期)(?<!期限)(?<!效)(?<!上次)(?<!前次)(?<!保证金)(?<!发放)(?<!付款)"
    r"(?<!公告)(?<!报名)(?<!报表)(?<!财务)(?<!评估))截[至止]"
    r"|(?:(?<![\u3400-\u9fff])|数据|统计|债权)截[至止]日期?"
    r"|(?:数据|统计)(?:时点|日期)|\bas (?:of|at)\b)"
    + _WRITTEN_DAY
    + r"(?!\d|日?\s*已)",
    re.IGNORECASE,
)
_CURRENCIES = rf"rmb|cny|yuan|{NAMES}"
_SIZES = r"100 ?millions?|10,?000|10k|ten thousands?|000s?|thousands?|millions?|mn"
_HAN_UNITS = (
    r"[千万亿]?(?:美元|美金|欧元|港[元币]|日元|英镑)|"
    r"十亿元|亿元|千万元|百万元|万元|千元|元|分|角"
)
# 单位：万达支行 and 单位：分行 are no units of money.
_NO_NAME = r"(?!(?<=\W[亿万元分角])[\u3400-\u9fff])"
# Units in a sentence: 金额单位为万元, 以万元为单位, 单位：分, amounts in RMB thousands;
# in brackets or alone: (USD), RMB'000.
_UNIT_IN_WORDS = re.compile(
    rf"单位[均为是:=\-—]{{0,2}}(?:人民币)?(?P<named>{_HAN_UNITS}|亿|万){_NO_NAME}"
    rf"|金额[均都]?[为是](?:人民币)?(?P<are>{_HAN_UNITS})(?!以[上下内])"
    rf"|以(?:人民币)?(?P<by>{_HAN_UNITS})(?:计|为单位|列示)"
    rf"|(?:\b(?:in|unit|currency)\b:?\s*(?:of\s*)?|[(\[]\s*(?=(?:{_CURRENCIES})(?![a-z]))"
    rf"|(?:^|:)\s*(?=(?:{_CURRENCIES})[\s']*(?:{_SIZES}|bn|billions?|mm?|k)?\s*$))"
    rf"(?P<currency>{_CURRENCIES})?[\s']*"
    rf"(?P<size>{_SIZES}|(?(currency)(?:bn|billions?|mm?|k)|(?!)))?"
    rf"(?:\s*(?:of\s*)?(?P<after>{_CURRENCIES}))?(?!\w)",
    re.IGNORECASE,
)
# In "in 10,000 villages" nothing is a unit.
_ENDS = re.compile(r"\s*($|[)\]},;.])")
_SMALL_CHANGE = ("分", "角")
_PLAIN_SIZES = str.maketrans("萬億圆圓仟佰拾", "万亿元元千百十")
# A size of money that is none of those which amounts are read in: W元, 十万元, 厘.
_ODD_UNIT = re.compile(r"(?:人民币|rmb|cny)?(?:[十百千万亿kw]+元?|厘)", re.IGNORECASE)
# Rows at the end of a sheet among which notes are looked for.
_NOTE_ROWS, _NOTE_CELLS = 30, 2


@dataclass(frozen=True)
class PackageHeader:
    """Fields of the package as a whole.

    Attributes:
        stated: What the tape says; a value of a single claim wins over it.
        imposed: What the caller says; it wins over everything.
        findings: What is wrong with facts that were left out.
        strict: Whether the package came as JSON.
    """

    stated: Mapping[str, HeaderValue] = field(default_factory=dict)
    imposed: Mapping[str, HeaderValue] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    strict: bool = False

    def without(self, persons: Persons) -> "PackageHeader":
        """The same without what tells of persons."""
        return replace(
            self,
            stated={n: _hidden(persons, n, v) for n, v in self.stated.items()},
            imposed={n: _hidden(persons, n, v) for n, v in self.imposed.items()},
        )


def _hidden(persons: Persons, name: str, value: HeaderValue) -> HeaderValue:
    if not isinstance(value, str):
        return value
    of = catalogue.field("package", name)
    hidden: HeaderValue = persons.hidden(of, pa.array([value]))[0].as_py()
    return hidden


def title_facts(rows: Sequence[Sequence[Any]]) -> Mapping[str, Any]:
    """The fields of the package that title rows state, as written.

    A fact stands in one cell (``基准日：2025年6月30日``) or in two (label, value).
    """
    facts: dict[str, Any] = {}
    for label, value in _statements(rows):
        known = meaning("package", label)
        if known and not (_states_unit(label, value) or _is_label(value)):
            facts.setdefault(known.field.name, value)
    drawn = {} if "cutoff_date" in facts else _days_drawn(rows)
    return facts | ({"cutoff_date": min(drawn)} if len(drawn) == 1 else {})


def _days_drawn(rows: Sequence[Sequence[Any]]) -> Mapping[str, HeaderValue | None]:
    """Days on which title rows may say that the tape was drawn, each written once."""
    cells = (cell for cell in chain.from_iterable(rows) if isinstance(cell, str))
    told = chain.from_iterable(map(_DRAWN.finditer, map(_plain, cells)))
    days = {read_fact("cutoff_date", each[1])[0]: each[1] for each in told}
    return {written: day for day, written in days.items()}


def _title_unit(rows: Sequence[Sequence[Any]]) -> str | None:
    """The unit that title rows state; it may also stand alone in brackets.

    Raises:
        TapeError: The rows state two units, or a foreign currency.
    """
    stated = (str(v) for label, v in _statements(rows) if _states_unit(label, v))
    return _only([*chain.from_iterable(map(_units_in, stated))])


def _states_unit(label: str, value: Any) -> bool:
    """Whether 单位：万元 is stated; 金额：万元 is a unit whatever it is called."""
    return header_key(label) in _UNIT_LABELS or money_unit(str(value)) is not None


def _only(units: Sequence[str]) -> str | None:
    if len(set(units)) > 1:
        raise refusal("several_units", units=", ".join(units))
    return units[0] if units else None


def unit_of(
    title: Sequence[Sequence[Any]], name: str, body: Sequence[Sequence[Any]]
) -> str | None:
    """The unit of money of a sheet: in its title, its name or a note below it.

    Args:
        title: Rows above the header.
        name: Name of the sheet.
        body: Rows below the header.

    Raises:
        TapeError: Two units are stated, or one that amounts are not read in.
    """
    above = [(name,), *title]
    below = [row for row in body[-_NOTE_ROWS:] if _is_note(row)]
    stated = _title_unit(above)
    cells = chain.from_iterable([*above, *below])
    words = [unit for cell in cells for unit in _units_in_words(cell)]
    return _only([stated, *words] if stated else words)


def _plain(cell: str) -> str:
    """A cell of standard width, without the blanks that set 单 位 ： 万 元 wide."""
    text = re.sub(r"\s*:\s*", ":", unicodedata.normalize("NFKC", cell))
    text = text.translate(_PLAIN_SIZES)
    return re.sub(r"(?<=单)\s+(?=位)|(?<=[千万亿])\s+(?=元)", "", text)


def _is_note(row: Sequence[Any]) -> bool:
    return sum(cell not in ("", None) for cell in row) <= _NOTE_CELLS


def _units_in_words(cell: Any) -> Iterator[str]:
    """Units that a sentence names.

    Raises:
        TapeError: It names a foreign currency, or fen.
    """
    if not isinstance(cell, str):
        return
    text = _plain(cell)
    for said in _UNIT_IN_WORDS.finditer(text):
        han = said["named"] or said["are"] or said["by"] or ""
        currency = said["currency"] or said["after"] or han
        if currency in _SMALL_CHANGE or FOREIGN_CURRENCY.search(currency or ""):
            raise refusal("foreign_amounts", currency=currency)
        if said["size"] and not currency and not _ENDS.match(text, said.end()):
            continue
        size = re.sub(r"[\s,]", "", said["size"] or "").casefold()
        unit = ENGLISH_UNITS.get(size) or money_unit(han)
        if unit:
            yield unit


def listed_facts(rows: Sequence[Sequence[Any]]) -> Mapping[str, Any]:
    """Fields of the package that a form lists, each a name and a value beside it."""
    facts = {}
    for label, value, *_ in (row for row in rows if len(row) > 1):
        known = meaning("package", label) if isinstance(label, str) else None
        if known is not None and value not in ("", None):
            facts[known.field.name] = value
    return facts


def listed_unit(rows: Sequence[Sequence[Any]]) -> str | None:
    """The unit of money that a form states under its name, for every table.

    A unit beside an amount is of that amount alone.

    Raises:
        TapeError: It states two units, or a foreign currency.
    """
    stated = (
        [*unicodedata.normalize("NFKC", str(cell)).split(":"), *row[1:2]]
        for row in rows
        for cell in row[:1]
    )
    units = (
        _units_in(str(value))
        for label, *values in stated
        if header_key(label) in _UNIT_LABELS
        for value in values
    )
    return _only([*chain.from_iterable(units)])


def _units_in(text: str) -> list[str]:
    """Units in a statement such as 户、万元.

    Raises:
        TapeError: It names a foreign currency, or a unit that nobody can read.
    """
    if foreign := FOREIGN_CURRENCY.search(text):
        raise refusal("foreign_amounts", currency=foreign[0])
    words = re.split(r"[\s、,，/]+", text.translate(_PLAIN_SIZES))
    units = [unit for word in words if (unit := money_unit(word))]
    if not units and (odd := next(filter(_ODD_UNIT.fullmatch, words), None)):
        raise refusal("unread_unit", unit=odd, known="、".join(FACTORS))
    return units


def _is_label(value: Any) -> bool:
    return isinstance(value, str) and any(
        meaning(table, value) for table in ("package", "claims")
    )


def _statements(rows: Sequence[Sequence[Any]]) -> Iterator[tuple[str, Any]]:
    for row in rows:
        cells = [cell for cell in row if cell not in ("", None)]
        for position, cell in enumerate(cells):
            if not isinstance(cell, str):
                continue
            yield from _statements_in(cell)
            if position + 1 < len(cells):
                yield cell.rstrip(" :："), cells[position + 1]


def _statements_in(cell: str) -> Iterator[tuple[str, str]]:
    text = _plain(cell)
    for piece in re.split(r"[\s;,|()\[\]【】]+", text):
        label, colon, value = piece.partition(":")
        if colon and value:
            yield label, value
        elif money_unit(piece):
            yield "单位", piece
    cutoff = _CUTOFF.search(text)
    if cutoff:
        yield "基准日", cutoff[1]


def read_fact(
    name: str,
    value: Any,
    unit: str | None = None,
    *,
    strict: bool = False,
    since_1904: bool = False,
) -> tuple[HeaderValue | None, str | None]:
    """The value of a field of the package, or the rule that it breaks.

    Args:
        name: Name of the field.
        value: Value as written.
        unit: Unit of money where the value names none.
        strict: Whether it came as JSON, where a date must be written as 2021-03-05.
        since_1904: Whether a number that stands for a day counts from 1904.

    Raises:
        KeyError: There is no such field.
    """
    factor = FACTORS[unit] if unit else 1.0
    reader = Reader(catalogue.field("package", name), factor, strict=strict)
    column = reader.read(Cells.of([value], since_1904=since_1904))
    if column.faults:
        return None, column.faults[0].code
    found: HeaderValue | None = column.values[0].as_py()
    return found, None


def fact_finding(name: str, code: str, value: Any) -> Finding:
    """The finding about a field of the package."""
    return finding(
        code, table="package", field=catalogue.field("package", name), value=value
    )


def stated_header(
    facts: Mapping[str, Any], unit: str | None, *, since_1904: bool = False
) -> PackageHeader:
    """The fields that a file states above its tables, and what cannot be read.

    Args:
        facts: What it states, by field.
        unit: Unit of money where a value names none.
        since_1904: Whether a number that stands for a day counts from 1904.
    """
    read: dict[str, HeaderValue] = {}
    notes = []
    for name, value in facts.items():
        found, code = read_fact(name, value, unit, since_1904=since_1904)
        if code is not None:
            notes.append(fact_finding(name, "package_fact", value))
        elif found is not None:
            read[name] = found
    return PackageHeader(read, findings=tuple(notes))
