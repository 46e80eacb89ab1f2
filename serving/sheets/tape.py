"""What was priced as forms of a workbook, which can be edited and handed in again."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.catalogue import TAPE_TABLES, Field
from features.package import Package
from serving.sheets.book import Sheets
from serving.sheets.forms import Forms, asked_fields

_NAMES: Mapping[str, str] = {
    "package": "资产包 Package",
    "claims": "底表债权 Tape claims",
    "collateral": "底表押品 Tape collateral",
    "guarantees": "底表保证 Tape guarantees",
    "lists": "选项 Lists",
}


def tape_sheets(sheets: Sheets, package: Package) -> None:
    """Forms that hold a package: reading the workbook gives the same package.

    Args:
        sheets: The workbook.
        package: What was priced.
    """
    forms = Forms(sheets, _NAMES, "both")
    forms.package(_package_fields(package), package.header)
    for table in TAPE_TABLES:
        data: pa.Table = getattr(package, table)
        forms.table(table, _fields(table, data, package), data)
    forms.lists()


def _package_fields(package: Package) -> Sequence[Field]:
    """What a form asks for, and what else is known."""
    asked = asked_fields("package")
    names = {field.name for field in asked}
    known = catalogue.kept_fields("package").values()
    more = (f for f in known if f.name in package.header and f.name not in names)
    return [*asked, *more]


def _fields(table: str, data: pa.Table, package: Package) -> Sequence[Field]:
    """What a form asks for, and what claims say otherwise than the package."""
    asked = asked_fields(table)
    names = {field.name for field in asked}
    own = (
        field
        for name, field in catalogue.kept_fields(table).items()
        if name not in names and _differs(data[name], package.header.get(name))
    )
    return [*asked, *own]


def _differs(column: pa.ChunkedArray, common: object) -> bool:
    """Whether a column says more than that every row is what the package says."""
    if common is None:
        return bool(column.null_count < len(column))
    same = pc.equal(column, pa.scalar(common, column.type))
    return not pc.all(same.fill_null(False)).as_py()
