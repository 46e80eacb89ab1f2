"""Brings the tables of a database to what this release expects."""

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from features.errors import StoreError
from serving.storage.postgresql import unhurried

MIGRATIONS = Path(__file__).parent / "migrations"
# Any number that nothing else of this database locks.
_LOCK = 7_213_001


def migrate(engine: Engine) -> None:
    """Create or upgrade the tables, in one transaction and one process at a time.

    Raises:
        StoreError: A newer release has upgraded them.
        SQLAlchemyError: The database does not answer.
    """
    create_folder(engine)
    with engine.connect() as connection:
        found = revision(connection)
    check_known(found)
    if found == newest_revision():
        return
    with engine.begin() as connection, unhurried(connection):
        alone(connection)
        upgrade(connection)


def upgrade(connection: Connection, to: str = "head") -> None:
    """Create or upgrade the tables in the transaction of a connection."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def revision(connection: Connection) -> str | None:
    """The revision of the tables of a database; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The revision that this release expects."""
    return _known()[0]


def check_known(found: str | None) -> None:
    """Refuse tables of a newer release.

    Raises:
        StoreError: They are.
    """
    if found is not None and found not in _known():
        raise _newer(found)


def create_folder(engine: Engine) -> None:
    """SQLite creates a file but not its folder."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)


def alone(connection: Connection) -> None:
    """Wait until no other process changes the tables, and begin a transaction."""
    if connection.dialect.name == "sqlite":
        # Without it the driver would begin no transaction before tables are changed.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        # Whoever changes them may take longer than any statement of a request.
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
        connection.exec_driver_sql("SET LOCAL lock_timeout TO DEFAULT")


@cache
def _known() -> tuple[str, ...]:
    """Every revision of this release, newest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(script.revision for script in scripts)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def _newer(found: str) -> StoreError:
    return StoreError(
        f"the store of valuations is of a newer release (revision {found}): install "
        "that release, or restore a backup that this one made",
        zh=f"估值库属于更新的版本（修订号 {found}）：请安装该版本，或恢复本版本的备份",
    )
