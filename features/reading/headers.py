"""Headers: what a seller calls a column, and in which unit its money is."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType

from features import catalogue
from features.catalogue import Field

FACTORS: Mapping[str, float] = MappingProxyType(
    {"元": 1.0, "千元": 1e3, "万元": 1e4, "百万元": 1e6, "千万元": 1e7, "亿元": 1e8}
)
_UNIT_WORDS = "亿元|千万元|百万元|万元|千元|元|亿|万"
# Remarks in brackets that do not change what a column means. Anything else, such as
# a foreign currency or 亩, keeps the header from being recognised.
_REMARK = re.compile(
    r"截[至止].*|天|日|月|岁|次|人|个|笔|平方米|平米|m2|是\W?否|有\W?无|y\W?n|必填|选填",
    re.IGNORECASE,
)
_BRACKETS = re.compile(r"[(\[【<《]([^()\[\]【】<>《》]*)[)\]】>》]")
_NAME_AND_UNIT = re.compile(
    rf"(?P<name>.+?)(?:金额单位|单位)?(?:人民币|rmb|cny)?(?P<unit>{_UNIT_WORDS})?"
)
# Headers whose meaning is kept in mind: those of many tapes, but no bound of a sender.
_KEPT_HEADERS = 4096
_CANONICAL, _TITLE, _ALIAS, _PART = range(4)


@dataclass(frozen=True)
class ColumnMatch:
    """How one header was read.

    Attributes:
        table: Table of the tape.
        header: Header as the sender wrote it.
        field: Canonical name of the field; None for a column that is not used.
        unit: Unit in which the money of the column was read.
        unit_stated: Whether the tape named that unit.
        personal: Whether the column is personal data, recognised and not kept.
    """

    table: str
    header: str
    field: str | None
    unit: str | None = None
    unit_stated: bool = False
    personal: bool = False


@dataclass(frozen=True)
class _Meaning:
    field: Field
    rank: int
    inverse: bool = False
    unit: str | None = None
    part: str | None = None


@dataclass(frozen=True)
class ColumnPlan:
    """What to do with one column of a sheet.

    Attributes:
        match: How its header was read.
        inverse: Whether it states the opposite of its field.
    """

    match: ColumnMatch
    inverse: bool = False


def header_key(text: str) -> str:
    """A header without what sellers vary: width, case, spaces and punctuation."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


def money_unit(word: str) -> str | None:
    """The unit of money that a word such as 人民币万元 names, if any."""
    found = re.fullmatch(
        rf"(?:人民币|rmb|cny)?({_UNIT_WORDS})", header_key(word), re.IGNORECASE
    )
    if found is None:
        return None
    return found[1] if found[1].endswith("元") else f"{found[1]}元"


@cache
def _meanings(table: str) -> Mapping[str, _Meaning]:
    known: dict[str, _Meaning] = {}
    for field in catalogue.fields(table).values():
        for alias in field.inverse_aliases:
            known.setdefault(header_key(alias), _Meaning(field, _ALIAS, inverse=True))
        for alias in field.aliases:
            known.setdefault(header_key(alias), _Meaning(field, _ALIAS))
        for part in field.parts:
            known.setdefault(header_key(part), _Meaning(field, _PART, part=part))
    for field in catalogue.fields(table).values():
        known[header_key(field.zh)] = _Meaning(field, _TITLE)
    for field in catalogue.fields(table).values():
        known[header_key(field.name)] = _Meaning(field, _CANONICAL)
    return MappingProxyType(known)


def _without_remarks(header: str) -> str:
    text = unicodedata.normalize("NFKC", header)
    return _BRACKETS.sub(
        lambda found: "" if _REMARK.fullmatch(found[1].strip()) else found[0], text
    )


@lru_cache(_KEPT_HEADERS)
def meaning(table: str, header: str) -> _Meaning | None:
    """What a header means in a table, with the unit of money that it names."""
    key = header_key(_without_remarks(header))
    known = _meanings(table)
    if key in known:
        return known[key]
    parts = _NAME_AND_UNIT.fullmatch(key)
    found = known.get(parts["name"]) if parts else None
    if parts is None or found is None or found.field.kind != "money":
        return None
    unit = money_unit(parts["unit"]) if parts["unit"] else None
    return replace(found, unit=unit)


def fields_met(table: str, headers: Sequence[str]) -> frozenset[str]:
    """Names of the fields of a table that a row of headers holds."""
    met = (meaning(table, header) for header in headers if header)
    return frozenset(m.field.name for m in met if m is not None)


def _chosen(meanings: Mapping[int, _Meaning]) -> tuple[dict[int, _Meaning], set[int]]:
    """The columns used for each field, and the columns nobody can choose from."""
    by_field: dict[str, list[int]] = {}
    for position, found in meanings.items():
        by_field.setdefault(found.field.name, []).append(position)
    chosen: dict[int, _Meaning] = {}
    ambiguous: set[int] = set()
    for positions in by_field.values():
        best = min(meanings[p].rank for p in positions)
        leading = [p for p in positions if meanings[p].rank == best]
        parts = {meanings[p].part for p in leading if meanings[p].part}
        if len(leading) == max(1, len(parts)):
            chosen |= {p: meanings[p] for p in leading}
        else:
            ambiguous.update(leading)
    return chosen, ambiguous


def plan_columns(
    table: str, headers: Sequence[str], default_unit: str | None = None
) -> tuple[list[ColumnPlan], Mapping[str, list[str]]]:
    """How every column of a table is read.

    An English name of the catalogue beats its Chinese name, that beats an alias, and
    that beats parts of an amount, all of which are used.

    Args:
        table: Table of the tape.
        headers: Headers in order; empty ones are passed over.
        default_unit: Unit of money stated for the whole sheet.

    Returns:
        A plan for each header, and the headers of every field that two columns claim
        with equal right: those columns are not used.
    """
    met = {i: meaning(table, header) for i, header in enumerate(headers) if header}
    known = {i: m for i, m in met.items() if m is not None}
    chosen, ambiguous = _chosen(known)
    plans = [
        ColumnPlan(
            _match(table, header, chosen.get(i), default_unit), _inverse(chosen, i)
        )
        for i, header in enumerate(headers)
    ]
    conflicts: dict[str, list[str]] = {}
    for position in sorted(ambiguous):
        name = known[position].field.name
        conflicts.setdefault(name, []).append(headers[position])
    return plans, conflicts


def _inverse(chosen: Mapping[int, _Meaning], position: int) -> bool:
    return position in chosen and chosen[position].inverse


def _match(
    table: str, header: str, found: _Meaning | None, default_unit: str | None
) -> ColumnMatch:
    if found is None:
        return ColumnMatch(table, header, None)
    field = found.field
    if field.kind != "money":
        return ColumnMatch(table, header, field.name, personal=field.personal)
    stated = found.unit or default_unit
    # The catalogue defines its own names in yuan.
    assumed = "元" if found.rank == _CANONICAL else field.assumed_unit
    return ColumnMatch(table, header, field.name, stated or assumed, stated is not None)
