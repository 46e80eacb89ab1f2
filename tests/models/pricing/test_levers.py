import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import AssumptionError
from models.pricing.levers import Levers

LEVERS = st.builds(
    Levers,
    recovery_factor=st.floats(0, 3),
    collateral_price_factor=st.floats(0, 3),
    duration_factor=st.floats(0.5, 3),
    delay_months=st.floats(0, 60),
    cost_factor=st.floats(0, 3),
    return_change_rate=st.floats(-0.2, 0.5),
    factor_level=st.none() | st.floats(0.01, 0.99),
)


def test_at_rest_nothing_is_changed() -> None:
    assert Levers.of({}, "levers") == Levers(
        recovery_factor=1,
        collateral_price_factor=1,
        duration_factor=1,
        delay_months=0,
        cost_factor=1,
        return_change_rate=0,
        factor_level=None,
    )


@settings(max_examples=50)
@given(one=LEVERS, other=LEVERS)
def test_both_at_once_is_the_same_either_way_round(one: Levers, other: Levers) -> None:
    assert one.combined(other) == other.combined(one)


@settings(max_examples=50)
@given(levers=LEVERS)
def test_nothing_besides_leaves_levers_as_they_are(levers: Levers) -> None:
    assert levers.combined(Levers()) == levers


def test_factors_multiply_changes_add_up_and_the_worse_quantile_holds() -> None:
    one = Levers(
        recovery_factor=0.8,
        collateral_price_factor=0.5,
        duration_factor=2,
        delay_months=6,
        cost_factor=1.5,
        return_change_rate=0.02,
        factor_level=0.2,
    )
    assert one.combined(one) == Levers(
        recovery_factor=0.8 * 0.8,
        collateral_price_factor=0.25,
        duration_factor=4,
        delay_months=12,
        cost_factor=2.25,
        return_change_rate=0.04,
        factor_level=0.2,
    )
    assert one.combined(Levers(factor_level=0.05)).factor_level == 0.05


def test_what_is_beyond_belief_together_is_refused() -> None:
    dear = Levers(cost_factor=4)
    with pytest.raises(AssumptionError) as caught:
        dear.combined(dear)
    (finding,) = caught.value.findings
    assert (finding.table, finding.field) == ("levers", "cost_factor")
    assert "at most 10" in finding.reason


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("recovery_factor", -0.1),
        ("duration_factor", 0),
        ("delay_months", 121),
        ("cost_factor", float("nan")),
        ("factor_level", 0),
        ("factor_level", 1),
        ("return_change_rate", "3%"),
        ("discount", 0.1),
    ],
)
def test_a_lever_out_of_bounds_is_refused_by_name(field: str, value: object) -> None:
    with pytest.raises(AssumptionError) as caught:
        Levers.of({field: value}, "levers")
    (finding,) = caught.value.findings
    assert finding.field == field
    assert finding.reason_zh
