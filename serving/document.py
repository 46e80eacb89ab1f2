"""What an answer is: plain data, and the bytes that are stored, hashed and sent."""

from typing import Any

import orjson

Document = dict[str, Any]


def encode(document: Document) -> bytes:
    """A document as JSON, the form that is stored, hashed and sent."""
    return orjson.dumps(document)
