"""What an answer says beside its package and claims, read once for many pages."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from serving.store import Store

KEPT_ANSWERS = 256


@lru_cache(KEPT_ANSWERS)
def answer_around(store: Store, identifier: str) -> Mapping[str, Any]:
    """Model, warnings, rejected rows and columns of a valuation.

    An answer never changes, and without its claims it is small: those of thousands of
    claims take a quarter of a second to read, once.

    Raises:
        NotFoundError: There is no such valuation.
        StoreError: The store does not answer.
    """
    answer: dict[str, Any] = orjson.loads(store.document(identifier).content)
    return {k: v for k, v in answer.items() if k not in ("package", "claims")}
