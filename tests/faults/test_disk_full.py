"""The disk is full: said so, nothing written by halves, and well again by itself."""

import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any, NoReturn

import pytest
from fastapi.testclient import TestClient

from features.errors import InputError, StoreError, StoreFullError
from serving.access.local import local_key
from serving.access.who import local_user
from serving.app import create_app
from serving.batches.batches import Batches
from serving.batches.request import BatchTerms
from serving.batches.submission import submit_addresses, submit_upload
from serving.batches.worker import Worker
from serving.champion import ModelCache
from serving.desk import Desk
from serving.schemas import EXAMPLE
from serving.storage.backup import check_backup, create_backup
from serving.storage.store import Store
from tests.faults.conftest import Install
from tests.plugins.rows import Report

VALUATIONS = "/v1/valuations"


@pytest.fixture
def small_disk(tmp_path: Path, untestable: Callable[[str], NoReturn]) -> Iterator[Path]:
    """A disk of two mebibytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False).returncode:  # noqa: S603
        untestable("the right to mount a tmpfs")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S603, S607


def _fill(disk: Path, leaving: int = 0) -> Path:
    """A file that takes what is free."""
    ballast = disk / "ballast"
    state = os.statvfs(disk)
    free = state.f_bavail * state.f_frsize - leaving
    with ballast.open("wb") as file:
        file.write(bytes(max(free, 0)))
    return ballast


def test_a_full_disk_is_said_and_nothing_is_written_by_halves(
    small_disk: Path, tmp_path: Path, install: Install, report: Report
) -> None:
    settings = install(tmp_path, f"sqlite:///{small_disk}/recoup.db")
    key = {"Authorization": f"Bearer {local_key(settings, 'tests')}"}
    with TestClient(create_app(settings), headers=key) as client:
        kept = client.post(VALUATIONS, json=EXAMPLE)
        assert kept.status_code == 201
        refused = []
        for leaving in (0, *(4096 << n for n in range(6))):
            ballast = _fill(small_disk, leaving)
            refused += _refused(client)
            ballast.unlink()
            assert client.post(VALUATIONS, json=EXAMPLE).status_code == 201
        on_record = client.get(VALUATIONS, params={"limit": 200}).json()["items"]
    desk = Desk(settings)
    replayed = [desk.replay(line["id"]).identical for line in on_record]
    desk.close()

    report(f"{len(refused)} valuations refused on a full disk, {len(replayed)} replay")
    assert refused
    assert all(replayed)


def _refused(client: TestClient) -> list[Any]:
    """The refusal of a valuation that leaves as many on record as there were."""
    before = len(client.get(VALUATIONS, params={"limit": 200}).json()["items"])
    given = client.post(VALUATIONS, json=EXAMPLE)
    after = len(client.get(VALUATIONS, params={"limit": 200}).json()["items"])
    if given.status_code == 201:
        assert after == before + 1
        return []
    assert given.status_code in (503, 507), given.text
    assert "space" in given.json()["detail"], given.text
    assert int(given.headers["retry-after"]) > 0
    assert after == before
    return [given]


def test_a_model_is_in_the_cache_whole_or_not_at_all(
    small_disk: Path, released_model: Path, report: Report
) -> None:
    folder = small_disk / "models"
    refused = 0
    for leaving in (0, *(8192 << n for n in range(6))):
        ballast = _fill(small_disk, leaving)
        with pytest.raises(OSError, match="No space left"):
            ModelCache(folder).add("recovery", "1", released_model)
        refused += 1
        ballast.unlink()
        assert {path.name for path in folder.glob("*")} <= {".lock"}
    cache = ModelCache(folder)
    cache.remember("champion", cache.add("recovery", "1", released_model))

    report(f"{refused} models refused by a full cache, the next one taken in")
    assert cache.remembered("recovery", "champion") is not None


@pytest.mark.every_database
def test_a_backup_that_finds_no_room_says_so_of_its_own_disk(
    small_disk: Path, database_url: str
) -> None:
    store = Store(database_url)
    store.upgrade()
    store.close()
    out = small_disk / "daily.backup"
    for leaving in (0, 50_000):
        ballast = _fill(small_disk, leaving)
        with pytest.raises(InputError, match=r"left for .*daily.backup; no backup"):
            create_backup(database_url, out, local_user())
        assert [*small_disk.iterdir()] == [ballast]
        ballast.unlink()

    create_backup(database_url, out, local_user())
    assert check_backup(out).rows > 0


def test_a_store_that_stays_locked_is_not_backed_up(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/recoup.db")
    store.upgrade()
    store.close()
    with closing(sqlite3.connect(tmp_path / "recoup.db")) as other:
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreError, match="database is locked"):
            create_backup(
                f"sqlite:///{tmp_path}/recoup.db", tmp_path / "b", local_user()
            )


def test_a_batch_waits_for_room_and_goes_on(
    small_disk: Path, tmp_path: Path, install: Install
) -> None:
    settings = install(tmp_path, f"sqlite:///{tmp_path}/recoup.db")
    settings = settings.model_copy(update={"batches": str(small_disk)})
    claims = tmp_path / "claims.csv"
    rows = "".join(f"A{n},{n + 1}000,2025-06-30,mortgage\n" for n in range(9))
    claims.write_text(f"claim_id,principal,cutoff_date,product\n{rows}")
    desk = Desk(settings)
    desk.refresh()
    desk.open_store()
    batches, terms = Batches(desk.store), BatchTerms.of({"figures": "mean"}, "")
    ballast = _fill(small_disk)
    with pytest.raises(StoreFullError, match=r"cannot write .* No space left"):
        submit_upload(desk, terms, claims.read_bytes(), "claims.csv")
    batch = submit_addresses(desk, terms, {"claims": [str(claims)]})

    _work_off(desk)
    waiting = batches.get(batch.id)
    ballast.unlink()
    _work_off(desk)

    assert waiting.trouble is not None
    assert "No space left" in waiting.trouble["detail"]
    assert not batches.failures(batch.id)
    assert batches.get(batch.id).state == "done"
    desk.close()


def _work_off(desk: Desk) -> None:
    worker = Worker(desk, Event())
    while worker.work_once():
        pass
