"""Assumptions of a valuation as words of a command line."""

from collections.abc import Sequence
from typing import Any

from features.errors import AssumptionError
from models.pricing.assumptions import Assumptions


def stated_assumptions(stated: Sequence[str]) -> dict[str, Any]:
    """Assumptions from words such as ``target_return_rate=0.12``.

    Raises:
        AssumptionError: A word has no ``=``, or its value is no number.
    """
    return dict(_assumption(word) for word in stated)


def _payments(word: str) -> list[dict[str, float | int]]:
    """Payments from words such as ``0:0.3,12:0.7``: months and shares of the price."""
    try:
        pairs = [part.split(":") for part in word.split(",")]
        return [{"month": int(m), "share_rate": float(s)} for m, s in pairs]
    except ValueError:
        remedy = "write months and shares as 0:0.3,12:0.7"
        raise AssumptionError(f"assumption payments: {remedy}, not {word!r}") from None


def _assumption(word: str) -> tuple[str, Any]:
    name, equals, value = word.partition("=")
    if not equals:
        raise AssumptionError(f"write an assumption as name=value, not {word!r}")
    field = Assumptions.model_fields.get(name)
    if name == "payments":
        return name, _payments(value)
    try:
        whole = field is not None and field.annotation is int
        return name, int(value) if whole else float(value)
    except ValueError:
        raise AssumptionError(f"assumption {name}: {value!r} is not a number") from None
