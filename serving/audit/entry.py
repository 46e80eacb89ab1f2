"""An entry of the log and its one form in bytes, which is what is hashed."""

from hashlib import sha256
from typing import NamedTuple

import orjson

SCHEME = "recoup-audit-1"
GENESIS = "0" * 64
# RFC 9162 keeps leaves and nodes of a tree apart by these.
LEAF, NODE = b"\x00", b"\x01"


class Entry(NamedTuple):
    """An entry without its hash.

    Attributes:
        number: Place in the log, from 1 and without gaps.
        at: When, in UTC to the millisecond: ``2026-01-02T03:04:05.678Z``.
        tenant: The company that it concerns.
        who: Identifier of whoever did it.
        action: Dotted name of what was done.
        subject: Identifier of what it was done to; empty where there is nothing.
        facts: More identifiers and hashes, as a JSON object with sorted names.
        previous: Hash of the entry before, zeros for the first.
    """

    number: int
    at: str
    tenant: str
    who: str
    action: str
    subject: str
    facts: str
    previous: str

    def canonical(self) -> bytes:
        """The entry as JSON: sorted names, no spaces, UTF-8, facts as a text."""
        return canonical({"scheme": SCHEME, **self._asdict()})

    def hash(self) -> str:
        """Hash of the entry, as a leaf of the tree of RFC 9162."""
        return sha256(LEAF + self.canonical()).hexdigest()


def canonical(plain: dict[str, object]) -> bytes:
    """The one form of an object in bytes."""
    return orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
