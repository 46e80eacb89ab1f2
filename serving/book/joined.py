"""Collateral and guarantees of a chunk of claims, found by ``claim_id``.

A small dataset is held in memory. Of a large one only those parquet files are read
whose folders have the same keys as the claims', and of them the row groups whose
statistics admit an identifier of the chunk: sorted or partitioned as the claims are,
that is a handful. Where it is not, the book is refused, for each chunk would have to
read everything.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import InputError
from features.package import Ints
from serving.book.chunks import read_chunks, spans
from serving.book.dataset import DataFile, id_column, used_columns

# Rows of a dataset that is held in memory, about a quarter of a gigabyte.
HELD_ROWS = 500_000
# Rows that may be read for one chunk of claims.
READ_ROWS = 2_000_000
# Rows of a row group of a larger one; a few are kept, for chunks overlap them.
GROUP_ROWS = 131_072
_KEPT_GROUPS = 4
_REMEDY = (
    "write them as parquet in row groups of 65,536 rows, they and the claims sorted by "
    "claim_id as text or in the same key=value folders"
)


@dataclass(frozen=True)
class JoinedRows:
    """Rows of a joined table.

    Attributes:
        data: The rows.
        file: Number of the file of each, shape (rows,).
        rows: Row of each in its file, as it is counted there, shape (rows,).
    """

    data: pa.Table
    file: Ints
    rows: Ints

    def filter(self, chosen: pa.Array) -> "JoinedRows":
        """Only some of the rows."""
        return self.take(np.flatnonzero(chosen.to_numpy(zero_copy_only=False)))

    def take(self, at: Ints) -> "JoinedRows":
        """Only the rows at some places."""
        return JoinedRows(self.data.take(pa.array(at)), self.file[at], self.rows[at])

    @classmethod
    def together(cls, parts: list["JoinedRows"]) -> "JoinedRows":
        """All rows of several."""
        return cls(
            pa.concat_tables([p.data for p in parts], promote_options="permissive"),
            np.concatenate([p.file for p in parts]),
            np.concatenate([p.rows for p in parts]),
        )


class _Held:
    """All rows of a small dataset; a chunk looks only at those near its own."""

    def __init__(self, rows: JoinedRows, ids: pa.ChunkedArray) -> None:
        self._rows = rows
        order = pc.sort_indices(ids)
        # Rows in the order of their identifiers, those without one last.
        self._order: Ints = order.to_numpy().astype(np.int64)
        self._ids = ids.take(order).combine_chunks()
        self._named = len(ids) - ids.null_count

    def of_claims(
        self, wanted: pa.ChunkedArray, bounds: Mapping[str, Any]
    ) -> JoinedRows:
        """The rows of some claims, whose identifiers lie between bounds."""
        places = self._between(bounds)
        if wanted.null_count:
            places = np.append(places, np.arange(self._named, len(self._ids)))
        chosen = pc.is_in(self._ids.take(pa.array(places)), wanted)
        at = self._order[places[chosen.to_numpy(zero_copy_only=False)]]
        return self._rows.take(np.sort(at))

    def _between(self, bounds: Mapping[str, Any]) -> Ints:
        """Places of identifiers from the least to the greatest."""
        least, greatest = bounds["min"], bounds["max"]
        if least is None:
            return np.arange(0)
        known, text = self._ids, pa.StringScalar.as_py
        first = bisect_left(known, least, hi=self._named, key=text)
        return np.arange(first, bisect_right(known, greatest, hi=self._named, key=text))


class Joined:
    """A dataset of collateral or guarantees beside the claims."""

    def __init__(self, table: str, files: tuple[DataFile, ...]) -> None:
        """Name the dataset; nothing is read yet.

        Args:
            table: ``collateral`` or ``guarantees``.
            files: Its files.
        """
        self.table = table
        self._files = files
        self._group = lru_cache(_KEPT_GROUPS)(self._read_group)

    def prepare(self) -> None:
        """Read what is held for every chunk.

        Raises:
            InputError: It cannot be read, or is too large in its form.
        """
        if self._held is None:
            self._check_groups()

    def of_claims(
        self, ids: pa.ChunkedArray, keys: Mapping[str, str | None]
    ) -> JoinedRows:
        """The rows of some claims.

        Args:
            ids: Identifiers of the claims.
            keys: What the folders of the claims' file say.

        Raises:
            InputError: Too many rows would have to be read for them.
        """
        wanted = _texts(ids)
        bounds = pc.min_max(wanted).as_py()
        if self._held is not None:
            return self._held.of_claims(wanted, bounds)
        groups = [
            (number, group, rows)
            for number in self._files_beside(keys)
            for group, rows in self._groups_between(number, bounds)
        ]
        self._check_few(sum(rows for _, _, rows in groups))
        parts = [self._group(number, group) for number, group, _ in groups]
        chosen = [p.filter(pc.is_in(self._ids(p), wanted)) for p in parts]
        return JoinedRows.together([self._none, *chosen])

    @cached_property
    def _held(self) -> _Held | None:
        """All rows, where they are few; None where they are many."""
        known = [file.rows for file in self._files]
        if sum(rows or 0 for rows in known) > HELD_ROWS:
            return None
        parts, count = [self._none], 0
        for part in self._every_part():
            parts.append(part)
            count += len(part.rows)
            if count > HELD_ROWS:
                raise InputError(
                    f"{self.table} hold more than {HELD_ROWS:,} rows as csv; {_REMEDY}"
                )
        rows = JoinedRows.together(parts)
        return _Held(rows, self._ids(rows))

    @cached_property
    def _none(self) -> JoinedRows:
        file = self._files[0]
        names = used_columns(file, self.table)
        nothing = pa.table({name: pa.array([], pa.null()) for name in names})
        empty = np.empty(0, dtype=np.int64)
        return JoinedRows(nothing, empty, empty)

    def _every_part(self) -> Iterator[JoinedRows]:
        for span in spans(self._files, HELD_ROWS):
            for chunk in read_chunks(self._files, span, self.table):
                whose = np.full(len(chunk.rows), span.file, dtype=np.int64)
                yield JoinedRows(chunk.data, whose, chunk.rows)

    def _files_beside(self, keys: Mapping[str, str | None]) -> Iterator[int]:
        """Files whose folders do not contradict those of the claims."""
        for number, file in enumerate(self._files):
            shared = keys.keys() & file.keys.keys()
            if all(keys[name] == file.keys[name] for name in shared):
                yield number

    def _groups_between(
        self, number: int, bounds: Mapping[str, Any]
    ) -> Iterator[tuple[int, int]]:
        """Row groups of a file that may hold an identifier, with their rows."""
        for group, limits in enumerate(self._limits[number]):
            if limits is None or (
                limits[0] <= bounds["max"] and bounds["min"] <= limits[1]
            ):
                yield group, self._files[number].groups[group]

    @cached_property
    def _limits(self) -> list[list[tuple[str, str] | None]]:
        """Least and greatest identifier of each row group, None where not told."""
        return [_limits_of(file, self.table) for file in self._files]

    def _check_groups(self) -> None:
        largest = max((n for file in self._files for n in file.groups), default=0)
        if largest > GROUP_ROWS:
            raise InputError(
                f"{self.table} hold more than {HELD_ROWS:,} rows, in row groups of up "
                f"to {largest:,}; {_REMEDY}"
            )

    def _check_few(self, rows: int) -> None:
        if rows > READ_ROWS:
            raise InputError(
                f"{self.table}: {rows:,} rows would have to be read for one chunk of "
                f"claims, and at most {READ_ROWS:,} are; {_REMEDY}"
            )

    def _read_group(self, number: int, group: int) -> JoinedRows:
        file = self._files[number]
        with file.parquet() as opened:
            data = opened.read_row_group(group, columns=used_columns(file, self.table))
        first = sum(file.groups[:group])
        return JoinedRows(
            data,
            np.full(len(data), number, dtype=np.int64),
            np.arange(first, first + len(data), dtype=np.int64),
        )

    def _ids(self, rows: JoinedRows) -> pa.ChunkedArray:
        return _texts(rows.data[id_column(self._files[0], self.table)])


def _texts(ids: pa.ChunkedArray) -> pa.ChunkedArray:
    """Identifiers as the tape reads them: text without spaces around it."""
    return pc.utf8_trim_whitespace(ids.cast(pa.string()))


def _limits_of(file: DataFile, table: str) -> list[tuple[str, str] | None]:
    with file.parquet() as opened:
        name, held = id_column(file, table), opened.metadata
        paths = [held.schema.column(i).path for i in range(held.num_columns)]
        told = [
            held.row_group(i).column(paths.index(name)).statistics
            for i in range(len(file.groups))
        ]
    return [
        (s.min, s.max) if s is not None and s.has_min_max and _is_text(s) else None
        for s in told
    ]


def _is_text(statistics: pq.Statistics) -> bool:
    return isinstance(statistics.min, str)
