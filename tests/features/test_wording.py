"""Wording that counts says one claim, not one claims."""

import re
import string

import pytest

from features.findings import Counted
from features.wording import WORDS, rule_words

COUNTING = {
    code: names
    for code, words in WORDS.items()
    if (
        names := [
            name
            for _, name, spec, _ in string.Formatter().parse(words[0])
            if name and "|" in (spec or "")
        ]
    )
}


@pytest.mark.parametrize("code", COUNTING)
def test_a_count_of_one_has_words_for_one(code: str) -> None:
    words = WORDS[code][0].replace("{field.", "{field_")
    places = [name for _, name, *_ in string.Formatter().parse(words) if name]
    texts = dict.fromkeys(places, "…")
    one, two = (
        words.format_map({**texts, **dict.fromkeys(COUNTING[code], Counted(count))})
        for count in (1, 2)
    )
    assert not re.match(r"1 \w+s\b", one)
    assert one.replace("1", "2") != two
    assert "|" not in one + two + rule_words(code)["en"]


def test_no_wording_counts_in_the_plural_alone() -> None:
    plural = re.compile(r"\{(?:count|names|rows|days)\} \w+s\b")
    told = {code for code, (english, _) in WORDS.items() if plural.search(english)}
    assert told <= {"class_too_good"}


def test_a_rule_is_told_with_its_words_for_several() -> None:
    assert rule_words("guarantors_named")["en"].startswith("… claims name … guarantors")
