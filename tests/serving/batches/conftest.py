"""Books that are small, and workers in this process."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.package import Package
from features.sources.simulated import simulate_package
from serving.batches.batches import Batches
from serving.batches.request import BatchTerms
from serving.batches.submission import submit_addresses
from serving.batches.tables import Batch
from serving.batches.worker import Worker
from serving.desk import Desk
from serving.settings import Settings

CUTOFF = date(2025, 6, 30)
CLAIMS, CHUNK = 400, 90


@pytest.fixture(scope="session")
def book() -> Package:
    """Claims with collateral and guarantees."""
    return simulate_package("corporate", claims=CLAIMS, seed=5, cutoff_date=CUTOFF)


@pytest.fixture
def data(book: Package, tmp_path: Path) -> Path:
    """The folder of data sets, the claims in parquet and as text."""
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("claims", "collateral", "guarantees"):
        path = folder / f"{name}.parquet"
        pq.write_table(getattr(book, name), path, row_group_size=CHUNK)
    present = [
        n for n in book.claims.column_names if book.claims[n].null_count < CLAIMS
    ]
    pyarrow.csv.write_csv(book.claims.select(present), folder / "claims.csv")
    return folder


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"batch_lease_seconds": 0.5, "batch_attempts": 2})


@pytest.fixture
def desk(desk: Desk) -> Desk:
    desk.open_store()
    return desk


@pytest.fixture
def batches(desk: Desk) -> Batches:
    return Batches(desk.store)


@pytest.fixture
def worker(desk: Desk) -> Worker:
    return Worker(desk, Event())


@pytest.fixture
def submit(desk: Desk, data: Path) -> Callable[..., Batch]:
    """Puts in the claims in parquet."""

    def put_in(file: str = "claims.parquet", **stated: Any) -> Batch:
        terms = BatchTerms.of({"chunk_claims": CHUNK, "figures": "mean", **stated}, "")
        return submit_addresses(desk, terms, {"claims": [str(data / file)]})

    return put_in


def work_off(worker: Worker) -> None:
    """Do every step that is due."""
    while worker.work_once():
        pass
