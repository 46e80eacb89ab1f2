from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.errors import HistoryError
from features.outcomes import History
from features.package import claim_rows
from features.segment import segments
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
    ledger: pa.Table = history.ledger.filter(
        pc.equal(history.ledger["kind"], "recovery")
    )
    with pytest.raises(HistoryError, match="rows of kind 'cost'"):
        history_costs(replace(history, ledger=ledger), Assumptions(), HORIZON_MONTHS)
    young = history.take(np.arange(3))
    with pytest.raises(HistoryError, match="no claim was observed for 600 months"):
        history_costs(young, Assumptions(), 600)


def _without_cash(history: History, is_poor: Callable[[str], bool]) -> History:
    """The history, of whose claims some never paid, for all the costs they made."""
    kinds = segments(history.package)[claim_rows(history.package, history.ledger)]
    poor = pa.array([is_poor(str(kind)) for kind in kinds])
    cash = pc.equal(history.ledger["kind"], "recovery")
    return replace(
        history, ledger=history.ledger.filter(pc.invert(pc.and_(cash, poor)))
    )


def test_a_segment_that_brought_no_cash_is_left_out(
    history: History, rows: dict[str, SegmentCosts]
) -> None:
    """Costs over no cash are no rate."""
    poor = _without_cash(history, lambda kind: kind == "mortgage")
    found = history_costs(poor, Assumptions(), HORIZON_MONTHS)
    assert [r.segment for r in found] == [s for s in rows if s != "mortgage"]
    with pytest.raises(HistoryError, match="brought cash"):
        history_costs(
            _without_cash(history, lambda _: True), Assumptions(), HORIZON_MONTHS
        )
