"""Every refusal in one form: problem details of RFC 9457, with one entry per fault."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from features.errors import ColumnFinding, Finding, RecoupError
from serving.observing.facts import request_id
from serving.observing.metrics import refused

SHOWN_ERRORS = 100
RETRY_AFTER_SECONDS = "5"
MEDIA_TYPE = "application/problem+json"
_JSON_DOOR = "application/json"

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """What went wrong with a request.

    Attributes:
        status: HTTP status.
        code: Stable name of the kind of problem.
        detail: What happened and what to do about it.
        errors: One entry per fault, at most SHOWN_ERRORS.
        error_count: How many faults there are in all.
    """

    status: int
    code: str
    detail: str
    errors: Sequence[dict[str, Any]] = ()
    error_count: int = 0

    def response(self, headers: dict[str, str] | None = None) -> JSONResponse:
        """The answer."""
        refused(self.code)
        content = {
            "type": f"urn:recoup:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "request_id": request_id(),
            "error_count": self.error_count,
            "errors": list(self.errors),
        }
        return JSONResponse(content, self.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have every error of an application answered as a problem."""
    app.exception_handler(RecoupError)(_of_recoup)
    app.exception_handler(HTTPException)(_of_http)
    app.exception_handler(RequestValidationError)(_of_validation)
    app.exception_handler(Exception)(_of_anything)


def _of_recoup(request: Request, error: RecoupError) -> JSONResponse:
    in_json = request.headers.get("content-type", "").startswith(_JSON_DOOR)
    problem = Problem(
        error.http_status,
        error.kind,
        str(error),
        [_entry(f, in_json) for f in error.findings[:SHOWN_ERRORS]],
        len(error.findings),
    )
    return problem.response(
        {"Retry-After": RETRY_AFTER_SECONDS} if error.passing else None
    )


def _entry(finding: Finding, in_json: bool) -> dict[str, Any]:
    """A finding: where it is by pointer in JSON, by row and column in a file."""
    entry: dict[str, Any] = {
        "code": finding.code,
        "detail": finding.reason,
        "detail_zh": finding.reason_zh,
    }
    if in_json:
        entry["pointer"] = pointer(finding)
    else:
        entry |= {"table": finding.table, "row": finding.row, "column": finding.column}
    return entry if finding.value is None else {**entry, "value": finding.value}


def pointer(finding: Finding) -> str:
    """JSON pointer (RFC 6901) to the value that a finding is about."""
    within = finding.field.split("/") if finding.field else [finding.column]
    row, by_column = finding.row, isinstance(finding, ColumnFinding)
    where = (*within, row) if by_column else (row, *within)
    parts = (finding.table or None, *where)
    named = (
        str(p).replace("~", "~0").replace("/", "~1") for p in parts if p is not None
    )
    return "".join(f"/{part}" for part in named)


def _of_http(_: Request, error: HTTPException) -> JSONResponse:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    problem = Problem(error.status_code, code, str(error.detail))
    return problem.response(dict(error.headers or {}))


def _of_validation(_: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    entries = [
        {
            "code": e["type"],
            "detail": e["msg"],
            "detail_zh": f"{e['loc'][-1]} 无效：{e['msg']}",
            "parameter": ".".join(map(str, e["loc"])),
        }
        for e in found[:SHOWN_ERRORS]
    ]
    return Problem(
        422, "parameters", "the request has wrong parameters", entries, len(found)
    ).response()


def _of_anything(_: Request, error: Exception) -> JSONResponse:
    log.error("a request failed", exc_info=error)
    return Problem(
        500, "internal", "the service failed; the cause is in its log"
    ).response()
