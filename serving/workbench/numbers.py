"""Amounts, shares, days and times as a Chinese or an English reader writes them."""

from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Literal

from features.beijing import BEIJING
from features.catalogue import Language

AmountUnit = Literal["yuan", "wan", "yi"]
NOTHING = "–"
YUAN_OF: MappingProxyType[AmountUnit, float] = MappingProxyType(
    {"yuan": 1.0, "wan": 1e4, "yi": 1e8}
)
_DIGITS: MappingProxyType[AmountUnit, int] = MappingProxyType(
    {"yuan": 2, "wan": 2, "yi": 4}
)
Measure = Literal["money", "percent", "number"]
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"


def amount(yuan: float | None, unit: AmountUnit) -> str:
    """An amount in a unit, with thousands apart: 1234567.8 yuan are 123.46 wan."""
    if yuan is None:
        return NOTHING
    # Adding nothing turns a negative zero into zero.
    rounded = round(yuan / YUAN_OF[unit], _DIGITS[unit]) + 0
    return _signed(f"{rounded:,.{_DIGITS[unit]}f}")


def measure_of(name: str) -> Measure:
    """How a form shows a field, by its name as a question has it."""
    if name.endswith("_yuan"):
        return "money"
    rate = name.endswith(("_rate", "_share", "_factor", "_level"))
    return "percent" if rate else "number"


def per_shown(measure: Measure, unit: AmountUnit) -> Decimal:
    """What one of the unit in which a form shows a field comes to."""
    sizes = {"money": Decimal(int(YUAN_OF[unit])), "percent": Decimal("0.01")}
    return sizes.get(measure, Decimal(1))


def typed(yuan: float | None, unit: AmountUnit) -> str:
    """An amount in a unit as a field of a form holds it: to the fen, nothing apart."""
    if yuan is None:
        return ""
    # Ten digits hold a fen in the largest unit.
    return f"{yuan / YUAN_OF[unit]:.10f}".rstrip("0").rstrip(".")


def share(value: float | None, digits: int = 1) -> str:
    """A share of one as a percentage."""
    if value is None:
        return NOTHING
    return _signed(f"{round(value * 100, digits) + 0:.{digits}f}%")


def points(value: float) -> str:
    """A change of a share, in percentage points with its sign."""
    return _signed(f"{round(value * 100, 1) + 0:+.1f}")


def _signed(number: str) -> str:
    """A number with a true minus sign, which is as wide as a plus and no hyphen."""
    return number.replace("-", "−")


def count(value: float | None) -> str:
    """A number of things, with thousands apart."""
    return NOTHING if value is None else f"{value:,.0f}"


def day(value: date | str | None, language: Language) -> str:
    """A day, given as such or as 2025-12-31."""
    if value is None:
        return NOTHING
    known = date.fromisoformat(value) if isinstance(value, str) else value
    if language == "zh":
        return f"{known.year}年{known.month}月{known.day}日"
    return f"{known.day} {_MONTHS[3 * known.month - 3 : 3 * known.month]} {known.year}"


def time(value: datetime | str, language: Language) -> str:
    """A time of the record by the clock of Beijing, to the minute."""
    there = _in_beijing(value)
    return f"{day(there.date(), language)} {there:%H:%M}"


def clock(value: datetime | str) -> str:
    """The same to the second, as sheets sort it: 2025-12-31 08:00:00."""
    return f"{_in_beijing(value):%Y-%m-%d %H:%M:%S}"


def _in_beijing(value: datetime | str) -> datetime:
    known = datetime.fromisoformat(value) if isinstance(value, str) else value
    return known.astimezone(BEIJING)
