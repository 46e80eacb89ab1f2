import gc
import io
import json
import subprocess
import sys
from datetime import date
from importlib import import_module

import click
import pytest

from features.console import print_figures, progress, run, say, starting
from features.errors import Finding, InputError, ModelUnavailableError


@click.group()
def program() -> None:
    """A program that ends in every way."""


@program.command()
@click.option("--ending", default="well")
def end(ending: str) -> None:
    findings = [Finding("code", f"reason {i}", "原因", row=i) for i in range(23)]
    errors: dict[str, BaseException] = {
        "input": InputError("the tape is wrong", findings),
        "model": ModelUnavailableError("no model can be opened"),
        "both": InputError("wrong file", zh="文件有误"),
        "same": InputError("reason", [Finding("code", "reason", "原因", "")]),
        "bug": ZeroDivisionError("division by zero"),
        "interrupt": KeyboardInterrupt(),
        "abort": click.Abort(),
        "file": click.FileError("a.csv", "it is locked"),
    }
    if ending in errors:
        raise errors[ending]
    click.echo("done")


def ended(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        run(program, arguments)
    assert isinstance(left.value.code, int)
    return left.value.code


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["end"], 0, ""),
        (["--help"], 0, ""),
        (["end", "--ending", "input"], 2, "error: the tape is wrong\n  claims, row 0"),
        (["end", "--ending", "model"], 1, "error: no model can be opened"),
        (["end", "--ending", "both"], 2, "error: wrong file\n  文件有误\n"),
        (["end", "--ending", "same"], 2, "error: reason\n  原因\n"),
        (["end", "--ending", "input"], 2, "row 0: reason 0 原因\n"),
        (["end", "--ending", "bug"], 1, "error: ZeroDivisionError: division by zero"),
        (["end", "--ending", "interrupt"], 1, "error: stopped"),
        (["end", "--ending", "abort"], 1, "error: stopped"),
        (["end", "--ending", "file"], 1, "Could not open file 'a.csv': it is locked"),
        (["end", "--colour"], 2, "No such option '--colour'"),
        (["begin"], 2, "No such command 'begin'"),
    ],
)
def test_a_program_leaves_with_its_status_and_says_why_on_stderr(
    capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, told: str
) -> None:
    assert ended(*arguments) == status
    shown = capsys.readouterr()
    assert told in shown.err
    assert "Traceback" not in shown.err
    assert bool(shown.out) == (status == 0)


def test_only_the_first_findings_are_shown_and_the_rest_counted(
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended("end", "--ending", "input")
    told = capsys.readouterr().err
    assert "reason 19" in told
    assert "reason 20" not in told
    assert "and 3 more" in told


@pytest.mark.parametrize("place", [0, 1, 3])
@pytest.mark.parametrize(
    ("ending", "error"), [("bug", ZeroDivisionError), ("input", InputError)]
)
def test_debug_anywhere_lets_the_error_through(
    place: int, ending: str, error: type[Exception]
) -> None:
    arguments = ["end", "--ending", ending]
    arguments.insert(place, "--debug")
    with pytest.raises(error):
        run(program, arguments)


def test_progress_and_remarks_stay_off_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(progress([2019, 2020], "Testing year")) == [2019, 2020]
    say("Reading")
    shown = capsys.readouterr()
    assert shown.err == "Testing year 1/2\nTesting year 2/2\nReading\n"
    assert shown.out == ""


def test_figures_are_json_with_dates_and_chinese_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_figures({"day": date(2025, 6, 30), "名称": "包"})
    shown = capsys.readouterr().out
    assert json.loads(shown) == {"day": "2025-06-30", "名称": "包"}
    assert "名称" in shown


def test_what_is_said_within_a_bar_stands_on_its_own_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    for _ in progress(range(2), "Working"):
        say("half of it is done")
    shown = terminal.buffer.getvalue().decode()
    assert "Working" in shown
    erased = "\r\x1b[2K"
    assert shown.count(f"{erased}half of it is done\n") == 2


def test_what_a_start_imports_is_not_collected_and_all_else_is() -> None:
    with starting():
        assert not gc.isenabled()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_a_start_that_fails_leaves_collecting_as_it_was() -> None:
    with pytest.raises(ModuleNotFoundError), starting():
        import_module("recoup_absent")
    assert gc.isenabled()


@pytest.mark.parametrize(
    "program", ["serving.__main__", "serving.served", "training.__main__"]
)
def test_programs_load_arrow_with_the_allocator_that_gives_memory_back(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ARROW_DEFAULT_MEMORY_POOL", raising=False)
    asked = (
        f"import {program}, pyarrow; print(pyarrow.default_memory_pool().backend_name)"
    )
    told = subprocess.run(  # noqa: S603 - our own program
        (sys.executable, "-c", asked), capture_output=True, check=True, text=True
    )
    assert told.stdout == "system\n"
