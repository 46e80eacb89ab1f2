from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.collateral.items import AHEAD
from features.outcomes import History
from features.package import Package, numbers
from models.pricing.assumptions import Assumptions
from models.pricing.cost import COSTS
from models.pricing.valuation import Valuation, value_package
from models.recovery.factors import Factors
from models.recovery.model import RecoveryModel


@pytest.fixture(scope="module")
def package(history: History) -> Package:
    return history.package.take(range(0, len(history), 30))


@pytest.fixture(scope="module", params=["model", "untimed_model"])
def valuation(request: pytest.FixtureRequest, package: Package) -> Valuation:
    """The package priced with timing learnt and with timing declared."""
    model: RecoveryModel = request.getfixturevalue(request.param)
    return priced(model, package)


def priced(model: RecoveryModel, package: Package, **given: Any) -> Valuation:
    return value_package(
        model, package, Assumptions.of({"simulations": 2_000, **given})
    )


def test_each_claim_receives_what_is_expected_of_it(
    valuation: Valuation, package: Package
) -> None:
    expected_fen = 100 * package.claim_yuan() * valuation.counted_rate
    gross_fen = valuation.cash_flow.gross_fen.sum(axis=1)
    half_a_fen_of_each_source = 1.51
    assert (np.abs(gross_fen - expected_fen) <= half_a_fen_of_each_source).all()
    assert (valuation.counted_rate <= valuation.forecast.mean_rate + 1e-12).all()
    np.testing.assert_array_equal(
        valuation.claim_fen, np.rint(100 * package.claim_yuan())
    )


def test_each_present_value_is_that_of_the_monthly_cash(valuation: Valuation) -> None:
    net = valuation.cash_flow.net_fen
    factors = 1.15 ** (-np.arange(1, net.shape[1] + 1) / 12)
    np.testing.assert_allclose(valuation.present_value_fen, net @ factors, atol=0.51)


def test_the_maximum_bid_returns_exactly_the_target(valuation: Valuation) -> None:
    returns = valuation.returns_at(valuation.maximum_bid_fen / 100)
    assert returns is not None
    assert returns.irr_rate == pytest.approx(0.15, abs=1e-6)
    assert returns.multiple > 1
    assert returns.payback_months is not None
    assert valuation.price_yuan == valuation.maximum_bid_fen / 100


def test_the_bid_is_the_last_fen_that_can_be_paid(valuation: Valuation) -> None:
    value_fen = int(valuation.present_value_fen.sum())
    bid_fen = valuation.maximum_bid_fen
    assert bid_fen * 1.01 <= value_fen < (bid_fen + 1) * 1.01


def test_without_costs_of_buying_the_bid_is_the_value_to_the_fen(
    model: RecoveryModel, package: Package
) -> None:
    for rows in range(0, 60, 3):
        valuation = priced(
            model, package.take([rows]), acquisition_cost_rate=0, simulations=100
        )
        assert valuation.maximum_bid_fen == max(valuation.present_value_fen.sum(), 0)


def test_returns_are_stated_at_the_price_asked_for(
    model: RecoveryModel, package: Package
) -> None:
    bid = priced(model, package).maximum_bid_fen / 100
    cheap, dear = (priced(model, package, price_yuan=bid * f) for f in (0.5, 2.0))
    assert cheap.price_yuan == bid * 0.5
    above, below = (v.returns_at(v.price_yuan) for v in (cheap, dear))
    assert above is not None
    assert below is not None
    assert above.irr_rate is not None
    assert below.irr_rate is not None
    assert above.irr_rate > 0.15 > below.irr_rate
    assert above.multiple == pytest.approx(4 * below.multiple)
    assert cheap.returns_at(0.0) is None


def test_higher_return_later_start_or_shorter_horizon_never_raise_the_bid(
    model: RecoveryModel, package: Package
) -> None:
    for name, values in {
        "target_return_rate": (0.0, 0.08, 0.15, 0.4, 1.0),
        "start_delay_months": (0, 1, 6, 36),
        "horizon_months": (60, 36, 12, 1),
        "corporate_agency_rate": (0.0, 0.15, 0.95),
        "servicing_fee_rate": (0.0, 0.03, 0.5),
        "acquisition_cost_rate": (0.0, 0.01, 0.2),
    }.items():
        bids = [
            priced(model, package, simulations=100, **{name: value}).maximum_bid_fen
            for value in values
        ]
        assert bids == sorted(bids, reverse=True), name
        assert bids[0] > bids[-1], name


@pytest.mark.parametrize("ahead", AHEAD)
def test_more_debt_ahead_of_the_lender_never_raises_the_value_of_a_claim(
    model: RecoveryModel, package: Package, ahead: str
) -> None:
    """Nor what it is expected to pay; a claim is rounded once for each kind of cost."""
    items = package.collateral
    appraised = np.nan_to_num(numbers(items, "appraised_value"))
    position = items.schema.get_field_index(ahead)
    before: Valuation | None = None
    for share in (0.0, 0.03, 0.1, 0.25, 0.6, 1.5):
        column = pa.array(share * appraised)
        burdened = replace(
            package, collateral=items.set_column(position, ahead, column)
        )
        after = priced(model, burdened, simulations=100)
        if before is not None:
            assert (after.forecast.mean_rate <= before.forecast.mean_rate).all()
            rise = after.present_value_fen - before.present_value_fen
            assert rise.max() <= len(COSTS)
            assert after.maximum_bid_fen < before.maximum_bid_fen
        before = after


def test_the_order_of_claims_changes_no_figure_of_a_claim_nor_the_total(
    model: RecoveryModel, package: Package
) -> None:
    order = np.random.default_rng(9).permutation(len(package))
    one, other = priced(model, package), priced(model, package.take(order))
    assert other.maximum_bid_fen == one.maximum_bid_fen
    np.testing.assert_array_equal(other.monthly_net_yuan, one.monthly_net_yuan)
    np.testing.assert_array_equal(other.range.gross_yuan, one.range.gross_yuan)
    assert (
        other.range.present_value_shortfall_yuan
        == one.range.present_value_shortfall_yuan
    )
    for name in ("claim_fen", "present_value_fen", "counted_rate"):
        np.testing.assert_array_equal(getattr(other, name), getattr(one, name)[order])
    np.testing.assert_array_equal(other.cash_flow.net_fen, one.cash_flow.net_fen[order])
    np.testing.assert_array_equal(other.drivers.points, one.drivers.points[order])


def test_the_package_is_the_sum_of_its_claims(
    model: RecoveryModel, package: Package
) -> None:
    bare = Package.of(package.claims)
    whole = priced(model, bare)
    alone = [priced(model, bare.take([i]), simulations=100) for i in range(len(bare))]
    total = sum(v.present_value_fen.sum() for v in alone)
    assert whole.present_value_fen.sum() == total
    net = np.sum([v.cash_flow.net_fen.sum(axis=0) for v in alone], axis=0)
    np.testing.assert_array_equal(whole.cash_flow.net_fen.sum(axis=0), net)


def test_the_range_lies_around_the_expected_cash_and_value(
    valuation: Valuation,
) -> None:
    found = valuation.range
    gross = valuation.cash_flow.gross_fen.sum() / 100
    value = valuation.present_value_fen.sum() / 100
    assert found.gross_yuan[0] < gross < found.gross_yuan[-1]
    assert found.present_value_yuan[0] < value < found.present_value_yuan[-1]
    assert found.simulations == 2_000


def test_the_range_uses_the_correlation_stated_or_the_models(
    model: RecoveryModel, package: Package
) -> None:
    usual, stated = priced(model, package), priced(model, package, factor_correlation=0)
    assert usual.range.factors == model.record.factors
    assert stated.range.factors == Factors.common(0.0)
    widths = [np.ptp(v.range.gross_yuan) for v in (stated, usual)]
    assert widths[0] < widths[1]


def test_a_downturn_takes_from_the_expected_cash_and_value(
    model: RecoveryModel, package: Package
) -> None:
    usual = priced(model, package, factor_correlation=0.1)
    gross = usual.cash_flow.gross_fen.sum() / 100
    assert usual.downturn.gross_yuan < gross
    assert usual.downturn.present_value_yuan < usual.present_value_fen.sum() / 100
    at_median = priced(model, package, factor_correlation=0, downturn_level=0.5)
    assert at_median.downturn.gross_yuan == pytest.approx(gross)


def test_costs_above_the_cash_leave_nothing_to_bid(
    model: RecoveryModel, package: Package
) -> None:
    rates = {f"{s}_agency_rate": 0.95 for s in ("corporate", "mortgage", "personal")}
    valuation = priced(
        model, package, servicing_fee_rate=0.5, auto_agency_rate=0.95, **rates
    )
    assert valuation.maximum_bid_fen == 0
    assert valuation.returns_at(valuation.price_yuan) is None
    returns = valuation.returns_at(1_000.0)
    assert returns is not None
    assert returns.irr_rate is None
    assert returns.payback_months is None


def test_an_empty_package_has_no_value(model: RecoveryModel, package: Package) -> None:
    with pytest.raises(ValueError, match="without claims"):
        priced(model, package.take([]))


def test_a_valuation_names_its_model(model: RecoveryModel, package: Package) -> None:
    assert priced(model, package).model_sha256 == model.sha256
