"""Pages of persons behind claims: asked for with a reason, destroyed when confirmed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.schemas import EXAMPLE
from serving.settings import Settings
from serving.workbench.words import texts
from tests.plugins.persons import shown_key

WHY = "送达起诉状"
every_language = pytest.mark.parametrize("language", ["zh", "en"])


@pytest.fixture
def identifier(client: TestClient) -> str:
    """A valuation with more persons than stand on a page."""
    first = EXAMPLE["claims"][0]
    rows = [
        {**first, "claim_id": f"C{n}", "obligor_name": "张伟" if n else "李娜"}
        for n in range(51)
    ]
    body = {"package": EXAMPLE["package"], "claims": rows}
    body["assumptions"] = {"simulations": 100}
    return str(client.post("/v1/valuations", json=body).json()["id"])


@every_language
def test_persons_are_shown_to_who_says_why(
    client: TestClient, identifier: str, language: str, read_page: Callable[..., Any]
) -> None:
    path = f"/{language}/valuations/{identifier}/persons"
    asked = client.get(path).text
    assert "张伟" not in asked
    refused = client.post(path, data={"reason": "因"})
    assert texts()["persons.refused"][language] in refused.text
    assert "张伟" not in refused.text

    shown = client.post(path, data={"reason": WHY})
    assert shown.headers["cache-control"] == "no-store"
    assert len(read_page(shown.text).tables["persons-caption"]) == 51
    assert "李娜" in shown.text
    after = re.findall(r'name="after" value="(\d+)"', shown.text)[0]
    rest = client.post(path, data={"reason": WHY, "after": after}).text
    assert [row[0] for row in read_page(rest).tables["persons-caption"][1:]] == ["C50"]
    assert 'name="after"' not in rest
    noted = client.get("/v1/audit", params={"action": "personal.viewed"}).json()
    assert [entry["facts"]["claims"] for entry in noted["items"]] == [1, 50]


def test_pages_lead_there_only_who_may_look(
    client: TestClient,
    identifier: str,
    settings: Settings,
    read_page: Callable[..., Any],
) -> None:
    viewer = shown_key(settings, "viewer", ["viewer"])
    for page, led in (("", ""), ("/claims/C1", "?claim=C1")):
        url = f"/zh/valuations/{identifier}{page}"
        links = read_page(client.get(url).text).links
        target = f"/zh/valuations/{identifier}/persons{led}"
        assert links[texts()["persons.link"]["zh"]] == target
        assert target not in client.get(url, headers=viewer).text
    one = client.get(f"/zh/valuations/{identifier}/persons?claim=C1").text
    assert 'value="C1"' in one


@every_language
def test_what_goes_is_stated_then_destroyed_with_a_certificate(
    client: TestClient, identifier: str, language: str, read_page: Callable[..., Any]
) -> None:
    stated = client.get(f"/{language}/personal?of={identifier}").text
    assert [r[0] for r in read_page(stated).tables["keys-caption"][1:]] == [identifier]
    form = {"of": identifier, "keys_seen": "1"}
    gone = client.post(f"/{language}/personal/destruction", data=form)
    assert gone.status_code == 200
    path = read_page(gone.text).links[texts()["personal.as_json"][language]]
    certificate = client.get(path).json()
    assert (certificate["claims"], certificate["subject"]) == (51, identifier)
    listed = client.get(f"/{language}/personal").text
    assert certificate["certificate"] in listed
    after = client.get(f"/{language}/valuations/{identifier}/persons").text
    assert texts()["persons.none"][language] in after


def test_what_was_not_stated_is_not_destroyed(
    client: TestClient, identifier: str
) -> None:
    form = {"of": identifier, "keys_seen": "0"}
    again = client.post("/en/personal/destruction", data=form)
    assert texts()["personal.changed"]["en"] in again.text
    assert client.get(f"/v1/personal/kept?of={identifier}").status_code == 200


def test_what_is_not_kept_is_said(client: TestClient) -> None:
    page = client.get("/en/personal?of=nothing").text
    assert "No personal data is kept of nothing" in page
