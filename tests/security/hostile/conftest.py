"""One installation for all that is hostile: nothing of it may leave anything behind."""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.access.local import local_key
from serving.app import create_app, reading_pool
from serving.sandbox.pool import ReadingPool
from serving.settings import Settings
from tests.plugins.house import house
from tests.security.hostile.asking import JSON, VALUATIONS, package

KEPT = ("valuations", "deals", "drafts")
Held = Callable[[], Counter[str]]


@pytest.fixture(scope="session")
def besieged(
    tmp_path_factory: pytest.TempPathFactory, released_model: Path
) -> Settings:
    """The installation."""
    return house(tmp_path_factory.mktemp("besieged"), released_model)


@pytest.fixture(scope="session")
def pool(besieged: Settings) -> Iterator[ReadingPool]:
    """Its children, which some files end."""
    made = reading_pool(besieged).start()
    yield made
    made.close()


@pytest.fixture(scope="session")
def gate(besieged: Settings, pool: ReadingPool) -> Iterator[TestClient]:
    """Its application."""
    app = create_app(besieged, pool)
    key = {"Authorization": f"Bearer {local_key(besieged, 'tests')}"}
    with TestClient(
        app, raise_server_exceptions=False, follow_redirects=False, headers=key
    ) as client:
        yield client


@pytest.fixture(scope="session")
def valued(gate: TestClient) -> str:
    """A valuation that is in order, for questions that are not."""
    sent = gate.post(VALUATIONS, content=package(), headers={"content-type": JSON})
    assert sent.status_code == 201, sent.text
    return str(sent.json()["id"])


@pytest.fixture(scope="session")
def held(besieged: Settings, valued: str) -> Held:
    """Counts what the store holds."""
    assert valued
    path = besieged.database_url.removeprefix("sqlite:///")

    def count() -> Counter[str]:
        with closing(sqlite3.connect(path)) as store:
            return Counter(
                {
                    table: store.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                    for table in KEPT
                }
            )

    return count
