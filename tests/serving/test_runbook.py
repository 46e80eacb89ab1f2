"""The runbook: its commands are run, in the order of an operator's bad year."""

import re
import shlex
from pathlib import Path

import pytest

from features.errors import AuditBrokenError
from serving.__main__ import program
from serving.access.keys import Keys
from serving.access.local import opened_store
from serving.access.persons import local_person
from serving.settings import read_settings
from tests.plugins.models import Registrar
from training.__main__ import program as training
from training.governance.promotion import promote

RUNBOOK = Path(__file__).parents[2] / "docs" / "runbook.md"
SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
PROGRAMS = {"serving": program, "training": training}


def sections() -> dict[str, str]:
    """What the runbook says, by heading."""
    return dict(SECTION.findall(RUNBOOK.read_text("utf-8")))


def lines_of(section: str) -> list[str]:
    """The commands of a section, in order."""
    return [
        line.strip()
        for block in BLOCK.findall(sections()[section])
        for line in block.splitlines()
        if line.strip()
    ]


def run(line: str) -> int:
    """Run a command of the runbook; its exit status."""
    words = shlex.split(line)
    if words[0] == "mv":
        Path(words[1]).rename(words[2])
        return 0
    assert words[:2] == ["python", "-m"], line
    return PROGRAMS[words[2]].main(words[3:], standalone_mode=False) or 0


def runs(section: str, **filled: str) -> list[int]:
    """Exit statuses of the commands of a section."""
    commands = lines_of(section)
    for name, value in filled.items():
        commands = [command.replace(name, value) for command in commands]
    return [run(command) for command in commands]


@pytest.fixture
def scratch(installed: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation in a folder of its own, which commands are run from."""
    monkeypatch.chdir(installed)
    monkeypatch.setenv("RECOUP_AUDIT_FOLDER", "var/audit")
    return installed


def issue(name: str) -> str:
    """Issue an API key; its prefix."""
    with opened_store(read_settings()) as store:
        return Keys(store).issue(local_person(store).id, name).key.prefix


@pytest.mark.usefixtures("scratch")
def test_an_installation_is_kept_by_the_runbook(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = issue("of the first day")
    assert runs("Install") == [0, 0]
    assert runs("Upgrade") == [0]
    assert runs("Back up") == [0, 0]
    # What comes after a backup is vouched for and lost.
    issue("of a later day")
    assert run("python -m serving audit head --out later.json") == 0

    monkeypatch.setenv("RECOUP_DATABASE_URL", "sqlite:///restored.db")
    capsys.readouterr()
    put_back, missing, moved, accepted = runs("Restore")
    assert (put_back, missing, moved, accepted) == (0, 1, 0, 0)
    told = " ".join("".join(capsys.readouterr()).split())
    assert "goes on from a backup that was restored" in told
    assert "自恢复的备份续写" in told

    assert set(runs("Rotate keys", PREFIX=prefix)) == {0}
    assert revoked() == {"of the first day"}
    assert runs("Retention") == [0, 0]


@pytest.mark.usefixtures("scratch")
def test_a_restore_that_is_tried_leaves_the_log_in_use_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issue("of the first day")
    assert runs("Back up") == [0, 0]
    with monkeypatch.context() as tried:
        tried.setenv("RECOUP_DATABASE_URL", "sqlite:///tried.db")
        assert run("python -m serving backup restore recoup.backup") == 0
        with pytest.raises(AuditBrokenError, match="RECOUP_AUDIT_FOLDER"):
            run("python -m serving audit head --out tried.json")

    issue("of a later day")
    assert run("python -m serving audit head --out head.json") == 0
    assert run("python -m serving audit verify --head head.json") == 0


def revoked() -> set[str]:
    with opened_store(read_settings()) as store:
        return {key.name for key, _ in Keys(store).all() if key.revoked_at}


# MLflow itself uses what its libraries have deprecated.
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("scratch")
def test_a_model_is_rolled_back_by_the_runbook(
    released_model: Path,
    shifted_model: Path,
    registrar: Registrar,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", registrar.uri)
    first, second = map(registrar.register, (released_model, shifted_model))
    for version in (first, second):
        promote(registrar.client, int(version), "Li", "on trial", force=True)

    assert runs("Roll back a model") == [0]
    champion = registrar.client.get_model_version_by_alias("recovery", "champion")
    assert str(champion.version) == first


def test_no_command_of_the_runbook_is_left_out() -> None:
    run_here = {
        *("Install", "Upgrade", "Back up", "Restore", "Rotate keys", "Retention"),
        "Roll back a model",
    }
    assert {name for name, text in sections().items() if BLOCK.search(text)} == run_here
