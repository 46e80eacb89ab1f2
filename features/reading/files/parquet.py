"""Bytes of a parquet file as a table, if it holds what it claims to.

Nothing is decoded before what the file says of itself has been looked at.
"""

import io
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from features.reading.files.archive import MAX_CELLS, MAX_COLUMNS
from features.reading.refusals import refusal

MAX_FOOTER_BYTES = 8 << 20
MAX_DECODED_BYTES = 1 << 30
MAX_DEPTH = 8
_END = b"PAR1"
_FOOTER = 8
# Of one list or text within the footer.
_MOST_ITEMS = 200_000


def read_parquet(data: bytes, filename: str) -> pa.Table:
    """The table of a parquet file.

    Args:
        data: Its bytes.
        filename: Name that people know it by.

    Raises:
        TapeError: It is damaged, or too large for a tape.
        MemoryError: It takes more memory than there is.
    """
    _check_footer(data, filename)
    try:
        file = _opened(data)
        _check_claims(file.metadata, filename)
        table = file.read(use_threads=False)
        table.validate(full=True)
        # Damaged names show only when they are decoded.
        return table.rename_columns(table.column_names)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refusal("damaged_parquet", file=filename, cause=error) from None


def look_over_parquet(data: bytes, filename: str) -> None:
    """Read what a parquet file says of itself, and nothing that it holds.

    Args:
        data: Its bytes.
        filename: Name that people know it by.

    Raises:
        TapeError: It is damaged, or has more columns than any table.
        MemoryError: What it says takes more memory than there is.
    """
    _check_footer(data, filename)
    try:
        file = _opened(data)
        width = len(file.schema_arrow)
    except MemoryError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refusal("damaged_parquet", file=filename, cause=error) from None
    if width > MAX_COLUMNS:
        facts = {"part": "the table", "columns": width, "most": MAX_COLUMNS}
        raise refusal("too_many_columns", file=filename, **facts)


def _opened(data: bytes) -> pq.ParquetFile:
    return pq.ParquetFile(
        io.BytesIO(data),
        thrift_string_size_limit=MAX_FOOTER_BYTES,
        thrift_container_size_limit=_MOST_ITEMS,
    )


def _check_footer(data: bytes, filename: str) -> None:
    length = int.from_bytes(data[-_FOOTER : -len(_END)], "little")
    if not data.endswith(_END) or not 0 < length <= len(data) - _FOOTER - len(_END):
        cause = "it does not end as it must; send it again whole"
        raise refusal("damaged_parquet", file=filename, cause=cause)
    if length > MAX_FOOTER_BYTES:
        cause = f"its footer takes {length / 1e6:.0f} MB"
        raise refusal("damaged_parquet", file=filename, cause=cause)


def _check_claims(metadata: pq.FileMetaData, filename: str) -> None:
    wrong = next(_faults(metadata), None)
    if wrong:
        code, facts = wrong
        raise refusal(code, file=filename, **facts)


def _faults(metadata: pq.FileMetaData) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a file says of itself that no tape does."""
    rows, width = metadata.num_rows, metadata.num_columns
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    if width > MAX_COLUMNS:
        part = {"part": "the table", "columns": width, "most": MAX_COLUMNS}
        yield "too_many_columns", part
    if rows * width > MAX_CELLS:
        yield "too_many_cells", {"rows": rows, "columns": width}
    if sum(group.num_rows for group in groups) != rows:
        yield "damaged_parquet", {"cause": "its parts have other rows than it says"}
    decoded = sum(group.total_byte_size for group in groups)
    if decoded > MAX_DECODED_BYTES:
        most = MAX_DECODED_BYTES / 1e6
        yield "unpacks_to_too_much", {"size": decoded / 1e6, "most": most}
    for position in range(width):
        path = metadata.schema.column(position).path
        if path.count(".") > MAX_DEPTH:
            yield "nested_column", {"column": path[:60]}
