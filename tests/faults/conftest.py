import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import make_url

from serving.settings import Settings
from tests.faults.proxy import Proxy
from tests.plugins.house import house
from tests.plugins.postgresql import Cluster, Databases
from tests.plugins.service import Service

Install = Callable[[Path, str], Settings]


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """No setting of the machine reaches a test."""
    with pytest.MonkeyPatch.context() as patch:
        set_here = [n for n in os.environ if n.startswith(("RECOUP_", "MLFLOW_"))]
        for name in set_here:
            if name != "RECOUP_HOSTS":
                patch.delenv(name)
        yield


@pytest.fixture(scope="session")
def install(released_model: Path) -> Install:
    """Makes an installation in a folder, its registry down and its cache filled."""

    def made(folder: Path, database_url: str) -> Settings:
        return house(folder, released_model, database_url)

    return made


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL that writes to the disk as it should."""
    # To start again it syncs one disk, not a thousand files.
    cluster = Cluster("recovery_init_sync_method=syncfs")
    cluster.start()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def proxy(cluster: Cluster) -> Iterator[Proxy]:
    proxy = Proxy(cluster.socket)
    yield proxy
    proxy.close()


@pytest.fixture(scope="session")
def service(
    install: Install,
    cluster: Cluster,
    proxy: Proxy,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Service]:
    """A service that reaches its database by the proxy."""
    databases = Databases(cluster.address())
    url = make_url(databases.create(empty=True))
    databases.close()
    through = url.set(host="127.0.0.1", port=proxy.port, query={})
    address = through.render_as_string(hide_password=False)
    with Service(install(tmp_path_factory.mktemp("service"), address)) as service:
        yield service
