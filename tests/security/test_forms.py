"""Every form of the workbench, by the table of routes: none is sent by another site."""

import re
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.access import sessions
from serving.access.callers import PLAIN_COOKIE
from serving.access.local import opened_store
from serving.access.persons import Persons, local_person
from serving.access.routes import routes_of, rule_of
from serving.access.secret import derived
from serving.app import create_app
from serving.settings import Settings
from serving.workbench.routes import is_page

Report = Callable[[str], None]


@pytest.fixture(scope="module")
def browser(installed_model: Settings) -> Iterator[TestClient]:
    """A browser in which somebody of every role is signed in."""
    with (
        opened_store(installed_model) as store,
        TestClient(create_app(installed_model), follow_redirects=False) as client,
    ):
        client.cookies.set(PLAIN_COOKIE, sessions.begin(store, local_person(store)))
        yield client


@pytest.fixture(scope="module")
def token(browser: TestClient) -> str:
    """What forms of this session carry."""
    return derived(browser.cookies[PLAIN_COOKIE], "form")


@pytest.fixture(scope="module")
def foreign_token(installed_model: Settings) -> str:
    """What forms of somebody else's session carry."""
    with opened_store(installed_model) as store:
        other = Persons(store).add("Somebody else", ["viewer"])
        return derived(sessions.begin(store, other), "form")


def forms(client: TestClient) -> list[tuple[str, str]]:
    """Name and path of every route that a form is sent to."""
    return [
        (route.name or "", re.sub(r"\{[^}]+\}", "x", path))
        for route in routes_of(client.app)  # type: ignore[arg-type]
        if "POST" in (route.methods or ())
        and is_page(path := (route.path or "").replace("{language:language}", "en"))
    ]


def test_no_form_of_another_site_or_session_is_taken(
    browser: TestClient, token: str, foreign_token: str, report: Report
) -> None:
    asked = forms(browser)
    guarded = [path for name, path in asked if not rule_of()[name].is_open]
    wrong = ({}, {"form_token": ""}, {"form_token": "é"}, {"form_token": foreign_token})
    for path in guarded:
        for said in wrong:
            assert browser.post(path, data=said).status_code == 403, (path, said)
    for _, path in asked:
        for site in ("cross-site", "same-site"):
            headers = {"Sec-Fetch-Site": site}
            answer = browser.post(path, data={"form_token": token}, headers=headers)
            assert answer.status_code == 403, (path, site)

    report(f"{len(asked)} forms, {len(guarded)} of them with a session: none forged")
    assert len(guarded) > 15


def test_a_form_of_a_session_that_is_over_is_offered_to_be_sent_anew(
    browser: TestClient, token: str, foreign_token: str
) -> None:
    said = {"form_token": foreign_token, "name": "Wang <Fang>", "roles": ["viewer"]}
    ours = {"Sec-Fetch-Site": "same-origin"}
    before = browser.get("/en/access").text
    offered = browser.post("/en/access?unit=yi", data=said, headers=ours)
    form = offered.text.partition("<main")[2]
    carried = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="(.*?)">', form)
    )

    assert offered.status_code == 403
    assert '<form method="post" action="/en/access?unit=yi">' in form
    assert carried == {
        "form_token": token,
        "name": "Wang &lt;Fang&gt;",
        "roles": "viewer",
    }
    assert "Wang" not in before + browser.get("/en/access").text
    assert browser.post("/en/access", data=said | {"form_token": token}).is_redirect
    assert "Wang &lt;Fang&gt;" in browser.get("/en/access").text
    for site in ({}, {"Sec-Fetch-Site": "none"}, {"Sec-Fetch-Site": "cross-site"}):
        assert "Wang" not in browser.post("/en/access", data=said, headers=site).text


def test_every_form_of_one_s_own_session_is_taken(
    browser: TestClient, token: str
) -> None:
    asked = dict(forms(browser))
    # Whoever has signed out sends no more.
    ordered = [*(n for n in asked if n != "sign_out"), "sign_out"]
    for name in ordered:
        answer = browser.post(asked[name], data={"form_token": token})
        assert answer.status_code in (200, 303, 404, 422), (name, answer.status_code)


def test_every_form_of_every_template_is_one_of_the_table(browser: TestClient) -> None:
    folder = Path(str(files("serving.workbench").joinpath("templates")))
    written = [
        form
        for page in folder.rglob("*.html")
        for form in re.findall(
            r'<form method="post".*?</form>', page.read_text("utf-8"), re.DOTALL
        )
    ]

    assert len(written) >= len(forms(browser))
    assert all('name="form_token" value="{{ view.form_token }}"' in f for f in written)
