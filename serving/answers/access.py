"""Answers about who may use the service, typed for the schema."""

from datetime import datetime

from pydantic import Field

from serving.access.who import Role
from serving.answers.common import Answer


class KnownPersonOut(Answer):
    """Somebody who is known."""

    id: str
    name: str
    roles: list[Role]
    subject: str | None = Field(
        description="Whom they are elsewhere: oidc:… at the provider of sign-on, "
        "local:… on the machine of the service."
    )
    disabled_at: datetime | None = Field(
        description="When they were shut out; null for whoever is let in."
    )


class KnownPersonsOut(Answer):
    """Everybody of the tenant, by the time that they became known."""

    items: list[KnownPersonOut]


class ApiKeyOut(Answer):
    """An API key, without its secret."""

    id: str
    prefix: str = Field(description="What the key begins with after rcp_; public.")
    name: str
    person: str = Field(description="Whom it speaks for.")
    person_id: str
    roles: list[Role]
    expires_at: datetime
    last_used_at: datetime | None = Field(description="To the minute.")
    revoked_at: datetime | None
    requests_a_minute: int | None = Field(
        description="Null: as the installation has it."
    )
    largest_body_bytes: int | None = Field(
        description="Null: as the installation has it."
    )


class ApiKeysOut(Answer):
    """Keys of the tenant, newest first."""

    items: list[ApiKeyOut]


class IssuedKeyOut(ApiKeyOut):
    """A new API key with its secret, which is shown this once."""

    key: str = Field(description="The key itself; nobody can tell it again.")


class SessionOut(Answer):
    """A browser in which somebody is signed in."""

    id: str = Field(description="As the audit log calls it.")
    person: str
    person_id: str
    created_at: datetime = Field(description="When they signed in.")
    seen_at: datetime = Field(description="When it last asked, to the minute.")


class SessionsOut(Answer):
    """Browsers in which persons of the tenant are signed in, the latest first."""

    items: list[SessionOut]


class SignInLinkOut(Answer):
    """A link that signs somebody in once; it is shown this once."""

    link: str
    expires_at: datetime
