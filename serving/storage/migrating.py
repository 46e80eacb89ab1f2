"""Brings the tables of a database to what this release expects."""

from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

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
    # Hardly any start has tables to change: it would import Alembic for nothing.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def revision(connection: Connection) -> str | None:
    """The revision of the tables of a database; None where there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version"))
    told: str | None = found.scalar_one_or_none()
    return told


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
    """Every revision of this release, newest first: files are named by theirs."""
    scripts = (MIGRATIONS / "versions").glob("[0-9]*_*.py")
    return tuple(sorted((s.name.partition("_")[0] for s in scripts), reverse=True))


def _newer(found: str) -> StoreError:
    return StoreError(
        f"the store of valuations is of a newer release (revision {found}): install "
        "that release, or restore a backup that this one made",
        zh=f"估值库属于更新的版本（修订号 {found}）：请安装该版本，或恢复本版本的备份",
    )
