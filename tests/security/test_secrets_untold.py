"""Secrets are nowhere but with whoever was given them: the service tells none."""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from serving.access import links, sessions
from serving.access.callers import PLAIN_COOKIE
from serving.access.keys import Keys
from serving.access.local import local_key, opened_store
from serving.access.persons import local_person
from serving.access.secret import derived
from serving.app import create_app
from serving.settings import Settings
from tests.plugins.house import house

CODE, STATE = "code-9f31c6d2a7", "state-77aa0e4c19"
BASIC = "cGFzc3dvcmQtb2Ytc29tZWJvZHk6eA"


@pytest.fixture
def settings(tmp_path: Path, released_model: Path) -> Settings:
    return house(tmp_path, released_model)


def given_out(settings: Settings) -> dict[str, str]:
    """Keys, links and a session of an installation, by what they are."""
    with opened_store(settings) as store:
        person = local_person(store)
        revoked = Keys(store).issue(person.id, "revoked")
        Keys(store).revoke(revoked.key.id)
        link, used = (links.issue(store, person.id) for _ in range(2))
        session = sessions.begin(store, person)
    return {
        "known": local_key(settings, "known"),
        "revoked": revoked.text,
        "wrong": "rcp_0123456789ab_" + "w" * 43,
        "link": link,
        "used": used,
        "session": session,
    }


def asked(client: TestClient, given: dict[str, str]) -> Iterator[Any]:
    """Answers to whoever shows these secrets where they belong and elsewhere."""
    for name in ("known", "revoked", "wrong"):
        for path in ("/v1/valuations", "/v1/broken", "/metrics"):
            key = {"Authorization": f"Bearer {given[name]}"}
            yield client.get(path, headers=key)
    basic = {"Authorization": f"Basic {BASIC}"}
    yield client.get("/v1/valuations", headers=basic)
    yield client.get(f"/v1/valuations?token={BASIC}&code={CODE}")
    yield client.get(f"/en/sign-on/callback?state={STATE}&code={CODE}")
    yield client.get("/en/sign-on")
    yield client.post(f"/en/sign-in/{given['used']}")
    cookie = {"Cookie": f"{PLAIN_COOKIE}={given['session']}"}
    for path in ("/en/audit", "/en/access", "/v1/audit", "/v1/broken"):
        yield client.get(path, headers=cookie)
    yield client.post("/en/sign-out", headers=cookie, data={"form_token": "x"})


@contextmanager
def opened(settings: Settings) -> Iterator[TestClient]:
    """A service that writes what it is asked; it enters refusals when it closes."""
    told = {"access_log": True, "oidc_issuer": "http://127.0.0.1:9"}
    app = create_app(settings.model_copy(update=told))
    # What stands in no table of routes fails once it is asked.
    app.add_api_route("/v1/broken", lambda: "x")
    with TestClient(
        app, raise_server_exceptions=False, follow_redirects=False
    ) as client:
        yield client


def test_secrets_are_told_by_nobody(
    settings: Settings, log: io.StringIO, tmp_path: Path, report: Any
) -> None:
    given = given_out(settings)
    with opened(settings) as client:
        assert client.post(f"/en/sign-in/{given['used']}").status_code == 303
        begun = client.cookies[PLAIN_COOKIE]
        client.cookies.clear()
        heard = [
            f"{answer.text} {answer.headers.multi_items()}"
            for answer in asked(client, given)
        ]
    secrets = {name: text.split("_", 2)[-1] for name, text in given.items()}
    secrets |= {"link": given["link"], "used": given["used"], "begun": begun}
    secrets |= {"session": given["session"], "code": CODE, "state": STATE}
    secrets["password"] = BASIC
    kept = (tmp_path / "recoup.db").read_bytes().decode("latin-1")
    # A page carries its session's token and leads on in its other language.
    answers = [re.sub(r'(?:href|action|content)="[^"]*"', "", text) for text in heard]
    places = {"log": log.getvalue(), "answers": "\n".join(answers), "database": kept}
    hits = [
        (place, name)
        for place, text in places.items()
        for name, secret in secrets.items()
        if secret in text
    ]

    assert hits == []
    assert derived(given["session"], "form") not in places["log"] + kept
    assert '"event":"request"' in places["log"].replace('": "', '":"')
    assert "key.refused" in kept
    report(f"{len(secrets)} secrets looked for in {len(places)} places: 0 told")
