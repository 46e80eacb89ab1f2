"""Answers about the audit log, typed for their schema."""

from typing import Any

from pydantic import Field

from serving.answers.common import Answer


class AuditEntryOut(Answer):
    """An entry of the audit log, as its hash states it but for the facts."""

    number: int = Field(description="Place in the log, from 1 and without gaps.")
    at: str = Field(description="When, in UTC to the millisecond.")
    tenant: str = Field(description="The company concerned; * for every one.")
    who: str = Field(description="Identifier of whoever did it.")
    action: str = Field(description="Dotted name of what was done.")
    subject: str = Field(description="Identifier of what it was done to.")
    facts: dict[str, Any] = Field(
        description="More identifiers and hashes, opened from their JSON text."
    )
    previous: str = Field(description="Hash of the entry before.")
    hash: str = Field(description="SHA-256 of the entry, see docs/audit.md.")


class AuditPage(Answer):
    """Some entries, newest first."""

    items: list[AuditEntryOut]
    next_cursor: int | None = Field(description="For the next page; null on the last.")


class AuditHeadOut(Answer):
    """A signed head: keep it elsewhere, and compare the log with it later."""

    scheme: str
    size: int = Field(description="Number of entries.")
    at: str = Field(description="When, in UTC to the millisecond.")
    root: str = Field(description="Root of the tree over the entries, as RFC 9162.")
    last: str = Field(description="Hash of the last entry.")
    key: str = Field(description="Identifier of the key.")
    signature: str = Field(description="Ed25519, over the other fields.")
    public_key: str
