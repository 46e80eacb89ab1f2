import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.errors import HistoryError
from features.outcomes import History
from models.pricing.assumptions import Assumptions
from models.pricing.cost import COSTS
from training.costs import SegmentCosts, history_costs

HORIZON_MONTHS = 60


@pytest.fixture(scope="module")
def rows(history: History) -> dict[str, SegmentCosts]:
    return {r.segment: r for r in history_costs(history, Assumptions(), HORIZON_MONTHS)}


def test_the_assumed_costs_are_those_of_rated_pools_and_of_the_simulated_market(
    rows: dict[str, SegmentCosts],
) -> None:
    """Priors declared apart from the simulator's own rates meet what it charges."""
    assert 0.12 < rows["all"].assumed_rate < 0.17
    assert rows["all"].assumed_rate == pytest.approx(rows["all"].paid_rate, abs=0.02)
    assert sum(rows["all"].kinds.values()) == pytest.approx(rows["all"].assumed_rate)
    assert set(rows["all"].kinds) == set(COSTS)
    assert rows["all"].kinds["servicing_fee"] == 0.0


def test_the_agency_fee_that_would_meet_the_ledger_meets_it(
    history: History, rows: dict[str, SegmentCosts]
) -> None:
    fee = rows["mortgage"].agency_rate
    again = history_costs(
        history, Assumptions.of({"mortgage_agency_rate": fee}), HORIZON_MONTHS
    )
    mortgage = next(r for r in again if r.segment == "mortgage")
    assert mortgage.assumed_rate == pytest.approx(mortgage.paid_rate, abs=0.001)


def test_only_claims_watched_to_the_horizon_count(
    history: History, rows: dict[str, SegmentCosts]
) -> None:
    parts = sum(r.claims for name, r in rows.items() if name != "all")
    assert parts == rows["all"].claims < len(history)


def test_a_history_without_costs_cannot_be_asked(history: History) -> None:
    from dataclasses import replace

    ledger: pa.Table = history.ledger.filter(
        pc.equal(history.ledger["kind"], "recovery")
    )
    with pytest.raises(HistoryError, match="rows of kind 'cost'"):
        history_costs(replace(history, ledger=ledger), Assumptions(), HORIZON_MONTHS)
    young = history.take(np.arange(3))
    with pytest.raises(HistoryError, match="no claim was observed for 600 months"):
        history_costs(young, Assumptions(), 600)
