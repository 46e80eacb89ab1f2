from collections.abc import Callable

import numpy as np
import pytest

from models.pricing.assumptions import Assumptions
from models.pricing.cost import COSTS, Proceedings
from models.pricing.liquidation.cash import (
    gross_yuan,
    liquidation_cash,
    liquidation_value_fen,
)
from models.pricing.liquidation.waterfall import Liquidation
from models.pricing.sources import COLLATERAL, GUARANTOR, OBLIGOR

Liquidates = Callable[..., Liquidation]
NO_COSTS = {
    **dict.fromkeys(("servicing_fee_rate", "out_of_pocket_rate"), 0.0),
    "enforcement_fee_borne_rate": 0.0,
}


@pytest.fixture
def found(liquidated: Liquidates) -> Liquidation:
    """One claim paid by an item in month 10, cash in 6, both others in 36."""
    item = {"claim_id": "c0", "collateral_id": "M", "appraised_value": 400.0}
    signed = {"claim_id": "c0", "guarantor_id": "G", "guarantor_type": "company"}
    return liquidated(
        [{"account_balance": 100.0}],
        [item],
        [signed],
        guarantor_rate={"company": 0.5},
        obligor_rate={"unknown": 0.2},
        stage_factor={"insolvency": 1.0},
    )


def known(agency_rate: float) -> Proceedings:
    return Proceedings(np.array([1_000.0]), np.array([0.0]), np.array([agency_rate]))


def test_each_payment_comes_at_the_end_of_its_month(found: Liquidation) -> None:
    gross = gross_yuan(found, Assumptions.of({"horizon_months": 40}))
    assert gross.shape == (3, 1, 40)
    assert gross[COLLATERAL, 0, 9] == 400.0
    assert gross[GUARANTOR, 0, 35] == pytest.approx(300.0)
    assert gross[OBLIGOR, 0, 5] == pytest.approx(100.0)
    assert gross[OBLIGOR, 0, 35] == pytest.approx(40.0)
    assert gross.sum() == pytest.approx(found.total_yuan.sum())


@pytest.mark.parametrize(("months", "month"), [(0.0, 1), (0.2, 1), (1.0, 1), (9.5, 10)])
def test_cash_within_a_month_counts_at_its_end(
    liquidated: Liquidates, months: float, month: int
) -> None:
    item = {"claim_id": "c0", "collateral_id": "M", "appraised_value": 400.0}
    found = liquidated([{}], [item], sale_months={"unknown": months})
    gross = gross_yuan(found, Assumptions())
    assert np.flatnonzero(gross[COLLATERAL, 0]).tolist() == [month - 1]


@pytest.mark.parametrize(
    ("stated", "counted"),
    [
        ({"horizon_months": 35}, 500.0),
        ({"horizon_months": 40, "start_delay_months": 5}, 500.0),
        ({"horizon_months": 9}, 100.0),
    ],
)
def test_what_comes_after_the_horizon_is_not_counted(
    found: Liquidation, stated: dict[str, int], counted: float
) -> None:
    assert gross_yuan(found, Assumptions.of(stated)).sum() == pytest.approx(counted)


def test_sales_cost_nothing_a_second_time(found: Liquidation) -> None:
    assumptions = Assumptions.of(
        {**NO_COSTS, "sale_cost_rate": 0.3, "sale_tax_rate": 0.1}
    )
    cash = liquidation_cash(found, known(0.1), assumptions)
    kinds = dict(zip(COSTS, cash.kind_fen[:, 0].tolist(), strict=True))
    assert kinds.pop("agency_fee") == 8_400
    assert set(kinds.values()) == {0}


def test_its_value_is_that_of_net_cash_at_the_target_return(
    found: Liquidation,
) -> None:
    assumptions = Assumptions.of({**NO_COSTS, "target_return_rate": 0.15})
    cash = liquidation_cash(found, known(0.0), assumptions)
    worth = 400 * 1.15 ** (-10 / 12) + 100 * 1.15**-0.5 + 340 * 1.15**-3
    assert liquidation_value_fen(cash, assumptions).tolist() == [round(100 * worth)]
