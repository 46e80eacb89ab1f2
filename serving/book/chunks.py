"""A dataset of claims in chunks, whose bounds depend on the data and on nothing else.

A span is what one reader goes through: row groups of a parquet file that together hold
about a chunk of claims, or one larger row group in several chunks, or a csv file, which
can only be read from its start. A chunk never leaves its file.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from features.findings import finding
from features.package import Ints
from features.reading.accepted import RejectedRow
from serving.book.dataset import (
    DataFile,
    category_columns,
    columns,
    csv_head,
    unreadable,
    used_columns,
)

# A block of csv text is parsed at a time.
_CSV_BLOCK_BYTES = 4 << 20


@dataclass(frozen=True)
class Span:
    """What one reader goes through.

    Attributes:
        file: Number of its file in the dataset.
        groups: Row groups that it covers; empty for csv, where it is the file.
        first_row: First row of it in the file, from 0.
        first_chunk: Number of its first chunk in the file.
        chunk_claims: Rows of each chunk but the last.
        rows: Rows in all; None for csv.
    """

    file: int
    groups: tuple[int, ...]
    first_row: int
    first_chunk: int
    chunk_claims: int
    rows: int | None

    @property
    def names(self) -> tuple[str, ...] | None:
        """Names of its chunks; None where nobody knows how many there are."""
        if self.rows is None:
            return None
        numbers = range(ceil(self.rows / self.chunk_claims))
        return tuple(_name(self.file, self.first_chunk + i) for i in numbers)


@dataclass(frozen=True)
class Chunk:
    """Consecutive rows of one file.

    Attributes:
        name: Name of the chunk, in the order of the dataset.
        file: Number of its file in the dataset.
        data: The rows.
        rows: Row of each in the file, as it is counted there, shape (rows,).
        torn: Rows of the text that are none of the table.
        share: Share of its file that it is, by rows or else by bytes.
    """

    name: str
    file: int
    data: pa.Table
    rows: Ints
    torn: tuple[RejectedRow, ...]
    share: float


def _name(file: int, number: int) -> str:
    return f"{file:06d}-{number:06d}"


def spans(files: Sequence[DataFile], chunk_claims: int) -> Iterator[Span]:
    """The spans of a dataset in order.

    Args:
        files: Its files.
        chunk_claims: Most claims of a chunk.
    """
    for number, file in enumerate(files):
        if file.form == "csv":
            yield Span(number, (), 0, 0, chunk_claims, None)
        else:
            yield from _parquet_spans(number, file.groups, chunk_claims)


def _parquet_spans(
    file: int, groups: Sequence[int], chunk_claims: int
) -> Iterator[Span]:
    row = chunk = 0
    for together in _joined(groups, chunk_claims):
        rows = sum(groups[i] for i in together)
        # Equal chunks, so that a large row group does not end in a small rest.
        count = ceil(rows / chunk_claims)
        yield Span(file, together, row, chunk, ceil(rows / max(count, 1)) or 1, rows)
        row, chunk = row + rows, chunk + count


def _joined(groups: Sequence[int], most: int) -> Iterator[tuple[int, ...]]:
    """Runs of row groups that hold no more than a chunk, or one group of more."""
    run: list[int] = []
    held = 0
    for number, rows in enumerate(groups):
        if run and held + rows > most:
            yield tuple(run)
            run, held = [], 0
        run.append(number)
        held += rows
    if run:
        yield tuple(run)


def read_chunks(
    files: Sequence[DataFile], span: Span, table: str = "claims"
) -> Iterator[Chunk]:
    """The chunks of a span in order, each read when it is asked for.

    Raises:
        InputError: The file cannot be read, or is not what its footer said.
    """
    file = files[span.file]
    read = _parquet_chunks if file.form == "parquet" else _csv_chunks
    try:
        yield from read(file, span, table)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise unreadable(file.shown, error) from None


def _parquet_chunks(file: DataFile, span: Span, table: str) -> Iterator[Chunk]:
    row, whole = span.first_row, max(file.rows or 0, 1)
    with file.parquet(category_columns(file, table)) as opened:
        batches = _batches(opened, span, used_columns(file, table))
        for number, data in enumerate(batches, span.first_chunk):
            rows = np.arange(row, row + len(data), dtype=np.int64)
            row += len(data)
            yield Chunk(
                _name(span.file, number),
                span.file,
                file.with_keys(data),
                rows,
                (),
                len(data) / whole,
            )


def _batches(
    opened: pq.ParquetFile, span: Span, wanted: list[str]
) -> Iterator[pa.Table]:
    batches = opened.iter_batches(
        span.chunk_claims, row_groups=list(span.groups), columns=wanted
    )
    yield from _rechunked(batches, span.chunk_claims)


def _rechunked(
    batches: Iterator[pa.RecordBatch], chunk_claims: int
) -> Iterator[pa.Table]:
    """Rows of batches of any size, so many at a time."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        rest = batch
        while count + len(rest) >= chunk_claims:
            part = rest.slice(0, chunk_claims - count)
            yield pa.Table.from_batches([*held, part])
            rest = rest.slice(len(part))
            held, count = [], 0
        if len(rest):
            held.append(rest)
            count += len(rest)
    if held:
        yield pa.Table.from_batches(held)


def _csv_chunks(file: DataFile, span: Span, table: str) -> Iterator[Chunk]:
    """Rows are lines of the table from 1, the header being the first."""
    where, torn = file.place, _Torn()
    wanted = set(used_columns(file, table))
    used = [i for i, name in enumerate(csv_head(file).header) if name in wanted]
    with where.filesystem.open_input_stream(where.path) as stream:
        nothing = columns(file).empty_table()
        tables = _rechunked(_csv_batches(file, stream, torn), span.chunk_claims)
        next_row, read_share = 2, 0.0
        for number, (data, last) in enumerate(_with_last(tables, nothing)):
            rows, wrong = torn.numbered(next_row, len(data), last)
            next_row = int(rows[-1]) + 1 if len(rows) else next_row
            before = read_share
            read_share = (
                1.0 if last else min(1.0, _told(stream) / max(file.size_bytes, 1))
            )
            yield Chunk(
                _name(span.file, number),
                span.file,
                file.with_keys(data.select(used)),
                rows,
                wrong,
                read_share - before,
            )


def _with_last(
    tables: Iterator[pa.Table], nothing: pa.Table
) -> Iterator[tuple[pa.Table, bool]]:
    """Each table, and whether it is the last: then all of the text has been parsed."""
    held = next(tables, nothing)
    for table in tables:
        yield held, False
        held = table
    yield held, True


def _told(stream: pa.NativeFile) -> int:
    try:
        return int(stream.tell())
    except (OSError, ValueError):
        return 0


def _csv_batches(
    file: DataFile, stream: pa.NativeFile, torn: "_Torn"
) -> Iterator[pa.RecordBatch]:
    head = csv_head(file)
    text = dict.fromkeys(head.header, pa.string())
    reader = pa.csv.open_csv(
        stream,
        # Rows are counted only by one thread; the text of several files is not.
        pa.csv.ReadOptions(
            use_threads=False, block_size=_CSV_BLOCK_BYTES, encoding=head.encoding
        ),
        pa.csv.ParseOptions(
            delimiter=head.delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=torn.take,
        ),
        pa.csv.ConvertOptions(column_types=text, strings_can_be_null=False),
    )
    yield from reader


class _Torn:
    """Rows of a csv file whose cells are not as many as those of its header."""

    def __init__(self) -> None:
        self._waiting: list[pa.csv.InvalidRow] = []

    def take(self, row: pa.csv.InvalidRow) -> str:
        self._waiting.append(row)
        return "skip"

    def numbered(
        self, first_row: int, count: int, last: bool
    ) -> tuple[Ints, tuple[RejectedRow, ...]]:
        """Rows of the next whole ones, and the torn ones among them.

        Torn rows below the last whole one wait for the next chunk, unless there is
        none: how far the text is parsed already must not tell.
        """
        among = 0
        for row in self._waiting:
            if row.number >= first_row + count + among:
                break
            among += 1
        lines = np.arange(first_row, first_row + count + among, dtype=np.int64)
        whole = np.setdiff1d(lines, [row.number for row in self._waiting[:among]])
        taken = len(self._waiting) if last else among
        wrong = tuple(_rejected(row) for row in self._waiting[:taken])
        del self._waiting[:taken]
        return whole, wrong


def _rejected(row: "pa.csv.InvalidRow") -> RejectedRow:
    found = finding(
        "wrong_cells",
        row=row.number,
        cells=row.actual_columns,
        expected=row.expected_columns,
    )
    return RejectedRow("claims", row.number, (found,))
