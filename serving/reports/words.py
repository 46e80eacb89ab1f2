"""What papers say, in the language and the unit of their readers."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Self

from features import catalogue
from features.catalogue import Language
from serving.workbench import numbers
from serving.workbench.labels import category_label, segment_label
from serving.workbench.numbers import NOTHING, AmountUnit

# Longer words of strangers are cut.
LONGEST_WORDS = 200


@dataclass(frozen=True)
class Words:
    """The words of one paper.

    Attributes:
        language: Of every word.
        unit: Of amounts: yuan 元, wan 万元 or yi 亿元.
    """

    language: Language
    unit: AmountUnit

    @classmethod
    def of(cls, language: Language, unit: AmountUnit | None = None) -> Self:
        """The words of readers, who count in ten thousands where they read Chinese."""
        usual: AmountUnit = "wan" if language == "zh" else "yuan"
        return cls(language, unit or usual)

    def text(self, key: str, **figures: str) -> str:
        """A text of ``texts.toml`` with figures in its places."""
        return texts()[key][self.language].format_map(figures)

    def titled(self, figures: Mapping[str, Any], name: str = "title") -> str:
        """What an answer says in both languages, in that of the paper."""
        said = figures[f"{name}_zh" if self.language == "zh" else name]
        return NOTHING if said is None else strangers(str(said))

    def amount(self, yuan: float | None) -> str:
        """An amount in the unit of the paper, without naming it."""
        return numbers.amount(yuan, self.unit)

    def money(self, yuan: float | None) -> str:
        """An amount with its unit."""
        if yuan is None:
            return NOTHING
        return self.text(f"money_{self.unit}", number=self.amount(yuan))

    def exact(self, yuan: float | None) -> str:
        """An amount in yuan to the fen."""
        return numbers.amount(yuan, "yuan")

    def in_unit(self, key: str) -> str:
        """A heading with the unit of its amounts."""
        unit = self.text(f"unit_{self.unit}")
        return self.text("in_unit", title=self.text(key), unit=unit)

    def share(self, rate: float | None, digits: int = 1) -> str:
        """A share in per cent."""
        return numbers.share(rate, digits)

    def count(self, number: float | None) -> str:
        """A number of things."""
        return numbers.count(number)

    def day(self, day: date | str | None) -> str:
        """A day."""
        return numbers.day(day, self.language)

    def time(self, time: datetime | str) -> str:
        """A time by the clock of Beijing."""
        return numbers.time(time, self.language)

    def segment(self, name: str) -> str:
        """A segment of the trade."""
        return segment_label(name, self.language)

    def value(self, table: str, field: str, value: str | None) -> str:
        """A value of a field; what nobody stated says so."""
        if value is None:
            return self.text("not_stated")
        stated = catalogue.field(table, field)
        return strangers(category_label(stated, value, self.language))

    def joined(self, parts: list[str]) -> str:
        """Parts of an enumeration."""
        return ("、" if self.language == "zh" else ", ").join(parts)


def strangers(text: str | None) -> str:
    """Words of strangers as a paper has room for them."""
    if text is None:
        return NOTHING
    cut = text if len(text) <= LONGEST_WORDS else f"{text[: LONGEST_WORDS - 1]}…"
    return " ".join(cut.split())


@cache
def texts() -> Mapping[str, Mapping[Language, str]]:
    """Every text of the papers by key and language."""
    text = files("serving.reports").joinpath("texts.toml").read_text("utf-8")
    declared: Mapping[str, Mapping[Language, str]] = tomllib.loads(text)
    return declared
