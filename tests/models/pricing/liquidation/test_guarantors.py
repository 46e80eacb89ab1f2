"""What guarantors pay, of what is still owed."""

from collections.abc import Callable

import pytest

from models.pricing.liquidation.waterfall import Liquidation
from tests.models.pricing.liquidation.pledges import AFTER, BEFORE, guarantee, item

Liquidates = Callable[..., Liquidation]


def test_guarantors_pay_their_share_of_what_is_still_owed(
    liquidated: Liquidates,
) -> None:
    found = liquidated(
        [{}],
        [item(value=400.0)],
        [
            guarantee(name="A", guaranteed_amount=900.0),
            guarantee(name="B", guaranteed_amount=200.0),
        ],
        guarantor_rate={"company": 0.25},
    )
    assert found.guarantees.called_yuan.tolist() == [600.0, 200.0]
    assert found.guarantor_yuan.tolist() == [200.0]
    assert found.guarantor_months.tolist() == [36.0]


def test_a_guarantor_of_two_claims_has_one_fortune(liquidated: Liquidates) -> None:
    found = liquidated(
        [{"principal": 1_000.0}, {"principal": 3_000.0}],
        guarantees=[guarantee(0), guarantee(1, guaranteed_amount=2_000.0)],
        guarantor_rate={"company": 0.5},
    )
    # Called for 1,000 and 2,000, good for 2,000: two thirds of each.
    assert found.guarantor_yuan.tolist() == pytest.approx([1_000 / 3, 2_000 / 3])


def test_a_lapsed_guarantee_is_worth_nothing(liquidated: Liquidates) -> None:
    found = liquidated(
        [{}, {}],
        guarantees=[
            guarantee(0, "A", guarantee_expiry=BEFORE),
            guarantee(1, "B", guarantee_expiry=AFTER),
        ],
        guarantor_rate={"company": 0.5},
    )
    assert found.guarantor_yuan.tolist() == [0.0, 500.0]


def test_a_general_guarantor_pays_after_the_obligor_and_later(
    liquidated: Liquidates,
) -> None:
    found = liquidated(
        [{}],
        guarantees=[guarantee(joint_several=False)],
        guarantor_rate={"company": 0.5},
        obligor_rate={"unknown": 0.4},
        stage_factor={"insolvency": 1.0},
    )
    assert found.obligor_yuan.tolist() == [400.0]
    assert found.guarantor_yuan.tolist() == [300.0]
    assert found.guarantor_months.tolist() == [48.0]


def test_who_was_called_as_joint_guarantor_has_less_for_others(
    liquidated: Liquidates,
) -> None:
    found = liquidated(
        [{"principal": 1_000.0}, {"principal": 1_200.0}],
        guarantees=[guarantee(0), guarantee(1, joint_several=False)],
        guarantor_rate={"company": 0.5},
    )
    assert found.guarantees.called_yuan.tolist() == [1_000.0, 200.0]
    assert found.guarantor_yuan.tolist() == [500.0, 100.0]


def test_guarantors_together_pay_no_more_than_is_owed(liquidated: Liquidates) -> None:
    found = liquidated(
        [{}],
        guarantees=[guarantee(name=name) for name in "ABC"],
        guarantor_rate={"company": 0.5},
    )
    assert found.guarantor_yuan.tolist() == pytest.approx([1_000.0])
