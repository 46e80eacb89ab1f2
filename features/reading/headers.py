"""Headers: what a seller calls a column, and in which unit its money is."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from types import MappingProxyType

from features import catalogue
from features.catalogue import Field
from features.reading.currency import FOREIGN_CURRENCY

FACTORS: Mapping[str, float] = MappingProxyType(
    {
        "元": 1.0,
        "千元": 1e3,
        "万元": 1e4,
        "百万元": 1e6,
        "千万元": 1e7,
        "亿元": 1e8,
        "十亿元": 1e9,
    }
)
ENGLISH_UNITS: Mapping[str, str] = {
    **dict.fromkeys(("000", "000s", "k", "thousand", "thousands"), "千元"),
    **dict.fromkeys(("10000", "10k", "tenthousand", "tenthousands"), "万元"),
    **dict.fromkeys(("million", "millions", "mn", "m", "mm"), "百万元"),
    **dict.fromkeys(("100million", "100millions"), "亿元"),
    **dict.fromkeys(("billion", "billions", "bn"), "十亿元"),
}
_UNIT_WORDS = "十亿元|亿元|千万元|百万元|万元|千元|元|亿|万"
# Remarks in brackets that do not change what a column means. Anything else, such as
# a foreign currency or 亩, keeps the header from being recognised.
_REMARK = re.compile(
    r"截[至止].*|天|日|月|岁|次|人|个|笔|平方米|平米|m2|是\W?否|有\W?无|y\W?n|必填|选填|"
    r"折合?人民币.*|required|optional",
    re.IGNORECASE,
)
_UNIT_AT_END = re.compile(
    rf"[\W日月末折合](?:(?:金额)?单位)?\W?(?:人民币)?({_UNIT_WORDS})\s*$"
)
_BRACKETS = re.compile(r"[(\[【<《]([^()\[\]【】<>《》]*)[)\]】>》]")
_NAME_AND_UNIT = re.compile(
    rf"(?:折合?人民币)?(?P<name>.+?)(?:金额单位|单位)?"
    rf"(?:(?:人民币|rmb|cny)?(?P<unit>{_UNIT_WORDS})?|"
    rf"(?:in)?(?:rmb|cny)(?P<english>{'|'.join(ENGLISH_UNITS)}))"
)
# Headers whose meaning is kept in mind: those of many tapes, but no bound of a sender.
# No seller writes more; what is longer is a remark.
LONGEST_HEADER = 200
_KEPT_HEADERS = 4096
# What a key leaves out: Principal ($) is no principal in yuan.
_FOREIGN_SIGN = re.compile("[$€£]")
BY_HAND, CANONICAL, TITLE, ALIAS, PART, LESSER, DESCRIPTION = range(7)
# What does not tell one part of an amount from another: 应收罚息, 罚息余额.
_OF_ANY_PART = re.compile("应收|未还|逾期(?=罚)|余额|(?<=费)用")

_HAN_PLACES = "一二三四五六七八九"
_PLACE = re.compile(
    rf"(?P<who>保证人|担保人)(?P<after>[1-9{_HAN_PLACES}])"
    rf"|第(?P<first>[1-9{_HAN_PLACES}])(?=保证人|担保人)|(?P<last>[1-9{_HAN_PLACES}])$"
)

# What tells one item of collateral from another before and behind what is said of it:
# 抵押物2面积, 第二抵押物, 评估价值2(万元).
_ITEM = re.compile(
    rf"^第?(?P<first>[1-9]\d?|[{_HAN_PLACES}])?\s*"
    r"(?P<what>(?:抵质押|抵押|质押|担保)(?:物业|物|品|资产|财产|房产|房屋|不动产)|押品)"
    rf"\W*(?P<after>[1-9]\d?|[{_HAN_PLACES}])?\W*(?:的|之)?"
)
_LAST = re.compile(rf"(?<![mM])[1-9{_HAN_PLACES}](?=\s*(?:[(\[【<《].*)?$)")


@dataclass(frozen=True)
class Meaning:
    """What a header says of its column.

    Attributes:
        field: The field that the column holds.
        rank: How good a name of the field the header is; the lowest is used.
        inverse: Whether it states the opposite of its field.
        unit: Unit of money that it names.
        part: The part of an amount that it is, where parts are added up.
    """

    field: Field
    rank: int
    inverse: bool = False
    unit: str | None = None
    part: str | None = None


def header_key(text: str) -> str:
    """A header without what sellers vary: width, case, spaces and punctuation."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text).casefold())


def place_told(key: str) -> tuple[str, int | None]:
    """A key without the number of a guarantor, as of 保证人2证件号码, and that."""
    hit = _PLACE.search(key)
    if hit is None:
        return key, None
    told = hit["after"] or hit["first"] or hit["last"]
    return key[: hit.start()] + (hit["who"] or "") + key[hit.end() :], _number(told)


def item_told(header: str) -> tuple[str, int]:
    """What a header says of an item of collateral, and the number of that item.

    Returns:
        The header without the item and its number, such as 面积 of 抵押物2面积, and
        the number; 0 where it has none.
    """
    text = unicodedata.normalize("NFKC", header).strip()
    named = _ITEM.match(text)
    what, first, after = named.group("what", "first", "after") if named else ("",) * 3
    rest = text[named.end() :] if named else text
    last = _LAST.search(rest, 1)
    if last:
        rest = rest[: last.start()] + rest[last.end() :]
    number = first or after or (last[0] if last else "")
    return rest.strip(" :-_.、") or what, _number(number) if number else 0


def _number(told: str) -> int:
    return _HAN_PLACES.index(told) + 1 if told in _HAN_PLACES else int(told)


def money_unit(word: str) -> str | None:
    """The unit of money that a word such as 人民币万元 names, if any."""
    found = re.fullmatch(
        rf"(?:人民币|rmb|cny)?({_UNIT_WORDS})", header_key(word), re.IGNORECASE
    )
    if found is None:
        return None
    return found[1] if found[1].endswith("元") else f"{found[1]}元"


@cache
def _meanings(table: str) -> Mapping[str, Meaning]:
    known: dict[str, Meaning] = {}
    for field in catalogue.fields(table).values():
        for header, means in _other_names(field):
            known.setdefault(header_key(header), means)
    for field in catalogue.fields(table).values():
        for title in (field.zh, f"{field.zh} {field.name}"):
            known[header_key(title)] = Meaning(field, TITLE)
    for field in catalogue.fields(table).values():
        known[header_key(field.name)] = Meaning(field, CANONICAL)
    return MappingProxyType(known)


def _other_names(field: Field) -> Iterator[tuple[str, Meaning]]:
    """What else sellers call a field, those with the first right first."""
    yield from ((a, Meaning(field, ALIAS, inverse=True)) for a in field.inverse_aliases)
    yield from ((alias, Meaning(field, ALIAS)) for alias in field.aliases)
    for part in field.parts:
        yield part, Meaning(field, PART, part=_OF_ANY_PART.sub("", part))
    yield from ((name, Meaning(field, LESSER)) for name in field.lesser)
    yield from ((told, Meaning(field, DESCRIPTION)) for told in field.described_by)


def _without_remarks(header: str) -> str:
    return _BRACKETS.sub(_kept, unicodedata.normalize("NFKC", header))


def _kept(found: re.Match[str]) -> str:
    """What stays of brackets: of 截至2025年3月31日,万元 the unit."""
    if not _REMARK.fullmatch(found[1].strip()):
        return found[0]
    if unit := _UNIT_AT_END.search(found[1]):
        return f"({unit[1]})"
    is_other = "单位" in found[1] or FOREIGN_CURRENCY.search(found[1])
    return found[0] if is_other else ""


def is_remark(word: str) -> bool:
    """Whether a word says no more than a measure or who fills in a column."""
    return _REMARK.fullmatch(unicodedata.normalize("NFKC", word).strip()) is not None


def meaning(table: str, header: str) -> Meaning | None:
    """What a header means in a table, with the unit of money that it names."""
    return _meaning(table, header) if len(header) <= LONGEST_HEADER else None


@lru_cache(_KEPT_HEADERS)
def _meaning(table: str, header: str) -> Meaning | None:
    found = _plain_meaning(table, header)
    if found is not None or table != "collateral":
        return found
    rest, _ = item_told(header)
    if not rest:
        return None
    return _plain_meaning(table, f"押品{rest}") or _plain_meaning(table, rest)


def _plain_meaning(table: str, header: str) -> Meaning | None:
    key = header_key(_without_remarks(header))
    known = _meanings(table)
    if _FOREIGN_SIGN.search(unicodedata.normalize("NFKC", header)):
        return None
    if key in known:
        return None if _counts_months(header, known[key]) else known[key]
    placed = known.get(place_told(key)[0])
    if placed is not None and placed.field.lists:
        return placed
    parts = _NAME_AND_UNIT.fullmatch(key)
    found = known.get(parts["name"]) if parts else None
    if parts is None or found is None or found.field.kind != "money":
        return None
    return replace(found, unit=unit_named(header))


def in_foreign_currency(table: str, header: str) -> Meaning | None:
    """What a header such as 本金(美元) or Principal ($) would mean in renminbi."""
    if not FOREIGN_CURRENCY.search(header):
        return None
    tried = (meaning(table, FOREIGN_CURRENCY.sub(w, header)) for w in ("", "RMB"))
    return next(filter(None, tried), None)


def _counts_months(header: str, found: Meaning) -> bool:
    """Whether a header of days says in brackets that it counts months or terms."""
    said = _BRACKETS.findall(unicodedata.normalize("NFKC", header))
    return found.field.unit == "days" and "月" in said


def unit_named(header: str) -> str | None:
    """The unit of money at the end of a header such as 欠款(万元), if any."""
    parts = _NAME_AND_UNIT.fullmatch(header_key(_without_remarks(header)))
    if parts and parts["english"]:
        return ENGLISH_UNITS[parts["english"]]
    return money_unit(parts["unit"]) if parts and parts["unit"] else None
