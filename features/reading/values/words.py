"""The text of one column as its words, each of them looked at once."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.package import Ints

# How tapes write that they do not know. 无 says so only where it is no value:
# see `without_none`.
EMPTY = (
    "",
    "-",
    "--",
    "---",
    "/",
    "\\",
    "—",
    "——",
    "n/a",
    "#n/a",
    "na",
    "null",
    "无数据",
    "暂无",
    "未知",
    "不详",
)
# What says so where it can be no value; programs write None and NaT.
NO_VALUE = (
    *("无", "空", "空值", "不适用", "不涉及", "未提供", "无记录", "暂无数据"),
    *("无还款", "未还款", "从未还款", "无还款记录"),
    *("None", "none", "NaT"),
)
_PLAIN = re.compile(r"[A-Za-z0-9_.-]+")
_QUOTED = r'^(?:="(.*)"|\'(.*))$'
# Marks of footnotes and numbers of lists, which standard width would make digits of.
_NUMERALS = "[²³¹¼-¾⁰-⁹₀-₉⅐-⅟①-⒛⓪-⓿❶-➓㈠-㈩㉈-㉟㊀-㊉㊱-㊿]"
_BESIDE_NUMERALS = (
    (rf"([\d０-９.．])({_NUMERALS})", r"\1^\2"),
    (rf"({_NUMERALS})([\d０-９])", r"\1^\2"),
    (rf"^({_NUMERALS}+)$", r"^\1"),
)
# They are not seen, yet tell one identifier from another.
_UNSEEN = "[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff]"
_SUM = r"[合总共]\s*计"
_TOTAL = r"(sub|grand)?[- ]?totals?"
# What stands in place of an identifier: 苏州分行小计, 合 计, 其中：抵押类, 共3户, 汇总.
_TOTAL_IDS = (
    rf"^((.{{0,30}}({_SUM}|[小累]\s*计|汇\s*总)|总\s*[额数]?|\d+\s*[户笔]|其\s*中|平\s*均[值数]?|共\s*\d+\s*[户笔]|[户笔]\s*数)"
    rf"\s*([:(\d].*)?|((.{{0,30}}\s)?{_TOTAL}|sum|average)\s*([:(].*)?)$"
)
# What no column of a claim says.
_TOTAL_WORDS = rf"^(本\s*页)?\s*({_SUM}|小\s*计|{_TOTAL})\s*:?$"
_GRAND_TOTAL = rf"^({_SUM}|(grand[- ]?)?totals?|sum)\s*([:(].*)?$"
_SIGNATURES = (
    r"^(制\s*表|填\s*表|复\s*核|审\s*核|经\s*办|负责|主管|日\s*期|[户笔]\s*数|"
    r"备\s*注|说\s*明|注\s*\d?:)"
)
# What a template shows in place of a claim: 示例001, 填写示例, (例)A1.
_EXAMPLES = (
    r"^[(\[【]?\s*(填\s*写)?(示\s*例|样\s*例|范\s*例|举\s*例|例\s*[:)\]】]|example\b)"
)
# Columns whose first rows hold hardly one word twice are not searched for repetitions.
_SAMPLE_ROWS = 1024
_MOST_DISTINCT = 0.8
_FEW_WORDS = 64


@dataclass(frozen=True)
class Words:
    """Text of a column.

    Attributes:
        words: Text, trimmed, of standard width, null where it says nothing.
        codes: The word of each row, null for none; None where every row has a word
            of its own, in order.
    """

    words: pa.Array
    codes: pa.Array | None = None

    @classmethod
    def of(cls, values: Any) -> "Words":
        """The words of an array of text, or of values whose text is meant."""
        if isinstance(values, pa.ChunkedArray):
            values = _combined(values)
        if not pa.types.is_dictionary(values.type) and _repeats(values):
            values = values.dictionary_encode()
        if pa.types.is_dictionary(values.type):
            codes = values.indices.cast(pa.int32())
            return cls(_tidy(values.dictionary.cast(pa.string())), codes)
        return cls(_tidy(values.cast(pa.string())))

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.words if self.codes is None else self.codes)

    @property
    def is_silent(self) -> bool:
        """Whether no row says anything."""
        return bool(self.words.null_count == len(self.words))

    def per_row(self, of_words: pa.Array) -> pa.Array:
        """Something known of each word as an array of rows, null where there is none.

        Args:
            of_words: One value for each word.
        """
        return of_words if self.codes is None else of_words.take(self.codes)

    def text(self) -> pa.Array:
        """The text of each row."""
        return self.per_row(self.words)

    def present(self) -> pa.Array:
        """Which rows say anything, booleans."""
        return self.per_row(self.words.is_valid()).fill_null(False)

    def take(self, rows: pa.Array) -> "Words":
        """The words of some rows."""
        if self.codes is None:
            return Words(self.words.take(rows))
        return Words(self.words, self.codes.take(rows))

    def distinct(self) -> "Words":
        """The same with every word once, but for words that are tidied alike."""
        if self.codes is not None or len(self.words) < 2:
            return self
        encoded = self.words.dictionary_encode()
        return Words(encoded.dictionary, encoded.indices)

    def without_none(self) -> "Words":
        """The same with 无 and its like read as missing, for a field that is none."""
        none = pc.is_in(self.words, pa.array(NO_VALUE))
        if not _any(none):
            return self
        return Words(pc.if_else(none, None, self.words), self.codes)

    def names_total(self) -> Ints:
        """Rows whose text names totals, or a part of them, in place of a claim."""
        return self._rows_of(_matches(self.words, _TOTAL_IDS))

    def says_total(self) -> Ints:
        """Rows whose text is a word for totals and nothing else."""
        return self._rows_of(_matches(self.words, _TOTAL_WORDS))

    def names_signature(self) -> Ints:
        """Rows whose text says who signs, or is a remark, in place of a claim."""
        return self._rows_of(_matches(self.words, _SIGNATURES))

    def names_example(self) -> Ints:
        """Rows whose text says that they show how to fill in, in place of a claim."""
        return self._rows_of(_matches(self.words, _EXAMPLES))

    def says_grand_total(self) -> Ints:
        """Rows whose text is a word for the totals of the whole sheet."""
        return self._rows_of(_matches(self.words, _GRAND_TOTAL))

    def matching(self, pattern: str) -> Ints:
        """Rows whose text holds a pattern."""
        return self._rows_of(_matches(self.words, pattern))

    def repeats(self, header: str) -> Ints:
        """Rows whose text is the header again."""
        tidy = unicodedata.normalize("NFKC", header).strip()
        return self._rows_of(pc.equal(self.words, tidy))

    def holding(self, words: Sequence[int] | Ints) -> Iterator[tuple[int, int]]:
        """Rows that hold one of some words, each with the position of its word."""
        if not len(words):
            return
        if self.codes is None:
            yield from ((int(word), int(word)) for word in words)
            return
        codes = self.codes.fill_null(-1).to_numpy(zero_copy_only=False)
        for row in np.flatnonzero(np.isin(codes, words)).tolist():
            yield row, int(codes[row])

    def _rows_of(self, mask: pa.Array) -> Ints:
        """Rows whose word a mask names, shape (found,)."""
        words = np.flatnonzero(mask.fill_null(False).to_numpy(zero_copy_only=False))
        return np.array([row for row, _ in self.holding(words)], dtype=np.int64)


def _combined(values: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(values.type):
        values = values.unify_dictionaries()
    return values.combine_chunks()


def _repeats(values: pa.Array) -> bool:
    sample = values.slice(0, _SAMPLE_ROWS)
    if len(sample) < 2:
        return False
    return bool(pc.count_distinct(sample).as_py() < _MOST_DISTINCT * len(sample))


def _any(mask: pa.Array) -> bool:
    return bool(pc.any(mask).as_py())


def _matches(text: pa.Array, pattern: str) -> pa.Array:
    return pc.match_substring_regex(text, pattern, ignore_case=True)


def _tidy(text: pa.Array) -> pa.Array:
    """Text of standard width without blanks around it and marks of Excel for text."""
    if _is_tidy(text):
        return text
    plain = pc.all(pc.string_is_ascii(text)).as_py()
    tidy = text if plain else _of_standard_width(text)
    tidy = pc.utf8_trim_whitespace(tidy)
    if _any(pc.starts_with(tidy, "'")) or _any(pc.starts_with(tidy, '="')):
        tidy = pc.replace_substring_regex(tidy, _QUOTED, r"\1\2")
    empty = pc.is_in(pc.utf8_lower(tidy), pa.array(EMPTY))
    return pc.if_else(empty, None, tidy) if _any(empty) else tidy


def _of_standard_width(text: pa.Array) -> pa.Array:
    """The same text, in which a number beside ² or ① does not become another."""
    seen = pc.replace_substring_regex(text, _UNSEEN, "")
    if _any(_matches(seen, _NUMERALS)):
        for pattern, parted in _BESIDE_NUMERALS:
            seen = pc.replace_substring_regex(seen, pattern, parted)
    return pc.utf8_normalize(seen, form="NFKC")


def _is_tidy(text: pa.Array) -> bool:
    """Whether a few words are seen to be tidy at once, as programs send them."""
    return len(text) <= _FEW_WORDS and all(
        word is None or (_PLAIN.fullmatch(word) and word.lower() not in EMPTY)
        for word in text.to_pylist()
    )
