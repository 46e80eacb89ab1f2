import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from features.console import run as run_program
from features.errors import HistoryError
from features.sources.tables import read_history
from features.tape import read_tape
from training.__main__ import program as verbs

Run = Callable[..., subprocess.CompletedProcess[str]]
Told = tuple[int, str, str]
PROJECT = Path(__file__).parent.parent.parent
SMALL = """
[curve]
trees = 10
[evaluation]
years = 1
packages = 5
[simulated]
claims = 1500
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    config = tmp_path / "small.toml"
    config.write_text(SMALL)
    return config


@pytest.fixture
def program(tmp_path: Path, small: Path, store_uri: str) -> Run:
    """Runs the program in a directory of its own, with a small configuration."""
    assert small.parent == tmp_path

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "training", *words],
            cwd=tmp_path,
            env={**os.environ, "MLFLOW_TRACKING_URI": store_uri, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


@pytest.fixture
def here(
    tmp_path: Path,
    small: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Callable[..., Told]:
    """Runs it in this process, where nothing has to be imported; status and words."""
    assert small.parent == tmp_path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    def run(*words: str) -> Told:
        with pytest.raises(SystemExit) as left:
            run_program(verbs, words)
        told = capfd.readouterr()
        return int(left.value.code or 0), told.out, told.err

    return run


def test_help_lists_the_verbs(here: Callable[..., Told]) -> None:
    status, out, _ = here("--help")
    assert status == 0
    for verb in ("simulate", "fit", "evaluate", "compare", "mlflow"):
        assert f"  {verb} " in out


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (("fit", "--colour"), 2, "No such option"),
        (("evaluate", "--source", "mars"), 2, "error: source 'mars' is neither"),
        (("evaluate", "--config", "absent.toml"), 2, "error: absent.toml: No such"),
        (("fit", "--config", "small.toml"), 1, "error: the MLflow store http"),
    ],
)
def test_a_failure_is_one_line_and_a_status(
    here: Callable[..., Told], words: tuple[str, ...], status: int, told: str
) -> None:
    left, out, err = here(*words)
    assert left == status
    assert out == ""
    assert "Traceback" not in err
    errors = [line for line in err.splitlines() if "rror: " in line]
    assert len(errors) == 1
    assert told in err


def test_debug_shows_where(program: Run) -> None:
    ended = program("--debug", "evaluate", "--source", "mars")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert "HistoryError: source 'mars'" in ended.stderr


def test_a_program_that_is_ended_says_so_in_one_line(
    small: Path, store_uri: str
) -> None:
    words = (sys.executable, "-m", "training", "evaluate", "--config", small.name)
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        words,
        cwd=small.parent,
        env={**os.environ, "MLFLOW_TRACKING_URI": store_uri},
        stderr=subprocess.PIPE,
        text=True,
    ) as ended:
        assert ended.stderr is not None
        assert ended.stderr.readline().startswith("Reading disposal history")
        ended.terminate()
        told = ended.stderr.read()
    assert ended.returncode == 1
    assert told.splitlines()[-1] == "error: stopped"
    assert "Traceback" not in told


def test_simulate_writes_tables_that_can_be_read(
    here: Callable[..., Told], tmp_path: Path
) -> None:
    status, out, err = here("simulate", "market", "--config", "small.toml", "--json")
    assert status == 0, err
    told = json.loads(out)
    history = read_history(tmp_path / "market")
    assert told["claims"] == len(history) == 1_500
    assert history.simulated


def test_evaluate_prints_figures_alone_on_stdout(here: Callable[..., Told]) -> None:
    status, out, err = here("evaluate", "--config", "small.toml", "--json")
    assert status == 0, err
    figures = json.loads(out)
    assert figures["simulated"] is True
    assert len(figures["years"]) == 1
    assert "year 1/1" in err


@pytest.mark.usefixtures("registered")
def test_fit_registers_a_version_and_says_which(
    here: Callable[..., Told], store: str
) -> None:
    assert store
    words = ("fit", "--config", "small.toml", "--known-on", "2024-12-31", "--json")
    status, out, err = here(*words)
    assert status == 0, err
    figures = json.loads(out)
    assert figures["observed_until"] == "2024-12-31"
    assert figures["version"] == 3
    assert figures["champion"] is False
    assert len(figures["sha256"]) == 64
    assert figures["mean_crps"] > 0


def test_evaluate_shows_tables_to_a_person(
    small: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run_program(verbs, ["evaluate", "--config", str(small)])
    assert left.value.code == 0
    shown = capsys.readouterr().out
    assert "Out of time, by test year (SIMULATED DATA)" in shown
    assert "actual / expected" in " ".join(shown.split())


def test_claims_of_a_history_become_a_tape_that_is_read_whole(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tape = tmp_path / "out" / "tape.csv"
    words = ["tape", str(tape), "--config", str(small), "--json"]
    with pytest.raises(SystemExit):
        run_program(verbs, [*words, "--first", "2019-01-01", "--last", "2019-12-31"])
    told = json.loads(capsys.readouterr().out)
    reading = read_tape(tape.read_bytes(), tape.name)
    assert not reading.rejected
    assert len(reading.package) == told["claims"] > 0
    assert {d.year for d in reading.package.claims["cutoff_date"].to_pylist()} == {2019}


def test_a_tape_of_no_claims_is_refused(small: Path, tmp_path: Path) -> None:
    words = ["--debug", "tape", str(tmp_path / "t.csv"), "--config", str(small)]
    with pytest.raises(HistoryError, match="no claim cut off from 1999-01-01"):
        run_program(verbs, [*words, "--first", "1999-01-01", "--last", "1999-12-31"])


def test_mlflow_names_a_busy_port(program: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        port = str(busy.getsockname()[1])
        refused = program("mlflow", "--port", port)

    assert refused.returncode == 1
    assert port in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
