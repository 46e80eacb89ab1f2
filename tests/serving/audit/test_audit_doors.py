"""The audit log over HTTP and as a page."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.access.local import opened_store
from serving.access.persons import Persons
from serving.audit.actions import acts, fact_words
from serving.audit.checking import verify_log
from serving.audit.keys import Keys
from serving.audit.log import BY_KEY
from serving.desk import Desk
from serving.settings import Settings

Valued = Callable[[], dict[str, Any]]


def actions(client: TestClient, **query: Any) -> list[str]:
    page = client.get("/v1/audit", params=query)
    assert page.status_code == 200, page.text
    return [
        item["action"]
        for item in page.json()["items"]
        if item["action"].partition(".")[0] in ("valuation", "export")
    ]


def test_entries_are_listed_page_by_page(client: TestClient, valued: Valued) -> None:
    for _ in range(3):
        valued()
    newest = client.get("/v1/audit", params={"limit": 2}).json()
    older = client.get("/v1/audit", params={"cursor": newest["next_cursor"]}).json()

    numbers = [item["number"] for page in (newest, older) for item in page["items"]]
    assert len(newest["items"]) == 2
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == 1
    assert older["next_cursor"] is None


def test_entries_are_narrowed(client: TestClient, valued: Valued) -> None:
    first, second = valued()["id"], valued()["id"]
    client.get(f"/v1/valuations/{first}.xlsx")

    assert actions(client, subject=first) == ["export.workbook", "valuation.recorded"]
    assert actions(client, subject=second) == ["valuation.recorded"]
    assert actions(client, action="export") == ["export.workbook"]
    assert len(actions(client, action="valuation.recorded")) == 2
    assert actions(client, until="2020-01-01T00:00:00Z") == []
    assert len(actions(client, since="2020-01-01T08:00:00+08:00")) == 3
    assert actions(client, who="nobody") == []
    assert client.get("/v1/audit", params={"since": "x"}).status_code == 422


def test_entries_are_taken_along_as_csv_and_that_is_noted(
    client: TestClient, valued: Valued
) -> None:
    identifier = valued()["id"]

    content = client.get("/v1/audit.csv", params={"subject": identifier}).text
    lines = content.removeprefix("\ufeff").splitlines()

    assert len(lines) == 2
    assert lines[0].startswith('"number","at","tenant","who","action","subject"')
    assert "记录估值" in lines[1]
    (noted,) = client.get("/v1/audit", params={"action": "export.audit"}).json()[
        "items"
    ]
    assert noted["facts"]["entries"] == 1


def test_a_head_that_was_taken_along_vouches_for_the_log(
    client: TestClient,
    valued: Valued,
    desk: Desk,
    settings: Settings,
    tmp_path: Path,
) -> None:
    valued()
    kept = tmp_path / "head.json"
    kept.write_bytes(client.get("/v1/audit/head").content)
    valued()

    found = verify_log(desk.store.session_of_all, Keys(settings), kept)
    assert found.broken is None
    assert found.vouched > 0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("审计日志", "记录估值", "入口")),
        ("en", ("Audit log", "valuation recorded")),
    ],
)
def test_the_page_says_who_did_what(
    client: TestClient, valued: Valued, language: str, words: tuple[str, ...]
) -> None:
    identifier = valued()["id"]
    size = client.get("/v1/audit/head").json()["size"]

    shown = client.get(f"/{language}/audit").text

    for word in (*words, f"{size}, " if language == "en" else f"第 {size} 条"):
        assert word in shown
    assert f"/{language}/valuations/{identifier}/review" in shown
    assert "/v1/audit.csv" in shown


def test_the_page_is_narrowed_by_its_form(client: TestClient, valued: Valued) -> None:
    first, second = valued()["id"], valued()["id"]

    one = client.get("/en/audit", params={"subject": first, "action": "", "since": ""})
    none = client.get("/en/audit", params={"until": "2020-01-01"})

    assert first in one.text
    assert second not in one.text
    assert f"/v1/audit.csv?subject={first}" in one.text
    assert "No entry of that kind" in none.text
    assert client.get("/en/audit", params={"since": "soon"}).status_code == 422


def test_persons_stand_under_their_names_and_roles_in_words(
    client: TestClient, settings: Settings, valued: Valued
) -> None:
    valued()
    with opened_store(settings) as store:
        fang = Persons(store).add("王芳", ("viewer", "pricer"))
        names = {person.name for person in Persons(store).all()}

    page = client.get("/zh/audit").text

    assert any(f"<bdi>{name}</bdi></a><small" in page for name in names - {fang.name})
    assert "<bdi>查看, 定价</bdi>" in page


def test_the_review_leads_to_everything_about_a_valuation(
    client: TestClient, valued: Valued
) -> None:
    identifier = valued()["id"]

    page = client.get(f"/zh/valuations/{identifier}/review").text

    assert f"/zh/audit?subject={identifier}" in page


def test_every_fact_has_its_words() -> None:
    facts = {name for act in acts().values() for name in act.facts}

    assert set(fact_words()) == facts | {BY_KEY}
    assert all(set(words) == {"zh", "en"} for words in fact_words().values())


def test_only_those_who_may_read_the_log_are_led_to_it(client: TestClient) -> None:
    assert 'href="/en/audit"' in client.get("/en/valuations").text
    assert 'href="/en/audit"' not in client.get("/en/sign-in").text
