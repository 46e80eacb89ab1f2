"""When a registry is asked."""

import os
from pathlib import Path

import pytest

from serving.champion import watch
from serving.champion.watch import LONGEST_WAIT_SECONDS, Watch


class Clock:
    """Time that passes when it is told to."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000_000.0
        monkeypatch.setattr(watch, "monotonic", lambda: self.now)
        monkeypatch.setattr(watch, "time", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    file = tmp_path / "mlflow.db"
    file.write_text("at first")
    os.utime(file, (1, 1))
    return file


def test_a_file_is_asked_when_it_has_changed(clock: Clock, database: Path) -> None:
    store = Watch(f"sqlite:///{database}")
    assert store.is_due()
    store.answered()
    assert not store.is_due()

    database.write_text("and then")
    os.utime(database, (2, 2))

    assert store.is_due()
    store.answered()
    assert not store.is_due()
    clock.now += 31
    assert store.is_due()


def test_a_log_beside_the_file_counts(clock: Clock, database: Path) -> None:
    store = Watch(f"sqlite:///{database}")
    assert store.is_due()
    store.answered()

    database.with_name("mlflow.db-wal").write_text("written ahead")

    assert clock.now
    assert store.is_due()


def test_a_file_that_changed_just_now_is_asked_again(
    clock: Clock, database: Path
) -> None:
    os.utime(database, (clock.now - 1, clock.now - 1))
    store = Watch(f"sqlite:///{database}")
    assert store.is_due()
    store.answered()
    assert store.is_due()

    clock.now += 2
    assert store.is_due()
    store.answered()
    assert not store.is_due()


def test_a_server_is_asked_each_time(clock: Clock) -> None:
    store = Watch("http://127.0.0.1:9")
    for _ in range(3):
        assert store.is_due()
        store.answered()
    assert clock.now


def test_one_that_does_not_answer_is_left_alone_longer_and_longer(clock: Clock) -> None:
    store = Watch("http://127.0.0.1:9")
    waits = []
    for _ in range(7):
        assert store.is_due()
        store.failed()
        began = clock.now
        while not store.is_due():
            clock.now += 0.5
        waits.append(clock.now - began)

    assert waits[:4] == [1, 2, 4, 8]
    assert waits[-1] == LONGEST_WAIT_SECONDS
    store.answered()
    assert store.is_due()


def test_a_file_that_comes_back_is_asked_at_once(clock: Clock, database: Path) -> None:
    content = database.read_text()
    database.unlink()
    store = Watch(f"sqlite:///{database}")
    for _ in range(6):
        assert store.is_due()
        store.failed()
        clock.now += 40
    store.failed()
    assert not store.is_due()

    database.write_text(content)

    assert store.is_due()
