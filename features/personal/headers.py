"""Headers of columns that hold personal data, whatever else the column says."""

import re
import unicodedata
from functools import lru_cache

from features.personal.names import words


@lru_cache(maxsize=4096)
def is_personal(header: str) -> bool:
    """Whether a header of no known field speaks of what identifies a person."""
    key = re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", header).casefold())
    return any(word in key for word in words("headers"))
