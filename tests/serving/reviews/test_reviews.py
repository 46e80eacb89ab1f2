"""A valuation is reviewed and approved by two persons; overrides stand beside it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from features.errors import ReviewRefusedError
from models.pricing.assumptions import Assumptions
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.valuation import value_package
from serving.access.keys import Keys
from serving.access.local import opened_store
from serving.access.persons import Persons
from serving.access.who import DEFAULT_TENANT, EVERY_ROLE, Who
from serving.desk import Desk
from serving.reviews.request import ReviewRequest
from serving.reviews.reviews import Reviews
from serving.settings import Settings
from tests.plugins.persons import shown_key

Valued = Callable[[], dict[str, Any]]
Take = Callable[..., Any]


@pytest.fixture
def answer(valued: Valued) -> dict[str, Any]:
    return valued()


@pytest.fixture
def take(client: TestClient, answer: dict[str, Any], settings: Settings) -> Take:
    keys: dict[str, dict[str, str]] = {}

    def post(kind: str, person: str = "Zhang San", **said: Any) -> Any:
        if person not in keys:
            keys[person] = shown_key(settings, person)
        url = f"/v1/valuations/{answer['id']}/reviews"
        return client.post(url, json={"kind": kind, **said}, headers=keys[person])

    return post


@pytest.fixture
def override(take: Take) -> Take:
    def post(claim_id: str, yuan: float, person: str = "Li Si") -> Any:
        said = {"claim_id": claim_id, "present_value_yuan": yuan}
        return take("override", person, reason="new appraisal", **said)

    return post


def person(number: int) -> Who:
    name = f"Person {number}"
    return Who(DEFAULT_TENANT, f"person:{number}", name, EVERY_ROLE)


def refused(response: Any, status: int, field: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    fault: dict[str, Any] = response.json()["errors"][0]
    assert fault["pointer"] == f"/{field}"
    assert fault["detail"] != fault["detail_zh"]
    return fault


def test_a_new_valuation_is_a_draft(client: TestClient, answer: dict[str, Any]) -> None:
    review = client.get(f"/v1/valuations/{answer['id']}/reviews").json()
    package = answer["package"]
    assert review["status"] == "draft"
    assert review["events"] == review["overrides"] == []
    assert review["figures"]["present_value_yuan"] == package["present_value_yuan"]
    assert review["figures"]["maximum_bid_yuan"] == package["maximum_bid_yuan"]


@pytest.mark.every_database
def test_from_draft_to_reviewed_to_approved(take: Take) -> None:
    assert take("reviewed").json()["status"] == "reviewed"
    review = take("approved", "Li Si").json()
    assert review["status"] == "approved"
    assert [e["person"] for e in review["events"]] == ["Zhang San", "Li Si"]


def test_the_listing_tells_where_each_review_stands(
    client: TestClient, valued: Valued, take: Take
) -> None:
    valued()
    take("reviewed")
    items = client.get("/v1/valuations").json()["items"]
    assert [item["status"] for item in items] == ["draft", "reviewed"]


def test_a_draft_cannot_be_approved_or_returned(take: Take) -> None:
    refused(take("approved"), 409, "kind")
    refused(take("returned", reason="no"), 409, "kind")


def test_what_is_reviewed_is_not_reviewed_again(take: Take) -> None:
    take("reviewed")
    refused(take("reviewed", "Li Si"), 409, "kind")


def test_the_reviewer_cannot_approve(take: Take) -> None:
    take("reviewed", "Zhang San")
    refused(take("approved", "Zhang San"), 409, "person")


def test_nobody_is_two_by_another_key(
    client: TestClient, answer: dict[str, Any], settings: Settings
) -> None:
    url = f"/v1/valuations/{answer['id']}/reviews"
    with opened_store(settings) as store:
        person = Persons(store).add("Zhang San", ["pricer", "approver"])
        keys = [
            Keys(store).issue(person.id, name, [role]).text
            for name, role in (("one", "pricer"), ("other", "approver"))
        ]
    first, second = ({"Authorization": f"Bearer {key}"} for key in keys)
    client.post(url, json={"kind": "reviewed"}, headers=first)
    Persons(store).change(person.id, "Li Si", ["pricer", "approver"])
    refused(client.post(url, json={"kind": "approved"}, headers=second), 409, "person")


@pytest.mark.parametrize("kind", ["approved", "returned"])
def test_only_an_approver_approves_and_returns(
    client: TestClient,
    answer: dict[str, Any],
    settings: Settings,
    take: Take,
    kind: str,
) -> None:
    take("reviewed")
    key = shown_key(settings, "Li Si", ["pricer"])
    step = {"kind": kind, "reason": "no"}
    url = f"/v1/valuations/{answer['id']}/reviews"
    assert client.post(url, json=step, headers=key).status_code == 403


def test_whoever_changed_a_value_cannot_approve(take: Take, override: Take) -> None:
    override("0001", 1_000_000, "Wang Wu")
    take("override_withdrawn", "Zhao Liu", claim_id="0001", reason="mistaken")
    take("reviewed", "Zhang San")
    refused(take("approved", "Wang Wu"), 409, "person")
    refused(take("approved", "Zhao Liu"), 409, "person")
    assert take("approved", "Sun Qi").status_code == 201


def test_an_approval_is_final(take: Take, override: Take) -> None:
    take("reviewed")
    take("approved", "Li Si")
    refused(override("0001", 1.0, "Wang Wu"), 409, "kind")
    for kind in ("reviewed", "approved", "returned"):
        refused(take(kind, "Wang Wu", reason="again"), 409, "kind")


def test_a_return_asks_for_a_new_review(take: Take) -> None:
    take("reviewed")
    returned = take("returned", "Li Si", reason="appraisals are too old").json()
    assert returned["status"] == "draft"
    refused(take("approved", "Li Si"), 409, "kind")


def test_an_override_after_the_review_asks_for_a_new_one(
    take: Take, override: Take
) -> None:
    take("reviewed")
    assert override("0001", 5.0).json()["status"] == "draft"


def test_a_step_on_what_was_not_seen_is_refused(take: Take, override: Take) -> None:
    take("reviewed")
    override("0001", 5.0)
    take("reviewed")
    refused(take("approved", "Wang Wu", events_seen=1), 409, "events_seen")
    assert take("approved", "Wang Wu", events_seen=3).status_code == 201


def test_both_values_are_kept_and_the_package_adds_up(
    override: Take, answer: dict[str, Any]
) -> None:
    claims = {c["claim_id"]: c for c in answer["claims"]}
    review = override("0001", 1_234_567.89).json()
    kept = review["overrides"][0]
    assert kept["present_value_yuan"] == 1_234_567.89
    assert kept["model_present_value_yuan"] == claims["0001"]["present_value_yuan"]
    fen = [123_456_789, round(claims["0002"]["present_value_yuan"] * FEN_PER_YUAN)]
    assert review["figures"]["present_value_yuan"] == sum(fen) / FEN_PER_YUAN
    assert (
        review["figures"]["model_present_value_yuan"]
        == answer["package"]["present_value_yuan"]
    )


@pytest.mark.parametrize("yuan", [0, 1_234_567.89, 8_950_000])
def test_the_bid_is_the_one_that_pricing_makes_of_the_changed_values(
    client: TestClient, desk: Desk, package: dict[str, Any], yuan: float
) -> None:
    package["assumptions"] |= {
        "payments": [
            {"month": 0, "share_rate": 0.3},
            {"month": 12, "share_rate": 0.7},
        ],
        "acquisition_cost_rate": 0.013,
    }
    identifier = client.post("/v1/valuations", json=package).json()["id"]
    step = {"kind": "override", "reason": "sold", "claim_id": "0001"}
    review = client.post(
        f"/v1/valuations/{identifier}/reviews",
        json=step | {"present_value_yuan": yuan},
    ).json()

    record = desk.record_of(identifier)
    valuation = value_package(
        desk.champion.served().model,
        record.submission.package,
        Assumptions.of(record.row.assumptions),
    )
    place = valuation.package.claim_ids.index("0001")
    valuation.present_value_fen[place] = round(yuan * FEN_PER_YUAN)
    assert review["figures"]["maximum_bid_yuan"] == (
        valuation.maximum_bid_fen / FEN_PER_YUAN
    )
    assert review["figures"]["present_value_yuan"] == (
        int(np.sum(valuation.present_value_fen)) / FEN_PER_YUAN
    )


def test_the_latest_override_of_a_claim_stands(override: Take, take: Take) -> None:
    override("0001", 10.0)
    assert len(override("0001", 20.0).json()["overrides"]) == 1
    review = take("override_withdrawn", claim_id="0001", reason="mistaken").json()
    figures = review["figures"]
    assert review["overrides"] == []
    assert figures["present_value_yuan"] == figures["model_present_value_yuan"]
    again = take("override_withdrawn", claim_id="0001", reason="mistaken")
    refused(again, 409, "claim_id")


def test_a_claim_is_worth_no_more_than_the_whole_of_it(
    override: Take, answer: dict[str, Any]
) -> None:
    claim = answer["claims"][0]
    fault = refused(
        override("0001", claim["claim_yuan"] + 0.01), 422, "present_value_yuan"
    )
    assert f"{claim['claim_yuan']:,.2f}" in fault["detail"]
    assert fault["value"] == f"{claim['claim_yuan'] + 0.01:.2f}"
    assert override("0001", claim["claim_yuan"]).status_code == 201


@pytest.mark.parametrize("yuan", [-0.01, 0.001, 1e14])
def test_values_that_no_claim_can_have(override: Take, yuan: float) -> None:
    refused(override("0001", yuan), 422, "present_value_yuan")


def test_an_unknown_claim_is_refused(override: Take) -> None:
    refused(override("0003", 1.0), 422, "claim_id")


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"kind": "override"}, "reason"),
        ({"kind": "returned", "reason": "  "}, "reason"),
        ({"kind": "reviewed", "claim_id": "0001"}, "claim_id"),
        ({"kind": "reviewed", "reason": "\x00"}, "reason"),
        ({"kind": "blessed"}, "kind"),
        ({"kind": "reviewed", "person": "a"}, "person"),
        ({"kind": "reviewed", "signature": "b"}, "signature"),
    ],
)
def test_steps_that_are_none(
    client: TestClient, answer: dict[str, Any], said: dict[str, Any], field: str
) -> None:
    url = f"/v1/valuations/{answer['id']}/reviews"
    refused(client.post(url, json=said), 422, field)
    assert client.get(url).json()["events"] == []


def test_a_review_is_of_a_valuation_and_not_of_its_package(
    client: TestClient, answer: dict[str, Any]
) -> None:
    for name in (answer["package"]["package_id"], "0" * 26):
        url = f"/v1/valuations/{name}/reviews"
        assert client.get(url).status_code == 404
        step = {"kind": "reviewed"}
        assert client.post(url, json=step).status_code == 404


def test_the_valuation_itself_never_changes(
    client: TestClient, answer: dict[str, Any], override: Take, desk: Desk
) -> None:
    before = client.get(f"/v1/valuations/{answer['id']}").content
    override("0001", 10.0)
    assert client.get(f"/v1/valuations/{answer['id']}").content == before
    assert desk.replay(answer["id"]).identical


@pytest.mark.every_database
def test_of_many_approvals_at_once_one_stands(
    client: TestClient, answer: dict[str, Any], take: Take, desk: Desk
) -> None:
    take("reviewed")
    record = desk.record_of(answer["id"])

    def approve(number: int) -> bool:
        try:
            said = ReviewRequest.of({"kind": "approved"})
            Reviews(desk.store.of(person(number))).add(record.row, said)
        except ReviewRefusedError:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        won = list(threads.map(approve, range(16)))
    review = client.get(f"/v1/valuations/{answer['id']}/reviews").json()
    assert sum(won) == 1
    assert [e["kind"] for e in review["events"]] == ["reviewed", "approved"]
    assert review["events"][1]["person_id"] == person(won.index(True)).id


@pytest.mark.every_database
def test_overrides_at_once_are_all_kept(
    answer: dict[str, Any], desk: Desk, client: TestClient
) -> None:
    record = desk.record_of(answer["id"])

    def override(number: int) -> None:
        said = {
            "kind": "override",
            "reason": "a view",
            "claim_id": record.submission.package.claim_ids[number % 2],
            "present_value_yuan": number,
        }
        theirs = desk.store.of(person(number))
        Reviews(theirs).add(record.row, ReviewRequest.of(said))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(override, range(12)))
    review = client.get(f"/v1/valuations/{answer['id']}/reviews").json()
    assert [e["number"] for e in review["events"]] == list(range(1, 13))
    assert len(review["overrides"]) == 2


def test_values_that_people_stated_before_are_told_of_a_later_valuation(
    client: TestClient, valued: Valued, answer: dict[str, Any], override: Take
) -> None:
    def told(identifier: str) -> list[str]:
        asked = client.post(f"/v1/packages/{identifier}/bid", json={}).json()
        codes = {w["code"]: w["reason_zh"] for w in asked["warnings"]}
        return [codes[code] for code in ("earlier_overrides",) if code in codes]

    first, second, *_ = answer["claims"]
    assert told(valued()["id"]) == []
    for claim in (first, second):
        model = claim["present_value_yuan"]
        override(claim["claim_id"], round(model / 2, 2)).raise_for_status()
    later = valued()["id"]
    (reason,) = told(later)
    page = client.get(f"/zh/valuations/{later}").text

    assert answer["id"] in reason
    assert "人工修正过2笔债权" in reason
    assert f"/zh/valuations/{answer['id']}/review" in page
    assert told(answer["id"]) == []


def test_a_value_that_is_stated_again_or_withdrawn_is_no_longer_missed(
    client: TestClient,
    valued: Valued,
    answer: dict[str, Any],
    override: Take,
    take: Take,
) -> None:
    def missed(identifier: str) -> bool:
        page = client.get(f"/zh/valuations/{identifier}").text
        return f"/zh/valuations/{answer['id']}/review" in page

    claim_id = answer["claims"][0]["claim_id"]
    override(claim_id, 1.0).raise_for_status()
    again, untouched = valued()["id"], valued()["id"]
    assert missed(again)
    step = {"claim_id": claim_id, "present_value_yuan": 2.0, "reason": "still so"}
    url = f"/v1/valuations/{again}/reviews"
    client.post(url, json={"kind": "override", **step}).raise_for_status()
    assert not missed(again)
    take("override_withdrawn", claim_id=claim_id, reason="wrong").raise_for_status()
    assert not missed(untouched)


def test_what_people_stated_of_another_package_is_not_told(
    client: TestClient, package: dict[str, Any], answer: dict[str, Any], override: Take
) -> None:
    override(answer["claims"][0]["claim_id"], 1.0).raise_for_status()
    other = {**package, "package": {**package["package"], "package_id": "other"}}
    identifier = client.post("/v1/valuations", json=other).json()["id"]

    page = client.get(f"/zh/valuations/{identifier}").text
    assert f"/zh/valuations/{answer['id']}/review" not in page
