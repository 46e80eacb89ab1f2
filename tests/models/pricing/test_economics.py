"""What cannot be right of any price: a buyer never has to sue or sell at a loss."""

from dataclasses import replace
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.outcomes import History
from features.package import Package, numbers
from models.pricing.assumptions import Assumptions
from models.pricing.claim_prices import ClaimPrices, price_claims
from models.pricing.cost import COSTS
from models.pricing.sources import SOURCES
from models.recovery.model import RecoveryModel

# A claim is rounded once for each source and kind of cost.
ROUNDING_FEN = len(COSTS) + len(SOURCES)
IN_TIME = {
    "legal_stage": "not_sued",
    "insolvency_status": "none",
    "limitation_date": date(2030, 1, 1),
    "judgment_date": None,
}


@pytest.fixture(scope="module")
def package(history: History) -> Package:
    return history.package.take(range(0, len(history), 20))


def stating(package: Package, table: str, **facts: Any) -> Package:
    """The package with one value, or one for each row, in some columns."""
    changed: pa.Table = getattr(package, table)
    for name, value in facts.items():
        place = changed.schema.get_field_index(name)
        kind = changed.schema.field(name).type
        every = value if isinstance(value, np.ndarray) else [value] * len(changed)
        column = pa.array(every, kind, from_pandas=True)
        changed = changed.set_column(place, name, column)
    return replace(package, **{table: changed})


def priced(model: RecoveryModel, package: Package, **given: Any) -> ClaimPrices:
    return price_claims(model, package, Assumptions.of(given))


@settings(max_examples=6)
@given(
    rises=st.lists(st.floats(1.0001, 3.0), min_size=2, max_size=4),
    cost=st.floats(0.0, 0.5),
)
def test_a_dearer_item_never_costs_more_than_it_brings(
    model: RecoveryModel, package: Package, rises: list[float], cost: float
) -> None:
    appraised = numbers(package.collateral, "appraised_value")
    prices = [
        priced(
            model,
            stating(package, "collateral", appraised_value=factor * appraised),
            sale_cost_rate=cost,
        )
        for factor in np.cumprod([1.0, *rises])
    ]
    for before, after in pairwise(prices):
        for figure in ("net_fen", "present_value_fen"):
            gained = getattr(after, figure) - getattr(before, figure)
            assert gained.min() >= -ROUNDING_FEN, figure


@settings(max_examples=6)
@given(
    facts=st.sampled_from(
        [
            {"limitation_date": date(2001, 1, 1)},
            {"insolvency_status": "liquidation"},
            {"insolvency_status": "reorganisation"},
            {"insolvency_status": "liquidation", "legal_stage": "insolvency"},
        ]
    ),
    suit=st.floats(0.0, 1.0),
)
def test_who_may_sue_is_never_worse_off_than_who_may_not(
    model: RecoveryModel, package: Package, facts: dict[str, Any], suit: float
) -> None:
    """Where the model does not expect more cash of the one that may not."""
    may, may_not = (
        priced(model, stating(package, "claims", **known), suit_rate=suit)
        for known in (IN_TIME, {**IN_TIME, **facts})
    )
    no_more = may_not.forecast.mean_rate <= may.forecast.mean_rate
    no_more &= may_not.forecast.bare_rate <= may.forecast.bare_rate
    assert no_more.mean() > 0.5
    assert (may_not.net_fen - may.net_fen)[no_more].max() <= ROUNDING_FEN


@pytest.mark.parametrize("rate", [0.0, 0.15, 1.0])
def test_nothing_is_advanced_for_cash_that_is_worth_less(
    model: RecoveryModel, package: Package, rate: float
) -> None:
    """A longer horizon or an earlier start never costs, and no claim is a burden."""
    values = [
        priced(
            model, package, target_return_rate=rate, horizon_months=months
        ).present_value_fen
        for months in (1, 6, 24, 60)
    ]
    assert min(value.min() for value in values) >= -ROUNDING_FEN
    for shorter, longer in pairwise(values):
        assert (longer - shorter).min() >= -ROUNDING_FEN
