"""Persons in tapes, questions, paths and queries are in no span that is sent."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.access.local import local_key
from serving.app import create_app
from tests.plugins.house import house
from tests.plugins.traces import Collector
from tests.security.everything import Everything
from tests.security.planted import Planted, planted

SHORT, LONG = 60, 1_000
UPLOAD = "/v1/valuations/upload"


@pytest.fixture
def client(
    collector: Collector, tmp_path: Path, released_model: Path
) -> Iterator[TestClient]:
    assert collector.address
    settings = house(tmp_path, released_model)
    key = {"Authorization": f"Bearer {local_key(settings, 'tests')}"}
    app = create_app(settings)
    with TestClient(app, headers=key, raise_server_exceptions=False) as client:
        yield client


def test_spans_hold_no_persons(
    client: TestClient, collector: Collector, long: bool
) -> None:
    values = planted(LONG if long else SHORT, seed=13)
    tape = "\n".join(
        [
            f"claim_id,principal,cutoff_date,phone,remarks,{values[0].text}",
            *(
                f"{n}-{v.text},{1_000 + n},2025-06-30,{v.text},{values[-n].text},1"
                for n, v in enumerate(values)
            ),
        ]
    ).encode()
    file = {"file": (f"{values[1].text}.csv", tape)}
    few = {"assumptions": '{"simulations": 100}'}
    assert client.post(UPLOAD, files=file, data=few).status_code == 201
    assert client.post("/zh/new", files=file).status_code == 200
    _ask_wrongly(client, values)

    found = Everything()
    for sent in collector.fetch():
        found.add(f"span {sent.name}", sent.SerializeToString())
    hits = found.hits(values)
    sys.stdout.write(f"{found.told(values, len(hits))}\n")
    assert not hits, hits.most_common(20)
    assert len(found.pieces) > SHORT


def _ask_wrongly(client: TestClient, values: list[Planted]) -> None:
    """Persons where nobody is looked for: each is refused, or finds nothing."""
    for value in values[:15]:
        name = value.text.replace("/", "")
        for path in (f"/v1/valuations/{name}", f"/zh/valuations/{name}", f"/v1/{name}"):
            assert client.get(path).status_code == 404
        for query in ("package_id", "cursor", value.text):
            client.get("/v1/valuations", params={query: value.text})
        claims = [{"claim_id": value.text, "principal": value.text}]
        asked = {"package": {"cutoff_date": "2025-06-30"}, "claims": claims}
        assert client.post("/v1/prices", json=asked).status_code == 422
