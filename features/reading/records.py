"""A package in JSON as raw tables; whatever JSON can get wrong is refused here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from features import catalogue
from features.catalogue import Field
from features.errors import Finding, TapeError
from features.findings import finding, shortened
from features.package import HeaderValue
from features.reading.cells import Cells
from features.reading.raw import RawTable
from features.reading.tables import Remark
from features.reading.title import PackageHeader, fact_finding, read_fact

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


@dataclass(frozen=True)
class Records:
    """A package in JSON as raw tables.

    Attributes:
        tables: Raw tables by name.
        remarks: What is wrong with values and fields, by table; those values are
            left out of the tables.
        header: Fields of the package.
    """

    tables: Mapping[str, RawTable]
    remarks: Mapping[str, tuple[Remark, ...]]
    header: PackageHeader


def read_payload(payload: Mapping[str, Any]) -> Records:
    """The tables of a package in JSON.

    Raises:
        TapeError: There is no list of claims, a table is no list, or there is a table
            that a tape does not have.
    """
    _check_shape(payload)
    tables, remarks = {}, {}
    for name in catalogue.TAPE_TABLES:
        records = payload.get(name) or []
        if records or name == "claims":
            tables[name], remarks[name] = _table(name, records)
    return Records(tables, remarks, _header(payload.get("package") or {}))


def _check_shape(payload: Mapping[str, Any]) -> None:
    unknown = sorted(set(payload) - {"package", *catalogue.TAPE_TABLES})
    if unknown:
        raise TapeError(
            f"a package has no {', '.join(unknown)}; it may have package, "
            f"{', '.join(catalogue.TAPE_TABLES)}"
        )
    if not isinstance(payload.get("package") or {}, Mapping):
        raise TapeError("package must be an object of fields")
    for name in catalogue.TAPE_TABLES:
        if not isinstance(payload.get(name) or [], list):
            raise TapeError(f"{name} must be a list of objects")
    if not payload.get("claims"):
        raise TapeError("claims is empty; send at least one claim")


def _table(table: str, records: Sequence[Any]) -> tuple[RawTable, tuple[Remark, ...]]:
    rows = [r if isinstance(r, Mapping) else {} for r in records]
    fields = catalogue.fields(table)
    remarks = [*_not_objects(table, records), *_unknown_fields(table, rows)]
    met = set().union(*rows)
    headers, columns = [], []
    for name, field in fields.items():
        if name in met or (field.required and not field.per_claim):
            values = [row.get(name) for row in rows]
            wrong = list(_wrong_types(field, values))
            remarks += [_wrong_type(table, field, i, values[i]) for i in wrong]
            for position in wrong:
                values[position] = None
            headers.append(name)
            columns.append(Cells.of(values))
    indexes = np.arange(len(rows), dtype=np.int64)
    raw = RawTable(table, tuple(headers), tuple(columns), indexes, unit="元")
    return raw, tuple(remarks)


def _not_objects(table: str, records: Sequence[Any]) -> Iterator[Remark]:
    for position, record in enumerate(records):
        if not isinstance(record, Mapping):
            found = finding("not_an_object", table=table, row=position)
            yield Remark(position, found)


def _unknown_fields(table: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Remark]:
    known = catalogue.fields(table).keys()
    for position, row in enumerate(rows):
        for name in row.keys() - known:
            yield Remark(position, _unknown_field(table, position, str(name)))


def _unknown_field(table: str, row: int | None, name: str) -> Finding:
    return finding(
        "unknown_field", table=table, row=row, column=name, name=shortened(name)
    )


def _wrong_types(field: Field, values: Sequence[Any]) -> Iterator[int]:
    allowed = {*_TYPES[field.kind][0], type(None)}
    if set(map(type, values)) <= allowed:
        return iter(())
    return (i for i, value in enumerate(values) if type(value) not in allowed)


def _wrong_type(table: str, field: Field, position: int, value: Any) -> Remark:
    return Remark(position, _type_finding(table, field, value, row=position))


def _type_finding(
    table: str, field: Field, value: Any, row: int | None = None
) -> Finding:
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


def _header(facts: Mapping[str, Any]) -> PackageHeader:
    known = catalogue.fields("package")
    header: dict[str, HeaderValue] = {}
    findings = []
    for name, value in facts.items():
        if name not in known:
            findings.append(_unknown_field("package", None, name))
        elif list(_wrong_types(known[name], [value])):
            findings.append(_type_finding("package", known[name], value))
        else:
            found, code = read_fact(name, value, iso_dates=True)
            if code is not None:
                findings.append(fact_finding(name, code, value))
            elif found is not None:
                header[name] = found
    return PackageHeader(header, findings=tuple(findings))
