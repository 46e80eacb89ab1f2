import math
from typing import Any

import numpy as np
import pytest

from features.errors import AssumptionError
from features.segment import SEGMENTS
from models.pricing.assumptions import Assumptions


def test_every_assumption_has_a_default_and_reasons_in_both_languages() -> None:
    properties = Assumptions.model_json_schema()["properties"]
    assert set(properties) == set(Assumptions.model_fields)
    for name, entry in properties.items():
        assert len(entry["description"].split()) >= 5, name
        chinese = [c for c in entry["description_zh"] if "\u4e00" <= c <= "\u9fff"]
        assert len(chinese) >= 5, name
        assert "default" in entry


@pytest.mark.parametrize(
    ("given", "rule", "rule_zh"),
    [
        ({"colour": 1}, "there is no such field", "没有该字段"),
        ({"target_return_rate": 1.01}, "at most 1", "不得大于1"),
        ({"target_return_rate": -0.01}, "at least 0", "不得小于0"),
        ({"target_return_rate": math.nan}, "finite", "有限数值"),
        ({"target_return_rate": math.inf}, "finite", "有限数值"),
        ({"target_return_rate": "0.1"}, "must be a number", "必须为数值"),
        ({"target_return_rate": True}, "must be a number", "必须为数值"),
        ({"target_return_rate": None}, "must be a number", "必须为数值"),
        ({"price_yuan": 0.0}, "at least 0.01", "不得小于0.01"),
        ({"price_yuan": 1e-300}, "at least 0.01", "不得小于0.01"),
        ({"price_yuan": math.nan}, "finite", "有限数值"),
        ({"horizon_months": 0}, "at least 1", "不得小于1"),
        ({"horizon_months": 61}, "at most 60", "不得大于60"),
        ({"horizon_months": 12.5}, "whole number", "整数"),
        ({"start_delay_months": "3"}, "whole number", "整数"),
        ({"simulations": 99}, "at least 100", "不得小于100"),
        ({"seed": -1}, "at least 0", "不得小于0"),
        ({"factor_correlation": 0.95}, "at most 0.9", "不得大于0.9"),
    ],
)
def test_a_wrong_assumption_is_refused_in_both_languages(
    given: dict[str, Any], rule: str, rule_zh: str
) -> None:
    with pytest.raises(AssumptionError) as refused:
        Assumptions.of(given)
    (finding,) = refused.value.findings
    assert finding.field == next(iter(given))
    assert finding.value == str(next(iter(given.values())))
    assert rule in finding.reason
    assert rule_zh in finding.reason_zh


def test_every_wrong_assumption_has_its_own_finding() -> None:
    with pytest.raises(AssumptionError, match="3 of the assumptions") as refused:
        Assumptions.of({"seed": -1, "colour": 1, "simulations": 1})
    assert refused.value.zh == "3项假设无法采用"
    fields = [finding.field for finding in refused.value.findings]
    assert sorted(map(str, fields)) == ["colour", "seed", "simulations"]


def test_what_is_not_stated_keeps_its_default() -> None:
    assert Assumptions.of() == Assumptions.of({}) == Assumptions()
    changed = Assumptions.of({"target_return_rate": 0})
    assert changed.target_return_rate == 0.0
    assert changed.horizon_months == Assumptions().horizon_months


def test_every_segment_bears_the_fee_of_its_agents() -> None:
    assumptions = Assumptions.of(
        {
            "corporate_agency_rate": 0.1,
            "mortgage_agency_rate": 0.2,
            "personal_agency_rate": 0.3,
            "auto_agency_rate": 0.4,
        }
    )
    rates = assumptions.agency_rates(np.array(SEGMENTS))
    assert dict(zip(SEGMENTS, rates, strict=True)) == pytest.approx(
        {
            "corporate_secured": 0.1,
            "corporate_unsecured": 0.1,
            "mortgage": 0.2,
            "personal_business": 0.3,
            "personal_consumer": 0.3,
            "card": 0.3,
            "auto": 0.4,
        }
    )


@pytest.mark.parametrize(
    "shares", [(0.5,), (0.5, 0.6), (1.0, 1e-8)], ids=["half", "more", "nearly"]
)
def test_payments_pay_the_whole_price(shares: tuple[float, ...]) -> None:
    payments = [{"month": i, "share_rate": s} for i, s in enumerate(shares)]
    with pytest.raises(AssumptionError) as refused:
        Assumptions.of({"payments": payments})
    (finding,) = refused.value.findings
    assert "add up to" in finding.reason
    assert "应为1" in finding.reason_zh


def test_a_wrong_payment_is_named_by_its_place() -> None:
    with pytest.raises(AssumptionError) as refused:
        Assumptions.of({"payments": [{"month": -1, "share_rate": 1.0}]})
    (finding,) = refused.value.findings
    assert finding.field == "payments/0/month"
    assert finding.reason == "must be at least 0"
