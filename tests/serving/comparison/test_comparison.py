"""Two valuations side by side; the bridge between them adds up to the fen."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from fastapi.testclient import TestClient

from models.pricing.assumptions import Assumptions
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.valuation import value_package
from serving.desk import Desk

Package = dict[str, Any]
Value = Callable[[Package], str]


def fen(yuan: float) -> int:
    return round(yuan * FEN_PER_YUAN)


@pytest.fixture
def value(client: TestClient) -> Value:
    def post(package: Package) -> str:
        return str(client.post("/v1/valuations", json=package).json()["id"])

    return post


@pytest.fixture
def compare(client: TestClient) -> Callable[[str, str], dict[str, Any]]:
    """The comparison, once it was checked that everything adds up."""

    def get(a: str, b: str) -> dict[str, Any]:
        response = client.get(f"/v1/valuations/compare?a={a}&b={b}")
        assert response.status_code == 200, response.text
        told: dict[str, Any] = response.json()
        parts = sum(fen(part["yuan"]) for part in told["bridge"])
        assert fen(told["before_yuan"]) + parts == fen(told["after_yuan"])
        for side, end in (("a", "before_yuan"), ("b", "after_yuan")):
            review = client.get(
                f"/v1/valuations/{told[side]['valuation_id']}/reviews"
            ).json()
            assert told[end] == review["figures"]["present_value_yuan"]
        for claim in told["most_changed"]:
            changes = sum(fen(yuan) for yuan in claim["parts"].values())
            assert fen(claim["before_yuan"]) + changes == fen(claim["after_yuan"])
        return told

    return get


def parts(told: dict[str, Any]) -> dict[str, float]:
    """The parts that are something."""
    return {part["part"]: part["yuan"] for part in told["bridge"] if part["yuan"]}


def revalued_fen(desk: Desk, identifier: str, **how: Any) -> int:
    """Present value of a package on record under another model or assumptions."""
    record = desk.record_of(identifier)
    model = how.get("model", desk.model_of(record.row).model)
    assumptions = Assumptions.of(record.row.assumptions | how.get("assumptions", {}))
    valued = value_package(model, record.submission.package, assumptions)
    return int(valued.present_value_fen.sum())


def test_other_assumptions(
    value: Value, compare: Any, package: Package, desk: Desk
) -> None:
    a = value(package)
    package["assumptions"] |= {"target_return_rate": 0.1, "horizon_months": 36}
    told = compare(a, value(package))

    assert {row["assumption"] for row in told["assumptions"]} == {
        "target_return_rate",
        "horizon_months",
    }
    changed = revalued_fen(desk, a, assumptions=package["assumptions"])
    expected = changed - revalued_fen(desk, a)
    assert {n: fen(y) for n, y in parts(told).items()} == {"assumptions": expected}


def test_another_model(
    value: Value, compare: Any, package: Package, under_other_model: Value
) -> None:
    told = compare(value(package), under_other_model(package))

    assert told["model_differs"]
    assert (told["a"]["model_version"], told["b"]["model_version"]) == ("1", "2")
    assert set(parts(told)) == {"model"}


def test_assumptions_are_changed_before_the_model(
    value: Value, compare: Any, package: Package, under_other_model: Value, desk: Desk
) -> None:
    a = value(package)
    package["assumptions"]["target_return_rate"] = 0.1
    b = under_other_model(package)
    told = compare(a, b)

    own = revalued_fen(desk, a)
    reassumed = revalued_fen(desk, a, assumptions=package["assumptions"])
    assert {n: fen(y) for n, y in parts(told).items()} == {
        "assumptions": reassumed - own,
        "model": revalued_fen(desk, b) - reassumed,
    }


def test_claims_that_left_and_joined(
    value: Value, compare: Any, package: Package
) -> None:
    other = deepcopy(package)
    other["claims"][1]["claim_id"] = "0003"
    told = compare(value(package), value(other))

    assert set(parts(told)) == {"claims_left", "claims_joined"}
    counts = [told[f"claims_{n}"] for n in ("left", "joined", "shared")]
    assert counts == [1, 1, 1]


def test_what_the_tapes_say_differently(
    value: Value, compare: Any, package: Package
) -> None:
    a = value(package)
    package["claims"][0]["principal"] = 4_000_000.0
    told = compare(a, value(package))

    assert set(parts(told)) == {"facts"}
    assert [claim["claim_id"] for claim in told["most_changed"]] == ["0001"]


def test_overrides_are_a_part_of_their_own(
    client: TestClient, value: Value, compare: Any, package: Package
) -> None:
    a, b = value(package), value(package)
    step = {"kind": "override", "reason": "sold", "claim_id": "0001"}
    for identifier, yuan in ((a, 1_000_000), (b, 1_500_000)):
        client.post(
            f"/v1/valuations/{identifier}/reviews",
            json=step | {"present_value_yuan": yuan},
        )
    told = compare(a, b)

    assert parts(told) == {"overrides": 500_000}
    assert told["a"]["overrides"] == 1


def test_a_revaluation_brings_its_own_bridge(
    client: TestClient, value: Value, compare: Any, package: Package
) -> None:
    a = value(package)
    cash = [
        {
            "claim_id": "0002",
            "date": "2025-09-30",
            "amount_yuan": 1_000.0,
            "kind": "recovery",
        }
    ]
    question = {"on": "2025-12-31", "cash": cash, "record": True}
    url = f"/v1/packages/{a}/revaluations"
    answer = client.post(url, json=question).json()["revaluation"]
    b = answer["recorded_id"]

    recorded = {part["part"]: part["yuan"] for part in answer["bridge"]}
    assert parts(compare(a, b)) == {n: yuan for n, yuan in recorded.items() if yuan}
    back = compare(b, a)
    assert set(parts(back)) == {"together"}
    assert back["untold"]
    assert back["untold_zh"]


def test_a_model_that_is_gone_leaves_the_change_in_one(
    value: Value,
    compare: Any,
    package: Package,
    under_other_model: Value,
    desk: Desk,
) -> None:
    a, b = value(package), under_other_model(package)
    sha256 = desk.record_of(b).row.model_sha256
    (desk.settings.model_cache / sha256).rename(desk.settings.model_cache / "gone")
    told = compare(a, b)

    assert set(parts(told)) == {"together"}
    assert "not in the cache" in told["untold"]


def test_the_same_valuation_twice_is_refused(
    client: TestClient, value: Value, package: Package
) -> None:
    identifier = value(package)
    for path in ("/v1/valuations/compare", "/zh/compare"):
        answer = client.get(f"{path}?a={identifier}&b={identifier}")
        assert answer.status_code == 422
        assert "请选择两份不同的估值" in answer.text


@pytest.mark.parametrize("path", ["/v1/valuations/compare", "/en/compare"])
def test_what_is_not_on_record_cannot_be_compared(
    client: TestClient, value: Value, package: Package, path: str
) -> None:
    answer = client.get(f"{path}?a={value(package)}&b={'0' * 26}")
    assert answer.status_code == 404
