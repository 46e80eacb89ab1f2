"""Wherever the claims of a book lie, they are the same claims."""

import gzip
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from features.errors import InputError
from features.package import Package
from tests.serving.book.conftest import ScoreBook, parts

Written = Callable[[str], list[str]]


@pytest.fixture
def memory() -> Iterator[fsspec.AbstractFileSystem]:
    filesystem = fsspec.filesystem("memory")
    yield filesystem
    filesystem.rm("/", recursive=True)


@pytest.fixture
def written(personal: Package, tmp_path: Path) -> Written:
    """Writes the claims in a way and gives the addresses to score."""
    claims = present(personal)
    halves = claims.slice(0, 150), claims.slice(150)

    def write(way: str) -> list[str]:
        folder = tmp_path / "book"
        folder.mkdir()
        one, two = folder / "a.parquet", folder / "b.parquet"
        if way == "hive":
            keys = ds.partitioning(pa.schema([("product", pa.string())]), flavor="hive")
            ds.write_dataset(claims, folder, format="parquet", partitioning=keys)
            return [str(folder)]
        if way in ("csv", "csv.gz"):
            target = pa.BufferOutputStream()
            pa.csv.write_csv(claims, target)
            text = target.getvalue().to_pybytes()
            packed = gzip.compress(text) if way == "csv.gz" else text
            (folder / f"claims.{way}").write_bytes(packed)
            return [str(folder / f"claims.{way}")]
        for path, half in zip((one, two), halves, strict=True):
            pq.write_table(half, path, row_group_size=64)
        (folder / "_SUCCESS").write_text("", "utf-8")
        (folder / ".hidden.parquet").write_text("no parquet", "utf-8")
        ways = {
            "folder": [str(folder)],
            "pattern": [f"{folder}/*.parquet"],
            "folder pattern": [f"{tmp_path}/bo*"],
            "files": [str(one), str(two)],
            "file address": [f"file://{folder}"],
        }
        return ways[way]

    return write


def present(package: Package) -> pa.Table:
    """Claims without the columns that say nothing."""
    claims = package.claims
    return claims.select(
        [n for n in claims.column_names if claims[n].null_count < len(claims)]
    )


@pytest.mark.parametrize(
    "way",
    [
        "folder",
        "pattern",
        "folder pattern",
        "files",
        "file address",
        "hive",
        "csv",
        "csv.gz",
    ],
)
def test_every_way_gives_the_same_figures(
    score_here: ScoreBook,
    personal_file: Path,
    written: Written,
    tmp_path: Path,
    way: str,
) -> None:
    whole = score_here([str(personal_file)], tmp_path / "whole")

    book = score_here(written(way), tmp_path / "out")

    assert book["package"] == whole["package"]
    assert book["segments"] == whole["segments"]
    ids = parts(tmp_path / "out")["claim_id"].to_pylist()
    assert sorted(ids) == sorted(parts(tmp_path / "whole")["claim_id"].to_pylist())


def test_an_fsspec_address_is_read_and_written(
    score_here: ScoreBook,
    personal_file: Path,
    memory: fsspec.AbstractFileSystem,
    tmp_path: Path,
) -> None:
    memory.pipe("/in/deep/claims.parquet", personal_file.read_bytes())
    memory.pipe("/in/notes.txt", b"no claims")

    book = score_here(["memory://in"], "memory://out/book")

    assert book["sha256"] == score_here([str(personal_file)], tmp_path / "o")["sha256"]
    assert score_here(["memory://in/*/*.parquet"], "memory://other")["parts"]
    for part in book["parts"]:
        assert memory.size(f"/out/book/{part['file']}") == part["size_bytes"]
    assert memory.exists("/out/book/manifest.json")
    assert score_here(["memory://in"], "memory://out/book") == book


def test_chinese_headers_units_and_encoding_of_a_csv(
    score_here: ScoreBook, tmp_path: Path
) -> None:
    text = "债权编号,本金余额(万元),产品,基准日\n"
    text += "".join(f"甲{i:03d},{i + 1}.5,信用卡,2025年6月30日\n" for i in range(30))
    (tmp_path / "tape.csv").write_bytes(text.encode("gb18030"))

    book = score_here([str(tmp_path / "tape.csv")], tmp_path / "out", chunk_claims=7)

    assert list(book["segments"]) == ["card"]
    assert book["package"]["claim_fen"] == sum(
        i * 1_000_000 + 1_500_000 for i in range(30)
    )
    assert book["counts"]["chunks"] == 5


@pytest.mark.parametrize(
    ("ways", "reason"),
    [
        (["{f}/absent"], "there is nothing"),
        (["{f}/none-*.parquet"], "there is nothing"),
        (["{f}/empty"], "there is nothing"),
        (["{f}/notes.txt"], "no file ends in .parquet"),
        (["{f}/claims.parquet", "{f}/claims.parquet"], "named twice"),
        (["{f}/claims.parquet", "{f}/claims.csv"], "different forms"),
        (["{f}/broken.parquet"], "cannot be read"),
        (["{f}/other.parquet"], "no column for claim_id"),
        (["nowhere://bucket/claims"], "cannot be opened"),
    ],
)
def test_what_is_no_book_is_refused_with_a_reason(
    score_here: ScoreBook,
    personal_file: Path,
    tmp_path: Path,
    ways: list[str],
    reason: str,
) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").write_text("x", "utf-8")
    (tmp_path / "claims.csv").write_text("claim_id,principal\nA,1\n", "utf-8")
    (tmp_path / "broken.parquet").write_bytes(personal_file.read_bytes()[:-9])
    pq.write_table(pa.table({"id": ["A"]}), tmp_path / "other.parquet")

    with pytest.raises(InputError, match=reason):
        score_here([way.format(f=tmp_path) for way in ways], tmp_path / "out")

    assert not (tmp_path / "out").exists()
