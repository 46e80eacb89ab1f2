"""The Excel template of a tape, made from the catalogue of fields."""

from collections.abc import Mapping
from io import BytesIO

from features.catalogue import TAPE_TABLES, Field, Language
from serving.sheets.book import Sheets, workbook
from serving.sheets.forms import Forms, asked_fields
from serving.sheets.rules import header, kind_of, meaning, words_of

_SHEETS: Mapping[str, Mapping[Language, str]] = {
    "package": {"zh": "资产包", "en": "package"},
    "claims": {"zh": "债权", "en": "claims"},
    "collateral": {"zh": "押品", "en": "collateral"},
    "guarantees": {"zh": "保证", "en": "guarantees"},
    "guide": {"zh": "填写说明", "en": "guide"},
    "lists": {"zh": "选项", "en": "lists"},
}
_GUIDE: Mapping[Language, tuple[str, ...]] = {
    "zh": ("工作表", "表头", "含义", "填写内容", "可选值"),
    "en": ("sheet", "header", "meaning", "what to write", "choices"),
}
_GUIDE_WIDTHS = (16, 30, 60, 30, 60)


def template_workbook(language: Language) -> bytes:
    """A workbook to be filled in: the package, its claims, collateral, guarantees.

    Args:
        language: Of headers, hints and choices.
    """
    target = BytesIO()
    names = {name: said[language] for name, said in _SHEETS.items()}
    with workbook(target) as sheets:
        forms = Forms(sheets, names, language)
        forms.package(asked_fields("package"), {})
        for table in TAPE_TABLES:
            forms.table(table, asked_fields(table))
        _guide(sheets, names, language)
        forms.lists()
    return target.getvalue()


def _guide(sheets: Sheets, names: Mapping[str, str], language: Language) -> None:
    """What every field means."""
    sheet = sheets.add(names["guide"])
    sheet.freeze_panes(1, 2)
    head = sheets.format({"bold": True, "bg_color": "#DDE6F0"})
    plain = sheets.format({"text_wrap": True, "valign": "top"})
    for column, (title, width) in enumerate(
        zip(_GUIDE[language], _GUIDE_WIDTHS, strict=True)
    ):
        sheet.set_column(column, column, width, plain)
        sheet.write_string(0, column, title, head)
    lines = (
        (names[table], *_explained(field, language))
        for table in ("package", *TAPE_TABLES)
        for field in asked_fields(table)
    )
    for line, cells in enumerate(lines, 1):
        for column, text in enumerate(cells):
            sheet.write_string(line, column, text, plain)


def _explained(field: Field, language: Language) -> tuple[str, ...]:
    return (
        header(field, language),
        meaning(field, language),
        kind_of(field, language),
        "、".join(words_of(field, language)),
    )
