from typing import Any

import numpy as np
import pytest

from features.errors import AssumptionError
from models.pricing.restructuring.liquidation_value import LiquidationValue
from models.pricing.restructuring.parties import (
    Party,
    beside_others,
    parties,
)
from models.pricing.restructuring.restructuring import Basis, restructure
from models.pricing.restructuring.structure import CapitalStructure
from models.pricing.restructuring.terms import RestructuringTerms

CLAIM = 1_000_000.0
RATE = 0.10
SENIOR = {"name": "bank", "rank": 1, "amount_yuan": 400_000.0}
PEER = {"name": "peer", "rank": 2, "amount_yuan": 2_000_000.0}
JUNIOR = {"name": "owner loan", "rank": 3, "amount_yuan": 500_000.0}


def liquidation(cash_yuan: float) -> LiquidationValue:
    return LiquidationValue.of(np.array([cash_yuan]), np.array([24.0]), RATE)


def found(
    cash_yuan: float = 300_000.0,
    structure: dict[str, Any] | None = None,
    **given: Any,
) -> dict[str, Party]:
    terms = RestructuringTerms.of(
        {"name": "a", "re_default": {"monthly_rate": 0.01, "recovery_rate": 0.2}}
        | given
    )
    whole = {"creditors": [SENIOR, PEER, JUNIOR]} | (structure or {})
    debtor = CapitalStructure.of(whole)
    shared = beside_others(restructure(terms, CLAIM, Basis(RATE)), debtor)
    return {p.name: p for p in parties(shared, liquidation(cash_yuan), debtor)}


def test_cash_of_a_liquidation_is_discounted_by_month() -> None:
    worth = LiquidationValue.of(np.array([100.0, 121.0]), np.array([0.0, 24.0]), RATE)

    assert worth.cash_yuan == 221
    assert worth.present_value_yuan == pytest.approx(200)
    assert worth.mean_factor == pytest.approx(200 / 221)


def test_what_others_get_in_liquidation_is_told_from_this_creditor() -> None:
    by_name = found()
    factor = 1.1**-2

    assert by_name["bank"].liquidation_yuan == pytest.approx(400_000 * factor)
    assert by_name["peer"].liquidation_yuan == pytest.approx(600_000 * factor)
    assert by_name["owner loan"].liquidation_yuan == 0
    assert by_name["equity"].liquidation_yuan == 0
    assert [p.kind for p in by_name.values()] == [
        "this_creditor",
        "senior",
        "same_rank",
        "junior",
        "equity",
    ]


@pytest.mark.parametrize("cash_yuan", [0.0, CLAIM])
def test_nothing_or_everything_tells_nothing_of_the_others(cash_yuan: float) -> None:
    by_name = found(cash_yuan)

    assert by_name["bank"].liquidation_yuan is None
    assert by_name["bank"].no_worse is None
    assert by_name["this_creditor"].gain_yuan is not None
    assert by_name["equity"].gain_yuan is None


def test_a_stated_estate_is_shared_by_rank() -> None:
    by_name = found(structure={"estate_yuan": 1_900_000.0})
    plenty = found(structure={"estate_yuan": 9e6})
    factor = 1.1**-2

    assert by_name["bank"].liquidation_yuan == pytest.approx(400_000 * factor)
    assert by_name["peer"].liquidation_yuan == pytest.approx(1_000_000 * factor)
    assert by_name["owner loan"].liquidation_yuan == 0
    assert plenty["equity"].liquidation_yuan == pytest.approx(5_100_000 * factor)


def test_others_are_paid_in_proportion() -> None:
    by_name = found(re_default={"monthly_rate": 0.0}, haircut_rate=0.5)
    this, peer = by_name["this_creditor"], by_name["peer"]

    assert peer.restructuring_yuan == pytest.approx(2 * (this.restructuring_yuan or 0))
    own = found(
        re_default={"monthly_rate": 0.0},
        structure={"creditors": [PEER | {"haircut_rate": 1.0}]},
    )
    assert own["peer"].restructuring_yuan == 0
    assert own["peer"].no_worse is False


def test_the_surplus_is_what_the_business_is_worth_beyond_its_liquidation() -> None:
    loan = {"amount_yuan": 200_000.0, "interest_rate": 0.12, "hazard_factor": 0.5}
    whole = {"going_concern_yuan": 5e6, "estate_yuan": 1_900_000.0}
    cash = 500_000.0  # a half, as the estate pays its rank
    by_name = found(cash, whole, new_money=loan)
    everybody = list(by_name.values())

    assert by_name["new_money"].liquidation_yuan == 0
    gains = sum(p.gain_yuan or 0 for p in everybody)
    assert gains == pytest.approx(5e6 - 1_900_000 * 1.1**-2)
    assert sum(p.restructuring_yuan or 0 for p in everybody) == pytest.approx(5e6)


@pytest.mark.parametrize("name", ["bank", "equity"])
def test_every_creditor_has_a_name_of_its_own(name: str) -> None:
    with pytest.raises(AssumptionError) as refused:
        CapitalStructure.of({"creditors": [SENIOR, PEER | {"name": name}]})

    (finding,) = refused.value.findings
    assert "name of its own" in finding.reason
    assert "不得重复" in finding.reason_zh


def test_new_money_of_this_creditor_is_part_of_its_own_value() -> None:
    loan = {"amount_yuan": 200_000.0, "interest_rate": 0.3, "months": 12}
    own = found(new_money=loan | {"provider": "this_creditor"})
    other = found(new_money=loan)

    assert "new_money" not in own
    assert own["this_creditor"].restructuring_yuan == pytest.approx(
        (other["this_creditor"].restructuring_yuan or 0)
        + (other["new_money"].restructuring_yuan or 0)
    )


def test_new_money_drawn_later_is_paid_out_only_if_the_plan_holds() -> None:
    loan = {"amount_yuan": 100_000.0, "month": 12, "months": 1}
    certain = {"monthly_rate": 1.0, "recovery_rate": 0.0}
    safe = {"monthly_rate": 0.0}

    lost = found(new_money=loan, re_default=certain)["new_money"]
    held = found(new_money=loan, re_default=safe)["new_money"]
    assert lost.restructuring_yuan == 0
    assert held.restructuring_yuan == pytest.approx(
        100_000 * (1.1 ** (-13 / 12) - 1.1**-1)
    )


def test_a_swap_of_everything_says_nothing_of_other_creditors() -> None:
    swap = {
        "haircut_rate": 0.0,
        "equity": {"converted_rate": 1.0, "value_yuan": 9e5, "exit_month": 36},
    }
    with pytest.raises(AssumptionError, match="no debt"):
        found(**swap)
    stated = {"creditors": [PEER | {"restructuring_value_yuan": 700_000.0}]}
    by_name = found(structure=stated, **swap)

    assert by_name["peer"].restructuring_yuan == 700_000
    assert by_name["this_creditor"].restructuring_yuan == pytest.approx(
        9e5 * 0.99**36 * 1.1**-3
    )
