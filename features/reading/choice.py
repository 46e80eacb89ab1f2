"""Which sheets of a file are which table of a tape, and which are one between them."""

import re
from collections.abc import Sequence

from features import catalogue
from features.findings import TABLES_ZH
from features.reading.items import ITEM
from features.reading.places import Place
from features.reading.refusals import refusal
from features.reading.together import SHEET_ROWS

# What a sheet is called that holds no claims for sale, or none of today.
_SET_APART = re.compile(
    r"剔除|排除|不转让|非转让|已转让|已结清|已处置|备选|备份|副本|作废|历史|旧|原始|参考|示例|样例|模板|"
    r"\b(old|copy|backup|sample|example|excluded|removed|sold|settled)\b",
    re.IGNORECASE,
)


def of_each(places: Sequence[Place], filename: str) -> dict[str, list[Place]]:
    """The sheets of each table; one that is hidden gives way to one that is not.

    Raises:
        TapeError: Two sheets look like the same table with equal right, and it cannot
            be told that they are one between them.
    """
    chosen = {}
    for table in catalogue.TAPE_TABLES:
        leading = _leading(places, table)
        if len(leading) > 1 and not all(map(_is_part, leading)):
            names = ", ".join(repr(place.grid.name) for place in leading)
            facts = {"table": table, "table_zh": TABLES_ZH.get(table, table)}
            raise refusal("two_sheets", file=filename, names=names, **facts)
        if leading:
            chosen[table] = leading
    return chosen


def likely(places: Sequence[Place]) -> dict[str, list[Place]]:
    """The same for a file that may be refused: one sheet where none can be chosen."""
    chosen = {}
    for table in catalogue.TAPE_TABLES:
        leading = _leading(places, table)
        if leading and not all(map(_is_part, leading)):
            leading = [max(leading, key=lambda place: place.rank)]
        if leading:
            chosen[table] = leading
    return chosen


def _leading(places: Sequence[Place], table: str) -> list[Place]:
    """Sheets that look like a table with equal right."""
    found = [place for place in places if place.table == table]
    best = max((place.rank[:2] for place in found), default=None)
    leading = [place for place in found if place.rank[:2] == best]
    return [place for place in leading if not place.grid.hidden] or leading


def _is_part(place: Place) -> bool:
    """Whether a sheet can be a part of its table: whole by itself and for sale."""
    needed = {
        field.name
        for field in catalogue.fields(place.table).values()
        if field.required and not field.per_claim and field.name != ITEM
    }
    apart = _SET_APART.search(place.grid.name) or place.grid.hidden
    short = len(place.grid.rows) < SHEET_ROWS
    return place.joins and needed <= place.met and short and not apart
