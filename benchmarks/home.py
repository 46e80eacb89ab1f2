"""An installation of its own for the servers that are measured, under out/bench."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.servers import MANNERS, ROOT
from features.console import say
from models.recovery.artefact import open_model
from models.recovery.model import RecoveryModel
from serving.access.local import local_key
from serving.settings import Settings

LOGS = Path("out/bench")
HOME = LOGS / "home"


def installed() -> None:
    """Train and register the default model on the simulated market, once."""
    if (HOME / "registered").exists():
        return
    say("Training and registering the model that the servers serve")
    HOME.mkdir(parents=True, exist_ok=True)
    words = (sys.executable, "-m", "training", "fit", "--source", "simulated")
    environment = {**os.environ, **MANNERS, "PYTHONPATH": str(ROOT)}
    with (LOGS / "fit.log").open("wb") as printed:
        subprocess.run(  # noqa: S603 - our own program
            words, cwd=HOME, env=environment, stdout=printed, check=True
        )
    (HOME / "registered").touch()


def api_key() -> str:
    """A key of the installation, which the servers that are measured ask for."""
    store = (HOME / "var" / "recoup.db").resolve()
    return local_key(Settings(database_url=f"sqlite:///{store}"), "benchmarks")


def shown(key: str) -> dict[str, str]:
    """The header of a request that shows a key."""
    return {"Authorization": f"Bearer {key}"}


def registered() -> tuple[RecoveryModel, Path]:
    """The registered model and the folder of its files."""
    installed()
    (folder,) = HOME.glob("mlartifacts/models/*/artifacts/artifacts/recovery")
    return open_model(folder), folder
