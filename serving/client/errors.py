"""Every error that the client raises.

The tree, with the HTTP status of the answer::

    ClientError
    ├── UnreachableError            no answer came, however often it was tried
    └── RefusedError                the service answered with a problem (RFC 9457)
        ├── InvalidRequestError     400, 408, 413, 415, 422: mend the request
        ├── AccessRefusedError      401, 403: no key, or none that may do this
        ├── NotFoundError           404: there is no such valuation
        ├── ConflictError           409: the state of the service forbids it
        └── UnavailableError        429, 502, 503, 504: it may succeed later
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import httpx2

_PROBLEM = "application/problem+json"
RETRIED_STATUSES = frozenset({429, 502, 503, 504})


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a request.

    Attributes:
        code: Stable name of the rule, such as ``out_of_bounds``.
        detail: What is wrong and what to do about it, in English.
        detail_zh: The same in Chinese.
        pointer: JSON pointer to the value, for a request in JSON.
        parameter: Place and name of a parameter, such as ``query.limit``.
        table: Table of the tape, for a file.
        row: Line of the file, from 1.
        field: Name of the field, for a file and what is said beside it.
        column: Header of the column as the sender wrote it.
        value: The value as text.
    """

    code: str
    detail: str
    detail_zh: str
    pointer: str | None = None
    parameter: str | None = None
    table: str | None = None
    row: int | None = None
    field: str | None = None
    column: str | None = None
    value: str | None = None

    @classmethod
    def of(cls, entry: dict[str, Any]) -> Self:
        """A fault of an answer; fields of later versions are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: v for name, v in entry.items() if name in known})

    @property
    def place(self) -> str:
        """Where it is, as far as the service says."""
        row = None if self.row is None else f"row {self.row}"
        named = (self.pointer, self.parameter, self.table, row, self.field)
        return ", ".join(part for part in named if part)


class ClientError(Exception):
    """Base of every error of this tree."""


class UnreachableError(ClientError):
    """No answer came; the last error of the connection is the cause."""


class RefusedError(ClientError):
    """The service refused.

    Attributes:
        status: HTTP status.
        code: Stable name of the kind of problem, such as ``claims``.
        detail: What happened and what to do about it.
        faults: One for each thing that is wrong, at most 100.
        fault_count: How many there are in all.
        retry_after_seconds: When to try again, where the service says so.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        faults: tuple[Fault, ...] = (),
        fault_count: int = 0,
        retry_after_seconds: float | None = None,
    ) -> None:
        """Keep what the service said."""
        super().__init__(f"{status}: {detail}{_first_of(faults, fault_count, detail)}")
        self.status = status
        self.code = code
        self.detail = detail
        self.faults = faults
        self.fault_count = fault_count
        self.retry_after_seconds = retry_after_seconds

    @property
    def passing(self) -> bool:
        """Whether the same request may succeed when it is sent again."""
        in_flight = self.status == httpx2.codes.CONFLICT and self.code == "in-flight"
        return in_flight or self.status in RETRIED_STATUSES


class InvalidRequestError(RefusedError):
    """The request is wrong; the faults say where."""


class AccessRefusedError(RefusedError):
    """The key is missing or serves no longer, or its roles may not do this."""


class NotFoundError(RefusedError):
    """There is no such valuation."""


class ConflictError(RefusedError):
    """The state of the service forbids it."""


class UnavailableError(RefusedError):
    """The service cannot answer now."""


def _first_of(faults: Sequence[Fault], count: int, detail: str) -> str:
    """The first fault that the detail does not tell itself, for a log of one line."""
    untold = next((fault for fault in faults if fault.detail not in detail), None)
    if untold is None:
        return ""
    more = f" (and {count - 1} more)" if count > 1 else ""
    return f"; {untold.place}: {untold.detail}{more}"


def refusal(response: httpx2.Response) -> RefusedError:
    """The error of an answer that is none.

    Args:
        response: With a status of 400 or more, its body read.
    """
    problem = _problem(response)
    return _kind(response.status_code)(
        status=response.status_code,
        code=str(problem.get("type", "")).rpartition(":")[2],
        detail=str(problem.get("detail", response.reason_phrase)),
        faults=tuple(Fault.of(entry) for entry in problem.get("errors", ())),
        fault_count=int(problem.get("error_count", 0)),
        retry_after_seconds=_retry_after(response),
    )


def _problem(response: httpx2.Response) -> dict[str, Any]:
    """The problem details; nothing where something else than the service answered."""
    if response.headers.get("content-type", "").partition(";")[0] != _PROBLEM:
        return {}
    try:
        content = response.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _kind(status: int) -> type[RefusedError]:
    if status in RETRIED_STATUSES:
        return UnavailableError
    if status >= httpx2.codes.INTERNAL_SERVER_ERROR:
        return RefusedError
    named: dict[int, type[RefusedError]] = {
        401: AccessRefusedError,
        403: AccessRefusedError,
        404: NotFoundError,
        409: ConflictError,
    }
    return named.get(status, InvalidRequestError)


def _retry_after(response: httpx2.Response) -> float | None:
    stated = response.headers.get("retry-after", "")
    return float(stated) if stated.isdigit() else None
