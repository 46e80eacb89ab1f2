"""What charts say, in the language and the unit of whoever reads them."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from features.catalogue import Language
from serving.workbench.numbers import NOTHING, AmountUnit

YUAN_PER_UNIT: Mapping[AmountUnit, float] = {"yuan": 1.0, "wan": 1e4, "yi": 1e8}
UNIT_DIGITS: Mapping[AmountUnit, int] = {"yuan": 0, "wan": 2, "yi": 4}


@dataclass(frozen=True)
class Reader:
    """Whoever reads a chart.

    Attributes:
        language: Of every word.
        unit: Of every amount: yuan 元, wan 万元 or yi 亿元.
    """

    language: Language
    unit: AmountUnit

    def text(self, key: str, **figures: str) -> str:
        """A text of ``texts.toml`` with figures in its places."""
        return texts()[key][self.language].format_map(figures)

    def title(self, figures: Mapping[str, Any]) -> str:
        """The title of something that an answer names in both languages."""
        title = figures["title_zh" if self.language == "zh" else "title"]
        return str(title)

    @property
    def unit_title(self) -> str:
        """The unit as it stands beside an axis."""
        return self.text(f"{self.unit}_axis")

    def scaled(self, yuan: float) -> float:
        """An amount in the reader's unit."""
        return yuan / YUAN_PER_UNIT[self.unit]

    def number(self, yuan: float) -> str:
        """An amount in the reader's unit, without naming it."""
        return signed(f"{self.scaled(yuan):,.{UNIT_DIGITS[self.unit]}f}")

    def amount(self, yuan: float) -> str:
        """An amount with its unit, such as ``13,731.50万元``."""
        return self.text(self.unit, number=self.number(yuan))

    def change(self, yuan: float) -> str:
        """An amount with its sign, without its unit."""
        number = self.number(yuan)
        return f"+{number}" if number.strip("0.,") and yuan > 0 else number

    def rate(self, rate: float | None, digits: int = 1) -> str:
        """A share in percent, or a dash where there is none."""
        return NOTHING if rate is None else signed(f"{rate:.{digits}%}")

    def listed(self, parts: list[str]) -> str:
        """Parts of a sentence one after the other."""
        return ("；" if self.language == "zh" else "; ").join(parts)


@cache
def texts() -> Mapping[str, Mapping[Language, str]]:
    """Every text of the charts by key and language."""
    text = files("serving.charts").joinpath("texts.toml").read_text("utf-8")
    declared: Mapping[str, Mapping[Language, str]] = tomllib.loads(text)
    return declared


def signed(number: str) -> str:
    """A number with a true minus sign, and none before a zero."""
    if not number.strip("-0.,%"):
        number = number.lstrip("-")
    return number.replace("-", "−")
