"""Tables of personal data: sealed texts, their wrapped keys, certificates."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from serving.storage.tables import Base, UtcTime
from serving.storage.tenancy import OfTenant


class PersonalKey(OfTenant, Base):
    """The key of a valuation or a draft, wrapped by a key of the installation.

    Whoever destroys it destroys what it opens, in every copy without the key.
    """

    __tablename__ = "personal_keys"

    subject: Mapped[str] = mapped_column(String(26), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
    package_id: Mapped[str | None] = mapped_column(String(100), index=True)
    fingerprint: Mapped[str] = mapped_column(String(16))
    wrapped: Mapped[bytes] = mapped_column(LargeBinary)
    wrapped_by: Mapped[str] = mapped_column(String(64), index=True)


class PersonalRecord(OfTenant, Base):
    """What identifies the persons behind one claim, sealed."""

    __tablename__ = "personal_records"
    __table_args__ = (Index("ix_personal_records_claim", "subject", "claim_id"),)

    subject: Mapped[str] = mapped_column(String(26), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    claim_id: Mapped[str] = mapped_column(String(100))
    persons: Mapped[int]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)


class PersonalCertificate(OfTenant, Base):
    """That personal data was destroyed: what, how much, when and by whom."""

    __tablename__ = "personal_certificates"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    subject: Mapped[str] = mapped_column(String(100), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    sha256: Mapped[str] = mapped_column(String(64))
