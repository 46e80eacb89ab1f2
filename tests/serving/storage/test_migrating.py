"""Revisions of the tables, told without Alembic."""

import subprocess
import sys
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from serving.storage.migrating import MIGRATIONS, migrate, newest_revision, revision


def test_files_are_named_by_the_revisions_that_they_hold() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())

    for script in scripts:
        assert Path(script.path).name.startswith(f"{script.revision}_")
    assert scripts[0].revision == newest_revision()


def test_tables_are_of_no_revision_before_they_are_made(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/new/recoup.db")
    (tmp_path / "new").mkdir()
    with engine.connect() as connection:
        assert revision(connection) is None

    migrate(engine)

    with engine.connect() as connection:
        assert revision(connection) == newest_revision()
    engine.dispose()


def test_a_start_with_nothing_to_change_does_without_alembic() -> None:
    words = "import sys, serving.app; print('alembic' in sys.modules)"
    told = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", words], capture_output=True, text=True, check=True
    )

    assert told.stdout == "False\n"
