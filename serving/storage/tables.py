"""Tables of the store; the migrations create them."""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime, TypeDecorator

from serving.storage.tenancy import OfTenant, tenant_column


class UtcTime(TypeDecorator[datetime]):
    """Times with a zone in Python, in UTC without one in the database."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """The time as the database keeps it."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(
        self, value: datetime | None, _dialect: Dialect
    ) -> datetime | None:
        """The time as Python sees it."""
        return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """Base of every table."""


class Valuation(OfTenant, Base):
    """A valuation on record: what came in, under which model, and what went out.

    Amounts are whole fen. The tables are Arrow IPC streams; the document and the
    notes are JSON, compressed by zlib. The document's section on the package stands
    by itself as well, and so do its claims as lines of a table: what is asked of them
    need not read every word of every claim. A revaluation names the valuation that it
    follows as its parent.
    """

    __tablename__ = "valuations"
    __table_args__ = (Index("ix_valuations_tenant", "tenant", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    door: Mapped[str] = mapped_column(String(16))
    filename: Mapped[str | None] = mapped_column(String(1024))
    package_id: Mapped[str | None] = mapped_column(String(100), index=True)
    model_name: Mapped[str] = mapped_column(String(256))
    model_version: Mapped[str] = mapped_column(String(64))
    model_sha256: Mapped[str] = mapped_column(String(64))
    simulated: Mapped[bool]
    claims: Mapped[int]
    claim_fen: Mapped[int] = mapped_column(BigInteger)
    present_value_fen: Mapped[int] = mapped_column(BigInteger)
    maximum_bid_fen: Mapped[int] = mapped_column(BigInteger)
    assumptions: Mapped[dict[str, Any]] = mapped_column(JSON)
    document_sha256: Mapped[str] = mapped_column(String(64))
    claims_table: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    collateral_table: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    guarantees_table: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    notes: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    document: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    package_document: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    parent_id: Mapped[str | None] = mapped_column(String(26), index=True)
    claim_lines: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class Deal(OfTenant, Base):
    """A past deal: one row for each kind of price that is known of it.

    The facts are JSON under the names of the catalogue; those that deals are searched
    by stand in columns as well.
    """

    __tablename__ = "deals"
    __table_args__ = (UniqueConstraint("tenant", "deal_id", "price_kind"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    imported_at: Mapped[datetime] = mapped_column(UtcTime)
    filename: Mapped[str] = mapped_column(String(1024))
    deal_id: Mapped[str] = mapped_column(String(100))
    price_kind: Mapped[str] = mapped_column(String(100))
    currency: Mapped[str] = mapped_column(String(100))
    deal_date: Mapped[date]
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)


class IdempotencyKey(OfTenant, Base):
    """A key under which a request was sent, so that a repetition is not valued again.

    The valuation is empty while the request is being answered.
    """

    __tablename__ = "idempotency_keys"

    tenant: Mapped[str] = tenant_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    valuation_id: Mapped[str | None] = mapped_column(
        String(26), ForeignKey("valuations.id")
    )


class RequestAnswer(OfTenant, Base):
    """The answer to a request of a route that came under a key.

    It is empty while the request is being answered, and compressed by zlib.
    """

    __tablename__ = "request_answers"

    tenant: Mapped[str] = tenant_column(primary_key=True)
    route: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    taken_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    answer: Mapped[bytes | None] = mapped_column(LargeBinary)


class Draft(OfTenant, Base):
    """A tape on its way to a valuation: everything that any process needs to go on.

    The content goes when the valuation is on record. What was seen of the tape is JSON,
    compressed by zlib. A process that values the draft holds it: its name and the last
    time it was heard of stand here.
    """

    __tablename__ = "drafts"
    __table_args__ = (Index("ix_drafts_tenant", "tenant", "id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    filename: Mapped[str] = mapped_column(String(1024))
    seller: Mapped[str | None] = mapped_column(String(100))
    header: Mapped[dict[str, Any]] = mapped_column(JSON)
    corrections: Mapped[dict[str, Any]] = mapped_column(JSON)
    assumptions: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str | None] = mapped_column(String(16))
    holder: Mapped[str | None] = mapped_column(String(26))
    started_at: Mapped[datetime | None] = mapped_column(UtcTime)
    heard_at: Mapped[datetime | None] = mapped_column(UtcTime)
    valuation_id: Mapped[str | None] = mapped_column(
        String(26), ForeignKey("valuations.id")
    )
    failure: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    content: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    seen: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)


class RememberedColumn(OfTenant, Base):
    """How somebody said to read a column of a seller's tapes."""

    __tablename__ = "remembered_columns"

    tenant: Mapped[str] = tenant_column(primary_key=True)
    seller: Mapped[str] = mapped_column(String(100), primary_key=True)
    table: Mapped[str] = mapped_column("table_name", String(16), primary_key=True)
    key: Mapped[str] = mapped_column("header_key", String(255), primary_key=True)
    words: Mapped[str] = mapped_column(String(128))
    last_used: Mapped[datetime] = mapped_column(UtcTime)


class ReviewEvent(OfTenant, Base):
    """A step in the review of a valuation; steps are added, never changed.

    They are numbered from 1 within a valuation, and a number stands once: of two steps
    that were taken at the same time one comes too late. Amounts are whole fen; the
    model's value of a claim stands beside the one that overrides it.
    """

    __tablename__ = "review_events"
    __table_args__ = (UniqueConstraint("valuation_id", "number"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    valuation_id: Mapped[str] = mapped_column(String(26), ForeignKey("valuations.id"))
    number: Mapped[int]
    at: Mapped[datetime] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(String(24))
    person: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str] = mapped_column(String(1000))
    claim_id: Mapped[str | None] = mapped_column(String(100))
    claim_fen: Mapped[int | None] = mapped_column(BigInteger)
    model_present_value_fen: Mapped[int | None] = mapped_column(BigInteger)
    present_value_fen: Mapped[int | None] = mapped_column(BigInteger)
