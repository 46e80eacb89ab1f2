"""A table of a history from csv; a cell that is not of its type is named."""

import csv
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from features import catalogue
from features.errors import HistoryError

_CELL = re.compile(
    r"In CSV column #(?P<column>\d+): Row #(?P<row>\d+): "
    r"CSV conversion error .*: invalid value '(?P<value>.*)'"
)
_WRITTEN = {"date": "write dates as 2024-06-30", "boolean": "write true or false"}
_NUMBER = "write digits only, as 1234.56"


def read_csv(path: Path, name: str) -> pa.Table:
    """The table of a csv file in UTF-8.

    Args:
        path: The file.
        name: Of the table in the catalogue, whose types its columns take.

    Raises:
        HistoryError: A cell is not of its type.
        pyarrow.ArrowInvalid: The file is no csv.
    """
    try:
        return _parsed(path, name)
    except pa.ArrowInvalid:
        return _parsed_alone(path, name)


def _parsed_alone(path: Path, name: str) -> pa.Table:
    """The same by one thread, which alone knows the row of what it cannot read."""
    try:
        return _parsed(path, name, threads=False)
    except pa.ArrowInvalid as error:
        cell = _CELL.search(str(error))
        if cell is None:
            raise
        raise HistoryError(_told(path, name, cell)) from None


def _parsed(path: Path, name: str, *, threads: bool = True) -> pa.Table:
    types = {n: f.arrow_type for n, f in catalogue.kept_fields(name).items()}
    return pa_csv.read_csv(
        path,
        read_options=pa_csv.ReadOptions(use_threads=threads),
        convert_options=pa_csv.ConvertOptions(
            column_types=types, strings_can_be_null=True
        ),
    )


def _told(path: Path, name: str, cell: re.Match[str]) -> str:
    """Row, field, value and remedy."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        field = next(csv.reader(lines))[int(cell["column"])]
    kind = catalogue.kept_fields(name)[field].kind
    return (
        f"{path.name} cannot be read, row {cell['row']}: {field} {cell['value']!r} "
        f"is no {kind}; {_WRITTEN.get(kind, _NUMBER)}"
    )
