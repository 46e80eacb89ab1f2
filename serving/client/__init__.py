"""A client of the service for Python programs, on httpx2 alone.

::

    from serving.client import Client

    with Client("http://127.0.0.1:8000") as recoup:
        valuation = recoup.value_tape("tape.xlsx", {"target_return_rate": 0.12})
        bid = recoup.bid(valuation["id"])
"""

from serving.client.answers import Figures, Valuation, ValuationLine
from serving.client.client import Client
from serving.client.errors import (
    AccessRefusedError,
    ClientError,
    ConflictError,
    Fault,
    InvalidRequestError,
    NotFoundError,
    RefusedError,
    UnavailableError,
    UnreachableError,
)
from serving.client.retries import Retries

__all__ = [
    "AccessRefusedError",
    "Client",
    "ClientError",
    "ConflictError",
    "Fault",
    "Figures",
    "InvalidRequestError",
    "NotFoundError",
    "RefusedError",
    "Retries",
    "UnavailableError",
    "UnreachableError",
    "Valuation",
    "ValuationLine",
]
