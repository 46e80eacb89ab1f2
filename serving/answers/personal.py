"""Answers about persons behind claims and their destruction, typed for the schema."""

from pydantic import Field

from serving.answers.common import Answer


class PersonEntryOut(Answer):
    """What one row of a tape says of persons."""

    table: str
    row: int = Field(description="Row as the sender of the tape counts it.")
    facts: dict[str, str] = Field(description="What it says, by field as written.")


class ClaimPersonsOut(Answer):
    """The persons behind one claim."""

    claim_id: str
    entries: list[PersonEntryOut]


class PersonsOut(Answer):
    """Persons behind claims of a valuation, once the view is in the audit log."""

    valuation_id: str
    claims: list[ClaimPersonsOut]
    total: int = Field(description="Claims of which any person is kept.")
    next_after: int | None = Field(
        description="To be stated as after for the next page; null on the last."
    )


class PersonalKeyOut(Answer):
    """The key of what is kept of one valuation or draft."""

    subject: str = Field(description="The valuation or draft.")
    package_id: str | None
    fingerprint: str = Field(description="What may be shown of the key.")
    kept_since: str = Field(description="When it was made, in UTC.")


class PersonalKeptOut(Answer):
    """What is kept of persons, and would be destroyed."""

    subject: str = Field(description="What was named.")
    claims: int = Field(description="Claims of which any person is kept.")
    persons: int = Field(description="Rows of tapes that tell of persons.")
    keys: list[PersonalKeyOut]


class CertificateOut(PersonalKeptOut):
    """The certificate of a destruction."""

    certificate: str = Field(description="Identifier of the certificate.")
    at: str = Field(description="When it was destroyed, in UTC.")
    tenant: str
    by: str = Field(description="Identifier of whoever did it.")
    method: str
    sha256: str = Field(
        description="Hash of the other fields, which the audit log holds as well."
    )


class CertificatePage(Answer):
    """Some certificates, newest first."""

    items: list[CertificateOut]
    next_cursor: str | None = Field(description="For the next page; null on the last.")
