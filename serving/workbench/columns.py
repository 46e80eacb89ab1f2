"""Columns of a tape as a form: how each is read, and what somebody says instead."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from starlette.datastructures import FormData

from features import catalogue
from features.catalogue import TAPE_TABLES, Language
from features.reading.corrections import UNUSED, Corrections

Facts = Mapping[str, Any]
Column = tuple[str, str]
# Kinds of fields in the order in which lists show them.
KINDS = ("id", "money", "date", "category", "boolean", "integer", "number", "text")


class Choice(NamedTuple):
    """How a column is to be read.

    Attributes:
        field: Name of the field; empty for a column that is not used.
        unit: Unit of its money; empty for the one that the tape names or implies.
    """

    field: str
    unit: str


class FieldGroup(NamedTuple):
    """Fields of one kind, to choose from.

    Attributes:
        kind: The kind.
        fields: Name and title of each.
    """

    kind: str
    fields: tuple[tuple[str, str], ...]


@cache
def field_groups(table: str, language: Language) -> tuple[FieldGroup, ...]:
    """Every field of a table in groups, titled in a language."""
    known = catalogue.fields(table).values()
    groups = (
        FieldGroup(
            kind,
            tuple((f.name, f.title(language)) for f in known if f.kind == kind),
        )
        for kind in KINDS
    )
    return tuple(group for group in groups if group.fields)


def groups_of(language: Language) -> Mapping[str, tuple[FieldGroup, ...]]:
    """Every field of every table of a tape."""
    return {table: field_groups(table, language) for table in TAPE_TABLES}


def chosen(form: FormData) -> dict[Column, Choice]:
    """What a form says of each column that it shows."""
    names = ("table", "header", "field", "unit")
    rows = zip(*(map(str, form.getlist(name)) for name in names), strict=False)
    return {(table, header): Choice(field, unit) for table, header, field, unit in rows}


def choice_of(column: Facts, corrections: Corrections) -> Choice:
    """How a column is read now."""
    said = corrections.find(column["table"], column["header"])
    if said is not None:
        return Choice(said.field or "", said.unit or "")
    return Choice(column["field"] or "", "")


def stated(
    columns: Sequence[Facts], choices: Mapping[Column, Choice], before: Corrections
) -> dict[str, dict[str, str]]:
    """The corrections that a form comes to, as JSON states them.

    Args:
        columns: What was seen of each column.
        choices: What is said of those that the form shows.
        before: Corrections that were made before; they stay for columns not shown.
    """
    tables: dict[str, dict[str, str]] = {}
    for table, header, words in _words(columns, choices, before):
        tables.setdefault(table, {})[header] = words
    return tables


def _words(
    columns: Sequence[Facts], choices: Mapping[Column, Choice], before: Corrections
) -> Iterator[tuple[str, str, str]]:
    for column in columns:
        table, header = column["table"], column["header"]
        earlier = before.find(table, header)
        choice = choices.get((table, header))
        if choice is None:
            words = earlier.words if earlier else None
        elif earlier is None and choice == choice_of(column, before):
            words = None
        else:
            words = _said(column, choice)
        if words is not None:
            yield table, header, words


def _said(column: Facts, choice: Choice) -> str | None:
    """A choice in words; None where the column is read so without them."""
    known = catalogue.fields(column["table"]).get(choice.field)
    unit = choice.unit if known is None or known.kind == "money" else ""
    if not unit and choice.field == (column["usual_field"] or ""):
        return None
    return f"{choice.field or UNUSED}{':' if unit else ''}{unit}"
