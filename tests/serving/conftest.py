import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.access.local import local_key
from serving.app import create_app
from serving.desk import Desk
from serving.sandbox.pool import ReadingPool
from serving.schemas import EXAMPLE
from serving.settings import Settings
from serving.storage.store import Store
from tests.plugins.house import house
from training.config import Config, load_config


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine reaches a test."""
    set_here = [n for n in os.environ if n.startswith(("RECOUP_", "MLFLOW_"))]
    for name in set_here:
        if name != "RECOUP_HOSTS":
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def small_config() -> Config:
    config = load_config()
    curve = config.curve.model_copy(update={"trees": 30})
    return config.model_copy(update={"curve": curve})


@pytest.fixture
def settings(tmp_path: Path, model_files: Path, database_url: str) -> Settings:
    """An installation of the test's own, its store without a row."""
    return house(tmp_path, model_files, database_url)


@pytest.fixture
def store(database_url: str) -> Iterator[Store]:
    """A store without a service."""
    store = Store(database_url)
    store.upgrade()
    yield store
    store.close()


@pytest.fixture(scope="session")
def reading_pool() -> Iterator[ReadingPool]:
    """Children that open what tests hand in; to start some for each takes long."""
    pool = ReadingPool(processes=2, largest_memory_bytes=2 << 30)
    yield pool
    pool.close()


@pytest.fixture(scope="session")
def open_client(reading_pool: ReadingPool) -> Callable[..., TestClient]:
    """Makes a client of an installation that carries a key of every role."""

    def opened(settings: Settings, **how: Any) -> TestClient:
        key = {"Authorization": f"Bearer {local_key(settings, 'tests')}"}
        return TestClient(create_app(settings, reading_pool), headers=key, **how)

    return opened


@pytest.fixture(scope="session")
def shared_client(
    model_files: Path,
    tmp_path_factory: pytest.TempPathFactory,
    open_client: Callable[..., TestClient],
) -> Iterator[TestClient]:
    """For requests that leave nothing behind."""
    settings = house(tmp_path_factory.mktemp("shared"), model_files)
    with open_client(settings, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def client(
    settings: Settings, open_client: Callable[..., TestClient]
) -> Iterator[TestClient]:
    with open_client(settings, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def desk(settings: Settings) -> Iterator[Desk]:
    desk = Desk(settings)
    desk.refresh()
    yield desk
    desk.close()


@pytest.fixture
def package() -> dict[str, Any]:
    """A request that is valued; a fresh copy for each test to spoil."""
    return {
        "package": dict(EXAMPLE["package"]),
        "claims": [dict(claim) for claim in EXAMPLE["claims"]],
        "collateral": [dict(item) for item in EXAMPLE["collateral"]],
        "assumptions": {"simulations": 500},
    }


@pytest.fixture
def valued(client: TestClient, package: dict[str, Any]) -> Callable[[], dict[str, Any]]:
    """Posts the package and gives the answer."""

    def post() -> dict[str, Any]:
        response = client.post("/v1/valuations", json=package)
        assert response.status_code == 201, response.text
        answer: dict[str, Any] = response.json()
        return answer

    return post


@pytest.fixture
def installed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Path:
    """The programs of this process use the installation; gives its folder."""
    monkeypatch.setenv("RECOUP_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", settings.tracking_uri)
    monkeypatch.setenv("RECOUP_MODEL_CACHE", str(settings.model_cache))
    monkeypatch.setenv("RECOUP_PERSONAL_KEY_FILE", str(settings.personal_key_file))
    return tmp_path
