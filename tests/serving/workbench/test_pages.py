from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

LANGUAGES = ("zh", "en")
Valued = Callable[[], dict[str, Any]]


@pytest.mark.parametrize(
    ("asked", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB,en;q=0.9,zh;q=0.5", "en"),
        ("de", "zh"),
        ("", "zh"),
    ],
)
def test_a_visit_begins_in_the_language_of_the_browser(
    shared_client: TestClient, asked: str, language: str
) -> None:
    response = shared_client.get(
        "/", headers={"accept-language": asked}, follow_redirects=False
    )
    assert response.status_code == 303
    assert response.headers["location"] == f"/{language}/valuations"


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_run_and_fetch_nothing_but_their_own(
    shared_client: TestClient, language: str
) -> None:
    response = shared_client.get(f"/{language}/valuations")
    policy = response.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "//" not in response.text.replace("<!doctype html>", "")
    assert "style=" not in response.text


def test_the_files_of_pages_are_served(shared_client: TestClient) -> None:
    for name in ("workbench.css", "workbench.js", "recoup.svg"):
        assert shared_client.get(f"/static/{name}").status_code == 200


def test_the_list_shows_amounts_in_the_unit_asked_for(
    client: TestClient, valued: Valued
) -> None:
    package = valued()["package"]
    for unit, size in (("yuan", 1), ("wan", 1e4), ("yi", 1e8)):
        shown = client.get(f"/en/valuations?unit={unit}").text
        digits = 4 if unit == "yi" else 2
        assert f"{package['maximum_bid_yuan'] / size:,.{digits}f}" in shown


def test_links_keep_the_unit(client: TestClient, valued: Valued) -> None:
    identifier = valued()["id"]
    page = client.get("/zh/valuations?unit=yi").text
    assert f'href="/zh/valuations/{identifier}?unit=yi"' in page
    assert 'href="/en/valuations?unit=yi"' in page


def test_the_list_of_one_package(client: TestClient, valued: Valued) -> None:
    answer = valued()
    page = client.get("/zh/valuations?package_id=none-such").text
    assert answer["id"] not in page


def test_a_simulated_model_is_called_simulated(
    client: TestClient, valued: Valued
) -> None:
    valued()
    assert "模拟数据" in client.get("/zh/valuations").text
    assert "SIMULATED" in client.get("/en/valuations").text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/nothing", 404),
        ("/valuations?cursor=%00", 422),
        ("/valuations?unit=usd", 422),
    ],
)
def test_refusals_are_pages(
    shared_client: TestClient, language: str, path: str, status: int
) -> None:
    response = shared_client.get(f"/{language}{path}")
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/html")
    assert "content-security-policy" in response.headers


@pytest.mark.parametrize(
    ("path", "english", "chinese"),
    [
        ("/valuations?unit=usd", "wan&#39; or &#39;yi&#39;", "wan&#39;或&#39;yi&#39;"),
        ("/valuations?awaiting=perhaps", "must be 1 or 0", "必须为1或0"),
        (f"/compare?a={'x' * 41}", "at most 40 characters", "最多40个字符"),
    ],
)
def test_a_wrong_parameter_is_named_in_the_language_of_the_page(
    shared_client: TestClient, path: str, english: str, chinese: str
) -> None:
    name = path.partition("?")[2].partition("=")[0]
    for language, reason in (("en", english), ("zh", chinese)):
        page = shared_client.get(f"/{language}{path}").text
        assert f'<th scope="row">{name}</th>' in page
        assert reason in page
    assert "should" not in page


@pytest.mark.parametrize(
    ("path", "english", "chinese"),
    [
        ("/valuations/XXX", "there is no valuation XXX", "没有估值 XXX"),
        ("/valuations?cursor=abc", "cursor is not one", "cursor 不是本服务给出的"),
    ],
)
def test_what_is_not_there_is_told_in_the_language_of_the_page(
    shared_client: TestClient, path: str, english: str, chinese: str
) -> None:
    assert english in shared_client.get(f"/en{path}").text
    page = shared_client.get(f"/zh{path}").text
    assert chinese in page
    assert english not in page


def test_no_claim_of_that_name_is_told_in_the_language_of_the_page(
    shared_client: TestClient, answer: dict[str, Any]
) -> None:
    path = f"valuations/{answer['id']}/claims/NOPE"
    assert "has no claim NOPE" in shared_client.get(f"/en/{path}").text
    page = shared_client.get(f"/zh/{path}").text
    assert "该估值中没有债权 NOPE" in page
    assert "no claim" not in page


def test_other_paths_are_refused_as_before(shared_client: TestClient) -> None:
    response = shared_client.get("/v1/nothing")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_text_of_a_seller_stays_text(
    client: TestClient, package: dict[str, Any]
) -> None:
    package["package"]["package_id"] = "<script>alert(1)</script>"
    assert client.post("/v1/valuations", json=package).status_code == 201
    page = client.get("/zh/valuations").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
