"""The answer to a question as a workbook, in Chinese and English.

The single figures stand on the first sheet, every list of objects on a sheet of its
own; a list within a list shows before each row which entry it belongs to. Sheets and
columns follow from the model of the answer, so they are there even where a list is
empty.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import count
from types import MappingProxyType
from typing import Any

import orjson
from pydantic import BaseModel

from serving.analyses.analysis import Analysis
from serving.sheets.book import LONGEST_NAME, SIMULATED, Sheets, workbook
from serving.sheets.cells import Cell, Column, Kind
from serving.sheets.shape import Figure, Listing, Path, Shape, Title, shape_of

_SUMMARY = "摘要 Summary"
_PAIRS = ("项目", "item", "取值\nvalue")
_NUMBER: Column = ("序号", "no.", "integer")
_KEY: Column = ("键", "key", "text")
SEPARATOR = "; "

Pair = tuple[str, str, Cell, Kind]


@dataclass(frozen=True)
class _Owned:
    """An object of a list, and the cells that say which one it is."""

    cells: tuple[Cell, ...]
    content: Any


@dataclass(frozen=True)
class _Table:
    """A sheet of rows, titled with the lists that lead to it."""

    titles: tuple[Title, ...]
    columns: tuple[Column, ...]
    rows: Sequence[Sequence[Cell]]


def answer_workbook(model: type[BaseModel], answer: Mapping[str, Any]) -> bytes:
    """The workbook of an answer; the same answer gives the same bytes.

    Args:
        model: Class of the answer.
        answer: As JSON has it.

    Raises:
        InputError: A list has more entries than a sheet of Excel has rows.
    """
    shape, target = shape_of(model), BytesIO()
    tables = tuple(_tables(shape, [_Owned((), answer)], (), ()))
    names = _sheet_names([table.titles for table in tables])
    simulated = bool(answer.get("simulated_model"))
    with workbook(target, simulated=simulated) as sheets:
        sheets.pairs(_SUMMARY, _summary(shape, answer, tables, names), _PAIRS)
        _add(sheets, tables, names)
    return target.getvalue()


def sheets_of(model: type[BaseModel]) -> tuple[str, ...]:
    """Names of the sheets of the workbook of an answer.

    Args:
        model: Class of the answer.
    """
    tables = _tables(shape_of(model), (), (), ())
    return (_SUMMARY, *_sheet_names([table.titles for table in tables]))


def _add(sheets: Sheets, tables: Sequence[_Table], names: Sequence[str]) -> None:
    for table, name in zip(tables, names, strict=True):
        sheets.table(name, table.columns, table.rows)


def _summary(
    shape: Shape,
    answer: Mapping[str, Any],
    tables: Sequence[_Table],
    names: Sequence[str],
) -> Iterator[Pair]:
    if answer.get("simulated_model"):
        yield SIMULATED
    for figure in shape.figures:
        zh, en, kind = figure.column
        yield zh, en, _shown(figure, answer), kind
    for table, name in zip(tables, names, strict=True):
        told = f"见工作表 see sheet: {name} ({len(table.rows):,} 行 rows)"
        yield *_heading(table.titles), told, "text"


def _tables(
    shape: Shape,
    owners: Sequence[_Owned],
    marks: tuple[Column, ...],
    titles: tuple[Title, ...],
) -> Iterator[_Table]:
    """Every listing of the owners, each before those within it."""
    for listing in shape.listings:
        within = (*titles, *listing.titles)
        entries = tuple(_entries(listing, owners))
        figures = listing.shape.figures
        own = (*marks, *_marks(listing), *(figure.column for figure in figures))
        rows = [(*e.cells, *_cells(figures, e.content)) for e in entries]
        yield _Table(within, own, rows)
        name = listing.shape.name
        yield from _tables(
            listing.shape,
            [_named(entry, name) for entry in entries],
            (*marks, *_marks_within(listing, name)),
            within,
        )


def _entries(listing: Listing, owners: Sequence[_Owned]) -> Iterator[_Owned]:
    """The entries of a listing of every owner, numbered from 1."""
    for owner in owners:
        found = _at(owner.content, listing.path) or ()
        if listing.keyed:
            for number, (key, entry) in enumerate(dict(found).items(), 1):
                yield _Owned((*owner.cells, number, key), entry)
        else:
            for number, entry in enumerate(found, 1):
                yield _Owned((*owner.cells, number), entry)


def _marks(listing: Listing) -> tuple[Column, ...]:
    """Columns that tell the entries of a listing apart."""
    return (_NUMBER, _KEY) if listing.keyed else (_NUMBER,)


def _marks_within(listing: Listing, name: Figure | None) -> Iterator[Column]:
    """The same before the rows of a list within it, with the name of its entries."""
    named = () if name is None else (name.column,)
    owner_zh, owner_en = _heading(listing.titles)
    for zh, en, kind in (*_marks(listing), *named):
        yield f"{owner_zh}·{zh}", f"{owner_en} · {en}", kind


def _named(entry: _Owned, name: Figure | None) -> _Owned:
    if name is None:
        return entry
    return replace(entry, cells=(*entry.cells, _shown(name, entry.content)))


def _cells(figures: Sequence[Figure], content: Any) -> Iterator[Cell]:
    return (_shown(figure, content) for figure in figures)


def _shown(figure: Figure, content: Any) -> Cell:
    """The cell of a figure; a word of a vocabulary after its Chinese."""
    cell = _cell(_at(content, figure.path))
    if cell is None or not figure.chinese:
        return cell
    return f"{figure.chinese.get(str(cell), '')} {cell}".lstrip()


def _at(content: Any, path: Path) -> Any:
    """What a path leads to; None where something on the way is absent."""
    for name in path:
        content = None if content is None else content.get(name)
    return content


def _cell(value: Any) -> Cell:
    """A value in one cell: plain values of a list side by side, all else as JSON."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list):
        return SEPARATOR.join(str(_cell(part)) for part in value)
    return orjson.dumps(value).decode()


def _heading(titles: Sequence[Title]) -> tuple[str, str]:
    return "·".join(t.zh for t in titles), " · ".join(t.en for t in titles)


def _sheet_names(listings: Sequence[Sequence[Title]]) -> tuple[str, ...]:
    """A name for each listing that Excel allows, and that no other sheet has."""
    whole = [_joined_name(titles) for titles in listings]
    names, taken = [], {_SUMMARY.lower()}
    for titles, own in zip(listings, whole, strict=True):
        kept = {name.lower() for name in whole} - {own.lower()}
        fitting = (n for n in _candidates(titles) if n.lower() not in taken | kept)
        names.append(next(fitting))
        taken.add(names[-1].lower())
    return tuple(names)


def _candidates(titles: Sequence[Title]) -> Iterator[str]:
    """Names of a sheet: with all that leads to it if that fits, numbered at last."""
    first, last = titles[:1], titles[-1:]
    for part in (titles, [*first, *last], titles[-2:], last):
        name = _joined_name(part)
        if len(name) <= LONGEST_NAME:
            yield name
    for number in count(2):
        yield f"{_joined_name(last)[: LONGEST_NAME - 4]} {number}"


def _joined_name(titles: Sequence[Title]) -> str:
    zh, en = _heading(titles)
    return f"{zh} {en.replace(' · ', ' ').capitalize()}"


def _as_json(_: Analysis, answer: bytes) -> bytes:
    return answer


def _as_workbook(analysis: Analysis, answer: bytes) -> bytes:
    return answer_workbook(analysis.answer, orjson.loads(answer))


# Each makes a file of the answer to a question, which it gets as JSON.
ANSWER_FILES: Mapping[str, Callable[[Analysis, bytes], bytes]] = MappingProxyType(
    {".json": _as_json, ".xlsx": _as_workbook}
)
