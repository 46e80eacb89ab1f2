"""The rejected rows of a book as one csv file, headed in Chinese and English."""

from collections.abc import Iterable, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from serving.book.address import Place
from serving.book.tables import REJECTED_SCHEMA
from serving.sheets.csv_file import csv_pieces

HEADERS = {
    "file": "文件 file",
    "table": "表 table",
    "row": "行号 row",
    "field": "字段 field",
    "column": "表头 column",
    "value": "取值 value",
    "code": "规则 rule",
    "reason_zh": "说明 reason (zh)",
    "reason": "说明（英文） reason (en)",
}


def rejected_csv(parts: Iterable[Place]) -> Iterator[bytes]:
    """Everything that is wrong with the rejected rows, part by part.

    Args:
        parts: The parts of the book that hold them.

    Raises:
        InputError: One of them cannot be read.
    """
    return csv_pieces(_tables(parts))


def _tables(parts: Iterable[Place]) -> Iterator[pa.Table]:
    yield _headed(REJECTED_SCHEMA.empty_table())
    for part in parts:
        yield _headed(pq.read_table(pa.BufferReader(part.read())))


def _headed(table: pa.Table) -> pa.Table:
    return table.select(list(HEADERS)).rename_columns(list(HEADERS.values()))
