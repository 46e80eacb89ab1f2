"""Assumptions of a valuation as words of a command line."""

from collections.abc import Sequence
from typing import Any

from features.errors import AssumptionError
from models.pricing.assumptions import Assumptions


def stated_assumptions(stated: Sequence[str]) -> dict[str, Any]:
    """Assumptions from words such as ``target_return_rate=0.12``.

    Raises:
        AssumptionError: A word has no ``=``, its value is no number, or an assumption
            is stated twice.
    """
    found: dict[str, Any] = {}
    for name, value in map(_assumption, stated):
        if name in found:
            raise AssumptionError(
                f"assumption {name} is stated twice; state it once",
                zh=f"假设 {name} 重复；请只填写一次",
            )
        found[name] = value
    return found


def _payments(word: str) -> list[dict[str, float | int]]:
    """Payments from words such as ``0:0.3,12:0.7``: months and shares of the price."""
    try:
        pairs = [part.split(":") for part in word.split(",")]
        return [{"month": int(m), "share_rate": float(s)} for m, s in pairs]
    except ValueError:
        raise AssumptionError(
            "assumption payments: write months and shares as 0:0.3,12:0.7, not "
            f"{word!r}",
            zh=f"假设 payments：请按 0:0.3,12:0.7 填写月数与比例，而非 {word!r}",
        ) from None


def _assumption(word: str) -> tuple[str, Any]:
    name, equals, value = word.partition("=")
    if not equals:
        raise AssumptionError(
            f"write an assumption as name=value, not {word!r}",
            zh=f"假设须写作 名称=数值，而非 {word!r}",
        )
    field = Assumptions.model_fields.get(name)
    if name == "payments":
        return name, _payments(value)
    try:
        whole = field is not None and field.annotation is int
        return name, int(value) if whole else float(value)
    except ValueError:
        raise AssumptionError(
            f"assumption {name}: {value!r} is not a number; write it as 0.12",
            zh=f"假设 {name}：{value!r} 不是数值；请写作 0.12 的形式",
        ) from None
