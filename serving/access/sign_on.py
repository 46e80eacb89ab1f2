"""Sign-on at a provider of OpenID Connect: code flow with PKCE, state and nonce.

Nothing of a sign-on that is under way is kept here. The browser holds one secret in a
cookie; state, nonce and verifier are derived from it, so that an answer that another
browser began, or that was played twice, does not fit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import httpx2
from authlib.common.urls import add_params_to_uri
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from features.errors import (
    Finding,
    NotFoundError,
    SignOnRefusedError,
    SignOnUnavailableError,
)
from serving.access.secret import derived, is_same
from serving.access.who import DEFAULT_TENANT, ROLES, Role
from serving.settings import Settings

SCOPE = "openid profile email"
LEEWAY_SECONDS = 60
PATIENCE_SECONDS = 5.0
KEPT_SECONDS = 3600.0
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")
# Errors of RFC 6749, 5.2, that beginning again does not mend.
OURS_TO_MEND = ("invalid_client", "unauthorized_client")
Claims = Mapping[str, Any]


@dataclass(frozen=True)
class Granted:
    """The identity that a provider asserts, and what it grants here.

    Attributes:
        subject: What tells them from everybody else, for ever.
        name: What they are called.
        tenant: Their company.
        roles: What they may do.
        id_token: The provider's word on it, which it asks for when they sign out.
    """

    subject: str
    name: str
    tenant: str
    roles: frozenset[Role]
    id_token: str = field(default="", repr=False)


class SignOn:
    """Sign-on at the OpenID Connect provider of an installation."""

    def __init__(self, settings: Settings) -> None:
        """Remember where it is; nothing is asked yet."""
        self._settings = settings
        self._described: tuple[float, Claims] | None = None
        self._keys: KeySet | None = None

    @property
    def issuer(self) -> str:
        """Address of the provider."""
        return (self._settings.oidc_issuer or "").rstrip("/")

    def address(self, secret: str, redirect: str) -> str:
        """Address at the provider that begins a sign-on.

        Args:
            secret: Of this sign-on, which the browser keeps.
            redirect: Where the provider sends the browser afterwards.

        Raises:
            NotFoundError: This installation has none.
            SignOnUnavailableError: The provider does not answer, or not as one does.
        """
        uri: str = prepare_grant_uri(
            self._provider()["authorization_endpoint"],
            client_id=self._settings.oidc_client_id,
            response_type="code",
            redirect_uri=redirect,
            scope=SCOPE,
            state=derived(secret, "state"),
            nonce=derived(secret, "nonce"),
            code_challenge=create_s256_code_challenge(derived(secret, "verifier")),
            code_challenge_method="S256",
        )
        return uri

    def granted(self, secret: str, state: str, code: str, redirect: str) -> Granted:
        """Complete a sign-on: exchange the code and verify the token.

        Args:
            secret: Of this sign-on, as the browser kept it.
            state: As the provider gave it back.
            code: For which the provider tells who it is.
            redirect: As when it began.

        Raises:
            SignOnRefusedError: The answer does not fit, or they have no role here.
            SignOnUnavailableError: The provider does not answer, or not as one does.
        """
        if not secret or not is_same(derived(secret, "state"), state):
            raise _refused(
                "state",
                "this sign-on was not begun in this browser, or long ago; begin again",
                "该登录并非由本浏览器发起，或已过期；请重新登录",
            )
        token = self._token(secret, code, redirect)
        granted = self.mapped(self._claims(token, derived(secret, "nonce")))
        return replace(granted, id_token=token)

    def end_address(self, id_token: str, back: str) -> str | None:
        """Where the browser signs out at the provider.

        Args:
            id_token: As it was granted; empty where it was not kept.
            back: Where the provider sends the browser afterwards.

        Returns:
            None where the provider ends no sessions, or does not answer.
        """
        try:
            endpoint = self._provider().get("end_session_endpoint")
        except (NotFoundError, SignOnUnavailableError):
            return None
        if not str(endpoint or "").startswith(("https://", "http://")):
            return None
        asked = {
            "id_token_hint": id_token,
            "client_id": self._settings.oidc_client_id,
            "post_logout_redirect_uri": back,
        }
        stated = [(name, value) for name, value in asked.items() if value]
        address: str = add_params_to_uri(str(endpoint), stated)
        return address

    def mapped(self, claims: Claims) -> Granted:
        """Map the claims of the provider to a tenant and roles.

        Raises:
            SignOnRefusedError: No claim gives them a role, or a tenant.
        """
        known = self._settings
        roles = {
            known.oidc_roles.get(v) for v in _values(claims, known.oidc_role_claim)
        }
        held: frozenset[Role] = frozenset(role for role in ROLES if role in roles)
        if not held:
            raise _refused(
                "no_role",
                f"nothing in {known.oidc_role_claim} gives you a role here; ask "
                "whoever keeps the groups of your company",
                f"{known.oidc_role_claim} 未授予任何角色；请联系贵公司的权限管理员",
            )
        name = str(claims.get("name") or claims.get("email") or claims["sub"])
        subject = f"oidc:{self.issuer}#{claims['sub']}"
        return Granted(subject, name, self._tenant(claims), held)

    def _tenant(self, claims: Claims) -> str:
        known = self._settings
        if known.oidc_tenant_claim is None:
            return DEFAULT_TENANT
        named = {
            known.oidc_tenants.get(v) for v in _values(claims, known.oidc_tenant_claim)
        }
        found = sorted(tenant for tenant in named if tenant)
        if len(found) != 1:
            raise _refused(
                "no_tenant",
                f"{known.oidc_tenant_claim} does not name one tenant; ask whoever "
                "keeps the service",
                f"{known.oidc_tenant_claim} 未对应唯一租户；请联系服务管理员",
            )
        return found[0]

    def _token(self, secret: str, code: str, redirect: str) -> str:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect,
            "code_verifier": derived(secret, "verifier"),
        }
        client, kept = self._settings.oidc_client_id, self._settings.oidc_client_secret
        if kept is None:
            answer = self._ask("token_endpoint", data={**form, "client_id": client})
        else:
            signed = (client, kept.get_secret_value())
            answer = self._ask("token_endpoint", data=form, auth=signed)
        if (wrong := answer.get("error")) in OURS_TO_MEND:
            raise _unusable(
                f"refuses this service ({wrong}); whoever keeps the service should "
                "check RECOUP_OIDC_CLIENT_ID and RECOUP_OIDC_CLIENT_SECRET",
                f"拒绝本系统（{wrong}）；请服务管理员核对"
                "RECOUP_OIDC_CLIENT_ID与RECOUP_OIDC_CLIENT_SECRET",
            )
        if "id_token" not in answer:
            raise _wrong_token()
        return str(answer["id_token"])

    def _claims(self, token: str, nonce: str) -> Claims:
        """What a token says, if it is for us, of this sign-on, and holds now."""
        for anew in (False, True):
            try:
                keys = self._key_set(anew=anew)
                claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
                break
            except (JoseError, ValueError):
                # The provider may sign with a key that is newer than those known.
                continue
        else:
            raise _wrong_token()
        client = self._settings.oidc_client_id
        stated = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._provider()["issuer"]},
            aud={"essential": True, "value": client},
            sub={"essential": True},
            exp={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            stated.validate(claims)
        except JoseError as error:
            raise _wrong_token() from error
        if claims.get("azp", client) != client:
            raise _wrong_token()
        return claims

    def _key_set(self, *, anew: bool = False) -> KeySet:
        if self._keys is None or anew:
            found = self._get(self._provider()["jwks_uri"])
            try:
                self._keys = KeySet.import_key_set(found)  # type: ignore[arg-type]
            except (JoseError, LookupError, TypeError, ValueError) as error:
                raise _untold("keys") from error
        return self._keys

    def _provider(self) -> Claims:
        if not self.issuer:
            raise NotFoundError(
                "no provider of sign-on is set here; sign in by a link",
                zh="本系统未设置单点登录；请使用一次性链接登录",
            )
        if self._described is None or self._described[0] < monotonic() - KEPT_SECONDS:
            found = self._get(f"{self.issuer}/.well-known/openid-configuration")
            self._check(found)
            self._described = (monotonic(), found)
        return self._described[1]

    def _check(self, described: Claims) -> None:
        """Refuse a provider that is another one, or does not say where it is asked."""
        if str(described.get("issuer", "")).rstrip("/") != self.issuer:
            raise _unusable(
                "calls itself by another issuer; whoever keeps the service should "
                "check RECOUP_OIDC_ISSUER",
                "自称的issuer不符；请服务管理员核对RECOUP_OIDC_ISSUER",
            )
        for name in ENDPOINTS:
            if not str(described.get(name)).startswith(("https://", "http://")):
                raise _untold(name)

    def _get(self, address: str) -> Claims:
        return _answer(lambda: httpx2.get(address, timeout=PATIENCE_SECONDS))

    def _ask(self, endpoint: str, **sent: Any) -> Claims:
        address = self._provider()[endpoint]
        return _answer(lambda: httpx2.post(address, timeout=PATIENCE_SECONDS, **sent))


def _answer(ask: Any) -> Claims:
    try:
        response = ask()
        found = response.json() if response.status_code < 500 else None
    except (httpx2.HTTPError, ValueError) as error:
        raise _unavailable() from error
    if not isinstance(found, dict):
        raise _unavailable()
    return found


def _values(claims: Claims, name: str) -> list[str]:
    """Values of a claim; a dot in its name leads into a nested claim.

    A claim may also hold dots in its own name, such as ``https://acme.example/roles``:
    some providers take no other names for claims that they do not define.
    """
    found: Any = claims
    for part in (name,) if name in claims else name.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    several = found if isinstance(found, list) else [found]
    return [str(value) for value in several if value is not None]


def _wrong_token() -> SignOnRefusedError:
    return _refused(
        "token",
        "what the provider of sign-on says is not for this sign-on; begin again",
        "单点登录的应答与本次登录不符；请重新登录",
    )


def _refused(code: str, english: str, chinese: str) -> SignOnRefusedError:
    found = Finding(code, english, chinese, table="")
    return SignOnRefusedError(english, [found], chinese)


def _unavailable() -> SignOnUnavailableError:
    return SignOnUnavailableError(
        "the provider of sign-on does not answer; try again, or sign in by a link",
        zh="单点登录服务无应答；请稍后重试，或使用一次性链接登录",
    )


def _untold(name: str) -> SignOnUnavailableError:
    return _unusable(
        f"does not tell its {name}; whoever keeps the service should check "
        "RECOUP_OIDC_ISSUER, or ask whoever keeps the provider",
        f"未给出{name}；请服务管理员核对RECOUP_OIDC_ISSUER，或联系该服务的管理员",
    )


def _unusable(english: str, chinese: str) -> SignOnUnavailableError:
    return SignOnUnavailableError(
        f"the provider of sign-on {english}", zh=f"单点登录服务{chinese}"
    )
