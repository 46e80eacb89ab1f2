"""Artefacts that a server sends without end, or almost never."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from features.errors import ModelDamagedError, ModelUnavailableError, RecoupError
from models.recovery.artefact import RECORD
from serving.champion import stream
from serving.champion.registry import Registry
from tests.plugins.models import Registrar

SIZE = 1000
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Artefacts(BaseHTTPRequestHandler):
    """What a tracking server says of one file, and how it sends it."""

    block, pause = b"", 0.0

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if "?" in self.path:
            file = {"path": RECORD, "is_dir": False, "file_size": SIZE}
            self.wfile.write(json.dumps({"files": [file]}).encode())
            return
        with suppress(OSError):
            while True:
                self.wfile.write(self.block)
                time.sleep(self.pause)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def version(registrar: Registrar) -> Iterator[str]:
    """A registered version whose files are on that server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Artefacts) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        port = server.server_port
        source = f"http://127.0.0.1:{port}/api/2.0/mlflow-artifacts/artifacts/1"
        found = registrar.client.create_model_version("recovery", source)
        yield str(found.version)
        server.shutdown()


@pytest.mark.parametrize(
    ("block", "pause", "refusal", "reason"),
    [
        (b"x" * 4096, 0.0, ModelDamagedError, "more than the 1000 bytes"),
        (b"x", 0.05, ModelUnavailableError, "did not come within"),
    ],
    ids=["endless", "trickling"],
)
def test_what_a_server_sends_is_bounded(
    registrar: Registrar,
    version: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    block: bytes,
    pause: float,
    refusal: type[RecoupError],
    reason: str,
) -> None:
    monkeypatch.setattr(stream, "FETCH_SECONDS", 0.5)
    monkeypatch.setattr(Artefacts, "block", block)
    monkeypatch.setattr(Artefacts, "pause", pause)

    with pytest.raises(refusal, match=reason):
        Registry(registrar.uri).download("recovery", version, tmp_path)

    kept = sum(path.stat().st_size for path in tmp_path.iterdir())
    assert kept <= SIZE
