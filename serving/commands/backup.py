"""The store backed up into a file, and put back into a new database."""

from pathlib import Path
from typing import Any

import click

from features.console import print_figures
from serving.access.local import store_of
from serving.access.who import local_user
from serving.audit.keys import Keys
from serving.audit.signing import Signing
from serving.commands.options import FilePath, json_option
from serving.settings import Settings, read_settings
from serving.storage.backup import (
    Backup,
    check_backup,
    create_backup,
    restore_backup,
)


@click.group()
def backup() -> None:
    """Back the store up, check a backup, and put it back.

    A backup is one file, whichever database it comes from, and goes to either: that is
    also how a store moves from SQLite to PostgreSQL or back. Models and keys are not in
    it.
    """


@backup.command()
@click.argument("file", type=FilePath)
@json_option
def create(file: Path, as_json: bool) -> None:
    """Write all of the store as it is at this moment to FILE, which must be new."""
    settings = read_settings()
    made = create_backup(settings.database_url, file, local_user())
    _sign(settings)
    _show(made, as_json)


@backup.command()
@click.argument("file", type=FilePath)
@json_option
def check(file: Path, as_json: bool) -> None:
    """Read FILE through and compare every row with the hashes of its making."""
    _show(check_backup(file), as_json)


@backup.command()
@click.argument("file", type=FilePath)
@json_option
def restore(file: Path, as_json: bool) -> None:
    """Put FILE into the database of RECOUP_DATABASE_URL, which must hold no tables."""
    _show(restore_backup(file, read_settings().database_url, local_user()), as_json)


def _sign(settings: Settings) -> None:
    """Vouch for the log beyond the backup, so that what is put back is told from it."""
    # Not upgraded: the backup before an upgrade leaves the tables as they are.
    store = store_of(settings)
    try:
        Signing(store.session_of_all, Keys(settings)).keep_up()
    finally:
        store.close()


def _show(made: Backup, as_json: bool) -> None:
    if as_json:
        print_figures(_figures(made))
        return
    for name, content in made.contents.items():
        click.echo(f"{name:<24}{content.rows:>12,} rows")
    click.echo(
        f"{made.file}: {made.rows:,} rows of {made.made_at:%Y-%m-%d %H:%M:%S} UTC, "
        f"revision {made.revision}, SHA-256 {made.sha256}"
    )


def _figures(made: Backup) -> dict[str, Any]:
    return {
        "file": str(made.file),
        "made_at": made.made_at.isoformat(),
        "revision": made.revision,
        "sha256": made.sha256,
        "rows": {name: content.rows for name, content in made.contents.items()},
    }
