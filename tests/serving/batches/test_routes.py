"""Batches over HTTP."""

import io
import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from threading import Event
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from serving.batches.worker import Worker
from serving.desk import Desk
from serving.settings import Settings
from tests.serving.batches.conftest import CHUNK, work_off

pytestmark = pytest.mark.usefixtures("data")
TERMS = {"figures": "mean", "chunk_claims": CHUNK}


@pytest.fixture
def work(settings: Settings) -> Callable[[], None]:
    """A worker elsewhere does what there is to do."""

    def do() -> None:
        desk = Desk(settings)
        work_off(Worker(desk, Event()))
        desk.close()

    return do


def put_in(client: TestClient, **stated: Any) -> dict[str, Any]:
    asked = {"claims": ["claims.parquet"], **TERMS, **stated}
    response = client.post("/v1/batches", json=asked)
    assert response.status_code == 202, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_batch_without_a_name_is_called_as_its_data_set_was(
    client: TestClient,
) -> None:
    assert put_in(client, name="")["name"] == "claims.parquet"


def test_batch_from_submission_to_parts(
    client: TestClient, work: Callable[[], None]
) -> None:
    submitted = put_in(client, name="2025Q4")
    assert (submitted["state"], submitted["name"]) == ("queued", "2025Q4")
    work()
    done = client.get(f"/v1/batches/{submitted['id']}").json()
    assert (done["state"], done["sums"]["claims"]) == ("done", 400)
    assert done["progress"]["share"] == 1.0
    manifest = client.get(f"/v1/batches/{done['id']}/manifest").json()
    assert manifest["sha256"] == done["sha256"]
    for part in manifest["parts"]:
        content = client.get(f"/v1/batches/{done['id']}/parts/{part['file']}").content
        assert sha256(content).hexdigest() == part["sha256"]
    assert len(pq.read_table(io.BytesIO(content))) == part["rows"]


def test_uploaded_book_goes_when_it_is_done(
    client: TestClient, data: Path, work: Callable[[], None], settings: Settings
) -> None:
    file = ("../../claims.csv", (data / "claims.csv").read_bytes())
    response = client.post(
        "/v1/batches/upload", files={"file": file}, data={"terms": json.dumps(TERMS)}
    )
    assert response.status_code == 202, response.text
    identifier = response.json()["id"]
    folder = Path(settings.batches) / identifier
    assert [p.name for p in folder.rglob("*.csv")] == ["claims.csv"]
    work()
    assert client.get(f"/v1/batches/{identifier}").json()["state"] == "done"


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"claims": []}, "claims"),
        ({"claims": ["../models"]}, "claims"),
        ({"claims": ["/etc/passwd"]}, "claims"),
        ({"claims": ["claims.parquet"], "figures": "some"}, "figures"),
        ({"claims": ["claims.parquet"], "chunk_claims": 0}, "chunk_claims"),
        ({"claims": ["claims.parquet"], "cutoff_date": "2025-13-01"}, "cutoff_date"),
        (
            {
                "claims": ["claims.parquet"],
                "figures": "mean",
                "assumptions": {"target_return_rate": 0.1},
            },
            "assumptions",
        ),
        ({"claims": ["claims.parquet"], "folder": "/var"}, "folder"),
        ({"claims": "claims.parquet"}, "claims"),
    ],
)
def test_wrong_request_puts_nothing_in(
    client: TestClient, asked: dict[str, Any], field: str
) -> None:
    response = client.post("/v1/batches", json=asked)
    assert response.status_code == 422, response.text
    fault = response.json()["errors"][0]
    assert field in fault["pointer"]
    assert fault["detail_zh"]
    assert client.get("/v1/batches").json()["items"] == []


def test_upload_of_no_book_is_refused(client: TestClient, settings: Settings) -> None:
    for name, content in (
        ("a.xlsx", b"PK"),
        ("a.parquet", b"PAR1"),
        ("a.csv", b"\x00"),
    ):
        response = client.post("/v1/batches/upload", files={"file": (name, content)})
        assert response.status_code == 422, response.text
        assert settings.batches not in response.text
    assert not list(Path(settings.batches).rglob("*.*"))


def test_cancelled_batch_has_no_results(client: TestClient) -> None:
    identifier = put_in(client)["id"]
    cancelled = client.post(f"/v1/batches/{identifier}/cancellation")
    assert cancelled.json()["state"] == "cancelled"
    for act in ("cancellation", "retry"):
        again = client.post(f"/v1/batches/{identifier}/{act}")
        assert again.status_code == 409
        assert "已取消" in again.json()["errors"][0]["detail_zh"]
    assert client.get(f"/v1/batches/{identifier}/manifest").status_code == 409


def test_foreign_names_are_not_found(
    client: TestClient, work: Callable[[], None]
) -> None:
    identifier = put_in(client)["id"]
    work()
    for path in (
        "/v1/batches/absent",
        "/v1/batches/00000000000000000000000000/manifest",
        f"/v1/batches/{identifier}/parts/claims/part-999999-000000.parquet",
        f"/v1/batches/{identifier}/parts/journal/moments-000000-000000.npz",
        f"/v1/batches/{identifier}/parts/..%2F..%2Frecoup.db/x",
    ):
        assert client.get(path).status_code == 404, path


def test_listing_has_pages(client: TestClient) -> None:
    put_in_order = [put_in(client)["id"] for _ in range(3)]
    first = client.get("/v1/batches", params={"limit": 2}).json()
    rest = client.get("/v1/batches", params={"cursor": first["next_cursor"]}).json()
    listed = [item["id"] for item in (*first["items"], *rest["items"])]
    assert listed == put_in_order[::-1]
