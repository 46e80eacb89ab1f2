"""Values of fields and features in words."""

import math
from datetime import date
from typing import Any

import pytest

from features import catalogue
from features.catalogue import Language
from serving.workbench.claims.values import driver_value, field_value
from serving.workbench.view import View


def _view(language: Language) -> View:
    return View(language, "wan", "/")


@pytest.mark.parametrize(
    ("table", "name", "value", "zh", "en"),
    [
        ("claims", "principal", 12_345.6, "1.23 万元", "1.23 10k yuan"),
        ("claims", "days_past_due", 1_721, "1,721天", "1,721 days"),
        ("claims", "contactable", False, "否", "no"),
        (
            "claims",
            "legal_stage",
            "enforcement_terminated",
            "终本",
            "Enforcement terminated",
        ),
        ("claims", "province", "inner_mongolia", "内蒙古", "Inner Mongolia"),
        ("claims", "cutoff_date", date(2025, 12, 31), "2025年12月31日", "31 Dec 2025"),
        ("claims", "court", "=1+1", "=1+1", "=1+1"),
        ("claims", "lawsuit_count", 3, "3", "3"),
        ("collateral", "area_sqm", 118.5, "118.5平方米", "118.5 m²"),
        ("collateral", "ownership_share", 0.5, "50.0%", "50.0%"),
    ],
)
def test_fields_are_worded_with_their_units(
    table: str, name: str, value: Any, zh: str, en: str
) -> None:
    field = catalogue.field(table, name)
    assert field_value(_view("zh"), field, value) == zh
    assert field_value(_view("en"), field, value) == en


@pytest.mark.parametrize(
    ("feature", "value", "zh", "en"),
    [
        ("claim_size", math.log(1_234_500), "123.45 万元", "123.45 10k yuan"),
        ("last_payment_ratio", 0.0125, "1.2%", "1.2%"),
        ("months_since_payment", 213.618, "213.62个月", "213.62 months"),
        ("limitation_expired", 1.0, "是", "yes"),
        ("collateral_count", 2.0, "2", "2"),
        ("contactable", 0.0, "否", "no"),
        ("days_past_due", 721.0, "721天", "721 days"),
        ("five_class", "loss", "损失", "Loss"),
        ("province", None, "未填写", "not stated"),
        ("a_feature_of_another_release", 1.5, "1.5", "1.5"),
    ],
)
def test_drivers_are_worded_with_their_units(
    feature: str, value: Any, zh: str, en: str
) -> None:
    driver = {"feature": feature, "value": value}
    assert driver_value(_view("zh"), driver) == zh
    assert driver_value(_view("en"), driver) == en


@pytest.mark.parametrize("name", catalogue.features())
def test_the_value_of_every_feature_has_words(name: str) -> None:
    field = catalogue.feature_field(catalogue.features()[name])
    words = next(iter(field.values), "open") if field else ""
    value = words if field and field.kind == "category" else 1.0
    for language in ("zh", "en"):
        assert driver_value(_view(language), {"feature": name, "value": value})
