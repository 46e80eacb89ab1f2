"""Tables of those who may ask: tenants, persons, keys, links and sessions.

A secret is nowhere but with whoever was given it; the store keeps its SHA-256.
"""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from serving.access.who import Role
from serving.storage.tables import Base, UtcTime
from serving.storage.tenancy import LONGEST_TENANT, OfTenant

_HASH = String(64)
_ID = String(26)


class Tenant(Base):
    """A company whose valuations are its own."""

    __tablename__ = "tenants"

    id: Mapped[str] = mapped_column(String(LONGEST_TENANT), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime] = mapped_column(UtcTime)


class Person(OfTenant, Base):
    """Somebody, or a program, that is known.

    The subject tells whom somebody is elsewhere: ``oidc:…`` at a provider of sign-on,
    ``local:…`` on this machine; nobody's otherwise.
    """

    __tablename__ = "persons"
    __table_args__ = (UniqueConstraint("tenant", "subject"),)

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    subject: Mapped[str | None] = mapped_column(String(512))
    name: Mapped[str] = mapped_column(String(100))
    roles: Mapped[list[Role]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    disabled_at: Mapped[datetime | None] = mapped_column(UtcTime)


class ApiKey(OfTenant, Base):
    """A key by which a program speaks for a person, in no more than its roles."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(_ID, primary_key=True)
    prefix: Mapped[str] = mapped_column(String(16), unique=True)
    secret_sha256: Mapped[str] = mapped_column(_HASH)
    person_id: Mapped[str] = mapped_column(_ID, ForeignKey("persons.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    roles: Mapped[list[Role]] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcTime)
    requests_a_minute: Mapped[int | None]
    largest_body_bytes: Mapped[int | None]


class BrowserSession(OfTenant, Base):
    """A browser in which a person is signed in."""

    __tablename__ = "browser_sessions"

    token_sha256: Mapped[str] = mapped_column(_HASH, primary_key=True)
    person_id: Mapped[str] = mapped_column(_ID, ForeignKey("persons.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    seen_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime)


class SignInLink(OfTenant, Base):
    """A link that signs a person in, once."""

    __tablename__ = "sign_in_links"

    token_sha256: Mapped[str] = mapped_column(_HASH, primary_key=True)
    person_id: Mapped[str] = mapped_column(_ID, ForeignKey("persons.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    expires_at: Mapped[datetime] = mapped_column(UtcTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcTime)
