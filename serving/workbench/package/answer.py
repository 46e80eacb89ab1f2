"""What an answer says beside its package and claims, read once for many pages."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from serving.storage.store import Store

KEPT_ANSWERS = 256
# Where the package begins and where its claims end. Text holds no bare quotation mark
# in JSON, so that these stand where the document says so and nowhere else.
_BEFORE, _AFTER = b',"package":{"package_id":', b'],"filename":'


@lru_cache(KEPT_ANSWERS)
def answer_around(store: Store, identifier: str) -> Mapping[str, Any]:
    """Model, warnings, rejected rows and columns of a valuation.

    The claims between are passed over unread: those of a package of thousands take a
    quarter of a second.

    Raises:
        NotFoundError: There is no such valuation.
        StoreError: The store does not answer.
    """
    content = store.document(identifier).content
    before = content[: content.index(_BEFORE)] + b"}"
    after = b"{" + content[content.rindex(_AFTER) + 2 :]
    answer: dict[str, Any] = orjson.loads(before) | orjson.loads(after)
    return answer
