"""An answer on record: its bytes, their hash, and the row that holds it."""

import zlib
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Literal

from models.pricing.fen import whole_fen
from serving.audit.log import Fact
from serving.document import Document, encode
from serving.identifiers import new_id
from serving.lines import claim_lines
from serving.storage.tables import Valuation
from serving.submission import Submission, packed_table

Door = Literal["json", "upload", "batch", "workbench"]
_NOTED = (
    "door",
    "claims",
    "model_version",
    "model_sha256",
    "document_sha256",
    "parent_id",
)


@dataclass(frozen=True)
class StoredDocument:
    """An answer on record.

    Attributes:
        id: Its identifier.
        created_at: When it was recorded.
        content: The document as JSON, what a replay must reproduce.
    """

    id: str
    created_at: datetime
    content: bytes

    @classmethod
    def of(
        cls, content: bytes, now: datetime, after: str | None = None
    ) -> "StoredDocument":
        """A new document, timed to the millisecond, listed before what it is after."""
        return cls(
            new_id(now, after),
            now.replace(microsecond=now.microsecond // 1000 * 1000),
            content,
        )

    @property
    def sha256(self) -> str:
        """Hash of the document."""
        return sha256(self.content).hexdigest()

    def answer(self) -> bytes:
        """The document with its identifier and time in front, as JSON."""
        time = self.created_at.isoformat(timespec="milliseconds")
        head = f'{{"id":"{self.id}","created_at":"{time}",'
        return head.encode() + self.content[1:]


def facts_of(row: Valuation) -> dict[str, Fact]:
    """What the audit log states of a valuation."""
    return {name: getattr(row, name) for name in _NOTED}


def row_of(
    stored: StoredDocument, submission: Submission, document: Document, door: Door
) -> Valuation:
    """The row that holds an answer and what was handed in.

    Args:
        stored: The answer on record.
        submission: What was handed in.
        document: The answer as plain data.
        door: How it was handed in.
    """
    packed = submission.packed()
    model, package = document["model"], document["package"]
    return Valuation(
        id=stored.id,
        created_at=stored.created_at,
        door=door,
        filename=submission.filename,
        package_id=package["package_id"],
        model_name=model["name"],
        model_version=model["version"],
        model_sha256=model["sha256"],
        simulated=model["simulated"],
        claims=package["claims"],
        claim_fen=whole_fen(package["claim_yuan"]),
        present_value_fen=whole_fen(package["present_value_yuan"]),
        maximum_bid_fen=whole_fen(package["maximum_bid_yuan"]),
        assumptions=document["assumptions"],
        document_sha256=stored.sha256,
        claims_table=packed.claims,
        collateral_table=packed.collateral,
        guarantees_table=packed.guarantees,
        notes=zlib.compress(packed.notes),
        document=zlib.compress(stored.content),
        package_document=zlib.compress(encode(package)),
        claim_lines=packed_table(claim_lines(document["claims"], submission.package)),
    )
