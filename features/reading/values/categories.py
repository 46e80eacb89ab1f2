"""Words of tapes as the values of a category."""

import re
from collections.abc import Callable, Mapping
from functools import cache, partial

import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import Field
from features.cities import province_by_city
from features.reading.headers import header_key
from features.reading.values.cells import Cells
from features.reading.values.text import RefusedError, without_code

# A name ending so says that it is whole; a shorter one may be part of another name.
_WHOLE_NAME = ("省", "市", "自治区")
_OTHER_NAME = (
    *"区州县路街道镇乡村",
    "东路",
    "西路",
    "南路",
    "北路",
    "中路",
    "大道",
    "藏族",
    "蒙古族",
)
# Names of places and companies that hold a word of what stands somewhere else.
_NAMED_FOR_USE = re.compile(
    r"(?:工业|商业|办公|汽车|设备|仓储|住宅)"
    r"(?:园区?|新?区|街|路|大道|广场|城|站|中心|集团|公司)"
)
# A text that denies what it names, or says that it was or may be; 信用 denies the rest.
_SAYS_OTHERWISE = re.compile("[无非未免原拟可或]|不(?!动产)|解除|注销|释放|信用")

# C26 of a list whose values are letters.
_OWN_CODE = re.compile(r"[A-Z]\d{2,4}(?![A-Za-z\d])", re.ASCII)

Words = Mapping[str, str]


def category_of(field: Field, text: str) -> str:
    """The value of a category that a text stands for; itself in an open one.

    Raises:
        RefusedError: A category that is not open has no such value, or it says that
            the row is not for sale.
    """
    return category_parser(field, strict=True)(text)


def category_parser(field: Field, *, strict: bool) -> Callable[[str], str]:
    """What gives the value that a text stands for, as ``category_of`` does.

    Args:
        field: A category.
        strict: Whether a text tells nothing but the value; that of a file may tell it
            among other things.
    """
    return partial(_category, field, _words_of(field), strict)


def _category(field: Field, words: Words, strict: bool, text: str) -> str:
    key = header_key(text)
    found = text if text in field.values else words.get(key)
    named = key if strict else header_key(without_code(text))
    if key in field.refused or named in field.refused:
        raise RefusedError("not_for_sale")
    if found is None and field.leading:
        found = _led_by(words, key)
    if found is None and not strict:
        found = _coded(field, words, text, named) or _told(field, words, key)
    if found is None and not field.open:
        raise RefusedError(field.unlisted)
    return found or text


def _coded(field: Field, words: Words, text: str, named: str) -> str | None:
    """The value of a word beside the code that a system gives it: 可疑 of 04-可疑.

    A code may be that of the category itself: C26化学原料和化学制品制造业.
    """
    found = words.get(named) or (_led_by(words, named) if field.leading else None)
    is_own = text[:1] in field.values and _OWN_CODE.match(text)
    return found or (text[0] if is_own else None)


def count_described(field: Field, cells: Cells) -> int:
    """Rows whose value is told among other things and stands in no list of words."""
    is_told = field.described_by or field.several
    spoken = cells.words(days=True) if is_told else None
    if spoken is None:
        return 0
    words, spoken = _words_of(field), spoken.distinct()
    texts = [text or "" for text in spoken.words.to_pylist()]
    told = [
        _told(field, words, header_key(text)) is not None
        and not {header_key(text), header_key(without_code(text))} & words.keys()
        for text in texts
    ]
    rows = spoken.per_row(pa.array(told, pa.bool_()))
    return int(pc.sum(rows).as_py() or 0)


def _words_of(field: Field) -> Words:
    return _words(tuple(field.values.items()), has_cities=field.leading)


@cache
def _words(
    values: tuple[tuple[str, tuple[str, ...]], ...], *, has_cities: bool
) -> Words:
    """The value that each word stands for, whatever its width and punctuation."""
    listed = {
        header_key(word): value
        for value, synonyms in values
        for word in (*synonyms, value)
    }
    cities = province_by_city() if has_cities else {}
    return {**{header_key(city): of for city, of in cities.items()}, **listed}


def _led_by(words: Words, key: str) -> str | None:
    """The value of the word that a longer text begins with, the longest of several."""
    leading = [w for w in words if key.startswith(w) and _goes_on(w, key[len(w) :])]
    return words[max(leading, key=len)] if leading else None


def _goes_on(word: str, rest: str) -> bool:
    """Whether a text goes on below a place: 海南州 is not in 海南."""
    if word.isascii():
        return False
    return word.endswith(_WHOLE_NAME) or not rest.startswith(_OTHER_NAME)


def _told(field: Field, words: Words, key: str) -> str | None:
    """The value that a text of a file tells among other things, if it can be told."""
    if field.described_by:
        found = _values_in(words, _NAMED_FOR_USE.sub("", key))
        return found.pop() if len(found) == 1 else None
    if field.several is None or _SAYS_OTHERWISE.search(key):
        return None
    found = _values_in(words, key)
    if len(found) > 1:
        return field.several
    return found.pop() if found else None


def _values_in(words: Words, key: str) -> set[str]:
    """The values that words within a text stand for, the longest words first."""
    left, found = key, set()
    for word in sorted(words, key=len, reverse=True):
        if not word.isascii() and word in left:
            left = left.replace(word, " ")
            found.add(words[word])
    return found
