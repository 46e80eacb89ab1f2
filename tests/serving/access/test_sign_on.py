"""Signing on at a real provider of OpenID Connect."""

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import orjson
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from oidc_provider_mock import User, run_server_in_thread
from pydantic import SecretStr
from sqlalchemy import select

from features.errors import SignOnRefusedError, SignOnUnavailableError
from serving.access.local import opened_store
from serving.access.persons import Persons
from serving.access.secret import derived
from serving.access.sign_on import ENDPOINTS, SignOn
from serving.app import create_app
from serving.audit.tables import AuditEntry
from serving.sandbox.pool import ReadingPool
from serving.settings import Settings

# The provider is written with parts of authlib that are on their way out.
pytestmark = pytest.mark.filterwarnings("ignore")
CLIENT = "recoup"


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    users = [
        User(sub="li", claims={"name": "Li Wei", "groups": ["npl-pricers", "other"]}),
        User(sub="nobody", claims={"name": "No One", "groups": ["other"]}),
    ]
    with run_server_in_thread(user_claims=users, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def told(settings: Settings, issuer: str) -> Settings:
    return settings.model_copy(
        update={
            "oidc_issuer": issuer,
            "oidc_client_id": CLIENT,
            "oidc_client_secret": SecretStr("x"),
            "oidc_role_claim": "groups",
            "oidc_roles": {"npl-pricers": "pricer"},
        }
    )


@pytest.fixture
def browser(told: Settings, reading_pool: ReadingPool) -> Iterator[TestClient]:
    app = create_app(told, reading_pool)
    with TestClient(app, follow_redirects=False) as client:
        yield client


def at_provider(address: str, person: str) -> str:
    """Where the provider sends the browser once somebody said who they are."""
    answer = httpx2.post(address, data={"sub": person}, follow_redirects=False)
    return str(answer.headers["location"])


def sign_on(browser: TestClient, person: str, to: str = "/en/models") -> Any:
    begun = browser.get("/en/sign-on", params={"to": to})
    assert begun.status_code == 303, begun.text
    back = urlsplit(at_provider(begun.headers["location"], person))
    return browser.get(f"{back.path}?{back.query}")


def test_a_person_signs_on_and_comes_back_to_the_page(
    browser: TestClient, told: Settings
) -> None:
    answer = sign_on(browser, "li")
    assert answer.headers["location"] == "/en/models"
    page = browser.get("/en/models")

    assert page.status_code == 200
    assert "Li Wei" in page.text
    with opened_store(told) as store:
        (person,) = Persons(store).all()
    assert person.roles == ["pricer"]
    assert person.subject == f"oidc:{told.oidc_issuer}#li"


def test_signing_out_leads_on_to_the_provider_and_back(
    browser: TestClient, told: Settings
) -> None:
    sign_on(browser, "li")
    shown = browser.get("/en/models")
    found = re.search(r'name="form_token" value="(\w+)"', shown.text)
    assert found is not None
    assert "recoup-identity" not in shown.request.headers["cookie"]
    page = browser.post("/en/sign-out", data={"form_token": found[1]})
    (address,) = re.findall(r'http-equiv="refresh" content="0; url=([^"]+)"', page.text)
    asked = parse_qs(urlsplit(unescape(address)).query)

    assert address.startswith(f"{told.oidc_issuer}/oauth2/end_session?")
    assert asked["post_logout_redirect_uri"] == ["http://testserver/en/sign-in"]
    assert asked["client_id"] == [CLIENT]
    assert asked["id_token_hint"][0].count(".") == 2
    assert browser.get("/en/models").status_code == 303
    assert httpx2.get(unescape(address)).status_code == 200
    assert "recoup-identity" not in "".join(browser.cookies)


def test_roles_are_those_of_the_latest_sign_on(
    browser: TestClient, told: Settings
) -> None:
    sign_on(browser, "li")
    with opened_store(told) as store:
        (person,) = Persons(store).all()
        Persons(store).change(person.id, "Li Wei", ["admin"])
        sign_on(browser, "li")
        (again,) = Persons(store).all()

        with store.session() as session:
            logins = select(AuditEntry.facts).where(
                AuditEntry.action == "login.succeeded"
            )
            noted = [*session.scalars(logins.order_by(AuditEntry.number))]

    assert again.id == person.id
    assert again.roles == ["pricer"]
    assert [orjson.loads(facts)["roles"] for facts in noted] == ["pricer", "pricer"]


def test_signing_on_as_before_changes_nobody(
    browser: TestClient, told: Settings
) -> None:
    for _ in range(2):
        sign_on(browser, "li")
    with opened_store(told) as store, store.session() as session:
        actions = [*session.scalars(select(AuditEntry.action))]

    assert actions.count("login.succeeded") == 2
    assert "person.changed" not in actions


def test_somebody_without_a_role_is_refused_in_words(
    browser: TestClient, told: Settings
) -> None:
    answer = sign_on(browser, "nobody")

    assert answer.status_code == 403
    assert "gives you a role" in answer.text
    assert browser.get("/en/models").status_code == 303
    with opened_store(told) as store:
        assert Persons(store).all() == []


def test_somebody_shut_out_does_not_sign_on(
    browser: TestClient, told: Settings
) -> None:
    sign_on(browser, "li")
    with opened_store(told) as store:
        Persons(store).disable(Persons(store).all()[0].id)

    assert sign_on(browser, "li").status_code == 403


@pytest.mark.parametrize("spoilt", ["state", "letters", "code", "cookie", "error"])
def test_answers_that_do_not_fit_sign_nobody_on(
    browser: TestClient, spoilt: str
) -> None:
    begun = browser.get("/en/sign-on").headers["location"]
    back = urlsplit(at_provider(begun, "li"))
    said = {name: values[0] for name, values in parse_qs(back.query).items()}
    if spoilt == "cookie":
        browser.cookies.clear()
    elif spoilt == "error":
        said = {"error": "access_denied", "state": said["state"]}
    elif spoilt == "letters":
        said["state"] = "é"
    else:
        said[spoilt] = f"x{said[spoilt]}"
    answer = browser.get(back.path, params=said)

    assert answer.status_code == 403
    assert browser.get("/en/models").status_code == 303


def test_an_answer_serves_once(browser: TestClient) -> None:
    begun = browser.get("/en/sign-on").headers["location"]
    back = urlsplit(at_provider(begun, "li"))
    first = browser.get(f"{back.path}?{back.query}")
    browser.cookies.clear()

    assert first.status_code == 303
    assert browser.get(f"{back.path}?{back.query}").status_code == 403


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({}, True),
        ({"exp": -30}, True),
        ({"exp": -90}, False),
        ({"nonce": "x"}, False),
        ({"nonce": None}, False),
        ({"aud": "another"}, False),
        ({"iss": "http://elsewhere"}, False),
        ({"azp": "another"}, False),
        ({"sub": None}, False),
    ],
)
def test_tokens_are_held_to_every_claim(
    told: Settings, issuer: str, changed: dict[str, Any], good: bool
) -> None:
    key, sign_on = RSAKey.generate_key(2048, {"kid": "1"}), SignOn(told)
    sign_on._keys = KeySet([key])
    claims = {
        "iss": issuer,
        "aud": CLIENT,
        "sub": "li",
        "exp": int(time.time()) + changed.get("exp", 600),
        "nonce": derived("secret", "nonce"),
        **{name: value for name, value in changed.items() if name != "exp"},
    }
    stated = {name: value for name, value in claims.items() if value is not None}
    token = jwt.encode({"alg": "RS256", "kid": "1"}, stated, key)

    if good:
        assert sign_on._claims(token, derived("secret", "nonce"))["sub"] == "li"
    else:
        with pytest.raises(SignOnRefusedError):
            sign_on._claims(token, derived("secret", "nonce"))


def test_tokens_of_nobody_are_refused(told: Settings, issuer: str) -> None:
    sign_on, foreign = SignOn(told), RSAKey.generate_key(2048, {"kid": "1"})
    claims = {"iss": issuer, "aud": CLIENT, "sub": "li", "exp": int(time.time()) + 600}
    signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, foreign)
    bare = signed.rpartition(".")[0] + "."

    for token in (signed, bare, "x.y.z", ""):
        with pytest.raises(SignOnRefusedError):
            sign_on._claims(token, "nonce")


def test_keys_that_the_provider_changed_are_fetched_anew(told: Settings) -> None:
    sign_on = SignOn(told)
    sign_on._keys = KeySet([RSAKey.generate_key(2048, {"kid": "old"})])
    before = sign_on._keys
    with pytest.raises(SignOnRefusedError):
        sign_on._claims("x.y.z", "nonce")

    assert sign_on._keys is not before


def test_keys_that_are_known_are_not_fetched_again(told: Settings) -> None:
    key, sign_on = RSAKey.generate_key(2048, {"kid": "1"}), SignOn(told)
    known = sign_on._keys = KeySet([key])
    claims = {
        "iss": told.oidc_issuer,
        "aud": CLIENT,
        "sub": "li",
        "exp": int(time.time()) + 600,
        "nonce": "n",
    }
    sign_on._claims(jwt.encode({"alg": "RS256", "kid": "1"}, claims, key), "n")

    assert sign_on._keys is known


def test_a_tenant_is_named_by_a_claim(told: Settings) -> None:
    several = told.model_copy(
        update={"oidc_tenant_claim": "org.id", "oidc_tenants": {"17": "acme"}}
    )
    claims = {"sub": "li", "groups": "npl-pricers", "org": {"id": 17}}
    granted = SignOn(several).mapped(claims)

    assert granted.tenant == "acme"
    for org in ({}, {"id": 18}, {"id": []}):
        with pytest.raises(SignOnRefusedError):
            SignOn(several).mapped({**claims, "org": org})


def test_a_claim_may_have_dots_in_its_name(told: Settings) -> None:
    name = "https://acme.example/roles"
    named = told.model_copy(update={"oidc_role_claim": name})

    assert SignOn(named).mapped({"sub": "li", name: ["npl-pricers"]}).roles == {
        "pricer"
    }


@pytest.mark.parametrize("described", [{}, {"end_session_endpoint": "javascript:x"}])
def test_a_provider_that_ends_no_sessions_is_led_to_by_nobody(
    told: Settings, described: dict[str, str]
) -> None:
    silent, away = (
        SignOn(told),
        told.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"}),
    )
    silent._described = (time.monotonic(), described)

    assert silent.end_address("", "http://127.0.0.1/") is None
    assert SignOn(away).end_address("", "http://127.0.0.1/") is None


def test_a_provider_that_is_away_is_said_to_be(told: Settings) -> None:
    away = told.model_copy(update={"oidc_issuer": "http://127.0.0.1:9"})

    with pytest.raises(SignOnUnavailableError):
        SignOn(away).address("secret", "http://127.0.0.1/callback")


DESCRIBED = {
    "issuer": "http://provider",
    "authorization_endpoint": "http://provider/authorize",
    "token_endpoint": "http://provider/token",
    "jwks_uri": "http://provider/keys",
}


def answers_of(
    told: Settings, monkeypatch: pytest.MonkeyPatch, **answers: Any
) -> SignOn:
    """A sign-on at a provider that says of itself, and answers, what is given."""

    def answer(address: str, **_: Any) -> httpx2.Response:
        name = address.rpartition("/")[2]
        return httpx2.Response(400, json=answers.get(name, DESCRIBED))

    monkeypatch.setattr(httpx2, "get", answer)
    monkeypatch.setattr(httpx2, "post", answer)
    return SignOn(told.model_copy(update={"oidc_issuer": "http://provider"}))


@pytest.mark.parametrize("untold", ["issuer", *ENDPOINTS])
def test_a_provider_that_does_not_say_where_it_is_asked_is_named(
    told: Settings, monkeypatch: pytest.MonkeyPatch, untold: str
) -> None:
    described = DESCRIBED | {untold: None}
    sign_on = answers_of(told, monkeypatch, **{"openid-configuration": described})

    with pytest.raises(SignOnUnavailableError, match=untold) as refused:
        sign_on.address("secret", "http://127.0.0.1/callback")
    assert "RECOUP_OIDC_ISSUER" in refused.value.zh


@pytest.mark.parametrize("keys", [{"error": "x"}, {"keys": []}, {"keys": [5]}])
def test_a_provider_that_does_not_tell_its_keys_is_unavailable(
    told: Settings, monkeypatch: pytest.MonkeyPatch, keys: dict[str, Any]
) -> None:
    sign_on = answers_of(told, monkeypatch, keys=keys)

    with pytest.raises(SignOnUnavailableError, match="keys"):
        sign_on._claims("x.y.z", "nonce")


def test_a_secret_that_the_provider_refuses_is_no_fault_of_who_signs_on(
    told: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_on = answers_of(told, monkeypatch, token={"error": "invalid_client"})
    state = derived("secret", "state")

    with pytest.raises(SignOnUnavailableError, match="RECOUP_OIDC_CLIENT_SECRET"):
        sign_on.granted("secret", state, "code", "http://127.0.0.1/callback")
