"""Headers over several rows: what stands below a merged cell, taken with it."""

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from features.reading.headers import meaning, unit_named

_OF_OTHERS = re.compile(
    "抵押人|质押人|出质人|所有权?人|产权人|权利人|法定代表人|法人代表|实际控制人|配偶|联系人"
)
_OF_GUARANTOR = re.compile("保证人|担保人")
_STATES_UNIT = re.compile(r"[(（\[【]?\s*(金额|货币|币种)?(单位|币种)\s*[:：]")
_BRACKETED = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
# What groups of columns are called beyond what they are of.
_GROUP = re.compile("(?:情况|信息|明细|部分|构成|金额)+$")


def together(table: str, upper: Sequence[str], lower: Sequence[str]) -> tuple[str, ...]:
    """The words of each column of a header whose cells are merged.

    Args:
        table: The table that it is read as.
        upper: Words of a row; a cell that is merged has them in its first column.
        lower: Words of the row below it, or of all rows below.
    """
    wide = (*upper, *("",) * len(lower))
    return tuple(_columns(table, wide, lower))


def with_owners(
    table: str, upper: Sequence[str], headers: Sequence[str]
) -> tuple[str, ...]:
    """Headers of persons with whose they are, where that is merged above them.

    证件号码 below 抵押人 is no debtor's.

    Args:
        table: The table that the headers are of.
        upper: Words of the row above them.
        headers: Headers in order.
    """
    over, told = "", []
    for high, head in zip((*upper, *("",) * len(headers)), headers, strict=False):
        over = high or (over if head else "")
        found = meaning(table, head) if _OF_OTHERS.search(over) else None
        owned = found is not None and found.field.personal and over not in head
        told.append(over + head if owned else head)
    return tuple(told)


def reaches_into(text: str, head: str) -> bool:
    """Whether a cell above a header is a part of it, such as 金额(万元) above 本金.

    Args:
        text: Words of the cell.
        head: The header of its column.
    """
    if _STATES_UNIT.match(text):
        return False
    group = _BRACKETED.search(text, 1)
    unit = unit_named(text) if group and group.end() == len(text) else None
    return text == head or (unit is not None and head.endswith(f"({unit})"))


def _is_header(table: str, upper: Sequence[str], lower: Sequence[str]) -> bool:
    """Whether a row above has a field that reaches down, which no title has.

    What is merged over rows stands in each of them, or only in the first.
    """
    pairs = zip(upper, lower, strict=False)
    return any(_is_known(table, high) for high, low in pairs if low in ("", high))


def _columns(table: str, upper: Sequence[str], lower: Sequence[str]) -> Iterator[str]:
    over, is_header = "", _is_header(table, upper, lower)
    for high, low in zip(upper, lower, strict=False):
        over = high or (over if low else "")
        listing = low and _OF_GUARANTOR.search(over) and meaning("claims", over + low)
        if listing and listing.field.lists:
            yield over + low
        else:
            apart = is_header and low not in ("", over)
            yield _below(table, over, low) if apart else low or high


def _below(table: str, over: str, low: str) -> str:
    """A word with the one that is merged above it, as far as it needs that.

    表内 below 利息 is 表内利息, and 本金 below 债权(万元) is in that unit.
    """
    word = _word(table, _BRACKETED.sub("", over), low)
    unit = None if _STATES_UNIT.match(over) else unit_named(over)
    if unit is None or unit_named(word) is not None or not _is_money(table, word):
        return word
    return f"{word}({unit})"


def _word(table: str, over: str, low: str) -> str:
    names = [name for name in (over, _GROUP.sub("", over)) if name]
    composed = chain.from_iterable((name + low, low + name) for name in names)
    return next((w for w in (low, *composed) if _is_known(table, w)), low)


def _is_known(table: str, words: str) -> bool:
    return words != "" and meaning(table, words) is not None


def _is_money(table: str, words: str) -> bool:
    found = meaning(table, words)
    return found is not None and found.field.kind == "money"
