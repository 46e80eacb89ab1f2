"""The tutorials: every command is run, and both languages tell the same."""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from models.recovery.artefact import save_model
from tests.plugins.house import install_model
from training.pipeline import Trained

ROOT = Path(__file__).parents[2]
NAMES = ("pricing-analyst", "data-scientist", "operator")
BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
MADE = {
    "pricing-analyst": (
        "template.xlsx",
        "valuation.xlsx",
        "scenarios.xlsx",
        "bid.xlsx",
    ),
    "data-scientist": ("market/claims.parquet", "card.html"),
    "operator": ("valuation-2.json", "book/manifest.json", "recoup.backup"),
}
PRINTED = {
    "pricing-analyst": "",
    "data-scientist": ") was refused on ",
    "operator": 'recoup_dependency_up{name="registry"} 0.0',
}


def commands(name: str) -> str:
    page = (ROOT / "docs" / "tutorials" / f"{name}.md").read_text("utf-8")
    return "\n".join(BLOCK.findall(page))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture
def desktop(trained: Trained, tmp_path: Path, tracking_store: Path) -> Path:
    """A folder like that of the project, with a model that was served before.

    MLflow's store is there, and empty: to make one takes as long as to train.
    """
    files = tmp_path / "model"
    files.mkdir()
    save_model(trained.model, trained.table, files)
    install_model(tmp_path / "var" / "models", files)
    (tmp_path / "out" / "tutorial").mkdir(parents=True)
    shutil.copy(tracking_store, tmp_path / "out" / "tutorial" / "mlflow.db")
    (tmp_path / ".venv").symlink_to(sys.prefix)
    for name in ("examples", "deploy"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize("name", NAMES)
def test_both_languages_tell_the_same_commands(name: str) -> None:
    assert commands(name) == commands(f"{name}.zh")


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_a_tutorial_does_what_it_says(
    desktop: Path, name: str, required_program: Callable[[str], str]
) -> None:
    required_program("curl")
    script = commands(name).replace("8000", str(free_port()))
    environment = {n: v for n, v in os.environ.items() if "RECOUP" not in n}
    run = subprocess.run(  # noqa: S603
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=desktop,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 0, run.stdout + run.stderr
    assert PRINTED[name] in run.stdout, run.stdout
    for made in MADE[name]:
        assert (desktop / "out" / "tutorial" / made).is_file(), made
