"""A package in JSON as raw tables; whatever JSON can get wrong is refused here."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features import catalogue
from features.catalogue import Field
from features.errors import Finding, TapeError
from features.findings import finding, shortened
from features.reading.raw import RawTable
from features.reading.records.columnar import count_rows, misshapen, rows_of
from features.reading.records.strict import (
    strict_facts,
    type_finding,
    unknown_field,
    wrong_types,
)
from features.reading.tables import Remark
from features.reading.title import PackageHeader
from features.reading.values.cells import Cells


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
    """The tables of a package in JSON; null stands for a table that is absent.

    A table is a list of objects, or an object of lists as long as one another.

    Raises:
        TapeError: There are no claims, a table has neither form, or there is a table
            that a tape does not have.
    """
    wrong = tuple(_misshapen(payload))
    if wrong:
        raise TapeError(wrong[0].sentence(), wrong)
    tables, remarks = {}, {}
    for name in catalogue.TAPE_TABLES:
        if count_rows(payload.get(name)):
            tables[name], remarks[name] = _table(name, rows_of(payload[name]))
    header, findings = strict_facts(payload.get("package") or {})
    return Records(
        tables, remarks, PackageHeader(header, findings=findings, strict=True)
    )


def _misshapen(payload: Mapping[str, Any]) -> Iterator[Finding]:
    known = ("package", *catalogue.TAPE_TABLES)
    for name in sorted(payload.keys() - set(known)):
        yield finding(
            "unknown_table", table=name, name=shortened(name), known=", ".join(known)
        )
    package = payload.get("package")
    if package is not None and not isinstance(package, Mapping):
        yield finding("not_fields", table="package", value=package)
    for name in catalogue.TAPE_TABLES:
        sent = payload.get(name)
        if isinstance(sent, Mapping):
            yield from misshapen(name, sent)
        elif sent is not None and not isinstance(sent, list):
            yield finding("not_a_list", table=name, value=sent)
    claims = payload.get("claims")
    if claims is None or (
        isinstance(claims, list | Mapping) and not count_rows(claims)
    ):
        yield finding("no_claims")


def _table(table: str, records: Sequence[Any]) -> tuple[RawTable, tuple[Remark, ...]]:
    rows = [r if isinstance(r, Mapping) else {} for r in records]
    fields = catalogue.sent_fields(table)
    remarks = [*_not_objects(table, records), *_unknown_fields(table, rows)]
    met = set().union(*rows)
    headers, columns = [], []
    for name, field in fields.items():
        if name in met or (field.required and not field.per_claim):
            values = [row.get(name) for row in rows]
            wrong = list(wrong_types(field, values))
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
    known = catalogue.sent_fields(table).keys()
    for position, row in enumerate(rows):
        for name in row.keys() - known:
            yield Remark(position, unknown_field(table, position, str(name)))


def _wrong_type(table: str, field: Field, position: int, value: Any) -> Remark:
    return Remark(position, type_finding(table, field, value, row=position))
