"""Claims priced by themselves: the figures of a valuation, to the fen."""

from datetime import date

import numpy as np
import pytest

from features.sources.simulated import simulate_package
from models.pricing import claim_prices
from models.pricing.assumptions import Assumptions
from models.pricing.claim_prices import LEVELS, price_claims
from models.pricing.valuation import value_package
from models.recovery.distribution import quantile
from models.recovery.model import RecoveryModel


@pytest.mark.parametrize("kind", ["corporate", "personal"])
def test_claims_are_priced_as_in_a_valuation(model: RecoveryModel, kind: str) -> None:
    package = simulate_package(kind, claims=60, seed=4, cutoff_date=date(2025, 12, 31))
    assumptions = Assumptions.of({"start_delay_months": 2, "horizon_months": 50})

    priced = price_claims(model, package, assumptions)

    whole = value_package(model, package, assumptions)
    cash = whole.cash_flow
    assert np.array_equal(priced.present_value_fen, whole.present_value_fen)
    assert np.array_equal(priced.gross_fen, cash.gross_fen.sum(axis=1))
    assert np.array_equal(priced.net_fen, cash.net_fen.sum(axis=1))
    assert np.array_equal(priced.quarter_fen.sum(axis=1), priced.gross_fen)
    assert np.array_equal(priced.monthly_cost_fen, cash.cost_fen.sum(axis=0))
    assert np.array_equal(
        priced.quantile_rates[0],
        quantile(whole.forecast.points, LEVELS["p10"]) * whole.within,
    )


def test_bids_of_claims_add_up_to_no_more_than_the_bid_of_all(
    model: RecoveryModel,
) -> None:
    package = simulate_package(
        "corporate", claims=40, seed=8, cutoff_date=date(2025, 12, 31)
    )
    assumptions = Assumptions.of({"acquisition_cost_rate": 0.02})

    priced = price_claims(model, package, assumptions)

    together = value_package(model, package, assumptions).maximum_bid_fen
    worth_nothing = priced.present_value_fen <= 0
    negative = priced.present_value_fen[worth_nothing].sum()
    assert (priced.maximum_bid_fen[worth_nothing] == 0).all()
    assert abs(int(priced.maximum_bid_fen.sum()) - together) <= len(package) - negative


def test_prices_do_not_depend_on_how_many_claims_are_taken_at_once(
    model: RecoveryModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = simulate_package(
        "corporate", claims=50, seed=3, cutoff_date=date(2025, 12, 31)
    )
    whole = price_claims(model, package, Assumptions())
    monkeypatch.setattr(claim_prices, "CLAIMS_AT_ONCE", 7)

    parted = price_claims(model, package, Assumptions())

    for name in ("present_value_fen", "quarter_fen", "gross_fen", "cost_fen"):
        assert np.array_equal(getattr(parted, name), getattr(whole, name))
    assert np.array_equal(parted.monthly_gross_fen, whole.monthly_gross_fen)
    assert np.array_equal(parted.monthly_cost_fen, whole.monthly_cost_fen)


def test_a_claim_has_the_same_price_alone_and_in_company(model: RecoveryModel) -> None:
    package = simulate_package(
        "personal", claims=200, seed=5, cutoff_date=date(2025, 12, 31)
    )
    whole = price_claims(model, package, Assumptions())

    for row in range(0, 200, 40):
        alone = price_claims(model, package.take([row]), Assumptions())
        for name in ("present_value_fen", "quarter_fen", "gross_fen", "cost_fen"):
            assert np.array_equal(getattr(alone, name), getattr(whole, name)[[row]])
        points = alone.forecast.points, whole.forecast.points[[row]]
        assert np.array_equal(*points)
