"""Persons behind claims by the API: looked at with a reason, and destroyed."""

import asyncio
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.personal import destroying
from serving.schemas import EXAMPLE
from serving.storage.store import Store

pytestmark = pytest.mark.unwatched

WHY = "service of the summons"
FEW = {"simulations": 100}


def told(client: TestClient, claims: int = 2) -> str:
    """A valuation of claims that name their obligors."""
    first = EXAMPLE["claims"][0]
    rows = [
        {**first, "claim_id": f"C{n}", "obligor_name": "张伟", "phone": "13800138000"}
        for n in range(claims)
    ]
    body = {"package": EXAMPLE["package"], "claims": rows, "assumptions": FEW}
    valued = client.post("/v1/valuations", json=body)
    assert valued.status_code == 201, valued.text
    return str(valued.json()["id"])


def looked_at(client: TestClient, valuation: str, **asked: Any) -> Any:
    return client.post(f"/v1/valuations/{valuation}/persons", json=asked)


def views(client: TestClient) -> list[dict[str, Any]]:
    page = client.get("/v1/audit", params={"action": "personal.viewed"})
    return list(page.json()["items"])


def test_persons_are_shown_page_by_page_and_each_view_is_noted(
    client: TestClient,
) -> None:
    valuation = told(client, 3)
    first = looked_at(client, valuation, reason=WHY, limit=2)
    assert first.headers["cache-control"] == "no-store"
    page = first.json()
    assert [each["claim_id"] for each in page["claims"]] == ["C0", "C1"]
    assert page["claims"][0]["entries"][0]["facts"]["obligor_name"] == "张伟"
    rest = looked_at(client, valuation, reason=WHY, after=page["next_after"]).json()
    assert [each["claim_id"] for each in rest["claims"]] == ["C2"]
    assert (rest["total"], rest["next_after"]) == (3, None)
    assert [entry["facts"]["claims"] for entry in views(client)] == [1, 2]
    assert {entry["facts"]["reason"] for entry in views(client)} == {WHY}


@pytest.mark.parametrize(
    "asked", [{}, {"reason": "x"}, {"reason": "     "}, {"reason": WHY, "limit": 201}]
)
def test_without_a_reason_nobody_is_shown(
    client: TestClient, asked: dict[str, Any]
) -> None:
    refused = looked_at(client, told(client), **asked)
    assert refused.status_code == 422
    assert "张伟" not in refused.text
    assert refused.json()["errors"][0]["pointer"] in ("/reason", "/limit")
    assert views(client) == []


def test_a_view_that_cannot_be_noted_shows_nothing(client: TestClient) -> None:
    valuation = told(client)
    with client.app_state["desk"].store.session_of_all() as session:
        session.connection().exec_driver_sql("DROP TABLE audit_entries")
    refused = looked_at(client, valuation, reason=WHY)
    assert refused.status_code >= 500
    assert "张伟" not in refused.text


def test_what_was_destroyed_is_not_shown_again(client: TestClient) -> None:
    valuation, package = told(client), EXAMPLE["package"]["package_id"]
    key = {"Idempotency-Key": "once"}
    gone = [
        client.post("/v1/personal/destructions", json={"subject": package}, headers=key)
        for _ in range(2)
    ]
    assert gone[0].json() == gone[1].json()
    assert [k["subject"] for k in gone[0].json()["keys"]] == [valuation]
    assert looked_at(client, valuation, reason=WHY).status_code == 404
    assert client.get("/v1/personal/kept", params={"of": package}).status_code == 404
    assert client.get(f"/v1/valuations/{valuation}").status_code == 200


def test_certificates_follow_each_other(client: TestClient) -> None:
    for _ in range(3):
        of = {"subject": told(client, 1)}
        assert client.post("/v1/personal/destructions", json=of).status_code == 201
    path = "/v1/personal/certificates"
    first = client.get(path, params={"limit": 2}).json()
    rest = client.get(path, params={"cursor": first["next_cursor"]}).json()
    named = [each["certificate"] for each in first["items"] + rest["items"]]
    assert named == sorted(named, reverse=True)
    assert (len(named), rest["next_cursor"]) == (3, None)
    paper = client.get(f"{path}/{named[0]}.pdf", params={"language": "en"})
    assert paper.content.startswith(b"%PDF")


def test_a_certificate_is_looked_for_where_it_holds_nobody_up(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    find, asked = destroying.certificate, []

    def aside(store: Store, identifier: str) -> dict[str, Any]:
        with pytest.raises(RuntimeError, match="no running event loop"):
            asyncio.get_running_loop()
        asked.append(identifier)
        return find(store, identifier)

    monkeypatch.setattr(destroying, "certificate", aside)
    client.get("/v1/personal/certificates/01ARZ3NDEKTSV4RRFFQ69G5FAV.pdf")

    assert asked == ["01ARZ3NDEKTSV4RRFFQ69G5FAV"]
