"""Totals over the latest valuation of each package on record."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from models.pricing.fen import FEN_PER_YUAN
from serving.desk import Desk
from serving.portfolio import Holding, by_status, latest_of_each


def value(client: TestClient, package: dict[str, Any], name: str | None) -> Any:
    package["package"]["package_id"] = name
    return client.post("/v1/valuations", json=package).json()


@pytest.fixture
def valued(client: TestClient, package: dict[str, Any]) -> list[Any]:
    """Package A twice, package B once and two packages without a name."""
    return [value(client, package, name) for name in ("A", "B", "A", None, None)]


def test_the_latest_of_each_package_counts(valued: list[Any], desk: Desk) -> None:
    found = [standing.row.id for standing in latest_of_each(desk.store, 10)]
    assert found == [valued[i]["id"] for i in (4, 3, 2, 1)]
    assert len(latest_of_each(desk.store, 2)) == 2


def test_a_package_without_a_name_counts_once_however_often_it_is_revalued(
    client: TestClient, package: dict[str, Any], desk: Desk
) -> None:
    first = value(client, package, None)["id"]
    other = value(client, package, None)["id"]
    last = first
    for of, day in ((first, "2025-12-31"), (first, "2026-03-31"), (None, "2026-06-30")):
        url = f"/v1/packages/{of or last}/revaluations"
        answer = client.post(url, json={"on": day, "record": True}).json()
        last = answer["revaluation"]["recorded_id"]

    found = [standing.row.id for standing in latest_of_each(desk.store, 10)]
    assert found == [last, other]


def test_files_without_an_identifier_are_told_apart_by_name(
    client: TestClient, desk: Desk
) -> None:
    tape = b"claim_id,principal,cutoff_date\n1,1000000,2025-06-30\n"
    for name in ("a.csv", "b.csv", "a.csv"):
        client.post("/v1/valuations/upload", files={"file": (name, tape)})
    assert len(latest_of_each(desk.store, 10)) == 2


def test_totals_by_state_are_exact_and_hold_overrides(
    client: TestClient, valued: list[Any], desk: Desk
) -> None:
    url = f"/v1/valuations/{valued[1]['id']}/reviews"
    override = {
        "kind": "override",
        "reason": "sold",
        "claim_id": "0001",
        "present_value_yuan": 1_000_000.01,
    }
    client.post(url, json=override)
    figures = client.post(url, json={"kind": "reviewed"}).json()

    packages = latest_of_each(desk.store, 10)
    parts = by_status(packages)
    assert list(parts) == ["draft", "reviewed"]
    reviewed, whole = parts["reviewed"], Holding.of(packages)
    assert reviewed.packages == reviewed.simulated == 1
    told = figures["figures"]
    assert reviewed.present_value_fen / FEN_PER_YUAN == told["present_value_yuan"]
    assert reviewed.maximum_bid_fen / FEN_PER_YUAN == told["maximum_bid_yuan"]
    for name in ("claims", "claim_fen", "present_value_fen", "maximum_bid_fen"):
        assert getattr(whole, name) == sum(getattr(p, name) for p in parts.values())
