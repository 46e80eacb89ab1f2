"""Values held to the types of JSON, and fields of the package held to them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

from features import catalogue
from features.catalogue import Field
from features.errors import Finding, TapeError
from features.findings import finding, shortened
from features.package import HeaderValue
from features.reading.title import fact_finding, read_fact

_TEXT = ((str,), "text", "文本")
_NUMBER = ((int, float), "a number", "数字")
_TYPES: Mapping[str, tuple[tuple[type, ...], str, str]] = MappingProxyType(
    {
        "money": _NUMBER,
        "number": _NUMBER,
        "integer": ((int, float), "a whole number", "整数"),
        "boolean": ((bool,), "true or false", "true 或 false"),
        "date": ((str,), "a date as text, 2021-03-05", "日期文本，例如 2021-03-05"),
        "id": _TEXT,
        "text": _TEXT,
        "category": _TEXT,
    }
)


def wrong_types(field: Field, values: Sequence[Any]) -> Iterator[int]:
    """Positions of the values whose type the field cannot have; null is absent."""
    allowed = {*_TYPES[field.kind][0], type(None)}
    if set(map(type, values)) <= allowed:
        return iter(())
    return (i for i, value in enumerate(values) if type(value) not in allowed)


def type_finding(
    table: str, field: Field, value: Any, row: int | None = None
) -> Finding:
    """The finding about a value of a wrong type."""
    _, expected, expected_zh = _TYPES[field.kind]
    return finding(
        "wrong_type",
        table=table,
        row=row,
        field=field,
        column=field.name,
        value=value,
        expected=expected,
        expected_zh=expected_zh,
    )


def unknown_field(table: str, row: int | None, name: str) -> Finding:
    """The finding about a field that a table does not have."""
    return finding(
        "unknown_field", table=table, row=row, column=name, name=shortened(name)
    )


def strict_facts(
    facts: Mapping[str, Any],
) -> tuple[dict[str, HeaderValue], tuple[Finding, ...]]:
    """Fields of the package, and what is wrong with those that were left out."""
    header: dict[str, HeaderValue] = {}
    findings = []
    for name, value in facts.items():
        found, wrong = _strict_fact(name, value)
        if wrong is not None:
            findings.append(wrong)
        elif found is not None:
            header[name] = found
    return header, tuple(findings)


def _strict_fact(name: str, value: Any) -> tuple[HeaderValue | None, Finding | None]:
    field = catalogue.fields("package").get(name)
    if field is None:
        return None, unknown_field("package", None, name)
    if list(wrong_types(field, [value])):
        return None, type_finding("package", field, value)
    found, code = read_fact(name, value, strict=True)
    return found, fact_finding(name, code, value) if code else None


def imposed_header(header: Mapping[str, HeaderValue] | None) -> dict[str, HeaderValue]:
    """The fields that the caller states, as strictly as in JSON; a day may be a date.

    Raises:
        TapeError: A field does not exist or has a value that it cannot have.
    """
    facts = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in (header or {}).items()
    }
    read, wrong = strict_facts(facts)
    if wrong:
        raise TapeError(wrong[0].sentence(), wrong)
    return read
