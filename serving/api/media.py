"""Answers that are not a plain model: files, and problems as the schema shows them."""

from typing import Any

from fastapi import HTTPException, Request, Response

from serving.answers.common import ProblemOut
from serving.problems import MEDIA_TYPE

JSON = "application/json"
_AS_IS = "identity"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# Body of a request that names claims.
VALUATION_REQUEST = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/ValuationRequest"}}
        },
    }
}


def attachment(content: bytes, name: str) -> Response:
    """A workbook that a browser saves under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=XLSX, headers=headers)


def require_json(request: Request) -> None:
    """Refuse a body that is not said to be JSON, or that is packed.

    Raises:
        HTTPException: It is said to be something else.
    """
    headers = request.headers
    media_type = headers.get("content-type", "").partition(";")[0].strip()
    packed = headers.get("content-encoding", _AS_IS).lower() != _AS_IS
    if packed or media_type.lower() != JSON:
        detail = f"send {JSON}, not compressed; a file goes to /v1/valuations/upload"
        raise HTTPException(415, detail)


def json_body(model: str, example: dict[str, Any]) -> dict[str, Any]:
    """A body of a named schema, for the description of its route."""
    schema = {"$ref": f"#/components/schemas/{model}"}
    content = {JSON: {"schema": schema, "example": example}}
    return {"requestBody": {"required": True, "content": content}}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a route may refuse with, for its schema."""
    reference = {"$ref": f"#/components/schemas/{ProblemOut.__name__}"}
    return {
        status: {
            "description": "Refused.",
            "content": {MEDIA_TYPE: {"schema": reference}},
        }
        for status in statuses
    }
