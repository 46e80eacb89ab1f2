"""The first opening of a model, in a process of its own."""

import signal
import sys
from pathlib import Path

import pytest

from features.errors import ModelDamagedError
from serving.champion import trial
from serving.champion.trial import Verdict, judged, tried

GOOD = Verdict(sha256="a" * 64).model_dump_json().encode()


def test_what_was_said_counts_only_of_a_process_that_ended_well() -> None:
    assert judged(0, GOOD) == "a" * 64
    with pytest.raises(ModelDamagedError, match="status -11") as refused:
        judged(-signal.SIGSEGV, GOOD)
    assert "-11" in refused.value.zh
    with pytest.raises(ModelDamagedError, match="status 0"):
        judged(0, b"")
    with pytest.raises(ModelDamagedError, match="too deep"):
        judged(0, Verdict(reason="too deep").model_dump_json().encode())


@pytest.mark.parametrize(
    ("script", "told"),
    [
        ("import time; time.sleep(60)", "did not end within 0.5 seconds"),
        ("import os; os.abort()", f"status -{signal.SIGABRT.value}"),
        ("import ctypes; ctypes.string_at(0)", f"status -{signal.SIGSEGV.value}"),
        ("raise MemoryError", "status 1"),
    ],
)
def test_a_process_that_hangs_or_crashes_is_a_refusal(
    script: str, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    harmful = tmp_path / "harmful"
    harmful.write_text(f"#!{sys.executable}\n{script}\n")
    harmful.chmod(0o700)
    monkeypatch.setattr(trial.sys, "executable", str(harmful))

    patience = 0.5 if "sleep" in script else 30
    with pytest.raises(ModelDamagedError, match=told):
        tried(tmp_path, patience)


def test_no_secret_of_the_service_reaches_the_process(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RECOUP_DATABASE_URL", "postgresql://user:secret@host/db")
    harmful = tmp_path / "curious"
    harmful.write_text(
        f"#!{sys.executable}\nimport json, os\n"
        'print(json.dumps({"reason": str("secret" in str(os.environ))}))\n'
    )
    harmful.chmod(0o700)
    monkeypatch.setattr(trial.sys, "executable", str(harmful))

    with pytest.raises(ModelDamagedError, match="False"):
        tried(tmp_path)


def test_the_process_has_no_way_out_and_little_room(tmp_path: Path) -> None:
    script = tmp_path / "try.py"
    script.write_text(
        "import resource, socket, subprocess, sys\n"
        "from serving.champion.confined import shut_in\n"
        "shut_in()\n"
        "for way in (socket.socket, lambda: subprocess.Popen(['true'])):\n"
        "    try: way()\n"
        "    except PermissionError as error: print(error)\n"
        "print(resource.getrlimit(resource.RLIMIT_AS)[0] >> 30)\n"
    )
    done = trial.subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[:3] == [
        "a model on trial has no use for socket.__new__",
        "a model on trial has no use for subprocess.Popen",
        "4",
    ]
