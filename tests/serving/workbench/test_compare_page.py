"""The page of a comparison, and the ways that lead there."""

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.workbench.words import texts


@pytest.fixture
def two(client: TestClient, package: dict[str, Any]) -> tuple[str, str]:
    """A package valued at two returns."""
    valued = []
    for rate in (0.15, 0.1):
        package["assumptions"]["target_return_rate"] = rate
        valued.append(client.post("/v1/valuations", json=package).json()["id"])
    return valued[0], valued[1]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_figures_assumptions_and_bridge(
    client: TestClient, two: tuple[str, str], language: str
) -> None:
    a, b = two
    told = client.get(f"/v1/valuations/compare?a={a}&b={b}").json()
    page = client.get(f"/{language}/compare?a={a}&b={b}&unit=yuan").text

    for figure in told["figures"]:
        assert texts()[f"compare.figure_{figure['figure']}"][language] in page
    for yuan in (told["before_yuan"], told["after_yuan"]):
        assert f"{yuan:,.2f}" in page
    for part in told["bridge"]:
        assert part["title" if language == "en" else "title_zh"] in page
    assert "15.0%" in page
    assert "10.0%" in page
    assert "<svg" in page
    for claim in told["most_changed"]:
        link = f"/{language}/valuations/{b}/claims/{claim['claim_id']}"
        assert f'href="{link}?unit=yuan"' in page
        assert client.get(link).status_code == 200


def test_two_are_chosen_in_the_list(client: TestClient, two: tuple[str, str]) -> None:
    listed = client.get("/zh/valuations?unit=yi").text
    form = listed[listed.index("<form") : listed.index("</form>")]
    chosen = re.findall(r'type="(?:radio|hidden)" name="(\w+)" value="(\w+)"', form)

    assert set(chosen) == {("unit", "yi")} | {
        (side, identifier) for side in "ab" for identifier in two
    }
    assert 'action="/zh/compare' in form


def test_an_earlier_one_of_the_package_is_offered(
    client: TestClient, two: tuple[str, str], package: dict[str, Any]
) -> None:
    package["package"]["package_id"] = "another"
    other = client.post("/v1/valuations", json=package).json()["id"]
    page = client.get(f"/en/compare?b={two[1]}").text

    assert f"a={two[0]}" in page
    assert other not in page
    assert client.get("/en/compare").status_code == 200


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_valuation_beside_itself_leads_to_another(
    client: TestClient, two: tuple[str, str], language: str
) -> None:
    response = client.get(f"/{language}/compare?a={two[0]}&b={two[0]}")

    assert response.status_code == 422
    assert texts()["compare.same"][language] in response.text
    assert f'href="/{language}/compare?a={two[0]}&amp;b={two[1]}"' in response.text


def test_names_of_files_stay_text(client: TestClient) -> None:
    tape = b"claim_id,principal,cutoff_date\n1,1000000,2025-06-30\n"
    ids = [
        client.post(
            "/v1/valuations/upload", files={"file": ("<b>x</b>.csv", tape)}
        ).json()["id"]
        for _ in range(2)
    ]
    page = client.get(f"/zh/compare?a={ids[0]}&b={ids[1]}").text
    assert "<b>x" not in page
    assert "&lt;b&gt;x" in page
