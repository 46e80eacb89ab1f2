"""The table of forecasts: written, read, and refused where it contradicts itself."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.forecasts import (
    QUARTERS,
    SCHEMA,
    expected_quarters,
    read_forecasts,
    write_forecasts,
)

ROW: dict[str, Any] = {
    "claim_id": "c0",
    "valuation_id": "v0",
    "package_id": None,
    "valued_at": datetime(2020, 1, 15, tzinfo=UTC),
    "model_name": "recovery",
    "model_version": "1",
    "model_sha256": "ab",
    "model_simulated": True,
    "model_observed_until": date(2019, 12, 31),
    "cutoff_date": date(2020, 1, 1),
    "seller": None,
    "product": "credit_card",
    "province": None,
    "segment": "card",
    "claim_yuan": 1000.0,
    "expected_rate": 0.3,
    "p10_rate": 0.0,
    "p90_rate": 0.6,
    "horizon_months": 7,
    "start_delay_months": 0,
    QUARTERS: [100.0, 150.0, 50.0],
}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist([{**ROW, **row} for row in rows], SCHEMA)


def test_a_table_reads_back_as_it_was_written(tmp_path: Path) -> None:
    written = table({}, {"claim_id": "c1", "seller": "某银行"})

    write_forecasts(written, tmp_path / "deep" / "f.parquet")

    assert read_forecasts(tmp_path / "deep" / "f.parquet").equals(written)


def test_a_quarter_that_the_horizon_cuts_is_left_out() -> None:
    longer = {"horizon_months": 12, QUARTERS: [0.0, 0.0, 0.0, 300.0]}

    cash = expected_quarters(table({}, longer))

    assert cash.tolist() == [[100.0, 150.0, 0.0, 0.0], [0.0, 0.0, 0.0, 300.0]]
    assert expected_quarters(table({})).tolist() == [[100.0, 150.0]]
    assert expected_quarters(table()).shape == (0, 0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"claim_yuan": 0.0}, "column claim_yuan: must be above nothing"),
        ({"claim_yuan": float("nan")}, "column claim_yuan"),
        ({"expected_rate": 1.2}, "column expected_rate: must lie within 0 and 1"),
        ({"p10_rate": -0.1}, "column p10_rate"),
        ({"p10_rate": 0.7}, "column p90_rate: must lie within p10 and 1"),
        ({"horizon_months": 0, QUARTERS: []}, "column horizon_months"),
        ({"horizon_months": 12}, "must hold each quarter of the horizon"),
        ({"start_delay_months": -1}, "column start_delay_months"),
        ({QUARTERS: [400.0, -150.0, 50.0]}, "must hold amounts of at least 0"),
        ({QUARTERS: [100.0, 150.0, 60.0]}, "must add up to expected_rate"),
        ({QUARTERS: [100.0, None, 60.0]}, "must add up to expected_rate"),
    ],
)
def test_a_row_that_contradicts_itself_is_refused_by_name(
    tmp_path: Path, wrong: dict[str, Any], told: str
) -> None:
    pq.write_table(table({}, wrong), tmp_path / "f.parquet")

    with pytest.raises(InputError, match=r"f\.parquet, row 1, column") as refused:
        read_forecasts(tmp_path / "f.parquet")
    assert told in str(refused.value)


def test_what_is_no_table_of_forecasts_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "f.parquet"
    with pytest.raises(InputError, match="no such file"):
        read_forecasts(path)
    path.write_text("claim_id,claim_yuan")
    with pytest.raises(InputError, match="is not a parquet file"):
        read_forecasts(path)
    pq.write_table(table({}).drop_columns(["product", "segment"]), path)
    with pytest.raises(InputError, match="lacks the columns product, segment"):
        read_forecasts(path)
    words = pa.array(["much"])
    at = SCHEMA.get_field_index("claim_yuan")
    pq.write_table(table({}).set_column(at, "claim_yuan", words), path)
    with pytest.raises(InputError, match="column claim_yuan: not double"):
        read_forecasts(path)
    no_names = pa.array([None], pa.string())
    pq.write_table(table({}).set_column(0, "claim_id", no_names), path)
    with pytest.raises(InputError, match="row 0, column claim_id: nothing stands"):
        read_forecasts(path)


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        write_forecasts(table({}), tmp_path / "file" / "f.parquet")
