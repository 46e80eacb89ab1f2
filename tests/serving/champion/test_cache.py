"""Models on disk by hash, and the few in memory."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from features.errors import ModelDamagedError, NotFoundError, RecoupError
from models.recovery.artefact import LEVEL, files_sha256
from serving.champion import ModelCache, Pinned


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    return ModelCache(tmp_path / "models")


def entries(folder: Path) -> list[str]:
    return [p.name for p in (folder / "models").iterdir() if p.is_dir()]


def test_model_under_a_wrong_hash_is_not_opened(
    cache: ModelCache, tmp_path: Path, released_model: Path
) -> None:
    sha256 = cache.add("recovery", "1", released_model).model.sha256
    (tmp_path / "models" / sha256).rename(tmp_path / "models" / ("0" * 64))
    fresh = ModelCache(tmp_path / "models")

    with pytest.raises(ModelDamagedError):
        fresh.open("recovery", "1", "0" * 64)
    with pytest.raises(NotFoundError, match="copy it back"):
        fresh.open("recovery", "1", sha256)


def test_adding_a_model_twice_keeps_one_folder(
    cache: ModelCache, tmp_path: Path, released_model: Path
) -> None:
    first = cache.add("recovery", "1", released_model)
    second = cache.add("recovery", "2", released_model)

    assert entries(tmp_path) == [first.model.sha256]
    assert second.model is first.model


def test_files_that_this_process_holds_as_a_model_are_not_read_again(
    cache: ModelCache, tmp_path: Path, released_model: Path, model_files: Path
) -> None:
    model = cache.add("recovery", "1", released_model).model
    elsewhere = ModelCache(tmp_path / "elsewhere")

    assert elsewhere.add("recovery", "1", released_model).model is model
    assert elsewhere.add("recovery", "2", model_files).model is not model


def test_what_a_killed_process_left_is_removed_by_the_next(
    cache: ModelCache, tmp_path: Path, released_model: Path
) -> None:
    left = tmp_path / "models" / ".partial-killed" / "model"
    left.mkdir(parents=True)
    (left / LEVEL[0]).write_text("half of a")

    cache.add("recovery", "1", released_model)

    assert not left.exists()


def test_an_entry_is_held_only_as_it_was_pinned(
    cache: ModelCache, released_model: Path
) -> None:
    sha256 = cache.add("recovery", "1", released_model).model.sha256
    pin = files_sha256(released_model)

    held = cache.holding("recovery", Pinned("7", sha256, pin))

    assert held is not None
    assert held.version == "7"
    assert cache.holding("recovery", Pinned("7", "0" * 64, pin)) is None
    with pytest.raises(ModelDamagedError, match="not the registered one"):
        cache.holding("recovery", Pinned("7", sha256, "0" * 64))


def aged(folder: Path, names: list[str]) -> None:
    """Entries that were last needed one after the other, the first longest ago."""
    for number, name in enumerate(names):
        (folder / "models" / name).mkdir(parents=True)
        os.utime(folder / "models" / name, (number, number))


def test_entries_used_least_lately_go_but_those_needed(
    cache: ModelCache, tmp_path: Path
) -> None:
    aged(tmp_path, ["a", "b", "c", "d", "e"])

    assert cache.trim(3, lambda: {"a"}) == ["b"]
    assert sorted(entries(tmp_path)) == ["a", "c", "d", "e"]


def test_nobody_is_asked_while_there_is_room(cache: ModelCache, tmp_path: Path) -> None:
    aged(tmp_path, ["a", "b"])

    def asked() -> set[str]:
        raise AssertionError

    assert cache.trim(2, asked) == []


@pytest.mark.parametrize(
    "harm",
    [
        lambda file: file.write_bytes(file.read_bytes()[:-1]),
        lambda file: file.unlink(),
        lambda file: (file.unlink(), file.symlink_to("/dev/zero")),
        lambda file: (file.unlink(), os.mkfifo(file)),
        lambda file: (file.unlink(), file.mkdir()),
    ],
    ids=["cut", "removed", "a device", "a pipe", "a folder"],
)
def test_a_harmed_entry_is_refused_and_never_waited_for(
    cache: ModelCache,
    tmp_path: Path,
    released_model: Path,
    harm: Callable[[Path], object],
) -> None:
    sha256 = cache.add("recovery", "1", released_model).model.sha256
    harm(tmp_path / "models" / sha256 / LEVEL[1])

    with pytest.raises(RecoupError, match=r"level-1|hash"):
        ModelCache(tmp_path / "models").open("recovery", "1", sha256)


def test_models_beyond_the_latest_three_leave_memory(
    cache: ModelCache, tmp_path: Path, released_model: Path, shifted_model: Path
) -> None:
    kept = cache.add("recovery", "1", released_model).model
    cache.add("recovery", "2", shifted_model)
    assert cache.open("recovery", "1", kept.sha256).model is kept
    shutil.rmtree(tmp_path / "models" / kept.sha256)
    assert cache.open("recovery", "1", kept.sha256).model is kept
