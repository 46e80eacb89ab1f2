"""A registry of which there is a file, but whose tables are still to be made."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from features.errors import ModelUnavailableError
from serving.champion.registry import Registry

# Where a training has come to when the file is there.
BEGUN = (
    "",
    "CREATE TABLE alembic_version (version_num); "
    "INSERT INTO alembic_version VALUES ('451aebb31d03'); "
    "CREATE TABLE registered_models (name)",
)


@pytest.mark.parametrize("begun", BEGUN)
def test_the_tables_are_left_to_the_training_that_makes_them(
    tmp_path: Path, begun: str
) -> None:
    file = tmp_path / "mlflow.db"
    with closing(sqlite3.connect(file)) as store:
        store.executescript(f"{begun}; VACUUM")
    before = file.read_bytes()

    with pytest.raises(ModelUnavailableError, match="lacks tables, which the first"):
        Registry(f"sqlite:///{file}").pinned("recovery", "champion")
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "mlflow.db"
    file.write_text("no database" * 100)

    with pytest.raises(ModelUnavailableError, match="file is not a database"):
        Registry(f"sqlite:///{file}").pinned("recovery", "champion")
