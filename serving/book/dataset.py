"""Files of a dataset: which there are, in which form, how many rows they hold."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property, lru_cache
from itertools import chain
from typing import Literal
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import fs
from pydantic import BaseModel, ConfigDict

from features.errors import InputError, TapeError
from features.reading.files.delimited import MAX_LINE_BYTES, read_head
from features.reading.headers import meaning
from features.reading.items.columns import item_places
from features.reading.plans import plan_columns
from features.tape import read_table
from serving.book.address import Place, files_at, place

FORMS: Mapping[str, Literal["parquet", "csv"]] = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".csv.gz": "csv",
}
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"
# Footers are read side by side, for on object stores each waits for an answer.
_READERS = 16
_HEAD_BYTES = MAX_LINE_BYTES
_KNOWN_FILES = 1024


class DataFile(BaseModel):
    """One file of a dataset.

    Attributes:
        address: Address that the file was found by.
        path: Its path on that file system.
        size_bytes: Its size.
        modified_ns: When it was written, in ns since 1970; None where nobody knows.
        form: Form of its contents.
        groups: Rows of each of its row groups; empty for csv.
        sent_as: What its sender called it, where it was uploaded.
    """

    model_config = ConfigDict(frozen=True)

    address: str
    path: str
    size_bytes: int
    modified_ns: int | None
    form: Literal["parquet", "csv"]
    groups: tuple[int, ...] = ()
    sent_as: str | None = None

    @property
    def shown(self) -> str:
        """What it is called before its sender."""
        return self.sent_as or self.path

    @property
    def rows(self) -> int | None:
        """Rows of the file; None for csv, which does not say."""
        return sum(self.groups) if self.form == "parquet" else None

    @property
    def place(self) -> Place:
        """Where it is."""
        return Place(_filesystem(self.address), self.path)

    @cached_property
    def keys(self) -> Mapping[str, str | None]:
        """What the folders above it say as ``key=value``."""
        pairs = [f.split("=", 1) for f in self.path.split("/")[:-1] if "=" in f]
        return {k: None if v == _NO_VALUE else unquote(v) for k, v in pairs}

    def parquet(self, repeating: Sequence[str] = ()) -> pq.ParquetFile:
        """The open parquet file.

        Args:
            repeating: Columns of text that are read as numbers of words, as the file
                holds them.

        Raises:
            InputError: It cannot be read.
        """
        where = self.place
        try:
            file = where.filesystem.open_input_file(where.path)
            # Ahead of need where each read waits for a server, else as memory allows.
            ahead = not where.local
            return pq.ParquetFile(
                file, pre_buffer=ahead, read_dictionary=list(repeating)
            )
        except (pa.ArrowException, OSError) as error:
            raise unreadable(self.shown, error) from None

    def with_keys(self, data: pa.Table) -> pa.Table:
        """The rows with the keys of the folders as columns, where they have no such."""
        for name, value in self.keys.items():
            if name not in data.column_names:
                column = pa.repeat(pa.scalar(value, pa.string()), len(data))
                data = data.append_column(name, column)
        return data


def unreadable(path: str, error: Exception) -> InputError:
    """The refusal of a file that cannot be read."""
    return InputError(
        f"{path} cannot be read: {error}", zh=f"{path} 无法读取（{error}）；请检查文件"
    )


@lru_cache(64)
def _filesystem(address: str) -> fs.FileSystem:
    return place(address).filesystem


def find_files(addresses: Sequence[str], table: str) -> tuple[DataFile, ...]:
    """The files of a dataset, each checked to hold the columns that a table needs.

    Args:
        addresses: Files, folders and patterns.
        table: Table of the tape that they hold.

    Raises:
        InputError: There is none, forms are mixed, a file is named twice or cannot be
            read, or a column is absent.
    """
    named = [(address, info) for address in addresses for info in files_at(address)]
    data = [(a, i) for a, i in named if _form(i.path)]
    if not data:
        named_there, forms = ", ".join(addresses), ", ".join(FORMS)
        raise InputError(
            f"{named_there}: no file ends in {forms}",
            zh=f"{named_there}：没有以 {forms} 结尾的文件",
        )
    _check_once([info.path for _, info in data])
    _check_one_form(data)
    with ThreadPoolExecutor(_READERS) as readers:
        files = tuple(readers.map(lambda pair: _described(*pair), data))
        headers = list(readers.map(lambda file: tuple(columns(file).names), files))
    for header in dict.fromkeys(headers):
        _check_header(files[headers.index(header)], table)
    return files


def _form(path: str) -> Literal["parquet", "csv"] | None:
    name = path.lower()
    return next((f for suffix, f in FORMS.items() if name.endswith(suffix)), None)


def _check_once(paths: Sequence[str]) -> None:
    twice = next((path for path, n in Counter(paths).items() if n > 1), None)
    if twice is not None:
        raise InputError(
            f"{twice} is named twice; its claims would be priced twice",
            zh=f"{twice} 被指定了两次，其债权会重复定价；请只指定一次",
        )


def _check_one_form(data: Sequence[tuple[str, fs.FileInfo]]) -> None:
    first = {_form(info.path): info.path for _, info in data}
    if len(first) > 1:
        raise InputError(
            f"{' and '.join(first.values())} are of different forms; name the files of "
            "one form, as FOLDER/**/*.parquet",
            zh=f"{'与'.join(first.values())} 的格式不同；请只指定一种格式，"
            "如 FOLDER/**/*.parquet",
        )


def _described(address: str, info: fs.FileInfo) -> DataFile:
    form = _form(info.path) or "csv"
    file = DataFile(
        address=address,
        path=info.path,
        size_bytes=info.size or 0,
        modified_ns=info.mtime_ns if info.mtime is not None else None,
        form=form,
    )
    if form == "csv":
        return file
    with file.parquet() as opened:
        held = opened.metadata
        groups = tuple(held.row_group(i).num_rows for i in range(held.num_row_groups))
    return file.model_copy(update={"groups": groups})


@lru_cache(_KNOWN_FILES)
def columns(file: DataFile) -> pa.Schema:
    """The columns that a file holds, those of its folders apart."""
    if file.form == "csv":
        names = csv_head(file).header
        return pa.schema([(name, pa.string()) for name in names])
    with file.parquet() as opened:
        return opened.schema_arrow


def _check_header(file: DataFile, table: str) -> None:
    nothing = file.with_keys(columns(file).empty_table())
    claims = pa.table({"claim_id": [], "principal": []})
    try:
        if table == "claims":
            read_table(nothing)
        else:
            read_table(claims.cast(_PLAIN), joined={table: nothing})
    except TapeError as error:
        told, told_zh = f"{file.shown}: {error}", f"{file.shown}：{error.zh}"
        raise InputError(told, error.findings, told_zh) from None


_PLAIN = pa.schema([("claim_id", pa.string()), ("principal", pa.float64())])


def used_columns(file: DataFile, table: str) -> list[str]:
    """Names of the columns that a table of the tape has a use for.

    Of what tells of persons that is who guarantees a claim, of whom signs are left.
    """
    names = columns(file).names
    found = {name: meaning(table, name) for name in names}
    if table == "claims":
        beside = chain.from_iterable(item_places(names).values())
        found |= {names[i]: meaning("collateral", names[i]) for i in beside}
    fields = {n: m.field for n, m in found.items() if m is not None}
    return [n for n, f in fields.items() if f.lists or not f.personal]


def without_listed(claims: pa.Table, joined: Container[str | None]) -> pa.Table:
    """Claims without columns that list rows of tables which are there themselves."""
    found = {name: meaning("claims", name) for name in claims.column_names}
    listed = {n for n, m in found.items() if m is not None and m.field.lists in joined}
    return claims.select([n for n in claims.column_names if n not in listed])


def category_columns(file: DataFile, table: str) -> list[str]:
    """Names of those of them that hold words of a few."""
    found = {name: meaning(table, name) for name in used_columns(file, table)}
    return [n for n, m in found.items() if m is not None and m.field.kind == "category"]


def id_column(file: DataFile, table: str) -> str:
    """Name of the column that holds ``claim_id``."""
    plans, _ = plan_columns(table, columns(file).names)
    return next(p.match.header for p in plans if p.match.field == "claim_id")


class CsvHead(BaseModel):
    """What the first lines of a csv file say of it.

    Attributes:
        header: Names of the columns.
        encoding: Encoding of the text.
        delimiter: What parts its cells.
    """

    model_config = ConfigDict(frozen=True)

    header: tuple[str, ...]
    encoding: str
    delimiter: str


@lru_cache(_KNOWN_FILES)
def csv_head(file: DataFile) -> CsvHead:
    """What the first lines of a csv file say of it.

    Raises:
        InputError: It cannot be read, is empty, or has a line as long as a file.
    """
    where = file.place
    try:
        with where.filesystem.open_input_stream(where.path) as stream:
            head = stream.read(_HEAD_BYTES)
    except (pa.ArrowException, OSError) as error:
        raise unreadable(file.shown, error) from None
    header, encoding, delimiter = read_head(
        head, file.shown, whole=len(head) < _HEAD_BYTES
    )
    return CsvHead(header=tuple(header), encoding=encoding, delimiter=delimiter)
