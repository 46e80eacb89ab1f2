"""The Excel template of a tape, made from the catalogue of fields."""

from collections.abc import Mapping
from datetime import date
from io import BytesIO
from typing import Any

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from features import catalogue
from features.catalogue import TAPE_TABLES, Field, Language
from features.reading.text import EARLIEST, LATEST

ROWS = 5000
_PACKAGE_LINES_WIDTH = 30
_SHEETS: Mapping[str, Mapping[Language, str]] = {
    "package": {"zh": "资产包", "en": "package"},
    "claims": {"zh": "债权", "en": "claims"},
    "collateral": {"zh": "押品", "en": "collateral"},
    "guarantees": {"zh": "保证", "en": "guarantees"},
    "guide": {"zh": "填写说明", "en": "guide"},
    "lists": {"zh": "选项", "en": "lists"},
}
_YES_NO: Mapping[Language, list[str]] = {"zh": ["是", "否"], "en": ["yes", "no"]}
_REQUIRED = "（必填）"
_KINDS: Mapping[str, tuple[str, str]] = {
    "id": ("编号（文本）", "identifier as text"),
    "text": ("文本", "text"),
    "category": ("从列表选择", "from the list"),
    "money": ("金额（元）", "yuan"),
    "number": ("数字", "number"),
    "integer": ("整数", "whole number"),
    "boolean": ("是/否", "yes or no"),
    "date": ("日期 2021-03-05", "date 2021-03-05"),
}
# Excel shows no more of a hint.
_TITLE_LENGTH, _MESSAGE_LENGTH = 32, 255


def template_workbook(language: Language) -> bytes:
    """A workbook to be filled in: the package, its claims, collateral, guarantees.

    Args:
        language: Of headers and choices.
    """
    target = BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        template = _Template(book, language)
        template.package_sheet()
        for table in TAPE_TABLES:
            template.table_sheet(table)
        template.guide_sheet()
        template.lists_sheet()
    return target.getvalue()


def template_fields(table: str) -> list[Field]:
    """The fields that a template asks for.

    Personal data is never asked for, nor what is known only after the sale; what holds
    for the whole package is asked for once.
    """
    return [
        field
        for field in catalogue.kept_fields(table).values()
        if field.known == "cutoff" and not (table != "package" and field.per_claim)
    ]


def header(field: Field, language: Language) -> str:
    """The header of a field, which says its unit and whether it must be filled in."""
    if language == "en":
        return field.name
    unit = "（元）" if field.kind == "money" else ""
    return f"{field.zh}{unit}{_REQUIRED if field.required else ''}"


class _Template:
    """A workbook in the making."""

    def __init__(self, book: Any, language: Language) -> None:
        self._book = book
        self._language = language
        self._lists: dict[tuple[str, ...], str] = {}
        self._optional = book.add_format({"bold": True, "bg_color": "#DDE6F0"})
        self._required = book.add_format({"bold": True, "bg_color": "#F8D7C4"})
        self._formats = {
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
            "id": book.add_format({"num_format": "@"}),
            "money": book.add_format({"num_format": "#,##0.00"}),
        }

    def package_sheet(self) -> None:
        """One field per line: its name, then its value."""
        sheet = self._sheet("package")
        sheet.set_column(0, 1, _PACKAGE_LINES_WIDTH)
        for line, field in enumerate(template_fields("package")):
            sheet.write_string(
                line, 0, header(field, self._language), self._head(field)
            )
            sheet.write_blank(line, 1, None, self._formats.get(field.kind))
            sheet.data_validation(line, 1, line, 1, self._rule(field))

    def table_sheet(self, table: str) -> None:
        """One field per column."""
        sheet = self._sheet(table)
        sheet.freeze_panes(1, 1)
        for column, field in enumerate(template_fields(table)):
            title = header(field, self._language)
            sheet.set_column(
                column, column, 2 * len(title) + 4, self._formats.get(field.kind)
            )
            sheet.write_string(0, column, title, self._head(field))
            sheet.data_validation(1, column, ROWS, column, self._rule(field))

    def guide_sheet(self) -> None:
        """What every field means.

        The header stands last: a reader takes a cell to the right of a field's name
        for its value.
        """
        sheet = self._sheet("guide")
        sheet.set_column(0, 4, 36)
        lines = [
            self._guide_line(table, field)
            for table in ("package", *TAPE_TABLES)
            for field in template_fields(table)
        ]
        for line, cells in enumerate(lines):
            for column, text in enumerate(cells):
                sheet.write_string(line, column, text)

    def lists_sheet(self) -> None:
        """The choices of the drop-downs, out of sight."""
        sheet = self._sheet("lists")
        sheet.hide()
        for column, choices in enumerate(self._lists):
            sheet.write_column(0, column, choices)

    def _sheet(self, name: str) -> Any:
        return self._book.add_worksheet(_SHEETS[name][self._language])

    def _head(self, field: Field) -> Any:
        return self._required if field.required else self._optional

    def _guide_line(self, table: str, field: Field) -> tuple[str, ...]:
        kind = _KINDS[field.kind][0 if self._language == "zh" else 1]
        choices = "、".join(self._choices(field))
        named = f"{table}.{field.name}"
        return (
            named,
            self._meaning(field),
            kind,
            choices,
            header(field, self._language),
        )

    def _meaning(self, field: Field) -> str:
        return field.meaning_zh if self._language == "zh" else field.en

    def _choices(self, field: Field) -> list[str]:
        if field.kind == "boolean":
            return _YES_NO[self._language]
        return [field.label(value, self._language) for value in field.values]

    def _rule(self, field: Field) -> dict[str, Any]:
        """What a cell accepts, with the meaning of the field as its hint."""
        return {
            **self._bounds(field),
            "input_title": header(field, self._language)[:_TITLE_LENGTH],
            "input_message": self._meaning(field)[:_MESSAGE_LENGTH],
        }

    def _bounds(self, field: Field) -> dict[str, Any]:
        choices = self._choices(field)
        if choices:
            source = self._list_reference(tuple(choices))
            kind = "information" if field.open else "stop"
            return {"validate": "list", "source": source, "error_type": kind}
        if field.kind == "date":
            return _between("date", EARLIEST, LATEST)
        if field.kind in catalogue.NUMERIC_KINDS and field.maximum is not None:
            kind = "integer" if field.kind == "integer" else "decimal"
            return _between(kind, field.minimum or 0, field.maximum)
        return {"validate": "any"}

    def _list_reference(self, choices: tuple[str, ...]) -> str:
        column = xl_col_to_name(len(self._lists))
        sheet = _SHEETS["lists"][self._language]
        reference = f"='{sheet}'!${column}$1:${column}${len(choices)}"
        return self._lists.setdefault(choices, reference)


def _between(kind: str, least: float | date, most: float | date) -> dict[str, Any]:
    return {"validate": kind, "criteria": "between", "minimum": least, "maximum": most}
