"""Values of fields and features in words, with their units."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

from features import catalogue
from features.catalogue import Feature, Field
from serving.workbench.labels import category_label
from serving.workbench.view import View

Figures = Mapping[str, Any]
_DIGITS = 2


def field_value(view: View, field: Field, value: Any) -> str:
    """A value of a tape in the words of the page."""
    if isinstance(value, bool):
        return view.text("claim.yes" if value else "claim.no")
    if isinstance(value, date):
        return view.day(value)
    if isinstance(value, str):
        return category_label(field, value, view.language)
    if field.kind == "money":
        return amount(view, value)
    if field.unit == "share":
        return view.share(value)
    return measured(view, value, field.unit)


def driver_value(view: View, driver: Figures) -> str:
    """The value behind a driver of a claim, in the words of the page."""
    feature = catalogue.features().get(driver["feature"])
    value = driver["value"]
    if value is None:
        return view.text("claim.not_stated")
    if feature is None:
        return str(value)
    field = catalogue.feature_field(feature)
    return (
        _computed(view, feature, value)
        if field is None
        else _passed(view, field, value)
    )


def amount(view: View, yuan: float) -> str:
    """An amount with its unit."""
    return f"{view.amount(yuan)} {view.text(f'common.unit_{view.unit}')}"


def measured(view: View, value: float, unit: str | None) -> str:
    """A number of things, with the unit that it has."""
    number = f"{value:,.{_DIGITS}f}".rstrip("0").rstrip(".")
    if unit is None:
        return number
    return view.text(f"claim.unit_{unit}", number=number)


def _passed(view: View, field: Field, value: Any) -> str:
    """A value of a field that the model reads as it is; flags come as numbers."""
    is_flag = field.kind == "boolean" and not isinstance(value, str)
    return field_value(view, field, bool(value) if is_flag else value)


def _computed(view: View, feature: Feature, value: float) -> str:
    if feature.unit == "share":
        return view.share(value)
    if feature.unit == "flag":
        return view.text("claim.yes" if value else "claim.no")
    if feature.unit == "log_yuan":
        return amount(view, math.exp(value))
    return measured(view, value, "months" if feature.unit == "months" else None)
