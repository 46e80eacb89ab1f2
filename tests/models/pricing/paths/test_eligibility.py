from collections.abc import Callable
from datetime import date

import pytest

from features.package import Package
from models.paths.path import PATHS
from models.pricing.paths.eligibility import (
    OPEN,
    EligibilityRule,
    declared_rules,
    eligibility,
)

PACKAGES = Callable[..., Package]
COMPANY = {"legal_type": "medium", "product": "working_capital"}
PERSON = {"legal_type": "person", "product": "credit_card"}
EXPIRED = {"limitation_date": date(2019, 12, 31), "legal_stage": "not_sued"}


@pytest.mark.parametrize(
    ("claim", "path", "is_open"),
    [
        ({**COMPANY, "operating_status": "operating"}, "debt_to_equity", True),
        ({**COMPANY, "operating_status": "stopped"}, "debt_to_equity", False),
        (COMPANY, "debt_to_equity", False),
        ({**PERSON, "operating_status": "operating"}, "debt_to_equity", False),
        (EXPIRED, "sue", False),
        ({**EXPIRED, "limitation_date": date(2020, 1, 1)}, "sue", True),
        ({**EXPIRED, "security_type": "mortgaged"}, "sue", True),
        ({**EXPIRED, "collateral_value": 500.0}, "sue", True),
        ({**EXPIRED, "legal_stage": "judgment"}, "sue", True),
        (PERSON, "sell_on", False),
        ({**COMPANY, "package_type": "personal_bulk"}, "sell_on", False),
        ({**COMPANY, "transfer_restricted": True}, "sell_on", False),
        ({**COMPANY, "transfer_restricted": False}, "sell_on", True),
        ({**COMPANY, "insolvency_status": "liquidation"}, "settle", False),
        ({**COMPANY, "insolvency_status": "reorganisation"}, "settle", True),
        ({**PERSON, "contactable": False}, "settle", False),
        (PERSON, "settle", True),
    ],
)
def test_a_path_is_open_where_no_rule_bars_it(
    make_package: PACKAGES, claim: dict[str, object], path: str, is_open: bool
) -> None:
    found = eligibility(make_package([claim]))
    assert found.open[0, PATHS.index(path)] == is_open


def test_collateral_in_its_own_table_secures(make_package: PACKAGES) -> None:
    item = {"claim_id": "c0", "collateral_type": "home"}
    found = eligibility(make_package([EXPIRED, EXPIRED], [item]))
    assert found.open[:, PATHS.index("sue")].tolist() == [True, False]


def test_the_first_rule_that_bars_is_the_reason(make_package: PACKAGES) -> None:
    claim = {**COMPANY, "contactable": False, "operating_status": "deregistered"}
    found = eligibility(make_package([claim, COMPANY]))
    place = PATHS.index("settle")
    assert "cannot be reached" in found.rules[found.barred_by[0, place]].reason
    assert found.barred_by[1, place] == OPEN


def test_every_declared_rule_says_why_in_both_languages() -> None:
    for rule in declared_rules():
        assert rule.reason
        assert any("一" <= c <= "鿿" for c in rule.reason_zh)


def test_every_declared_rule_bars_some_claim(make_package: PACKAGES) -> None:
    """A rule whose words no field knows would bar nothing for ever."""
    odd = {"segment", "secured", "limitation"}
    for rule in declared_rules():
        claim: dict[str, object] = {}
        for name, values in rule.where.items():
            if name not in odd and values[0] != "unknown":
                flag = {"yes": True, "no": False}.get(values[0])
                claim[name] = values[0] if flag is None else flag
        if "limitation" in rule.where:
            claim["limitation_date"] = date(2019, 1, 1)
        if "segment" in rule.where:
            claim |= {"mortgage": {"product": "mortgage_loan"}}.get(
                rule.where["segment"][0], PERSON
            )
        found = eligibility(make_package([claim]), (rule,))
        assert not found.open[0, PATHS.index(rule.path)], rule


def test_a_rule_of_an_unknown_field_is_refused(make_package: PACKAGES) -> None:
    rule = EligibilityRule(
        path="sue", where={"colour": ("red",)}, reason="none", reason_zh="无"
    )
    with pytest.raises(KeyError, match="colour"):
        eligibility(make_package([{}]), (rule,))
