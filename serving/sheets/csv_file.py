"""Tables as csv that a spreadsheet opens as they are: UTF-8 is known, nothing runs."""

from collections.abc import Iterable, Iterator
from io import BytesIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# Wide signs begin a formula in a spreadsheet set to Chinese.
_FORMULA = r"^[=+\-@\t\r\n＝＋－＠]"


def csv_file(table: pa.Table) -> bytes:
    """A table with a byte order mark, by which Excel knows UTF-8.

    Text that a spreadsheet would take for a formula gets an apostrophe before it,
    which a tape may hold as well: reading takes it off again.

    Args:
        table: Columns of text, numbers and booleans, under their headers.
    """
    return b"".join(csv_pieces([table]))


def csv_pieces(tables: Iterable[pa.Table]) -> Iterator[bytes]:
    """Tables of the same columns below each other as one such file, piece by piece.

    Args:
        tables: The tables; the first brings the headers.
    """
    yield _BYTE_ORDER_MARK
    for number, table in enumerate(tables):
        piece = BytesIO()
        options = pyarrow.csv.WriteOptions(include_header=number == 0)
        pyarrow.csv.write_csv(_without_formulas(table), piece, options)
        yield piece.getvalue()


def _without_formulas(table: pa.Table) -> pa.Table:
    columns = [
        _as_text(column) if pa.types.is_string(column.type) else column
        for column in table.columns
    ]
    return pa.table(columns, table.column_names)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    formula = pc.match_substring_regex(column, _FORMULA)
    quoted = pc.binary_join_element_wise("'", column, "")
    return pc.if_else(formula, quoted, column)
