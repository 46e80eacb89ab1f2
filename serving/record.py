"""A valuation on record, opened as far as a question about it needs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import orjson

from features.errors import NotFoundError
from models.pricing.assumptions import Assumptions
from models.pricing.valuation import Valuation
from serving import tables
from serving.champion import ServedModel
from serving.store import Store
from serving.submission import Submission

Figures = Mapping[str, Any]


@dataclass(frozen=True)
class Recomputed:
    """A valuation computed again from its record.

    Attributes:
        valuation: The same figures, not yet written as an answer.
        served: The model that priced it.
    """

    valuation: Valuation
    served: ServedModel


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
        return _claim_of(self._store.document(self.row.id).content, claim_id)

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


def _claim_of(content: bytes, claim_id: str) -> Figures:
    """A claim of an answer in JSON.

    Claims are what begins with an id and goes on with a row; within a text of JSON
    their quotation marks would have a stroke before them.
    """
    start = content.find(b'{"claim_id":%b,"row":' % orjson.dumps(claim_id))
    if start < 0:
        raise NotFoundError(f"this valuation has no claim {claim_id[:100]}")
    end = content.find(b'{"claim_id":', start + 1)
    text = content[start : end if end > 0 else None].decode()
    claim: Figures = json.JSONDecoder().raw_decode(text)[0]
    return claim
