"""How far a history was observed."""

from datetime import date

import pyarrow as pa
import pytest

from features.errors import HistoryError
from features.package import canonical_table
from features.sources.observed import observed_until

STATED = date(2025, 12, 31)


def workouts(status: str, day: date) -> pa.Table:
    rows = [
        {"claim_id": "A1", "status": "open", "status_date": STATED},
        {"claim_id": "A2", "status": status, "status_date": day},
    ]
    return canonical_table("workouts", pa.Table.from_pylist(rows))


@pytest.mark.parametrize("stated", [None, STATED])
def test_a_work_out_that_ended_in_the_future_is_named(stated: date | None) -> None:
    mistyped = workouts("closed", date(2152, 3, 1))
    with pytest.raises(HistoryError) as refused:
        observed_until(stated, mistyped)
    told = str(refused.value)
    assert told.startswith("workouts, row 3: status_date 2152-03-01 of claim 'A2'")
    assert "请填写结案日" in refused.value.zh


def test_open_work_outs_may_go_on_for_ever_where_the_end_is_stated() -> None:
    endless = workouts("open", date(9999, 12, 31))
    assert observed_until(STATED, endless) == STATED
    with pytest.raises(HistoryError, match="9999-12-31 of claim 'A2' lies in the fut"):
        observed_until(None, endless)


def test_the_latest_status_is_the_end_where_none_is_stated() -> None:
    assert observed_until(None, workouts("closed", date(2024, 1, 1))) == STATED
