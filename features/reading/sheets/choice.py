"""Which sheets of a file are which table of a tape, and which are one between them."""

import re
from collections.abc import Sequence
from itertools import chain

from features import catalogue
from features.findings import TABLES_ZH
from features.reading.corrections import AS_READ, Corrections
from features.reading.headers import meaning
from features.reading.items.numbering import ITEM
from features.reading.raw import OWNER, SHEET_ROWS
from features.reading.refusals import refusal
from features.reading.sheets.places import OWED, Place, locate, texts

# What a sheet is headed, and what else it is called, that holds no claims for sale.
_APART = (
    r"剔除|排除|删除|移出|调出|除外|作废|核减|备选|待定|待确认|存疑|"
    r"[不非未]予?(?:转让|出让|出售|纳入|参与|入[包池])|不在|"
    r"已(?:转让|出让|出售|售|结清|还清|收回|处置|回购)|上一?[期次轮批]|往期|前次|"
    r"\b(?:excluded|removed|withdrawn|retained|sold|settled|not for sale)\b"
)
_APART_IN_NAMES = (
    r"保留|撤[回销]|退回|取消|回购|备用|备份|副本|历史|旧|原始|原稿|[底草初]稿|参考|测试|"
    r"示例|样例|模板|\b(?:old|copy|backup|draft|test|sample|example|previous)\b"
)
_HEADED_APART = re.compile(_APART, re.IGNORECASE)
_NAMED_APART = re.compile(f"{_APART}|{_APART_IN_NAMES}", re.IGNORECASE)
# What a sheet is called that holds what is for sale, unlike those beside it.
_FOR_SALE = re.compile(
    r"本[次期批]|拟[转出]让|(?<!不)(?<!未)入[包池]|for sale", re.IGNORECASE
)


def as_sent(
    places: Sequence[Place], corrections: Corrections = AS_READ
) -> Sequence[Place]:
    """The sheets, with those as claims that look like another for what secures them.

    A sheet that says what is owed lists claims, unless it is called collateral or most
    of what it names are claims of another sheet: 保证贷款 is a kind of loan.

    Args:
        places: Sheets, each as the table that it looks most like.
        corrections: What somebody says of the headers.
    """
    sheets = [place for place in places if place.table == "claims"]
    return [_as_owed(place, sheets, corrections) for place in places]


def _as_owed(place: Place, sheets: Sequence[Place], corrections: Corrections) -> Place:
    if place.table == "claims" or (place.table == "collateral" and place.named):
        return place
    claims = locate(place.grid, corrections, ("claims",))
    if claims is None or not (claims.joins and claims.met & {*OWED}):
        return place
    ids, known = _ids(claims), set[str]().union(*map(_ids, sheets))
    return place if 2 * len(ids & known) > len(ids) else claims


def _ids(place: Place) -> set[str]:
    """What stands under the header of identifiers."""
    found = (meaning(place.table, header) for header in place.headers)
    names = [each.field.name if each else "" for each in found]
    if OWNER not in names:
        return set()
    column = names.index(OWNER)
    rows = place.grid.rows[place.first_row :]
    cells = [row[column] for row in rows if len(row) > column]
    return {*texts(cells)} - {""}


def of_each(places: Sequence[Place], filename: str) -> dict[str, list[Place]]:
    """The sheets of each table; one that is hidden gives way to one that is not.

    Raises:
        TapeError: Two sheets look like the same table with equal right, and it cannot
            be told that they are one between them.
    """
    chosen = {}
    for table in catalogue.TAPE_TABLES:
        leading = _leading(places, table)
        if len(leading) > 1:
            _check(leading, filename)
        if leading:
            chosen[table] = leading
    return chosen


def _check(places: Sequence[Place], filename: str) -> None:
    """Refuse sheets that are not one table between them.

    Raises:
        TapeError: They are not, or some of them seem not to be for sale.
    """
    table = places[0].table
    facts = {
        "file": filename,
        "table": table,
        "table_zh": TABLES_ZH.get(table, table),
        "names": _names(places),
    }
    if apart := _set_apart(places):
        code, place, words = apart
        raise refusal(code, apart=_names([place]), words=words, **facts)
    if not all(map(_is_part, places)):
        raise refusal("two_sheets", **facts)


def _names(places: Sequence[Place]) -> str:
    return ", ".join(repr(place.grid.name) for place in places)


def _set_apart(places: Sequence[Place]) -> tuple[str, Place, str] | None:
    """The first sheet that seems not to be for sale, if any: why, which, its words.

    What all are headed with, or all are called for sale, sets none of them apart.
    """
    headed = [{*_HEADED_APART.findall(_heading(place))} for place in places]
    shared = set.intersection(*headed)
    for place, words in zip(places, headed, strict=True):
        if found := [*_NAMED_APART.findall(place.grid.name), *sorted(words - shared)]:
            return "sheet_set_apart", place, "、".join(found)
    for_sale = [p for p in places if _FOR_SALE.search(p.grid.name)]
    others = [p for p in places if not _FOR_SALE.search(p.grid.name)]
    if for_sale and others:
        return "sheet_beside_sale", others[0], _names(for_sale)
    return None


def _heading(place: Place) -> str:
    return "\n".join(chain.from_iterable(map(texts, place.title)))


def likely(places: Sequence[Place]) -> dict[str, list[Place]]:
    """The same for a file that may be refused: one sheet where some are set apart.

    Others may be one table as soon as somebody says what their headers mean.
    """
    chosen = {}
    for table in catalogue.TAPE_TABLES:
        leading = _leading(places, table)
        if len(leading) > 1 and _set_apart(leading):
            leading = [max(leading, key=lambda place: place.rank)]
        if leading:
            chosen[table] = leading
    return chosen


def _leading(places: Sequence[Place], table: str) -> list[Place]:
    """Sheets that look like a table with equal right."""
    found = [place for place in places if place.table == table]
    ranks = [(place.joins, place.speaks_of_table) for place in found]
    best = max(ranks, default=None)
    leading = [place for place, rank in zip(found, ranks, strict=True) if rank == best]
    return [place for place in leading if not place.grid.hidden] or leading


def may_belong(place: Place) -> bool:
    """Whether a sheet that is not read may be a part of the package after all."""
    if place.grid.hidden or _NAMED_APART.search(place.grid.name):
        return False
    return _is_part(place) or (place.table != "claims" and place.by_debtor)


def _is_part(place: Place) -> bool:
    """Whether a sheet can be a part of its table: whole by itself and shown."""
    needed = {
        field.name
        for field in catalogue.fields(place.table).values()
        if field.required and not field.per_claim and field.name != ITEM
    }
    short = len(place.grid.rows) < SHEET_ROWS
    return place.joins and needed <= place.met and short and not place.grid.hidden
