"""Everything that is done with a valuation stands in the log, by whom and to what."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from threading import Barrier
from typing import Any

import orjson
from fastapi.testclient import TestClient
from sqlalchemy import create_engine, text

from serving.audit.checking import verify_log
from serving.audit.keys import Keys
from serving.audit.models import InService, note_model
from serving.desk import Desk
from serving.model_facts import DecisionFacts
from serving.settings import Settings

DECISION = DecisionFacts.model_validate(
    {
        "number": 3,
        "at": "2026-01-02T03:04:05Z",
        "kind": "promoted",
        "by": "wang",
        "from_version": 1,
        "version": 2,
        "reason": "better by the gate",
    }
)


def noted(settings: Settings) -> list[tuple[str, str, dict[str, Any]]]:
    """Action, subject and facts of every entry, oldest first."""
    engine = create_engine(settings.database_url)
    query = "SELECT action, subject, facts FROM audit_entries ORDER BY number"
    with engine.connect() as connection:
        found = [(a, s, orjson.loads(f)) for a, s, f in connection.execute(text(query))]
    engine.dispose()
    return found


def test_a_valuation_its_review_and_its_files_are_noted(
    client: TestClient, valued: Callable[[], dict[str, Any]], settings: Settings
) -> None:
    identifier = valued()["id"]
    address = f"/v1/valuations/{identifier}"
    claim = client.get(address).json()["claims"][0]["claim_id"]
    steps = (
        {"kind": "override", "claim_id": claim, "present_value_yuan": 1, "reason": "?"},
        {"kind": "reviewed"},
    )
    for step in steps:
        answer = client.post(f"{address}/reviews", json=step)
        assert answer.status_code == 201, answer.text
    workbook = client.get(f"{address}.xlsx")
    page = client.get(f"{address}/announcement.html?language=en")
    rows = client.get(f"/zh/valuations/{identifier}/claims.csv")

    found = noted(settings)
    kinds = ("valuation", "review", "export")
    assert [(a, s) for a, s, _ in found if a.partition(".")[0] in kinds] == [
        ("valuation.recorded", identifier),
        ("review.override", identifier),
        ("review.reviewed", identifier),
        ("export.workbook", identifier),
        ("export.announcement", identifier),
        ("export.claims", identifier),
    ]
    facts = {action: facts for action, _, facts in found}
    assert facts["valuation.recorded"]["door"] == "json"
    for action, answer in (
        ("export.workbook", workbook),
        ("export.announcement", page),
        ("export.claims", rows),
    ):
        expected = sha256(answer.content).hexdigest()
        assert facts[action]["content_sha256"] == expected
    assert "李四" not in str(found)
    assert claim not in str(found)


def test_the_model_in_service_is_noted_once(settings: Settings) -> None:
    for _ in range(2):
        desk = Desk(settings)
        desk.refresh()
        desk.refresh()
        desk.close()

    models = [(a, s) for a, s, _ in noted(settings) if a.startswith("model.")]
    assert models == [("model.swapped", "recovery/1")]


def test_who_decided_on_a_new_model_is_noted(desk: Desk, settings: Settings) -> None:
    changed = InService("recovery", "2", "0f" * 32)
    for _ in range(2):
        note_model(desk.store.session_of_all, changed, lambda: [DECISION])

    *_, decided, swapped = noted(settings)
    assert decided[:2] == ("model.decided", "recovery/2")
    assert decided[2]["by"] == "wang"
    assert decided[2]["decision"] == 3
    assert swapped[:2] == ("model.swapped", "recovery/2")
    assert swapped[2]["from_version"] == "1"


def test_two_processes_that_meet_a_new_model_note_it_once(
    desk: Desk, settings: Settings
) -> None:
    changed = InService("recovery", "2", "0f" * 32)
    both = Barrier(2)

    def decisions() -> list[DecisionFacts]:
        both.wait(30)
        return [DECISION]

    with ThreadPoolExecutor(2) as processes:
        for done in [
            processes.submit(note_model, desk.store.session_of_all, changed, decisions)
            for _ in range(2)
        ]:
            done.result()

    noticed = [a for a, s, _ in noted(settings) if s == "recovery/2"]
    assert noticed == ["model.decided", "model.swapped"]


def test_the_log_is_signed_when_the_service_stops(
    settings: Settings, desk: Desk
) -> None:
    desk.close()

    found = verify_log(desk.store.session_of_all, Keys(settings))
    assert found.broken is None
    assert found.vouched == found.entries == 2
