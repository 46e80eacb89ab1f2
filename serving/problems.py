"""Every refusal in one form: problem details of RFC 9457, with one entry per fault."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.routing import compile_path

from features.checked import words_of
from features.errors import ColumnFinding, Finding, RecoupError
from serving.observing.facts import note_refusal, request_id
from serving.observing.metrics import refused

SHOWN_ERRORS = 100
RETRY_AFTER_SECONDS = "5"
MEDIA_TYPE = "application/problem+json"
_JSON_DOOR = "application/json"
# Where the parameters of a request stand, as findings name it in place of a table.
_PARAMETERS = ("header", "query")

_REFUSED = "请求被拒绝"
_CHINESE: Mapping[int, str] = MappingProxyType(
    {
        400: "请求格式有误，请检查后重新提交",
        401: "请先登录或提供有效的密钥",
        403: "没有执行该操作的权限",
        404: "没有该地址或记录，请检查地址和编号",
        405: "该地址不支持这种请求方法",
        408: "请求正文未在规定时间内到达，请重新提交",
        409: "与当前状态冲突，请刷新后重试",
        413: "请求正文超过上限，请拆分后提交",
        415: "请以未压缩的 application/json 提交；文件请提交到 /v1/valuations/upload",
        421: "本服务不以此名称提供，请使用正确的主机名",
        422: "提交的内容有误，请更正后重新提交",
        429: "请求过于频繁，请稍后重试",
        500: "服务出错，原因见服务日志",
        503: "服务暂时不可用，请稍后重试",
    }
)

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Problem:
    """What went wrong with a request.

    Attributes:
        status: HTTP status.
        code: Stable name of the kind of problem.
        detail: What happened and what to do about it.
        detail_zh: The same in Chinese.
        errors: One entry per fault, at most SHOWN_ERRORS.
        error_count: How many faults there are in all.
    """

    status: int
    code: str
    detail: str
    detail_zh: str
    errors: Sequence[dict[str, Any]] = ()
    error_count: int = 0

    def response(self, headers: dict[str, str] | None = None) -> JSONResponse:
        """The answer."""
        refused(self.code)
        note_refusal(self.code, self.status, self.detail)
        content = {
            "type": f"urn:recoup:problem:{self.code}",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
            "detail_zh": self.detail_zh,
            "request_id": request_id(),
            "error_count": self.error_count,
            "errors": list(self.errors),
        }
        return JSONResponse(content, self.status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Have every error of an application answered as a problem."""
    app.exception_handler(RecoupError)(problem_of)
    app.exception_handler(HTTPException)(_of_http)
    app.exception_handler(RequestValidationError)(_of_validation)
    app.exception_handler(Exception)(_of_anything)


def problem_of(request: Request, error: RecoupError) -> JSONResponse:
    """The answer that reports an error of ours."""
    in_json = _in_json(request)
    problem = Problem(
        error.http_status,
        error.kind,
        str(error),
        in_chinese(error),
        [_entry(f, in_json) for f in error.findings[:SHOWN_ERRORS]],
        len(error.findings),
    )
    return problem.response(
        {"Retry-After": RETRY_AFTER_SECONDS} if error.passing else None
    )


def _in_json(request: Request) -> bool:
    """Whether a body is JSON; one that is left out stands for an empty one of it."""
    absent = _JSON_DOOR if request.method == "POST" else ""
    return request.headers.get("content-type", absent).lower().startswith(_JSON_DOOR)


def in_chinese(error: RecoupError) -> str:
    """The words of an error, or of the first of its findings, in Chinese."""
    if error.zh != str(error):
        return error.zh
    if error.findings:
        return error.findings[0].reason_zh
    return f"{_CHINESE.get(error.http_status, _REFUSED)}（{error}）"


def _entry(finding: Finding, in_json: bool) -> dict[str, Any]:
    """A finding: where it is by pointer in JSON, by row and column in a file.

    A field beside both is named as the parameter that it is.
    """
    entry: dict[str, Any] = {
        "code": finding.code,
        "detail": finding.reason,
        "detail_zh": finding.reason_zh,
    }
    if finding.table in _PARAMETERS:
        entry["parameter"] = f"{finding.table}.{finding.field}"
    elif in_json:
        entry["pointer"] = pointer(finding)
    else:
        names = ("table", "row", "field", "column")
        entry |= {name: getattr(finding, name) for name in names}
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


def _of_http(request: Request, error: HTTPException) -> JSONResponse:
    code = HTTPStatus(error.status_code).phrase.lower().replace(" ", "-")
    zh = _CHINESE.get(error.status_code, _REFUSED)
    problem = Problem(error.status_code, code, str(error.detail), zh)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = _allowed(request)
    return problem.response(headers)


def _allowed(request: Request) -> str:
    """Methods of the address that a request was sent to, of every route it has.

    An address that is a route's own is no identifier in another's.
    """
    path = request.scope["path"]
    matching = [
        route
        for route in iter_route_contexts(request.app.routes)
        if compile_path(route.path or "")[0].match(path)
    ]
    own = [route for route in matching if route.path == path] or matching
    methods = {m for route in own for m in route.methods or ()}
    return ", ".join(sorted(methods | {"HEAD"} if "GET" in methods else methods))


def _of_validation(_: Request, error: RequestValidationError) -> JSONResponse:
    found = error.errors()
    entries = [_parameter(e) for e in found[:SHOWN_ERRORS]]
    detail, zh = "the request has wrong parameters", "请求参数有误"
    return Problem(422, "parameters", detail, zh, entries, len(found)).response()


def _parameter(error: ErrorDetails) -> dict[str, Any]:
    """What is wrong with a parameter, as pydantic found it."""
    name, (english, chinese) = error["loc"][-1], words_of(error)
    return {
        "code": error["type"],
        "detail": f"{name} {english}",
        "detail_zh": f"{name} 无效：{chinese}",
        "parameter": ".".join(map(str, error["loc"])),
    }


def _of_anything(_: Request, error: Exception) -> JSONResponse:
    log.error("a request failed", exc_info=error)
    detail = "the service failed; the cause is in its log"
    return Problem(500, "internal", detail, _CHINESE[500]).response()
