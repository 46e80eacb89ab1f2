"""An installation of its own for the servers that are measured, under out/bench."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.servers import MANNERS, ROOT
from features.console import say
from models.recovery.artefact import open_model
from models.recovery.model import RecoveryModel

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


def registered() -> tuple[RecoveryModel, Path]:
    """The registered model and the folder of its files."""
    installed()
    (folder,) = HOME.glob("mlartifacts/models/*/artifacts/artifacts/recovery")
    return open_model(folder), folder
