"""Secrets are nowhere but with whoever was given them: the service tells none."""

import io
import logging
import re
import sys
from collections.abc import Iterator
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
from serving.observing.log_lines import write_log_lines
from serving.settings import Settings
from tests.plugins.house import house

CODE, STATE = "code-9f31c6d2a7", "state-77aa0e4c19"
BASIC = "cGFzc3dvcmQtb2Ytc29tZWJvZHk6eA"


@pytest.fixture
def settings(tmp_path: Path, released_model: Path) -> Settings:
    return house(tmp_path, released_model)


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the service writes to its log, at its most talkative."""
    root, written = logging.getLogger(), io.StringIO()
    handlers, level = root.handlers, root.level
    monkeypatch.setattr(sys, "stderr", written)
    write_log_lines(Settings(log_level="debug", log_form="json"))
    yield written
    root.handlers = handlers
    root.setLevel(level)


def test_secrets_are_told_by_nobody(
    settings: Settings, log: io.StringIO, tmp_path: Path, report: Any
) -> None:
    told = settings.model_copy(
        update={"access_log": True, "oidc_issuer": "http://127.0.0.1:9"}
    )
    with opened_store(settings) as store:
        person = local_person(store)
        revoked = Keys(store).issue(person.id, "revoked")
        Keys(store).revoke(revoked.key.id)
        link, used = (links.issue(store, person.id) for _ in range(2))
        session = sessions.begin(store, person)
    known = local_key(settings, "known")
    wrong = "rcp_0123456789ab_" + "w" * 43
    keys = {"known": known, "revoked": revoked.text, "wrong": wrong}
    heard: list[str] = []
    app = create_app(told)
    # What stands in no table of routes fails once it is asked.
    app.add_api_route("/v1/broken", lambda: "x")
    with TestClient(
        app, raise_server_exceptions=False, follow_redirects=False
    ) as client:

        def ask(method: str, path: str, **sent: Any) -> None:
            answer = client.request(method, path, **sent)
            heard.extend((answer.text, str(answer.headers.multi_items())))

        for key in keys.values():
            for path in ("/v1/valuations", "/v1/broken", "/metrics"):
                ask("GET", path, headers={"Authorization": f"Bearer {key}"})
        ask("GET", "/v1/valuations", headers={"Authorization": f"Basic {BASIC}"})
        ask("GET", f"/v1/valuations?token={BASIC}&code={CODE}")
        for path in (f"/en/sign-on/callback?state={STATE}&code={CODE}", "/en/sign-on"):
            ask("GET", path)
        assert client.post(f"/en/sign-in/{used}").status_code == 303
        signed_in = client.cookies[PLAIN_COOKIE]
        client.cookies.clear()
        ask("POST", f"/en/sign-in/{used}")
        cookie = {"Cookie": f"{PLAIN_COOKIE}={session}"}
        for path in ("/en/audit", "/en/access", "/v1/audit", "/v1/broken"):
            ask("GET", path, headers=cookie)
        ask("POST", "/en/sign-out", headers=cookie, data={"form_token": "x"})
    secrets = {
        **{name: key.split("_", 2)[2] for name, key in keys.items()},
        "link": link,
        "used link": used,
        "session": session,
        "other": signed_in,
        "code": CODE,
        "state": STATE,
        "password": BASIC,
    }
    form = derived(session, "form")
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
    assert form not in places["log"] + kept
    assert '"event":"request"' in places["log"].replace('": "', '":"')
    assert "key.refused" in kept
    report(f"{len(secrets)} secrets looked for in {len(places)} places: 0 told")
