import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.outcomes import History
from models.recovery.model import RecoveryModel
from training.registry import Registered

SECONDS_TO_START = 90


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - loopback
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def server(
    registered: list[Registered], store_uri: str, tmp_path: Path
) -> Iterator[str]:
    """MLflow's own model server with the champion, on a port of this machine."""
    port, programs = free_port(), Path(sys.executable).parent
    name = f"models:/{registered[0].name}@champion"
    words = ["models", "serve", "-m", name, "--env-manager", "local"]
    place = ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    with (tmp_path / "server.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "mlflow", *words, *place],
            env={
                **os.environ,
                "MLFLOW_TRACKING_URI": store_uri,
                # MLflow calls uvicorn by name.
                "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
            },
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(SECONDS_TO_START * 4):
            if process.poll() is not None or answers(f"{url}/ping"):
                break
            time.sleep(0.25)
        assert process.poll() is None, (tmp_path / "server.log").read_text()
        yield url
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(20)


def test_mlflow_serves_the_champion(
    server: str, model: RecoveryModel, history: History
) -> None:
    package = history.package.take([0, 1, 2])
    columns = ["claim_id", "cutoff_date", "principal"]
    rows = [
        [claim["claim_id"], claim["cutoff_date"].isoformat(), claim["principal"]]
        for claim in package.claims.select(columns).to_pylist()
    ]
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server}/invocations",
        json.dumps({"dataframe_split": {"columns": columns, "data": rows}}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        told = json.loads(answer.read())["predictions"]
    bare = type(package).of(package.claims.select(columns))
    assert [row["mean"] for row in told] == model.forecast(bare).mean_rate.tolist()
