"""Why rows of a book were left out: how many by reason, and examples of each."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict

from features.errors import InputError
from serving.book.address import Place
from serving.book.journal import Finished

EXAMPLES = 3


class Example(BaseModel):
    """Something that is wrong with a row that was left out.

    Attributes:
        file: File of the source.
        table: Table of the tape.
        row: Row as it is counted in the file.
        field: The field concerned.
        column: Header as the sender wrote it.
        value: The offending value.
        reason: What is wrong and what to do.
        reason_zh: The same in Chinese.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    table: str
    row: int
    field: str | None
    column: str | None
    value: str | None
    reason: str
    reason_zh: str


@dataclass(frozen=True)
class Reason:
    """Rows that were left out for one reason.

    Attributes:
        code: Code of the reason.
        rows: Number of them; a row with several faults counts for each.
        examples: The first of them.
    """

    code: str
    rows: int
    examples: Sequence[Example] = ()


@dataclass(frozen=True)
class Noted:
    """What is noted of the rejected rows of a chunk.

    Attributes:
        file: The part that holds them, in the folder of the book.
        codes: How many by code.
    """

    file: str
    codes: Mapping[str, int]


def noted(chunks: Iterable[Finished]) -> list[Noted]:
    """What is noted of the rejected rows of finished chunks."""
    return [
        Noted(chunk.rejected.file, chunk.totals.rejected)
        for chunk in chunks
        if chunk.rejected
    ]


def reasons(folder: Place, chunks: Sequence[Noted]) -> list[Reason]:
    """Why rows were left out, the most frequent reason first.

    Few parts are read, those in which a reason occurs first. One that is not there any
    more, or not yet, gives no examples.

    Args:
        folder: Folder of the book.
        chunks: What is noted of its chunks, in their order.
    """
    counts = sum((Counter(chunk.codes) for chunk in chunks), Counter[str]())
    examples: dict[str, list[Example]] = {}
    for chunk in chunks:
        wanted = [c for c in chunk.codes if len(examples.get(c, ())) < EXAMPLES]
        for code, example in _examples(folder.inside(chunk.file), wanted):
            examples.setdefault(code, []).append(example)
    return [
        Reason(code, rows, examples.get(code, [])[:EXAMPLES])
        for code, rows in counts.most_common()
    ]


def _examples(part: Place, codes: Collection[str]) -> Iterator[tuple[str, Example]]:
    """The first rows of a part for each of some codes."""
    table = _read(part, codes) if codes else None
    if table is None:
        return
    found: Counter[str] = Counter()
    for position, code in enumerate(table["code"].to_pylist()):
        found[code] += 1
        if found[code] <= EXAMPLES:
            row = table.slice(position, 1).to_pylist()[0]
            yield code, Example.model_validate(row)


def _read(part: Place, codes: Collection[str]) -> pa.Table | None:
    try:
        return pq.read_table(
            pa.BufferReader(part.read()), filters=[("code", "in", list(codes))]
        )
    except (InputError, pa.ArrowException):
        return None
