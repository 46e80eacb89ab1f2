from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import HistoryError
from features.sources.tables import read_history


@pytest.mark.parametrize(
    ("days", "told"),
    [
        ([7, 2**62], "claims, row 3: days_past_due 4611686018427387904 is above"),
        ([7.0, 1.5], "claims: days_past_due is not of its type .*; store it as"),
        ([[1], [2]], "claims: days_past_due is not of its type"),
    ],
)
def test_a_column_of_parquet_that_does_not_fit_is_named(
    days: list[Any], told: str, tmp_path: Path
) -> None:
    table = {
        "claim_id": ["1", "2"],
        "principal": [5.0, 5.0],
        "cutoff_date": [date(2020, 1, 1)] * 2,
        "days_past_due": days,
    }
    pq.write_table(pa.table(table), tmp_path / "claims.parquet")
    (tmp_path / "ledger.csv").write_text("claim_id,date,amount,kind\n")
    (tmp_path / "workouts.csv").write_text(
        "claim_id,status,status_date\n1,open,2021-01-01\n2,open,2021-01-01\n"
    )
    with pytest.raises(HistoryError, match=told):
        read_history(tmp_path)
