"""python -m serving, run as people run it."""

import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from features.console import run
from features.errors import InputError
from serving import demo
from serving.__main__ import program
from serving.commands.assumptions import stated_assumptions
from serving.commands.corrections import stated_corrections
from serving.desk import Desk

TAPE = "债权编号,本金余额(元),产品\n" + "\n".join(
    f"A{i:03d},{1000 * (i + 1)}.5,信用卡" for i in range(12)
)
COMMON = ("--cutoff-date=2025-06-30", "--assumption=simulations=200")


@pytest.fixture
def tape(installed: Path) -> Path:
    path = installed / "tape.csv"
    path.write_text(TAPE, "utf-8")
    return path


def leave(*arguments: str) -> int:
    """Exit status of the program in this process."""
    with pytest.raises(SystemExit) as left:
        run(program, arguments)
    return int(left.value.code or 0)


def in_new_process(*arguments: str, threads: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "serving", *arguments]
    limits = {"OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
    return subprocess.run(  # noqa: S603
        command, capture_output=True, text=True, env=os.environ | limits, check=False
    )


def scored(tape: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Figures that the program prints."""
    assert leave("score", str(tape), str(out), "--json", *COMMON) == 0
    return json.loads(capsys.readouterr().out)


def test_score_writes_the_form_that_the_suffix_names(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("v.xlsx", "v.json", "v.csv", "v.parquet"):
        assert scored(tape, tape.parent / "deep" / name, capsys)["id"]
    folder = tape.parent / "deep"

    answer = json.loads((folder / "v.json").read_text())
    claims = pq.read_table(folder / "v.parquet")
    assert claims["gross_yuan"].to_pylist() == [
        c["gross_yuan"] for c in answer["claims"]
    ]
    assert pyarrow.csv.read_csv(folder / "v.csv").num_rows == 12
    assert "债权 Claims" in openpyxl.load_workbook(folder / "v.xlsx").sheetnames
    assert sorted(p.name for p in folder.iterdir()) == [
        "v.csv",
        "v.json",
        "v.parquet",
        "v.xlsx",
    ]


def test_score_prints_tables_for_people(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("score", str(tape), str(tape.parent / "v.xlsx"), *COMMON) == 0

    printed = capsys.readouterr().out
    assert "SIMULATED" in printed
    assert "Maximum bid 最高报价" in printed
    assert "A011" in printed
    assert max(len(line) for line in printed.splitlines()) <= 120


def test_score_tells_of_each_rule_once_with_its_rows(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sums = ["小计,1017,信用卡", "合计,1017,信用卡"]
    tape.write_text("\n".join(["债权编号,本金余额(元),产品", "A1,1017,信用卡", *sums]))
    assert leave("score", str(tape), str(tape.parent / "v.csv"), *COMMON) == 0
    assert "! claims rows 3, 4: this row of the claims" in capsys.readouterr().out


def test_score_without_the_store_leaves_no_record(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, store = tape.parent / "v.json", tape.parent / "recoup.db"
    store.unlink()

    assert leave("score", str(tape), str(out), "--no-store", "--json", *COMMON) == 0

    assert json.loads(capsys.readouterr().out)["id"] is None
    book = str(tape.parent / "v.xlsx")
    assert leave("score", str(tape), book, "--no-store", *COMMON) == 0
    assert not store.exists()


def test_csv_holds_no_formula_and_reads_back(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = ["=1+1", "+86", "-2", "@SUM(A1)", "A=1"]
    rows = [f"{name},1017,信用卡" for name in names]
    tape.write_text("\n".join(["债权编号,本金余额(元),产品", *rows]), "utf-8")
    out = tape.parent / "v.csv"

    scored(tape, out, capsys)

    written = pyarrow.csv.read_csv(out)
    assert written["claim_id"].to_pylist() == [f"'{n}" for n in names[:4]] + ["A=1"]
    assert pa.types.is_floating(written["gross_yuan"].type)
    assert pa.types.is_integer(written["row"].type)


@pytest.mark.parametrize(
    "arguments",
    [
        ("{tape}", "{folder}/v.docx"),
        ("{folder}/absent.csv", "{folder}/v.json"),
        ("{tape}", "{folder}/v.json", "--assumption", "simulations"),
        ("{tape}", "{folder}/v.json", "--assumption", "simulations=many"),
        ("{tape}", "{folder}/v.json", "--assumption", "luck=1"),
        ("{tape}", "{folder}/v.json", "--assumption", "payments=now"),
        ("{tape}", "{folder}/v.json", "--assumption", "payments=0:0.5"),
        ("{tape}", "{folder}/v.json", "--assumption", "target_return_rate=nan"),
        ("{tape}", "{tape}/v.json", "--cutoff-date", "2025-06-30"),
        ("{tape}", "{folder}/v.json", "--cutoff-date", "soon"),
        ("{tape}", "{folder}/v.json", "--cutoff-date", "2025-6-30"),
        ("{tape}", "{folder}/v.json"),
    ],
)
def test_bad_use_ends_with_status_2_and_a_reason(
    tape: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    named = [a.format(tape=tape, folder=tape.parent) for a in arguments]

    assert leave("score", *named) == 2

    assert "rror" in capsys.readouterr().err
    assert not (tape.parent / "v.json").exists()


def test_no_model_ends_with_status_1_and_the_remedy(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tape.parent / "models" / "champion.json").unlink()

    assert leave("score", str(tape), str(tape.parent / "v.json"), *COMMON) == 1

    assert "make train" in capsys.readouterr().err


def test_replay_in_a_new_process_of_more_threads_gives_the_same_bytes(
    tape: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = scored(tape, tape.parent / "v.json", capsys)

    again = in_new_process("replay", figures["id"], "--json", threads="3")

    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["identical"] is True


def test_replay_notices_a_changed_record(
    tape: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = scored(tape, tape.parent / "v.json", capsys)
    with desk.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE valuations SET document_sha256 = 'forged'")

    assert leave("replay", figures["id"]) == 1
    told = capsys.readouterr().out
    assert "DIFFERENT" in told
    assert "The answer on record was altered" in told


def test_replay_by_a_release_that_computes_otherwise_names_the_figures(
    tape: Path, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = scored(tape, tape.parent / "v.json", capsys)
    stored = desk.store.document(figures["id"])
    other = stored.content.replace(b'"horizon_months":60', b'"horizon_months":61', 1)
    change = "UPDATE valuations SET document = ?, document_sha256 = ?"
    with desk.store._engine.begin() as connection:
        hashed = sha256(other).hexdigest()
        connection.exec_driver_sql(change, (zlib.compress(other), hashed))

    assert leave("replay", figures["id"]) == 1
    told = capsys.readouterr().out
    assert "this release computes otherwise" in told
    assert "  assumptions.horizon_months: 61 → 60\n" in told


def test_replay_of_every_door_is_identical(
    client: Any, package: dict[str, Any], desk: Desk
) -> None:
    identifier = client.post("/v1/valuations", json=package).json()["id"]

    assert desk.replay(identifier).identical


def test_replay_of_nothing_is_an_error(
    installed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert leave("replay", "nothing") == 2

    assert "no valuation nothing" in capsys.readouterr().err
    assert installed.is_dir()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_template_is_written(tmp_path: Path, language: str) -> None:
    out = tmp_path / "deep" / "template.xlsx"

    assert leave("template", str(out), "--language", language) == 0

    assert openpyxl.load_workbook(out).sheetnames


def test_a_template_is_no_csv(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "template.csv"

    assert leave("template", str(out)) == 2

    assert "write to a file that ends in .xlsx" in capsys.readouterr().err
    assert not out.exists()


def test_openapi_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert leave("openapi") == 0

    assert "/v1/valuations" in json.loads(capsys.readouterr().out)["paths"]


def test_demo_values_every_example(
    tape: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    examples = tape.parent / "examples"
    examples.mkdir()
    (examples / "one.csv").write_text("基准日：2025年6月30日\n" + TAPE, "utf-8")
    monkeypatch.setattr(demo, "EXAMPLES", examples)

    assert leave("demo", "--out", str(tape.parent / "demo")) == 0

    printed = capsys.readouterr().out
    assert printed.splitlines()[-5] == "Next:"
    assert "bid 建议密封报价" in printed or "Bid 报价" in printed
    assert (tape.parent / "demo" / "one.xlsx").is_file()
    assert leave("demo", "--out", str(tape.parent / "demo"), "--json") == 0
    (line,) = json.loads(capsys.readouterr().out)["valuations"]
    assert line["package"]["claims"] == 12


def test_demo_without_examples_says_where_to_run_it(
    installed: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(demo, "EXAMPLES", installed / "nowhere")

    assert leave("demo", "--out", str(installed)) == 2
    assert "run this from the project" in capsys.readouterr().err


def test_assumptions_are_read_in_their_type() -> None:
    stated = stated_assumptions(["simulations=500", "target_return_rate=0.2"])

    assert stated == {"simulations": 500, "target_return_rate": 0.2}
    assert isinstance(stated["simulations"], int)


@pytest.mark.parametrize(
    ("read", "stated", "remedy"),
    [
        (stated_assumptions, ["seed=1", "simulations=500", "seed=2"], "state it once"),
        (stated_assumptions, ["target_return_rate=15%"], "write it as 0.12"),
        (stated_assumptions, ["payments=now"], "as 0:0.3,12:0.7"),
        (stated_assumptions, ["seed"], "name=value"),
        (stated_corrections, ["欠款=principal", "欠款=interest"], "state one field"),
        (stated_corrections, ["欠款"], "HEADER=field"),
    ],
)
def test_words_that_cannot_be_meant_are_refused_in_both_languages(
    read: Callable[[list[str]], object], stated: list[str], remedy: str
) -> None:
    with pytest.raises(InputError, match=remedy) as refused:
        read(stated)

    assert re.search("[一-鿿]", refused.value.zh)


def test_a_header_may_stand_in_two_tables() -> None:
    said = stated_corrections(["价值=principal", "价值=collateral.appraised_value"])

    assert [each.table for each in said.each] == ["claims", "collateral"]
