"""An installation that is ready at once: its model is that of the last release."""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
import uvicorn

from serving.access.local import local_key
from serving.app import create_app
from serving.champion import ModelCache
from serving.connections import options
from serving.settings import Settings
from tests.plugins.released import unpack_released
from tests.plugins.service import Service, free_port
from tests.plugins.sqlite import empty_store


@pytest.fixture(scope="session")
def released_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of the model that the latest release left behind."""
    folder = tmp_path_factory.mktemp("released")
    unpack_released(folder)
    return folder


def install_model(models: Path, files: Path) -> None:
    """Have the cache of an installation hold a model as the champion."""
    shutil.copytree(_installed(files), models, dirs_exist_ok=True)


@cache
def _installed(files: Path) -> Path:
    """A cache that has checked these files, which takes longer than to copy it."""
    folder = files.with_name(f"{files.name}-in-cache")
    models = ModelCache(folder)
    models.remember("champion", models.add("recovery", "1", files))
    return folder


def house(folder: Path, model: Path, database_url: str | None = None) -> Settings:
    """An installation whose registry is down and whose cache holds a model."""
    install_model(folder / "models", model)
    if database_url is None:
        (folder / "recoup.db").write_bytes(empty_store())
    return Settings(
        database_url=database_url or f"sqlite:///{folder}/recoup.db",
        tracking_uri=f"sqlite:///{folder}/absent/mlflow.db",
        model_cache=folder / "models",
        model_refresh_seconds=0,
        audit_folder=folder / "audit",
        books=str(folder / "books"),
        batches=str(folder / "batches"),
        batch_sources=str(folder / "data"),
        personal_key_file=folder / "personal.keys",
    )


@dataclass(frozen=True)
class Served:
    """An installation that listens.

    Attributes:
        port: Where.
        pid: Its process.
        key: Of every role.
    """

    port: int
    pid: int
    key: str


@contextmanager
def served(settings: Settings, *, alone: bool) -> Iterator[Served]:
    """An installation that listens, in a process of its own or a thread of this one."""
    key = local_key(settings, "tests")
    if alone:
        with Service(settings) as service:
            port = int(service.address.rpartition(":")[2])
            yield Served(port, service.process.pid, key)
        return
    config = uvicorn.Config(
        create_app(settings), log_level="critical", port=free_port(), **options()
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield Served(config.port, os.getpid(), key)
    server.should_exit = True
    thread.join()
