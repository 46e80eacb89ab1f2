"""Names of persons in Chinese text, told from places, companies and other words."""

import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from tomllib import loads

from features import catalogue

_RUNS = re.compile(r"[\u3400-\u9fff]+(?:[·•・][\u3400-\u9fff]+)*")
_JOINTS = re.compile(r"[·•・]")
_HAN = re.compile(r"[\u3400-\u9fff]")
# What ends a company, a place or a group of people and no given name.
_ENDINGS = (
    *"厂店行部社院所局站馆厅坊场铺吧庄户组室队司团会校村镇乡县市区省州旗盟路街道楼号栋笔类级式型款额率",
    *("公司", "集团", "中心", "银行", "支行", "分行"),
)
_LONGEST = 4


@cache
def words(kind: str) -> frozenset[str]:
    """Words of ``words.toml`` of a kind."""
    text = files("features.personal").joinpath("words.toml").read_text("utf-8")
    return frozenset(loads(text)[kind].split())


@cache
def _characters(kind: str) -> frozenset[str]:
    return frozenset("".join(words(kind)))


@cache
def _no_names() -> frozenset[str]:
    """Words of the catalogue, places, and whatever else only looks like a name."""
    tables = (*catalogue.TAPE_TABLES, *catalogue.HISTORY_TABLES, "package", "deals")
    fields = [f for table in tables for f in catalogue.fields(table).values()]
    headers = {n for f in fields for n in (f.zh, *f.aliases, *f.lesser, *f.parts)}
    headers |= {n for f in fields for n in f.inverse_aliases}
    values = {w for f in fields for words in f.values.values() for w in words}
    numbers = {word for f in fields for word in f.number_words}
    return frozenset(headers | values | numbers) | words("others") | words("places")


def names_in(text: str, *, expected: bool = False) -> Iterator[tuple[int, int]]:
    """Where names begin and end.

    Args:
        text: Any text.
        expected: Whether its column holds names or numbers of persons, so that a rare
            given name is taken for one as well.
    """
    labelled = _label().search(text) is not None
    for run in _RUNS.finditer(text):
        if _is_name(run[0], expected=expected):
            yield run.span()
        elif labelled:
            yield from _labelled(text, *run.span())


def _is_name(word: str, *, expected: bool) -> bool:
    parts = _JOINTS.split(word)
    if len(parts) > 1:
        return all(2 <= len(part) <= 8 for part in parts)
    if len(word) > _LONGEST:
        return False
    given = _given(word)
    if given is None or word in _no_names():
        return False
    if expected and not word.endswith(_ENDINGS):
        return True
    return _characters("given").issuperset(given)


def _given(word: str) -> str | None:
    """The given name in a name of one or two characters after the surname."""
    if word[:2] in words("compound_surnames"):
        surname = 2
    elif word[0] in _characters("surnames"):
        surname = 1
    else:
        return None
    given = word[surname:]
    return given if 1 <= len(given) <= 2 and len(word) <= _LONGEST else None


@cache
def _label() -> re.Pattern[str]:
    longest_first = sorted(words("labels"), key=len, reverse=True)
    said = "|".join(longest_first)
    return re.compile(rf"(?:{said})(?:姓名|名称|为|是|系)?")


def _labelled(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Names that follow a label without a space, as in 借款人张伟已失联."""
    for label in _label().finditer(text, start, end):
        for length in (4, 3, 2):
            word = text[label.end() : min(label.end() + length, end)]
            if len(word) == length and _is_name(word, expected=False):
                yield label.end(), label.end() + length
                break


def may_hold_name(text: str) -> bool:
    """Whether there is any character of a Chinese name."""
    return _HAN.search(text) is not None
