"""The key under which a request that does something may be sent again."""

from typing import Annotated

from fastapi import Header

LONGEST_KEY = 255
Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=LONGEST_KEY,
        description="Name that the sender gives this request, a UUID for example. "
        "Sent again under it within 30 days the request gets the stored answer, "
        "another request is refused with 422, and one that is still being answered "
        "with 409.",
    ),
]
