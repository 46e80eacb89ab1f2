"""What makes the service not ready, and what it goes on without."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from features.errors import StoreError
from serving.app import create_app
from serving.batches.tables import Batch
from serving.desk import Desk
from serving.observing.backtest import backtest
from serving.observing.conditions import free_bytes, needed, places, watched
from serving.observing.waiting import longest_wait_seconds
from serving.settings import Settings


def test_without_a_registry_or_room_the_service_goes_on(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil._ntuple_diskusage(total=1, used=1, free=0)  # type: ignore[attr-defined]
    monkeypatch.setattr("shutil.disk_usage", lambda _: full)

    answer = client.get("/health/ready")

    assert answer.status_code == 200
    told = answer.json()
    assert told["ready"] is True
    assert told["watched"]["registry"]["ready"] is False
    assert told["watched"]["disk"]["ready"] is False
    assert "models 0.0 GiB" in told["watched"]["disk"]["detail"]
    assert told["watched"]["audit"]["ready"] is True


@pytest.mark.parametrize(
    ("batches", "told"), [("var/own", ["batches"]), ("s3://bucket/batches", [])]
)
def test_room_for_batches_is_told_where_they_are_on_this_machine(
    settings: Settings, tmp_path: Path, batches: str, told: list[str]
) -> None:
    at = batches if "://" in batches else f"{tmp_path}/{batches}"
    desk = Desk(settings.model_copy(update={"batches": at}))

    named = dict(places(desk))
    desk.close()

    assert [name for name in named if name == "batches"] == told
    assert all(free_bytes(folder) > 0 for folder in named.values())


def test_a_service_without_a_model_has_started_and_is_not_ready(
    settings: Settings,
) -> None:
    (settings.model_cache / "champion.json").unlink()
    with TestClient(create_app(settings)) as client:
        started = client.get("/health/startup")

        assert client.get("/health/ready").status_code == 503
        assert client.get("/health/live").status_code == 200
    assert started.status_code == 200
    assert started.json()["state"]["model"]["ready"] is False


def test_a_store_that_does_not_answer_is_needed(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise StoreError("cut")

    monkeypatch.setattr(Desk, "check_store", fail)

    assert needed(desk)["store"].detail == "cut"
    assert set(watched(desk)) == {"registry", "disk", "audit", "batches"}


def test_a_batch_that_nobody_begins_is_told_of(desk: Desk) -> None:
    desk.open_store()
    assert watched(desk)["batches"].ready
    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with desk.store.session() as session:
        session.add(waiting_batch(long_ago))

    assert 3_600 <= longest_wait_seconds(desk) < 3_700
    assert not watched(desk)["batches"].ready


def waiting_batch(at: datetime) -> Batch:
    return Batch(
        id="0" * 26,
        created_at=at,
        turn_at=at,
        submitted_by="person:1",
        submitter="one",
        title="book",
        folder="x",
        figures="all",
        model={},
        order={},
        state="queued",
        uploaded=False,
        cleared=False,
    )


def test_the_last_back_test_is_told_of(settings: Settings) -> None:
    told = settings.model_copy(
        update={"backtest_metrics": settings.model_cache / "b.prom"}
    )
    desk = Desk(told)
    assert list(backtest(desk)) == []
    told.backtest_metrics.write_text(
        "# HELP recoup_actual_to_expected Realised over expected.\n"
        "# TYPE recoup_actual_to_expected gauge\n"
        'recoup_actual_to_expected{vintage="all",product="all",region="all"} 0.91\n'
        "# TYPE other gauge\nother 1\n"
    )

    families = {family.name: family for family in backtest(desk)}

    desk.close()
    assert set(families) == {
        "recoup_actual_to_expected",
        "recoup_backtest_written_timestamp_seconds",
    }
    assert families["recoup_actual_to_expected"].samples[0].value == 0.91
