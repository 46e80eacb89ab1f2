"""What the command takes for a book, and what it says."""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from features.console import run
from features.package import Package
from serving.__main__ import program
from tests.serving.book.conftest import manifest, parts


@pytest.fixture
def leave(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the program in this process; gives exit status and what it wrote."""

    def left(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as ended:
            run(program, ["score", *arguments])
        written = capsys.readouterr()
        return int(ended.value.code or 0), written.out, written.err

    assert installed.is_dir()
    return left


@pytest.mark.parametrize(
    "arguments",
    [
        ("{f}/claims.parquet", "{f}/out/"),
        ("{f}/claims.parquet", "{f}/there"),
        ("{f}/claims.parquet", "{f}/out", "--book"),
        ("{f}/claims.parquet", "{f}/out", "--figures", "mean"),
        ("{f}/book", "{f}/out"),
        ("{f}/book/*.parquet", "{f}/out"),
        ("{f}/book/a.parquet", "{f}/book/b.parquet", "{f}/out"),
        ("file://{f}/claims.parquet", "{f}/out"),
    ],
)
def test_a_book_is_told_from_its_addresses(
    leave: Callable[..., tuple[int, str, str]],
    personal: Package,
    personal_file: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
) -> None:
    for folder in ("there", "book"):
        (tmp_path / folder).mkdir()
    pq.write_table(personal.claims.slice(0, 200), tmp_path / "book" / "a.parquet")
    pq.write_table(personal.claims.slice(200), tmp_path / "book" / "b.parquet")

    status, _, wrong = leave(*(a.format(f=tmp_path) for a in arguments))

    assert status == 0, wrong
    out = tmp_path / ("there" if "there" in arguments[1] else "out")
    assert len(parts(out)) == len(personal)
    assert personal_file.exists()


def test_the_figures_are_told_to_people_and_to_programs(
    leave: Callable[..., tuple[int, str, str]], personal_file: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    _, people, progress = leave(str(personal_file), f"{out}/", "--chunk-claims=100")
    _, program_, _ = leave(
        str(personal_file), f"{out}/", "--chunk-claims=100", "--json"
    )

    assert "Maximum bid 最高报价" in people
    assert "SIMULATED" in people
    assert "manifest.json" in people
    assert "Scored 100%: 400 claims" in progress
    assert "a second" in progress
    figures = json.loads(program_)
    written = manifest(out)
    assert figures["sha256"] == written["sha256"]
    assert figures["package"] == written["package"]
    assert figures["cautions"] == written["cautions"]
    said = " ".join(people.split())
    for caution in written["cautions"]:
        assert f"! {caution['reason']} {caution['reason_zh']}" in said
    assert "parts" not in figures


def test_a_book_is_put_on_no_record(
    leave: Callable[..., tuple[int, str, str]], personal_file: Path, tmp_path: Path
) -> None:
    store = tmp_path / "recoup.db"
    store.unlink()

    assert leave(str(personal_file), f"{tmp_path}/out/")[0] == 0

    assert not store.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("{f}/claims.parquet", "{f}/v.xlsx", "--book"), "end its address with /"),
        (("{f}/claims.parquet", "{f}/v.json", "--threads", "2"), "end its address"),
        (
            ("{f}/claims.parquet", "{f}/out/", "--figures=mean", "--assumption=seed=1"),
            "prices nothing",
        ),
        (
            ("{f}/claims.parquet", "{f}/out/", "--cluster=local", "--threads=2"),
            "name workers",
        ),
        (("{f}/claims.parquet", "{f}/out/", "--cutoff-date=soon"), "cutoff_date"),
        (("{f}", "{f}/out/"), "within its own source"),
        (("{f}/claims.parquet", "{f}/out/", "--assumption=luck=1"), "luck"),
        (("{f}/claims.parquet", "{f}/out"), "ends in .xlsx"),
        (("{f}/claims.parquet",), "Missing argument"),
    ],
)
def test_bad_use_of_a_book_ends_with_status_2(
    leave: Callable[..., tuple[int, str, str]],
    personal_file: Path,
    tmp_path: Path,
    arguments: tuple[str, ...],
    reason: str,
) -> None:
    assert personal_file.exists()

    status, _, wrong = leave(*(a.format(f=tmp_path) for a in arguments))

    assert status == 2
    assert reason in wrong
