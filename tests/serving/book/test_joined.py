"""Collateral of a book that is too large for memory."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from serving.book import joined
from tests.serving.book.conftest import ScoreBook


@pytest.fixture
def nothing_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the collateral were too large to be held."""
    monkeypatch.setattr(joined, "HELD_ROWS", 10)
    monkeypatch.setattr(joined, "READ_ROWS", 200)


def hash_of(score_here: ScoreBook, claims: str, collateral: str, out: Path) -> str:
    book = score_here([claims], out, collateral=(collateral,))
    return str(book["sha256"])


def test_sorted_collateral_is_read_row_group_by_row_group(
    score_here: ScoreBook,
    corporate_files: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claims, path = corporate_files("claims"), corporate_files("collateral")
    pq.write_table(pq.read_table(path), path, row_group_size=30)
    held = hash_of(score_here, claims, path, tmp_path / "held")
    monkeypatch.setattr(joined, "HELD_ROWS", 10)
    monkeypatch.setattr(joined, "READ_ROWS", 200)

    assert hash_of(score_here, claims, path, tmp_path / "read") == held


@pytest.mark.usefixtures("nothing_held")
def test_collateral_in_no_order_is_refused_with_the_remedy(
    score_here: ScoreBook, corporate_files: Callable[[str], str], tmp_path: Path
) -> None:
    path = corporate_files("collateral")
    items = pq.read_table(path)
    order = np.random.default_rng(1).permutation(len(items))
    pq.write_table(items.take(pa.array(order)), path, row_group_size=30)

    with pytest.raises(InputError, match="sorted by claim_id"):
        hash_of(score_here, corporate_files("claims"), path, tmp_path / "out")


@pytest.mark.usefixtures("nothing_held")
def test_folders_with_the_same_keys_go_together(
    score_here: ScoreBook, corporate_files: Callable[[str], str], tmp_path: Path
) -> None:
    claims = pq.read_table(corporate_files("claims"))
    items = pq.read_table(corporate_files("collateral"))
    for number, start in enumerate(range(0, len(claims), 100)):
        some = claims.slice(start, 100)
        mine = items.filter(
            pa.compute.is_in(items["claim_id"], some["claim_id"].combine_chunks())
        )
        # Text out of order: statistics of row groups alone would read all of it.
        order = np.random.default_rng(number).permutation(len(mine))
        for table, rows in (("claims", some), ("items", mine.take(pa.array(order)))):
            folder = tmp_path / table / f"lot={number}"
            folder.mkdir(parents=True)
            pq.write_table(rows, folder / "part.parquet", row_group_size=30)

    out = tmp_path / "out"
    book = score_here(
        [str(tmp_path / "claims")], out, collateral=(str(tmp_path / "items"),)
    )

    assert book["counts"]["collateral"] == len(items)


def test_large_row_groups_and_large_csv_are_refused(
    score_here: ScoreBook,
    corporate_files: Callable[[str], str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claims, path = corporate_files("claims"), corporate_files("collateral")
    text = tmp_path / "collateral.csv"
    text.write_text("claim_id,collateral_id\n" + "A,B\n" * 50, "utf-8")
    monkeypatch.setattr(joined, "HELD_ROWS", 10)
    monkeypatch.setattr(joined, "GROUP_ROWS", 20)

    with pytest.raises(InputError, match="in row groups of up to"):
        hash_of(score_here, claims, path, tmp_path / "out")
    with pytest.raises(InputError, match="as csv"):
        hash_of(score_here, claims, str(text), tmp_path / "other")


def test_guarantors_beside_claims_are_read_where_no_dataset_lists_them(
    score_here: ScoreBook, corporate_files: Callable[[str], str], tmp_path: Path
) -> None:
    claims = pq.read_table(corporate_files("claims"))
    names = pa.array(["张三丰、李四光"] * len(claims))
    named, other = tmp_path / "named.parquet", tmp_path / "other.parquet"
    pq.write_table(claims.append_column("保证人", names), named)
    guarantees = pq.read_table(corporate_files("guarantees"))
    pq.write_table(guarantees.slice(0, 1), other)

    alone = score_here([str(named)], tmp_path / "alone")
    beside = score_here([str(named)], tmp_path / "beside", guarantees=(str(other),))

    assert alone["counts"]["guarantees"] == 2 * len(claims)
    assert beside["counts"]["guarantees"] == 1
    parts = [*(tmp_path / "alone").rglob("*"), *(tmp_path / "beside").rglob("*")]
    assert not any("张三丰".encode() in p.read_bytes() for p in parts if p.is_file())
