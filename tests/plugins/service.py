"""The service as a process of its own, over a real socket."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx2

from serving.access.local import local_key
from serving.settings import Settings


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


class Service:
    """A running service of an installation."""

    def __init__(self, settings: Settings, *options: str) -> None:
        """Start it; options are those of ``python -m serving serve``."""
        self.settings = settings
        port = str(free_port())
        command = [sys.executable, "-m", "serving", "serve", "--port", port, *options]
        self.log = Path(settings.model_cache).parent / f"service-{port}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(  # noqa: S603
                command, env={**os.environ, **_environment(settings)}, stderr=log
            )
        self.address = f"http://127.0.0.1:{port}"
        self.client = httpx2.Client(base_url=self.address, timeout=60)

    def __enter__(self) -> Self:
        """Wait until it is ready; its client shows a key of every role from then on."""
        self.wait_until_ready()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop it."""
        self.client.close()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)

    def wait_until_ready(self) -> None:
        while not self._is_ready():
            assert self.process.poll() is None, self.log.read_text()
            time.sleep(0.05)
        key = local_key(self.settings, "tests")
        self.client.headers["Authorization"] = f"Bearer {key}"

    def _is_ready(self) -> bool:
        try:
            return self.client.get("/health/ready").status_code == 200
        except httpx2.ConnectError:
            return False


def _environment(settings: Settings) -> dict[str, str]:
    return {
        f"RECOUP_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude_unset=True).items()
        if name != "port"
    }
