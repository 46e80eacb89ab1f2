"""Answers that are not a plain model: files, and problems as the schema shows them."""

from typing import Any

from fastapi import Response

from serving.answers import ProblemOut
from serving.problems import MEDIA_TYPE

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def attachment(content: bytes, name: str) -> Response:
    """A workbook that a browser saves under a name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=XLSX, headers=headers)


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
