from typing import Any

import pytest

from features.errors import AssumptionError
from models.pricing.restructuring.priors import priors
from models.pricing.restructuring.terms import RestructuringTerms

LISTED = [
    {"month": 3, "principal_yuan": 400_000.0},
    {"month": 9, "principal_yuan": 600_000.0},
]


def milestone(**given: Any) -> dict[str, Any]:
    return {"name": "sale", "month": 6, "probability": 0.5, **given}


def test_a_proposal_needs_only_a_name_and_says_what_it_rests_on() -> None:
    terms = RestructuringTerms.of({"name": "three years"})

    assert terms.re_default.declared == ("monthly_rate", "recovery_rate", "lag_months")
    assert terms.re_default.hazard_rate == priors().monthly_hazard_rate
    assert terms.re_default.recovered_rate == priors().recovery_rate
    assert terms.re_default.lag == priors().recovery_lag_months


def test_what_is_stated_is_no_prior() -> None:
    stated = {"monthly_rate": 0.0, "recovery_rate": 0.0, "lag_months": 0}
    terms = RestructuringTerms.of({"name": "a", "re_default": stated})

    assert terms.re_default.declared == ()
    assert terms.re_default.hazard_rate == 0.0
    assert terms.re_default.recovered_rate == 0.0
    assert terms.re_default.lag == 0


def test_phases_from_the_first_month_leave_nothing_to_the_prior() -> None:
    def declared(first: int) -> tuple[str, ...]:
        phases = [{"from_month": first, "monthly_rate": 0.01}]
        return RestructuringTerms.of(
            {"name": "a", "re_default": {"phases": phases}}
        ).re_default.declared

    assert "monthly_rate" not in declared(1)
    assert "monthly_rate" in declared(2)


def test_the_declared_hazard_is_what_the_modification_programme_saw() -> None:
    quarters, re_defaulted = 14, 0.46
    monthly = 1 - (1 - re_defaulted) ** (1 / (3 * quarters))

    assert monthly == pytest.approx(0.0146, abs=5e-5)
    assert priors().monthly_hazard_rate == pytest.approx(monthly, abs=5e-4)
    assert 1 - (1 - priors().monthly_hazard_rate) ** 42 == pytest.approx(
        0.470, abs=5e-4
    )


@pytest.mark.parametrize(
    ("given", "where", "reason", "reason_zh"),
    [
        ({"haircut_rate": 1.1}, "haircut_rate", "at most 1", "不得大于1"),
        ({"colour": 1}, "colour", "no such field", "没有该字段"),
        ({"name": ""}, "name", "1 or more characters", "至少需要1个字符"),
        (
            {"schedule": {"kind": "balloon"}},
            "schedule/kind",
            "must be one of",
            "必须为以下之一",
        ),
        ({"schedule": {"kind": "listed"}}, "schedule", "needs them", "必须填写"),
        ({"schedule": {"instalments": LISTED}}, "schedule", "kind listed", "按列表"),
        (
            {
                "schedule": {
                    "kind": "listed",
                    "instalments": LISTED,
                    "grace_months": 1,
                }
            },
            "schedule",
            "no grace",
            "不设宽限期",
        ),
        (
            {"schedule": {"kind": "listed", "instalments": LISTED[::-1]}},
            "schedule",
            "must ascend",
            "依次递增",
        ),
        (
            {
                "haircut_rate": 0.6,
                "equity": {"converted_rate": 0.5, "value_yuan": 1.0, "exit_month": 9},
            },
            None,
            "exceed the claim",
            "超过债权",
        ),
        (
            {"milestones": [milestone(), milestone(month=5, name="b")]},
            None,
            "in order of month",
            "按月份排列",
        ),
        (
            {"milestones": [milestone(), milestone()]},
            None,
            "its own name",
            "名称不重复",
        ),
        (
            {"milestones": [milestone(after={"milestone": "sale", "met": True})]},
            None,
            "not before it",
            "不在其前",
        ),
        (
            {
                "re_default": {
                    "phases": [
                        {"from_month": 7, "monthly_rate": 0.1},
                        {"from_month": 1, "monthly_rate": 0.1},
                    ]
                }
            },
            "re_default",
            "must ascend",
            "依次递增",
        ),
    ],
)
def test_wrong_terms_are_refused_in_both_languages(
    given: dict[str, Any], where: str | None, reason: str, reason_zh: str
) -> None:
    with pytest.raises(AssumptionError) as refused:
        RestructuringTerms.of({"name": "a", **given}, "")

    (finding,) = refused.value.findings
    assert finding.field == where
    assert reason in finding.reason
    assert reason_zh in finding.reason_zh


def test_every_field_has_a_meaning_in_both_languages() -> None:
    schemas = RestructuringTerms.model_json_schema()
    models = [schemas, *schemas["$defs"].values()]
    fields = [(n, f) for m in models for n, f in m["properties"].items()]

    assert len(fields) > 40
    for name, field in fields:
        assert len(field["description"]) > 8, name
        assert any("\u4e00" <= c <= "\u9fff" for c in field["description_zh"]), name
