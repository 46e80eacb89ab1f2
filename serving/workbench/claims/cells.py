"""Values of a table of claims: as a page words them, and as a file keeps them."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from features import catalogue
from features.catalogue import Language
from serving.figures.package import yuan
from serving.workbench.claims.columns import Column, Kind
from serving.workbench.labels import fact_label
from serving.workbench.numbers import NOTHING
from serving.workbench.view import View

Value = Any


def shown(view: View, column: Column, value: Value) -> str:
    """A value as its reader reads it; a dash for what is not known."""
    if value is None:
        return NOTHING
    in_words = _NUMBERS.get(column.kind)
    return in_words(view, value) if in_words else _worded(column, value, view.language)


def kept(column: Column, value: Value, language: Language) -> str | float | int | None:
    """A value as a file keeps it: exact yuan, shares of one, words in a language."""
    if value is None:
        return None
    if column.kind == "amount":
        return yuan(value)
    known = column.kind in _NUMBERS
    number: float = value
    return number if known else _worded(column, value, language)


def points(view: View, value: float) -> str:
    """An effect on the recovery rate, with its sign, such as +3.1%."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{view.share(abs(value))}"


def _worded(column: Column, value: str, language: Language) -> str:
    if column.kind == "driver":
        feature = catalogue.features().get(value)
        return value if feature is None else feature.title(language)
    if column.kind in ("segment", "category"):
        return fact_label(column.name, value, language)
    return value


_NUMBERS: Mapping[Kind, Callable[[View, Value], str]] = MappingProxyType(
    {
        "amount": lambda view, fen: view.amount(yuan(fen)),
        "rate": lambda view, share: view.share(share),
        "points": points,
        "count": lambda view, number: view.count(number),
    }
)
