"""A valuation on record, opened as far as a question about it needs."""

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import islice, zip_longest
from typing import Any, Self

import orjson

from models.pricing.assumptions import Assumptions
from models.pricing.valuation import Valuation
from serving.champion import ServedModel
from serving.identifiers import unknown_claim
from serving.storage import tables
from serving.storage.store import Store
from serving.storage.stored import StoredDocument
from serving.submission import Submission

Figures = Mapping[str, Any]
# Of a packed document; unpacked it is about seven times as long.
_PART_BYTES = 1 << 18
# Figures that a replay names where they differ.
SHOWN_FIGURES = 8
_NEXT_CLAIM = b'{"claim_id":'


@dataclass(frozen=True)
class Recomputed:
    """A valuation computed again from its record.

    Attributes:
        valuation: The same figures, not yet written as an answer.
        served: The model that priced it.
    """

    valuation: Valuation
    served: ServedModel


@dataclass(frozen=True)
class Replay:
    """Whether a record comes out again as it was given.

    Attributes:
        id: Identifier of the valuation.
        recorded_sha256: Hash of the document as it was given.
        recomputed_sha256: Hash of the document as it comes out now.
        whole: Whether the document on record has the hash that was noted.
        differing: The first figures that come out otherwise, with both values.
    """

    id: str
    recorded_sha256: str
    recomputed_sha256: str
    whole: bool = True
    differing: tuple[str, ...] = ()

    @classmethod
    def of(cls, noted_sha256: str, stored: StoredDocument, again: bytes) -> Self:
        """Compare what was given with what comes out.

        Args:
            noted_sha256: Hash that was noted beside the document.
            stored: The document as it is on record.
            again: The document as it comes out now.
        """
        recomputed = sha256(again).hexdigest()
        other: tuple[str, ...] = ()
        if recomputed != stored.sha256:
            pair = orjson.loads(stored.content), orjson.loads(again)
            other = tuple(islice(differing(*pair), SHOWN_FIGURES))
        whole = stored.sha256 == noted_sha256
        return cls(stored.id, noted_sha256, recomputed, whole, other)

    @property
    def identical(self) -> bool:
        """Whether every byte is the same."""
        return self.recorded_sha256 == self.recomputed_sha256


def differing(recorded: Any, again: Any, path: str = "") -> Iterator[str]:
    """Where two documents differ, in their order: the path of a figure and both."""
    if isinstance(recorded, dict) and isinstance(again, dict):
        for name in recorded | again:
            inner = f"{path}.{name}".lstrip(".")
            yield from differing(recorded.get(name), again.get(name), inner)
    elif isinstance(recorded, list) and isinstance(again, list):
        for number, pair in enumerate(zip_longest(recorded, again)):
            yield from differing(*pair, f"{path}[{number}]")
    elif recorded != again:
        yield f"{path}: {recorded} → {again}"


class Record:
    """What is on record of one valuation; each part is read when it is asked for."""

    def __init__(
        self,
        row: tables.Valuation,
        store: Store,
        recompute: Callable[[str], Recomputed],
    ) -> None:
        """A record.

        Args:
            row: Its line in the store.
            store: The store.
            recompute: Computes the valuation of an identifier again.
        """
        self.row = row
        self._store = store
        self._recompute = recompute

    @property
    def id(self) -> str:
        """Identifier of the valuation."""
        return self.row.id

    @cached_property
    def assumptions(self) -> Assumptions:
        """What the price rests on."""
        return Assumptions.of(self.row.assumptions)

    @cached_property
    def package_figures(self) -> Figures:
        """The answer's section on the package, without its claims: quick to read."""
        figures: Figures = self._store.package_figures(self.row.id)
        return figures

    @cached_property
    def document(self) -> Figures:
        """The whole answer."""
        document: Figures = orjson.loads(self._store.document(self.row.id).content)
        return document

    def claim(self, claim_id: str) -> Figures:
        """One claim of the answer; the others are not read.

        Raises:
            NotFoundError: The valuation has no such claim.
            StoreError: The store does not answer.
        """
        return claim_of(_unpacked(self._store.packed_document(self.row.id)), claim_id)

    @cached_property
    def submission(self) -> Submission:
        """What was handed in."""
        return self._store.original(self.row.id)[1]

    @property
    def valuation(self) -> Valuation:
        """The valuation again, under the model of that time."""
        return self._recompute(self.row.id).valuation

    @property
    def served(self) -> ServedModel:
        """The model of that time."""
        return self._recompute(self.row.id).served


def _unpacked(packed: bytes) -> Iterator[bytes]:
    """A document part by part: that of 100,000 claims is hundreds of megabytes."""
    unpacking = zlib.decompressobj()
    for start in range(0, len(packed), _PART_BYTES):
        yield unpacking.decompress(packed[start : start + _PART_BYTES])
    yield unpacking.flush()


def claim_of(parts: Iterable[bytes], claim_id: str) -> Figures:
    """A claim of an answer in JSON, of which no more is held than that claim.

    Claims are what begins with an id and goes on with a row; within a text of JSON
    their quotation marks would have a stroke before them.

    Args:
        parts: The answer, cut anywhere.
        claim_id: The claim.

    Raises:
        NotFoundError: The answer has no such claim.
    """
    mark, kept = b'{"claim_id":%b,"row":' % orjson.dumps(claim_id), b""
    for part in parts:
        kept += part
        start = kept.find(mark)
        end = kept.find(_NEXT_CLAIM, start + 1) if start >= 0 else -1
        if end >= 0:
            return _first_object(kept[start:end])
        kept = kept[start:] if start >= 0 else kept[-len(mark) :]
    if not kept.startswith(mark):
        raise unknown_claim(claim_id)
    return _first_object(kept)


def _first_object(content: bytes) -> Figures:
    figures: Figures = json.JSONDecoder().raw_decode(content.decode())[0]
    return figures
