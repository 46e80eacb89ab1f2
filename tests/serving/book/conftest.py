"""A simulated book and the ways to score it."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Protocol

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from features.package import Package
from features.sources.simulated import simulate_package
from serving.book.program import BookOptions, score_book
from serving.champion import ServedModel
from serving.desk import Desk

CUTOFF = date(2025, 6, 30)
CLAIMS = 400
CHUNK = 90


class ScoreBook(Protocol):
    """Scores a book in this process."""

    def __call__(
        self,
        sources: list[str],
        out: Path | str,
        assumptions: dict[str, Any] | None = None,
        **stated: Any,
    ) -> dict[str, Any]:
        """The manifest."""


@pytest.fixture(scope="session")
def personal() -> Package:
    """Claims without collateral or guarantees."""
    package = simulate_package("personal", claims=CLAIMS, seed=4, cutoff_date=CUTOFF)
    return Package(package.claims)


@pytest.fixture(scope="session")
def corporate() -> Package:
    """Claims with collateral and guarantees, in the order of their identifiers."""
    package = simulate_package("corporate", claims=CLAIMS, seed=5, cutoff_date=CUTOFF)
    return package.take(order_of_ids(package.claims))


def order_of_ids(table: pa.Table) -> Any:
    """Rows in the order of claim_id."""
    return pc.sort_indices(table["claim_id"]).to_numpy()


@pytest.fixture
def served(desk: Desk) -> ServedModel:
    return desk.champion.served()


@pytest.fixture
def score_here(served: ServedModel) -> ScoreBook:
    def score(
        sources: list[str],
        out: Path | str,
        assumptions: dict[str, Any] | None = None,
        model: ServedModel = served,
        **stated: Any,
    ) -> dict[str, Any]:
        options = BookOptions(
            **{
                "book": True,
                "collateral": (),
                "guarantees": (),
                "figures": None,
                "chunk_claims": CHUNK,
                "threads": 2,
                "cluster": None,
                "restart": False,
            }
            | stated
        )
        given = assumptions or {}
        return score_book(sources, str(out), model, None, given, options)

    return score


@pytest.fixture
def personal_file(personal: Package, tmp_path: Path) -> Path:
    """Claims in row groups that no chunk ends with."""
    path = tmp_path / "claims.parquet"
    pq.write_table(personal.claims, path, row_group_size=70)
    return path


@pytest.fixture
def corporate_files(corporate: Package, tmp_path: Path) -> Callable[[str], str]:
    """Addresses of the three tables of the corporate claims."""
    for name in ("claims", "collateral", "guarantees"):
        table = getattr(corporate, name)
        path = tmp_path / f"{name}.parquet"
        pq.write_table(table.take(order_of_ids(table)), path, row_group_size=CHUNK)
    return lambda name: str(tmp_path / f"{name}.parquet")


def parts(out: Path, folder: str = "claims") -> pa.Table:
    """All rows of the parts of a folder, in order."""
    files = sorted((out / folder).glob("part-*.parquet"))
    return pa.concat_tables([pq.read_table(file) for file in files])


def manifest(out: Path) -> dict[str, Any]:
    """The manifest that was written."""
    found: dict[str, Any] = orjson.loads((out / "manifest.json").read_bytes())
    return found
