"""Sheets to be filled in or edited: headers, hints and checks from the catalogue."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import repeat
from typing import Any

import pyarrow as pa
from xlsxwriter.utility import xl_col_to_name

from features import catalogue
from features.catalogue import Field
from features.package import HeaderValue
from serving.sheets.book import Sheets, fitting, title_height, wide
from serving.sheets.rules import Limits, Wording, header, hint, rule, words_of

# Lines that a drop-down reaches below a header.
ROWS = 5000
_LINES_WIDTH = 34
_LEAST_WIDTH = 14
_FORMATS: Mapping[str, str] = {
    "date": "yyyy-mm-dd",
    "id": "@",
    "money": "#,##0.00",
}


def asked_fields(table: str) -> list[Field]:
    """The fields that a form asks for.

    Personal data is never asked for, nor what is known only after the sale; what holds
    for the whole package is asked for once.
    """
    return [
        field
        for field in catalogue.kept_fields(table).values()
        if field.known == "cutoff" and not (table != "package" and field.per_claim)
    ]


class Forms:
    """Forms in the making; the choices of their drop-downs stand on a hidden sheet."""

    def __init__(
        self, sheets: Sheets, names: Mapping[str, str], wording: Wording
    ) -> None:
        """Add forms to a workbook.

        Args:
            sheets: The workbook.
            names: Names of the sheets by table, and of the hidden one as ``lists``.
            wording: Language of headers, hints and choices.
        """
        self._sheets = sheets
        self._names = names
        self._wording: Wording = wording
        self._lists: dict[tuple[str, ...], str] = {}
        style = {"bold": True, "text_wrap": True, "valign": "top"}
        self._optional = sheets.format({**style, "bg_color": "#DDE6F0"})
        self._required = sheets.format({**style, "bg_color": "#F8D7C4"})
        self._formats = {
            kind: sheets.format({"num_format": shown})
            for kind, shown in _FORMATS.items()
        }

    def package(
        self, fields: Sequence[Field], values: Mapping[str, HeaderValue]
    ) -> None:
        """A form with one field per line: its name, then its value.

        Args:
            fields: What it asks for.
            values: What is known already, by canonical name.
        """
        sheet = self._sheets.add(self._names["package"])
        sheet.fit_to_pages(1, 0)
        sheet.set_column(0, 1, _LINES_WIDTH)
        for line, field in enumerate(fields):
            title = header(field, self._wording)
            sheet.set_row(line, title_height(title, _LINES_WIDTH))
            sheet.write_string(line, 0, title, self._head(field))
            sheet.write_blank(line, 1, None, self._formats.get(field.kind))
            self._write(sheet, line, 1, field, values.get(field.name))
            sheet.data_validation(line, 1, line, 1, self._rule(field, Limits()))

    def table(
        self, table: str, fields: Sequence[Field], data: pa.Table | None = None
    ) -> None:
        """A form with one field per column.

        Args:
            table: Name of the table in the catalogue.
            fields: What it asks for.
            data: What is known already, in canonical columns.
        """
        sheet = self._sheets.add(self._names[table])
        sheet.freeze_panes(1, 1)
        sheet.repeat_rows(0)
        sheet.repeat_columns(0)
        titles = [header(field, self._wording) for field in fields]
        widths = [max(_LEAST_WIDTH, *map(_width, t.split("\n"))) for t in titles]
        sheet.set_row(0, max(map(title_height, titles, widths)))
        for column, (field, title) in enumerate(zip(fields, titles, strict=True)):
            shown = self._formats.get(field.kind)
            sheet.set_column(column, column, widths[column], shown)
            sheet.write_string(0, column, title, self._head(field))
            limits = self._limits(table, xl_col_to_name(column))
            last = max(ROWS, 0 if data is None else len(data))
            sheet.data_validation(1, column, last, column, self._rule(field, limits))
        for line, row in enumerate(_rows(fields, data), 1):
            for column, (field, value) in enumerate(zip(fields, row, strict=True)):
                self._write(sheet, line, column, field, value)

    def lists(self) -> None:
        """The choices of the drop-downs, out of sight."""
        sheet = self._sheets.add(self._names["lists"])
        sheet.hide()
        longest = max(map(len, self._lists), default=0)
        for line in range(longest):
            for column, choices in enumerate(self._lists):
                if line < len(choices):
                    sheet.write_string(line, column, choices[line])

    def _head(self, field: Field) -> Any:
        return self._required if field.required else self._optional

    def _write(
        self, sheet: Any, line: int, column: int, field: Field, value: Any
    ) -> None:
        """A value so that reading the cell gives it back."""
        if value is None:
            return
        shown = self._formats.get(field.kind)
        if isinstance(value, bool):
            sheet.write_string(line, column, self._choices(field)[not value])
        elif isinstance(value, date):
            sheet.write_datetime(line, column, value, shown)
        elif isinstance(value, int | float) and _is_kept(value):
            sheet.write_number(line, column, value, shown)
        else:
            text = str(value)
            if field.values:
                text = field.label(text, "en" if self._wording == "en" else "zh")
            sheet.write_string(line, column, fitting(_quoted(text)), shown)

    def _choices(self, field: Field) -> Sequence[str]:
        return words_of(field, self._wording)

    def _rule(self, field: Field, limits: Limits) -> dict[str, Any]:
        choices = self._choices(field)
        source = self._list_reference(tuple(choices)) if choices else None
        return {
            **rule(field, source, limits),
            **hint(field, self._wording),
        }

    def _limits(self, table: str, column: str) -> Limits:
        """What a column is held against: the cut-off date, and the ids of claims."""
        package = [field.name for field in asked_fields("package")]
        cutoff = f"'{self._names['package']}'!$B${package.index('cutoff_date') + 1}"
        own = f"${column}$2:${column}${ROWS + 1}"
        claims = f"'{self._names['claims']}'!$A$2:$A${ROWS + 1}"
        unique = table == "claims"
        return Limits(cutoff, own if unique else claims, f"{column}2", unique)

    def _list_reference(self, choices: tuple[str, ...]) -> str:
        column = xl_col_to_name(len(self._lists))
        sheet = self._names["lists"]
        reference = f"='{sheet}'!${column}$1:${column}${len(choices)}"
        return self._lists.setdefault(choices, reference)


def _width(line: str) -> float:
    """Digits that a line of a title takes, with room for its arrow."""
    return sum(2 if wide(letter) else 1 for letter in line) * 1.1 + 2


def _rows(fields: Sequence[Field], data: pa.Table | None) -> Iterator[Sequence[Any]]:
    if data is None:
        return iter(())
    none = repeat(None, len(data))
    known = set(data.column_names)
    return zip(
        *(data[f.name].to_pylist() if f.name in known else none for f in fields),
        strict=False,
    )


def _is_kept(number: float) -> bool:
    """Whether a cell keeps every digit of a number; of some, only text does."""
    return float(f"{number:.16G}") == number


def _quoted(text: str) -> str:
    """Text with a mark before what reading would take for a mark of Excel."""
    return f"'{text}" if text.startswith(("'", '="')) else text
