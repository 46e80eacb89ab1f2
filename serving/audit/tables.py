"""Tables of the audit log; numbers and texts only, so that their bytes are certain."""

from sqlalchemy import BigInteger, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from serving.storage.tables import Base

# SQLite numbers rows by itself only where the type is INTEGER, which holds 64 bits.
_Number = BigInteger().with_variant(Integer, "sqlite")


class AuditEntry(Base):
    """An entry of the log; the database refuses to change or remove one.

    Times are texts, ``2026-01-02T03:04:05.678Z``; facts are JSON. Both are hashed as
    they stand here. Hashes are in hexadecimal digits.
    """

    __tablename__ = "audit_entries"

    number: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(24), index=True)
    tenant: Mapped[str] = mapped_column(String(100))
    who: Mapped[str] = mapped_column(String(200), index=True)
    action: Mapped[str] = mapped_column(String(40), index=True)
    subject: Mapped[str] = mapped_column(String(200), index=True)
    facts: Mapped[str] = mapped_column(Text)
    previous: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))


class AuditEnd(Base):
    """The end of the log, one row: whoever appends holds it until the commit.

    Number and hash are those of the last entry, 0 and zeros where there is none.
    """

    __tablename__ = "audit_end"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int] = mapped_column(_Number)
    hash: Mapped[str] = mapped_column(String(64))


class AuditHead(Base):
    """A signed head: the log as it stood when it had so many entries.

    The frontier holds the roots of the full trees of that size, the largest first: the
    next head is computed from them, and they are right where they give the root.
    """

    __tablename__ = "audit_heads"

    size: Mapped[int] = mapped_column(_Number, primary_key=True, autoincrement=False)
    at: Mapped[str] = mapped_column(String(24))
    root: Mapped[str] = mapped_column(String(64))
    last: Mapped[str] = mapped_column(String(64))
    key: Mapped[str] = mapped_column(String(16))
    signature: Mapped[str] = mapped_column(String(128))
    frontier: Mapped[str] = mapped_column(Text)
