"""Persons planted in a disposal history are in nothing that training logs."""

import os
import sys
from itertools import cycle
from pathlib import Path

import mlflow
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.outcomes import History
from features.sources.tables import read_history, write_history
from tests.security.everything import Everything
from tests.security.planted import Planted, planted
from training.config import Config
from training.evaluation import evaluate
from training.pipeline import train
from training.registry import register
from training.splits import test_years as chosen_years

SHORT, LONG = 200, 1_000


@pytest.fixture
def values(long: bool) -> list[Planted]:
    return planted(LONG if long else SHORT, seed=13)


@pytest.fixture
def quick(config: Config) -> Config:
    """As few trees, years and packages as there may be."""
    few = {"trees": 5}
    evaluation = {"years": 1, "packages": 2}
    return config.model_copy(
        update={
            "level": config.level.model_copy(update=few),
            "curve": config.curve.model_copy(update=few),
            "evaluation": config.evaluation.model_copy(update=evaluation),
        }
    )


def _planted(history: History, folder: Path, values: list[Planted]) -> None:
    """A history whose claims name persons in ids, texts and columns of their own."""
    write_history(history, folder)
    turn = cycle(values)
    claims = pq.read_table(folder / "claims.parquet")
    own = claims["claim_id"].to_pylist()
    named = {old: f"{old}-{next(turn).text}" for old in own}
    for table in ("claims", "collateral", "guarantees", "ledger", "workouts", "sales"):
        file = folder / f"{table}.parquet"
        rows = pq.read_table(file)
        ids = pa.array([named[old] for old in rows["claim_id"].to_pylist()])
        rows = rows.set_column(rows.schema.get_field_index("claim_id"), "claim_id", ids)
        if table == "claims":
            rows = rows.drop_columns(["obligor_id", "city"])
            owing = pa.array([f"O{n}-{next(turn).text}" for n in range(len(own))])
            rows = rows.append_column("obligor_id", owing)
            for column in ("obligor_name", "id_number", "phone", "city"):
                told = pa.array([next(turn).text for _ in own])
                rows = rows.append_column(column, told)
        pq.write_table(rows, file)


def test_nothing_logged_tells_of_persons(
    tmp_path: Path,
    history: History,
    values: list[Planted],
    quick: Config,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder, store = tmp_path / values[0].text, tmp_path / "mlflow"
    _planted(history, folder, values)
    store.mkdir()
    monkeypatch.chdir(store)
    monkeypatch.setenv("RECOUP_PERSONAL_KEY_FILE", str(tmp_path / "personal.keys"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{store}/mlflow.db")
    mlflow.set_tracking_uri(os.environ["MLFLOW_TRACKING_URI"])

    read = read_history(folder)
    evaluation = evaluate(read, quick, chosen_years(read, quick))
    register(train(read, quick), evaluation, read, quick)
    found = Everything()
    found.add("said", "".join(capfd.readouterr()).encode())
    found.add_folder(store)
    hits = found.hits(values)
    sys.stdout.write(f"{found.told(values, len(hits))}\n")
    assert any(place == "MLmodel" for place, _ in found.pieces)
    assert not hits, hits.most_common(20)
