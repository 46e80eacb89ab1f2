"""Who serves in the serving rows: Recoup, MLflow in two forms, MLServer.

The peers run in environments of their own, made by ``make bench-setup``.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bodies import Bodies
from benchmarks.home import HOME, LOGS, api_key
from benchmarks.load import HOST
from benchmarks.servers import (
    MANNERS,
    ROOT,
    Command,
    Server,
    free_port,
    recoup,
    running,
)
from features.errors import RecoupError

MLFLOW = ROOT / ".venv-bench/bin"
MLSERVER = ROOT / ".venv-bench-mlserver/bin"
PEERS = ROOT / "benchmarks/peers"
# LightGBM on the frame that MLflow makes of a request, and on the array within it.
FORMS = ("frame", "array")
OURS = ("recoup", "recoup columns")
PRICES = "/v1/prices"


class NoPeersError(RecoupError):
    """The environments of the peers are not there."""


@dataclass(frozen=True)
class Contestant:
    """A server and how it is asked.

    Attributes:
        server: It, ready.
        path: Of its requests.
        form: Attribute of ``Bodies`` that holds its bodies.
        key: API key that it asks for; the peers ask for none.
    """

    server: Server
    path: str
    form: str
    key: str = ""

    def asked(self, bodies: Bodies) -> Sequence[bytes]:
        """Its bodies among all."""
        chosen: Sequence[bytes] = getattr(bodies, self.form)
        return chosen


@contextmanager
def contestants(trees: Path) -> Iterator[Mapping[str, Contestant]]:
    """All servers, ready, by name; those of OURS are one, asked in two forms.

    Args:
        trees: Folder of the forests' texts.

    Raises:
        NoPeersError: ``make bench-setup`` was not run.
    """
    if not (MLFLOW.exists() and MLSERVER.exists()):
        raise NoPeersError("there are no peers to measure against: make bench-setup")
    commands = {f"mlflow {form}": _mlflow(trees.resolve(), form) for form in FORMS}
    commands |= {"mlserver": _mlserver(trees.resolve()), "recoup": recoup(HOME)}
    key = api_key()
    paths = {"recoup": (PRICES, "records", key), "mlserver": ("/means", "lists")}
    with ExitStack() as stack:
        asked = {
            name: Contestant(
                stack.enter_context(running(command, LOGS / f"{name}.log")),
                *paths.get(name, ("/invocations", "frames")),
            )
            for name, command in commands.items()
        }
        in_columns = Contestant(asked["recoup"].server, PRICES, "columns", key)
        yield {**asked, "recoup columns": in_columns}


def _mlflow(trees: Path, form: str) -> Command:
    model, port = (LOGS / f"mlflow-{form}").resolve(), str(free_port())
    # MLflow starts uvicorn by its name.
    environment = {"PATH": f"{MLFLOW}{os.pathsep}{os.environ['PATH']}"}
    if not model.exists():
        _save(trees, form, model)
    words = (f"{MLFLOW}/mlflow", "models", "serve", "--model-uri", str(model))
    options = ("--port", port, "--env-manager", "local", "--workers", "1")
    return Command((*words, *options), int(port), "/ping", HOME, environment)


def _save(trees: Path, form: str, model: Path) -> None:
    program = PEERS / "save_mlflow_model.py"
    subprocess.run(  # noqa: S603 - the peer's own interpreter
        (MLFLOW / "python", program, trees, form, model),
        env={**os.environ, **MANNERS},
        stderr=subprocess.DEVNULL,
        check=True,
    )


def _mlserver(trees: Path) -> Command:
    folder = (LOGS / "mlserver").resolve()
    folder.mkdir(parents=True, exist_ok=True)
    port = free_port()
    settings = {
        "debug": False,
        "host": HOST,
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_endpoint": None,
        # In the process of the server: handing a request over costs more.
        "parallel_workers": 0,
        "gzip_enabled": False,
    }
    model = {
        "name": "level",
        "implementation": "mlserver_model.Level",
        "parameters": {"uri": str(trees)},
    }
    (folder / "settings.json").write_text(json.dumps(settings), "utf-8")
    (folder / "model-settings.json").write_text(json.dumps(model), "utf-8")
    words = (f"{MLSERVER}/mlserver", "start", ".")
    ready = "/v2/health/ready"
    return Command(words, port, ready, folder, {"PYTHONPATH": str(PEERS)})
