"""What is worth saying of the sheets of a file: which were read, and how; which not."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from features.errors import Finding, TapeError
from features.findings import finding, listed, shortened
from features.package import Ints
from features.reading.corrections import Corrections
from features.reading.currency import FOREIGN_CURRENCY
from features.reading.files.grids import Grid
from features.reading.headers import CANONICAL, meaning
from features.reading.items.columns import item_places
from features.reading.raw import RawTable
from features.reading.sheets.choice import may_belong
from features.reading.sheets.places import SEARCHED_ROWS, Place
from features.reading.title import unit_of


def notes_on_sheets(
    grids: Sequence[Grid],
    places: Sequence[Place],
    chosen: Mapping[str, Sequence[Place]],
    forms: Sequence[Grid],
    corrections: Corrections,
    added: Sequence[Ints] = (),
) -> Iterator[Finding]:
    """Findings on the sheets of a file, those that were not used first.

    Args:
        grids: Sheets of the file.
        places: Those that look like a table, as the one that each looks most like.
        chosen: Those that are read, by table.
        forms: Those that state fields of the package.
        corrections: What somebody says of the headers.
        added: For each sheet of claims the lines that add collateral to a claim above.
    """
    every = [*chain.from_iterable(chosen.values())]
    used = {*(place.grid.name for place in every), *(form.name for form in forms)}
    passed_over = [p for p in places if p.grid.name not in used and may_belong(p)]
    yield from unused(grids, used | {place.grid.name for place in passed_over})
    yield from _passed_over(passed_over, chosen)
    yield from (_together(read) for read in chosen.values() if len(read) > 1)
    lines = dict(zip((p.grid.name for p in chosen["claims"]), added, strict=False))
    for place in every:
        added_here = {*lines.get(place.grid.name, ())}
        of_items = set() if "collateral" in chosen else _of_items(place, corrections)
        yield from _merged(place, corrections, added_here, of_items)
    yield from (_hidden(place) for place in every if place.grid.hidden)
    yield from (_foreign(place) for place in every if _is_foreign(place))


def unused(grids: Sequence[Grid], used: Collection[str]) -> tuple[Finding, ...]:
    """One finding that names every sheet that was not used, if there is any."""
    names = [g.name for g in grids if g.name not in used and _is_filled(g)]
    if not names:
        return ()
    en, zh = ", ".join(names), "、".join(names)
    return (finding("sheet_not_used", table="package", names=en, names_zh=zh),)


def units_elsewhere(
    grids: Sequence[Grid], tables: Iterable[RawTable]
) -> Iterator[Finding]:
    """A warning on each table that states no unit where a sheet beside it states one.

    Args:
        grids: Sheets that are not read.
        tables: Tables that are.
    """
    stated = {unit: grid.name for grid in grids if (unit := _unit_told(grid))}
    if not stated.keys() - {"元"}:
        return
    for raw in tables:
        if raw.unit is None and (silent := [*_without_unit(raw)]):
            yield finding(
                "unit_elsewhere",
                table=raw.table,
                columns=listed(silent),
                columns_zh=listed(silent, "、"),
                names=listed([*map(shortened, stated.values())]),
                units=listed([*stated], "、"),
            )


def _unit_told(grid: Grid) -> str | None:
    """The unit of money that the first rows of a sheet state; None of several."""
    try:
        return unit_of(grid.rows[:SEARCHED_ROWS], grid.name, ())
    except TapeError:
        return None


def _without_unit(raw: RawTable) -> Iterator[str]:
    """Headers of amounts that name no unit; the catalogue's own names mean yuan."""
    for header in raw.headers:
        found = meaning(raw.table, header) if header else None
        is_amount = found is not None and found.field.kind == "money"
        if found and is_amount and found.unit is None and found.rank > CANONICAL:
            yield shortened(header)


def _is_filled(grid: Grid) -> bool:
    return any(cell not in ("", None) for row in grid.rows for cell in row)


def _passed_over(
    places: Sequence[Place], chosen: Mapping[str, Sequence[Place]]
) -> Iterator[Finding]:
    """A finding for each table on sheets that look like it beside those read as it."""
    for table, read in chosen.items():
        names = [shortened(p.grid.name) for p in places if p.table == table]
        if names:
            yield finding(
                "sheet_passed_over",
                table=table,
                names=", ".join(names),
                names_zh="、".join(names),
                read=shortened(read[0].grid.name),
            )


def _together(places: Sequence[Place]) -> Finding:
    """A finding that several sheets were taken for one table."""
    names = [f"{n} {shortened(p.grid.name)}" for n, p in enumerate(places, 1)]
    en, zh = ", ".join(names), "、".join(names)
    return finding("sheets_together", table=places[0].table, names=en, names_zh=zh)


def _hidden(place: Place) -> Finding:
    return finding("hidden_sheet", table=place.table, name=shortened(place.grid.name))


def _is_foreign(place: Place) -> bool:
    return FOREIGN_CURRENCY.search(place.grid.name) is not None


def _foreign(place: Place) -> Finding:
    return finding("foreign_sheet", table=place.table, name=shortened(place.grid.name))


def _of_items(place: Place, corrections: Corrections) -> set[int]:
    """Columns of collateral beside claims: each claim has what is merged over it."""
    if place.table != "claims":
        return set()
    return {*chain.from_iterable(item_places(place.headers, corrections).values())}


def _merged(
    place: Place,
    corrections: Corrections,
    added: Collection[int],
    of_items: Collection[int],
) -> Iterator[Finding]:
    """A finding on each column of money that is merged over several claims."""
    spans: dict[int, list[str]] = {}
    for top, bottom, column in place.grid.merged_amounts:
        is_one = all(row + 1 in added for row in range(top + 1, bottom + 1))
        is_read = place.header_row < top and column < len(place.headers)
        if is_read and column not in of_items and not is_one:
            spans.setdefault(column, []).append(f"{top + 1}–{bottom + 1}")
    for column, where in spans.items():
        header = place.headers[column]
        known = corrections.meaning(place.table, header)
        if known is not None and known.field.kind == "money":
            yield finding(
                "merged_amounts",
                table=place.table,
                field=known.field,
                header=shortened(header),
                where=listed(where),
            )
