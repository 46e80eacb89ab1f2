"""Backups: one file with everything, whatever database it came from or goes to.

The file is a SQLite database with the rows of the store as they were at one moment and
a table that says how many there are and what their hashes are. SQLite copies itself;
from PostgreSQL the rows are read in one transaction. They go back the same way, in one
transaction that ends only when they hash to what the backup says.
"""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson
from sqlalchemy import Connection, Engine, column, insert, select, table
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from features.errors import InputError, StoreError, first_line
from serving.access.who import Who
from serving.audit.actions import Action
from serving.audit.log import Audit, Fact
from serving.files import settle
from serving.storage.breaker import unanswered
from serving.storage.engine import BUSY_SECONDS, answering
from serving.storage.migrating import (
    alone,
    check_known,
    create_folder,
    newest_revision,
    revision,
    upgrade,
)
from serving.storage.postgresql import unhurried
from serving.storage.rows import (
    Content,
    contents,
    copy_rows,
    open_for_copying,
    tables_of,
)

_NOTE = "recoup_backup"
_TOLD = table(_NOTE, column("told"))


@dataclass(frozen=True)
class Backup:
    """What a backup says of itself.

    Attributes:
        file: Where it is.
        made_at: When it was made, in UTC.
        revision: Of its tables.
        contents: What each table holds.
    """

    file: Path
    made_at: datetime
    revision: str
    contents: Mapping[str, Content]

    @property
    def rows(self) -> int:
        """How many rows it has in all."""
        return sum(content.rows for content in self.contents.values())

    @property
    def sha256(self) -> str:
        """Hash over the hashes of its tables."""
        plain = {name: asdict(content) for name, content in self.contents.items()}
        return sha256(orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)).hexdigest()


def create_backup(database_url: str, file: Path, who: Who) -> Backup:
    """Write a backup; the file appears whole or not at all.

    Args:
        database_url: The store, which may be in use.
        file: Where to; must not exist.
        who: Who does it, for the audit log.

    Raises:
        InputError: The file exists, or its folder cannot be written to or has no room.
        StoreError: The store does not answer, is empty or is of a newer release.
    """
    if file.exists():
        raise InputError(
            f"{file} exists and no backup is overwritten: name another file",
            zh=f"{file}已存在，备份不会覆盖文件：请另取文件名",
        )
    partial = _begun(file)
    try:
        with answering(), _room_for(file):
            backup = replace(_written(database_url, partial), file=file)
        partial.rename(file)
        settle(file.parent)
    finally:
        partial.unlink(missing_ok=True)
    with answering(), _opened(database_url) as engine, engine.begin() as connection:
        _note(connection, who, "store.backed_up", backup)
    return backup


def _begun(file: Path) -> Path:
    """An empty file beside the backup, for its owner alone.

    Raises:
        InputError: The folder cannot be written to.
    """
    partial = file.with_name(f"{file.name}.partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
    except OSError as error:
        why = error.strerror
        raise InputError(
            f"cannot write {file}: {why}; name a file in a folder that may be written",
            zh=f"无法写入{file}（{why}）：请指定可写目录中的文件",
        ) from None
    return partial


@contextmanager
def _room_for(file: Path) -> Iterator[None]:
    """Tell a full disk of a backup from a store that does not answer.

    Raises:
        InputError: There is no room for the file.
        StoreError: SQLite cannot copy the store.
    """
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error) as error:
        cause = getattr(error, "orig", error)
        if getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise InputError(
                f"no space is left for {file}; no backup was made: free some, or name "
                "a file on another disk",
                zh=f"磁盘空间不足，无法写入{file}，未生成备份：请清理空间，"
                "或指定其他磁盘上的文件",
            ) from error
        if isinstance(error, sqlite3.Error):
            raise unanswered(first_line(error)) from error
        raise


def check_backup(file: Path) -> Backup:
    """Read a backup through.

    Raises:
        InputError: It is none, or not as it was made.
    """
    if not file.is_file():
        raise _no_backup(file)
    try:
        with _opened(_address(file)) as engine, engine.connect() as connection:
            backup = _stated(file, connection)
            found = contents(connection, tables_of(connection, (_NOTE,)))
    except (SQLAlchemyError, ValueError) as error:
        raise _no_backup(file) from error
    _compare(backup, found)
    return backup


def restore_backup(file: Path, database_url: str, who: Who) -> Backup:
    """Put a backup into a new database, whole or not at all.

    Args:
        file: The backup; one of an older release is upgraded on the way.
        database_url: Where to; must hold no tables yet.
        who: Who does it, for the audit log.

    Raises:
        InputError: The file is no backup, or not as it was made, or the database is
            not new.
        StoreError: The database does not answer, or the backup is of a newer release.
    """
    backup = check_backup(file)
    check_known(backup.revision)
    with answering(), _opened(_address(file)) as source, _opened(database_url) as new:
        create_folder(new)
        with source.connect() as rows, new.begin() as target, unhurried(target):
            alone(target)
            _check_new(target)
            _fill(backup, rows, target)
            upgrade(target)
            _note(target, who, "store.restored", backup)
    return backup


def _fill(backup: Backup, rows: Connection, target: Connection) -> None:
    upgrade(target, backup.revision)
    tables = tables_of(rows, (_NOTE,))
    copy_rows(rows, target, tables)
    _compare(backup, contents(target, tables))


def _check_new(target: Connection) -> None:
    if revision(target) is not None:
        raise InputError(
            "the database has tables already and nothing is overwritten: create a new "
            "one, name it in RECOUP_DATABASE_URL and restore there",
            zh="数据库中已有数据表，恢复不会覆盖：请新建数据库，"
            "在RECOUP_DATABASE_URL中指定后再恢复",
        )


def _written(database_url: str, file: Path) -> Backup:
    with _opened(database_url) as source, _opened(_address(file)) as target:
        with source.connect() as connection:
            found = revision(connection)
        check_known(found)
        if found is None:
            raise StoreError(
                "the store holds no tables, so there is nothing to back up",
                zh="库中没有数据表，无可备份",
            )
        if source.dialect.name == "sqlite":
            _copy_sqlite(Path(source.url.database or ""), file)
        else:
            _copy_postgresql(source, target, found)
        with target.begin() as connection:
            return _stating(file, connection, found)


def _copy_sqlite(database: Path, file: Path) -> None:
    with (
        closing(sqlite3.connect(database, timeout=BUSY_SECONDS)) as source,
        closing(sqlite3.connect(file)) as target,
    ):
        source.backup(target)


def _copy_postgresql(source: Engine, target: Engine, found: str) -> None:
    one_moment = source.execution_options(
        isolation_level="REPEATABLE READ", postgresql_readonly=True
    )
    with one_moment.begin() as rows, unhurried(rows), target.begin() as copy:
        upgrade(copy, found)
        copy_rows(rows, copy, tables_of(rows))


def _stating(file: Path, connection: Connection, found: str) -> Backup:
    """Have a backup say what it holds."""
    now = datetime.now(UTC).replace(microsecond=0)
    backup = Backup(file, now, found, contents(connection, tables_of(connection)))
    told = {
        "made_at": now.isoformat(),
        "contents": {name: asdict(c) for name, c in backup.contents.items()},
        "sha256": backup.sha256,
    }
    connection.exec_driver_sql(f"CREATE TABLE {_NOTE} (told TEXT NOT NULL)")
    connection.execute(insert(_TOLD).values(told=orjson.dumps(told).decode()))
    return backup


def _stated(file: Path, connection: Connection) -> Backup:
    told = orjson.loads(connection.execute(select(_TOLD.c.told)).scalar_one())
    return Backup(
        file,
        datetime.fromisoformat(told["made_at"]),
        str(revision(connection)),
        {name: Content(**c) for name, c in told["contents"].items()},
    )


def _compare(backup: Backup, found: Mapping[str, Content]) -> None:
    """Refuse rows that are not those that a backup was made of."""
    differing = sorted(
        name
        for name in backup.contents.keys() | found.keys()
        if backup.contents.get(name) != found.get(name)
    )
    if differing:
        names = ", ".join(differing)
        raise InputError(
            f"{backup.file} is not as it was made: {names} hold other rows than it "
            "says; use another backup",
            zh=f"{backup.file}与制作时不符：{names}的内容已变；请使用其他备份",
        )


def _no_backup(file: Path) -> InputError:
    return InputError(
        f"{file} is no backup of a store: name a file that backup create wrote",
        zh=f"{file}不是估值库的备份：请指定由backup create生成的文件",
    )


def _note(connection: Connection, who: Who, action: Action, backup: Backup) -> None:
    """Enter it in the audit log; a store of an older release may have none yet."""
    if revision(connection) != newest_revision():
        return
    size = backup.file.stat().st_size
    facts: dict[str, Fact] = {"content_sha256": backup.sha256, "bytes": size}
    with Session(connection) as session:
        Audit.append(session, who, action, facts=facts)
        session.flush()


@contextmanager
def _opened(database_url: str) -> Iterator[Engine]:
    engine = open_for_copying(database_url)
    try:
        yield engine
    finally:
        engine.dispose()


def _address(file: Path) -> str:
    return f"sqlite:///{file}"
