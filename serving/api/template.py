"""The Excel template."""

from typing import Annotated

from fastapi import APIRouter, Query, Response

from features.catalogue import Language
from serving.api.media import XLSX, attachment, problems
from serving.sheets.template import template_workbook

router = APIRouter(prefix="/v1", tags=["tapes"])


@router.get(
    "/template.xlsx",
    summary="Excel template of a tape",
    response_class=Response,
    responses={
        200: {"content": {XLSX: {}}, "description": "The workbook."},
        **problems(422),
    },
)
def template(
    language: Annotated[Language, Query(description="Language of the headers.")] = "zh",
) -> Response:
    """A workbook with every field, its choices and its meaning."""
    name = f"recoup-template-{language}.xlsx"
    return attachment(template_workbook(language), name)
