"""What a tape says of persons, claim by claim."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
import pyarrow as pa

PLACE = ("claim", "row")
Entry = dict[str, Any]


@dataclass(frozen=True)
class ClaimPersons:
    """The persons behind one claim.

    Attributes:
        claim_id: The claim as answers name it.
        entries: What each row of the tape says: its ``table``, its ``row`` as the
            sender counts it, and ``facts``, text by field of the catalogue.
    """

    claim_id: str
    entries: list[Entry] = field(default_factory=list, repr=False)

    @classmethod
    def of_bytes(cls, claim_id: str, content: bytes) -> Self:
        """The persons in what the vault keeps."""
        return cls(claim_id, orjson.loads(content))

    def content(self) -> bytes:
        """What the vault keeps."""
        return orjson.dumps(self.entries)


def by_claim(persons: Mapping[str, pa.Table]) -> list[ClaimPersons]:
    """The persons of a reading, each claim once, as the claims first appear.

    Args:
        persons: Personal data by table, as ``features.tape.Reading`` has it.
    """
    found: dict[str, ClaimPersons] = {}
    for table, told in persons.items():
        for row in told.to_pylist():
            facts = {n: t for n, t in row.items() if n not in PLACE and t is not None}
            claim = found.setdefault(row["claim"], ClaimPersons(row["claim"]))
            claim.entries.append({"table": table, "row": row["row"], "facts": facts})
    return list(found.values())
