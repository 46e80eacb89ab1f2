"""Brings the tables of a database to what this release expects."""

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
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    known = ScriptDirectory.from_config(config)
    _create_folder(engine)
    with engine.connect() as connection:
        found = revision(connection)
    if found == known.get_current_head():
        return
    if found is not None and found not in {s.revision for s in known.walk_revisions()}:
        raise _newer(found)
    with engine.begin() as connection, unhurried(connection):
        _alone(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def revision(connection: Connection) -> str | None:
    """The revision of the tables of a database; None where there are none."""
    return MigrationContext.configure(connection).get_current_revision()


def _create_folder(engine: Engine) -> None:
    """SQLite creates a file but not its folder."""
    if engine.dialect.name == "sqlite" and engine.url.database:
        Path(engine.url.database).parent.mkdir(parents=True, exist_ok=True)


def _alone(connection: Connection) -> None:
    """Wait until no other process upgrades the tables."""
    if connection.dialect.name == "sqlite":
        # Without it the driver would begin no transaction before tables are changed.
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _newer(found: str) -> StoreError:
    return StoreError(
        f"the store of valuations is of a newer release (revision {found}): install "
        "that release, or restore a backup that this one made",
        zh=f"估值库属于更新的版本（修订号 {found}）：请安装该版本，或恢复本版本的备份",
    )
