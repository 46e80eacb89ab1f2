"""The store: listing, pages, faults."""

import sqlite3
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Self

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, inspect

from features.errors import InputError, StoreError
from serving.app import create_app
from serving.identifiers import cursor_after, is_id, new_id, row_before
from serving.settings import Settings
from serving.storage.store import Store
from serving.storage.tables import Base

IDENTIFIER = "01M805V9TT14FKTWB5ZR61RQ9H"
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class SetBack(datetime):
    """A clock that was set back by a day."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return super().now(tz) - timedelta(days=1)


def post(client: TestClient, package: dict[str, Any], package_id: str) -> str:
    package["package"]["package_id"] = package_id
    response = client.post("/v1/valuations", json=package)
    assert response.status_code == 201
    identifier: str = response.json()["id"]
    return identifier


def listed(client: TestClient, **parameters: Any) -> list[str]:
    """Identifiers of every page."""
    found: list[str] = []
    while True:
        page = client.get("/v1/valuations", params=parameters).json()
        found += [line["id"] for line in page["items"]]
        if page["next_cursor"] is None:
            return found
        parameters["cursor"] = page["next_cursor"]


def test_pages_hold_every_valuation_once_and_newest_first(
    client: TestClient, package: dict[str, Any]
) -> None:
    posted = [post(client, package, f"P{i}") for i in range(7)]

    found = listed(client, limit=3)

    assert sorted(found) == sorted(posted)
    assert found == sorted(found, reverse=True)


def test_the_latest_is_what_came_last_though_the_clock_was_set_back(
    client: TestClient, package: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = post(client, package, "A")
    monkeypatch.setattr("serving.storage.store.datetime", SetBack)
    latest = [post(client, package, "A") for _ in range(2)]

    assert listed(client, package_id="A") == [*reversed(latest), before]


def test_filters_narrow_the_listing(
    client: TestClient, package: dict[str, Any]
) -> None:
    first, second = post(client, package, "A"), post(client, package, "B")

    assert listed(client, package_id="A") == [first]
    assert set(listed(client, model_version="1")) == {first, second}
    assert listed(client, model_version="2") == []
    assert listed(client, created_before="2020-01-01T00:00:00Z") == []
    assert set(listed(client, created_after="2020-01-01T08:00:00+08:00")) == {
        first,
        second,
    }


def test_line_repeats_the_figures_of_the_answer(
    client: TestClient, package: dict[str, Any]
) -> None:
    answer = client.get(f"/v1/valuations/{post(client, package, 'A')}").json()

    (line,) = client.get("/v1/valuations").json()["items"]

    for figure in ("claims", "claim_yuan", "present_value_yuan", "maximum_bid_yuan"):
        assert line[figure] == answer["package"][figure]
    times = [datetime.fromisoformat(x["created_at"]) for x in (line, answer)]
    assert times[0] == times[1]
    assert line["door"] == "json"


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "=",
        "' OR 1=1 --",
        "é",
        "AAAA" * 10_000,
        cursor_after("not an identifier"),
        cursor_after(IDENTIFIER) + "=",
        cursor_after(IDENTIFIER.lower()),
    ],
)
def test_foreign_cursor_is_refused(shared_client: TestClient, cursor: str) -> None:
    response = shared_client.get("/v1/valuations", params={"cursor": cursor})

    assert response.status_code == 422
    assert response.json()["errors"][0]["code"] == "bad_cursor"


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": 0},
        {"limit": 201},
        {"limit": "all"},
        {"created_after": "yesterday"},
        {"package_id": "x" * 101},
    ],
)
def test_wrong_parameters_are_refused(
    shared_client: TestClient, parameters: dict[str, Any]
) -> None:
    response = shared_client.get("/v1/valuations", params=parameters)

    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"].startswith("query.")


@pytest.mark.parametrize(
    ("stated", "told", "told_zh"),
    [
        ({"created_after": "yesterday"}, "write it as 2025-", "请写作 2025-"),
        ({"created_before": "0001-01-01T00:00:00+14:00"}, "beyond", "超出日历"),
        ({"limit": 201}, "must be at most 200", "不得大于200"),
    ],
)
def test_a_wrong_parameter_is_told_in_words_of_ours_in_both_languages(
    shared_client: TestClient, stated: dict[str, Any], told: str, told_zh: str
) -> None:
    (name,) = stated
    (error,) = shared_client.get("/v1/valuations", params=stated).json()["errors"]

    assert error["detail"].startswith(f"{name} ")
    assert told in error["detail"]
    assert error["detail_zh"].startswith(f"{name} 无效：")
    assert told_zh in error["detail_zh"]


def test_identifiers_sort_by_time() -> None:
    later = NOW.replace(year=2027)

    assert is_id(new_id(NOW))
    assert new_id(NOW) < new_id(later)
    assert new_id(NOW) != new_id(NOW)
    assert new_id(NOW, after=IDENTIFIER) > IDENTIFIER
    assert new_id(later, after=new_id(NOW))[:10] == new_id(later)[:10]


def test_cursor_names_the_row_it_follows() -> None:
    identifier = new_id(NOW)

    assert row_before(cursor_after(identifier)) == identifier
    with pytest.raises(InputError):
        row_before(identifier)


def test_migrations_create_the_tables_of_the_models(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/new/recoup.db"
    store = Store(url)
    store.upgrade()
    store.upgrade()
    store.close()

    engine = create_engine(url)
    found = inspect(engine)
    for table in Base.metadata.sorted_tables:
        columns = {c["name"]: c["nullable"] for c in found.get_columns(table.name)}
        assert columns == {c.name: c.nullable for c in table.columns}
    engine.dispose()


@pytest.mark.usefixtures("unhurried")
def test_sqlite_is_set_up_to_lose_nothing(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/recoup.db")
    with store._engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
        synchronous = connection.exec_driver_sql("PRAGMA synchronous").scalar()
        enforced = connection.exec_driver_sql("PRAGMA foreign_keys").scalar()
    store.close()

    assert (mode, synchronous, enforced) == ("delete", 2, 1)


def test_store_that_is_no_database_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "recoup.db").write_text("not a database, but a longer text than that")
    store = Store(f"sqlite:///{tmp_path}/recoup.db")

    with pytest.raises(StoreError, match="not a database"):
        store.upgrade()
    store.close()


def test_service_without_a_store_says_so(
    settings: Settings,
    package: dict[str, Any],
    tmp_path: Path,
) -> None:
    (tmp_path / "file").touch()
    broken = settings.model_copy(
        update={"database_url": f"sqlite:///{tmp_path}/file/recoup.db"}
    )
    key = {"Authorization": "Bearer rcp_0_0"}
    with TestClient(create_app(broken), headers=key) as client:
        ready = client.get("/health/ready")
        live = client.get("/health/live")
        refused = client.post("/v1/valuations", json=package)

    assert live.json() == {"status": "live"}
    assert ready.status_code == 503
    assert ready.json()["model"]["ready"] is True
    assert ready.json()["store"]["ready"] is False
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0


def test_locked_store_answers_when_it_can_again(
    client: TestClient, package: dict[str, Any], settings: Settings
) -> None:
    path = settings.database_url.removeprefix("sqlite:///")
    blocker = sqlite3.connect(path, isolation_level=None)
    blocker.execute("BEGIN EXCLUSIVE")
    blocked = client.post("/v1/valuations", json=package)
    blocker.execute("ROLLBACK")
    blocker.close()

    assert blocked.status_code == 503
    assert client.post("/v1/valuations", json=package).status_code == 201
