"""A table of a history from csv; a cell that is not of its type is named."""

import csv
import re
from collections import deque
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from features import catalogue
from features.catalogue import Field
from features.errors import HistoryError

_CELL = re.compile(
    r"In CSV column #(?P<column>\d+): Row #(?P<row>\d+): "
    r"CSV conversion error .*: invalid value '(?P<value>.*)'"
)
_WRITTEN = {
    "date": ("write dates as 2024-06-30", "日期请写作 2024-06-30"),
    "boolean": ("write true or false", "请填 true 或 false"),
    "integer": ("write a whole number, as 12", "请填整数，如 12"),
}
_NUMBER = ("write digits only, as 1234.56", "请只填数字，如 1234.56")


def read_csv(path: Path, name: str) -> pa.Table:
    """The table of a csv file in UTF-8.

    Args:
        path: The file.
        name: Of the table in the catalogue, whose types its columns take.

    Raises:
        HistoryError: A cell is not of its type, or the text is not UTF-8.
        pyarrow.ArrowInvalid: The file is no csv.
    """
    try:
        return _parsed(path, name)
    except UnicodeDecodeError:
        raise _other_encoding(path) from None
    except pa.ArrowInvalid:
        return _parsed_alone(path, name)


def _parsed_alone(path: Path, name: str) -> pa.Table:
    """The same by one thread, which alone knows the row of what it cannot read."""
    try:
        return _parsed(path, name, threads=False)
    except pa.ArrowInvalid as error:
        cell = _CELL.search(str(error))
        if cell is None and not _is_utf8(path):
            raise _other_encoding(path) from None
        if cell is None:
            raise
        field = _field(path, name, int(cell["column"]))
        raise _unreadable(path, field, cell["row"], cell["value"]) from None


def _other_encoding(path: Path) -> HistoryError:
    return HistoryError(
        f"{path.name} is not in UTF-8; save it as csv in UTF-8",
        zh=f"{path.name} 不是 UTF-8 编码；请另存为 UTF-8 编码的 csv",
    )


def _is_utf8(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8") as text:
            deque(text, maxlen=0)
    except UnicodeDecodeError:
        return False
    return True


def _parsed(path: Path, name: str, *, threads: bool = True) -> pa.Table:
    fields = catalogue.kept_fields(name)
    types = {n: f.arrow_type for n, f in fields.items()}
    # pandas writes whole numbers as 3.0 where one of the column is missing.
    types |= {n: pa.float64() for n, f in fields.items() if f.kind == "integer"}
    table = pa_csv.read_csv(
        path,
        read_options=pa_csv.ReadOptions(use_threads=threads),
        convert_options=pa_csv.ConvertOptions(
            column_types=types, strings_can_be_null=True
        ),
    )
    for field in fields.values():
        if field.kind == "integer" and field.name in table.column_names:
            table = _with_integers(table, field, path)
    return table


def _with_integers(table: pa.Table, field: Field, path: Path) -> pa.Table:
    """The table with a column of whole numbers as such.

    Raises:
        HistoryError: One of them is not whole, or larger than any integer.
    """
    place = table.column_names.index(field.name)
    column = table[field.name]
    try:
        whole = column.cast(field.arrow_type)
    except pa.ArrowInvalid:
        limit = 2.0 ** (field.arrow_type.bit_width - 1)
        fits = pc.and_(
            pc.equal(pc.floor(column), column), pc.less(pc.abs(column), limit)
        )
        row = pc.index(fits, value=False).as_py()
        value = f"{column[row].as_py():g}"
        raise _unreadable(path, field, row + 2, value) from None
    return table.set_column(place, field.name, whole)


def _field(path: Path, name: str, column: int) -> Field:
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return catalogue.kept_fields(name)[next(csv.reader(lines))[column]]


def _unreadable(path: Path, field: Field, row: object, value: str) -> HistoryError:
    """What tells row, field, value and remedy."""
    remedy, remedy_zh = _WRITTEN.get(field.kind, _NUMBER)
    return HistoryError(
        f"{path.name} cannot be read, row {row}: {field.name} {value!r} "
        f"is no {field.kind}; {remedy}",
        zh=f"{path.name} 第{row}行无法读取：{field.name} 的值 {value!r}；{remedy_zh}",
    )
