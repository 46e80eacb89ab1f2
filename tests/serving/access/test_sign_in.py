"""Signing in by a link, staying signed in, and signing out."""

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from serving.access import links, sessions
from serving.access.callers import PLAIN_COOKIE, SECURE_COOKIE
from serving.access.local import opened_store
from serving.access.persons import Persons, local_person
from serving.access.secret import derived
from serving.access.sessions import Lifetime
from serving.access.tables import BrowserSession, SignInLink
from serving.app import create_app
from serving.sandbox.pool import ReadingPool
from serving.settings import Settings
from serving.storage.store import Store
from serving.workbench.wanted import COOKIE
from serving.workbench.words import text

LIFETIME = Lifetime(timedelta(hours=1), timedelta(hours=12))


@pytest.fixture
def kept(settings: Settings) -> Iterator[Store]:
    with opened_store(settings) as store:
        yield store


@pytest.fixture
def stranger(settings: Settings, reading_pool: ReadingPool) -> Iterator[TestClient]:
    """A browser in which nobody is signed in."""
    app = create_app(settings, reading_pool)
    with TestClient(app, follow_redirects=False) as client:
        yield client


@pytest.fixture
def link(kept: Store) -> str:
    return links.issue(kept, local_person(kept).id)


def signed_in(client: TestClient) -> bool:
    return client.get("/en/valuations").status_code == 200


def form_token(client: TestClient) -> dict[str, str]:
    """What a form of this session carries."""
    found = re.search(r'name="form_token" value="(\w+)"', client.get("/en/models").text)
    assert found is not None
    return {"form_token": found[1]}


def test_a_form_without_the_token_of_its_session_does_nothing(
    stranger: TestClient, kept: Store, link: str
) -> None:
    stranger.post(f"/en/sign-in/{link}")
    mine = form_token(stranger)
    other = {"form_token": derived(sessions.begin(kept, local_person(kept)), "form")}
    for wrong in ({}, {"form_token": ""}, {"form_token": "x"}, other):
        assert stranger.post("/en/sign-out", data=wrong).status_code == 403
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert stranger.post("/en/sign-out", data=mine, headers=foreign).status_code == 403

    assert signed_in(stranger)
    assert stranger.post("/en/sign-out", data=mine).status_code == 303


def test_every_form_of_the_workbench_carries_a_token() -> None:
    folder = files("serving.workbench").joinpath("templates")
    pages = [p.read_text("utf-8") for p in Path(str(folder)).rglob("*.html")]
    forms = [
        f
        for page in pages
        for f in re.findall(r'<form method="post".*?</form>', page, re.DOTALL)
    ]

    assert len(forms) > 7
    assert all('name="form_token" value="{{ view.form_token }}"' in f for f in forms)


def test_a_link_signs_in_once(stranger: TestClient, link: str) -> None:
    shown = stranger.get(f"/sign-in/{link}", headers={"accept-language": "en"})
    page = stranger.get(shown.headers["location"])
    assert page.status_code == 200
    assert not signed_in(stranger)

    taken = stranger.post(f"/en/sign-in/{link}")
    assert taken.status_code == 303
    assert signed_in(stranger)
    stranger.cookies.clear()
    again = stranger.post(f"/en/sign-in/{link}")

    assert again.status_code == 404
    assert not signed_in(stranger)


def test_looking_at_a_link_does_not_use_it_up(stranger: TestClient, link: str) -> None:
    for method in ("GET", "HEAD", "GET"):
        stranger.request(method, f"/en/sign-in/{link}")

    assert stranger.post(f"/en/sign-in/{link}").status_code == 303


def test_links_that_are_over_or_none_sign_nobody_in(
    stranger: TestClient, kept: Store, link: str
) -> None:
    with kept.session() as session:
        session.execute(update(SignInLink).values(expires_at=datetime.now(UTC)))

    for wrong in (link, link[:-1], "x", "é", "x" * 10_000):
        assert stranger.get(f"/zh/sign-in/{wrong}").status_code == 404
        assert stranger.post(f"/zh/sign-in/{wrong}").status_code == 404
    assert not stranger.cookies


def test_the_link_of_somebody_shut_out_signs_nobody_in(
    stranger: TestClient, kept: Store, link: str
) -> None:
    Persons(kept).disable(local_person(kept).id)

    assert stranger.post(f"/en/sign-in/{link}").status_code == 404


def test_the_cookie_is_for_this_service_alone(
    stranger: TestClient, kept: Store, link: str
) -> None:
    plain = stranger.post(f"/en/sign-in/{link}").headers["set-cookie"]
    again = links.issue(kept, local_person(kept).id)
    stranger.base_url = stranger.base_url.copy_with(scheme="https")
    secure = stranger.post(f"/en/sign-in/{again}").headers["set-cookie"]

    assert plain.startswith(f"{PLAIN_COOKIE}=")
    assert secure.startswith(f"{SECURE_COOKIE}=")
    assert "Secure" in secure
    for cookie in (plain, secure):
        assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
        assert "domain" not in cookie.lower()


def test_a_session_that_was_planted_is_not_taken_up(
    stranger: TestClient, link: str
) -> None:
    planted = "A" * 43
    stranger.cookies.set(PLAIN_COOKIE, planted)
    answer = stranger.post(f"/en/sign-in/{link}")
    given = re.search(f"{PLAIN_COOKIE}=([^;]+)", answer.headers["set-cookie"])

    assert given is not None
    assert given[1] != planted
    stranger.cookies.clear()
    stranger.cookies.set(PLAIN_COOKIE, planted)
    assert not signed_in(stranger)


def test_signing_out_ends_the_session_in_the_store(
    stranger: TestClient, link: str
) -> None:
    stranger.post(f"/en/sign-in/{link}")
    token = stranger.cookies[PLAIN_COOKIE]
    out = stranger.post("/en/sign-out", data=form_token(stranger))
    assert out.headers["location"] == "/en/sign-in"
    stranger.cookies.set(PLAIN_COOKIE, token)

    assert not signed_in(stranger)


def test_a_session_ends_without_requests_and_in_any_case(store: Store) -> None:
    token = sessions.begin(store, local_person(store))
    began = datetime.now(UTC)

    def known(after: timedelta) -> bool:
        return sessions.visitor_of(store, token, LIFETIME, began + after) is not None

    assert known(timedelta(minutes=59))
    assert not known(timedelta(minutes=61))
    sessions.note_visit(store, token, began + timedelta(hours=11.9))
    assert known(timedelta(hours=11.99))
    assert not known(timedelta(hours=12))


@pytest.mark.parametrize(
    ("moment", "ago"), [("seen_at", {"minutes": 61}), ("created_at", {"hours": 13})]
)
def test_a_browser_whose_session_is_over_signs_in_anew(
    stranger: TestClient, kept: Store, link: str, moment: str, ago: dict[str, float]
) -> None:
    stranger.post(f"/en/sign-in/{link}")
    assert signed_in(stranger)
    past = datetime.now(UTC) - timedelta(**ago)
    with kept.session() as session:
        session.execute(update(BrowserSession).values({moment: past}))
    while signed_in(stranger):
        time.sleep(0.02)
    led = stranger.get("/en/valuations").headers["location"]

    assert led == "/en/sign-in?to=%2Fen%2Fvaluations"


def test_nothing_of_a_session_or_link_is_kept(store: Store) -> None:
    person = local_person(store)
    secrets = sessions.begin(store, person), links.issue(store, person.id)
    with store.session() as session:
        rows = [*session.query(BrowserSession), *session.query(SignInLink)]
        kept = str([vars(row) for row in rows])

    assert len(rows) == 2
    assert not any(secret in kept for secret in secrets)


def test_whoever_is_shut_out_is_signed_out_everywhere(
    stranger: TestClient, kept: Store, link: str
) -> None:
    stranger.post(f"/en/sign-in/{link}")
    assert signed_in(stranger)
    Persons(kept).disable(local_person(kept).id)
    while signed_in(stranger):
        time.sleep(0.02)

    assert sessions.open_sessions(kept, LIFETIME) == []


def test_a_page_leads_to_the_sign_in_in_its_language_and_back(
    stranger: TestClient,
) -> None:
    path = "/zh/valuations/01ARZ3NDEKTSV4RRFFQ69G5FAV/claims?sort=rate&unit=yi"
    answer = stranger.get(path)
    address = answer.headers["location"]

    assert answer.status_code == 303
    assert address.startswith("/zh/sign-in?to=%2Fzh%2Fvaluations%2F")
    assert stranger.get("/en/new").headers["location"].startswith("/en/sign-in?")
    assert stranger.get(address).status_code == 200


def test_a_form_that_nobody_sends_any_more_is_told_not_to_be_lost(
    stranger: TestClient,
) -> None:
    answer = stranger.post("/zh/valuations/01ARZ3NDEKTSV4RRFFQ69G5FAV/review", data={})

    assert answer.status_code == 303
    assert answer.headers["location"] == "/zh/sign-in?unsent=1"
    told = text("zh", "sign_in.unsent")
    assert told in stranger.get(answer.headers["location"]).text
    assert told not in stranger.get("/zh/sign-in").text


def test_a_link_leads_to_the_page_that_was_wanted(
    stranger: TestClient, link: str
) -> None:
    wanted = "/en/valuations?unit=yi&package_id=a%26b"
    stranger.get(stranger.get(wanted).headers["location"])

    assert stranger.post(f"/en/sign-in/{link}").headers["location"] == wanted


@pytest.mark.parametrize(
    "to",
    [
        *("//evil.example", "///evil.example", "https://evil.example", "evil.example"),
        *("/\\evil.example", "\\\\evil.example", "/zh\\evil.example", "/v1/valuations"),
        *("/zh@evil.example", "/zhevil", "/zh\n//evil.example", "\t//evil.example"),
        *("/en/\r\nSet-Cookie: a=b", "javascript:alert(1)", " /zh/valuations", "/"),
    ],
)
def test_nobody_is_led_elsewhere(stranger: TestClient, link: str, to: str) -> None:
    page = stranger.get("/en/sign-in", params={"to": to})
    stranger.cookies.set(COOKIE, quote(to, safe=""))
    taken = stranger.post(f"/en/sign-in/{link}")

    assert page.status_code == 200
    assert not re.search(r'(?:href|action)="(?!#|/(?:zh|en|static)/)', page.text)
    assert COOKIE not in page.cookies
    assert taken.headers["location"] == "/en/valuations"


@pytest.mark.parametrize(
    ("role", "path"),
    [("viewer", "/valuations"), ("modeller", "/models"), ("admin", "/access")],
)
def test_everybody_begins_on_a_page_that_they_may_see(
    stranger: TestClient, kept: Store, role: str, path: str
) -> None:
    assert stranger.get("/").headers["location"] == "/zh/sign-in"
    person = Persons(kept).add("Somebody", [role])
    taken = stranger.post(f"/zh/sign-in/{links.issue(kept, person.id)}")

    assert taken.headers["location"] == f"/zh{path}"
    assert stranger.get("/").headers["location"] == f"/zh{path}"
    assert stranger.get(f"/zh{path}").status_code == 200


def test_the_api_takes_no_cookie_to_change_anything(
    stranger: TestClient, link: str, package: dict[str, object]
) -> None:
    stranger.post(f"/en/sign-in/{link}")
    read = stranger.get("/v1/valuations")
    refused = stranger.post("/v1/valuations", json=package)

    assert read.status_code == 200
    assert refused.status_code == 403
    assert refused.json()["errors"][0]["code"] == "key_needed"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "Bearer rcp_0_0"},
        {"Cookie": f"{PLAIN_COOKIE}=x"},
    ],
)
def test_the_api_says_how_to_be_known(
    stranger: TestClient, headers: dict[str, str]
) -> None:
    answer = stranger.get("/v1/valuations", headers=headers)

    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["detail_zh"]


def test_a_wrong_key_is_not_helped_by_a_session(
    stranger: TestClient, link: str
) -> None:
    stranger.post(f"/en/sign-in/{link}")
    headers = {"Authorization": "Bearer rcp_0_0"}

    assert stranger.get("/v1/valuations", headers=headers).status_code == 401


def test_only_those_who_are_known_are_told_what_dependencies_say(
    stranger: TestClient, client: TestClient
) -> None:
    assert "version" in client.get("/health/ready").json()["model"]["detail"]
    for path in ("/health/ready", "/health/startup"):
        told = stranger.get(path).text
        assert '"ready":true,"detail":null' in told
        assert '"detail":"' not in told
