"""Debts that a tape lists twice under different identifiers."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import finding, listed
from features.package import Floats, Ints
from features.reading.raw import SHEET_ROWS

_DATES = ("origination_date", "maturity_date")
_SAME = ("obligor_id", "principal", "interest", "penalty_interest", *_DATES)
_DEBT = (*_SAME, "contract_no")
# Two loans of a debtor may well be of the same round amount.
_ROUND_YUAN = 100
# Of fewer claims one may well be the sum of the others.
_FEWEST_SUMMED = 4
_HALF_FEN_YUAN = 0.005


def repeated_debts(claims: pa.Table, rows: Ints) -> Iterator[Finding]:
    """One finding on all debts of a debtor that agree in their amounts and dates.

    They must share their contract as well, or state a date and no two contracts, or
    agree to the fen in amounts that are not round: instalments and drawdowns of one
    debtor differ in these.

    Args:
        claims: The accepted claims.
        rows: Row number of each as the sender counts it, shape (n,).
    """
    groups = [g for g in _alike(claims, rows) if _is_one_debt(g)]
    if groups:
        yuan = sum(g["principal"] * (len(g["row_list"]) - 1) for g in groups)
        yield finding(
            "repeated_debt",
            groups=len(groups),
            where=_listed(groups, " and ", "; "),
            where_zh=_listed(groups, "与", "、"),
            yuan=f"{yuan:,.2f}",
        )


def unnamed_total(claims: pa.Table, rows: Ints) -> Iterator[Finding]:
    """A finding on a first or last claim that is the sum of all others to the fen.

    Of several sheets that are one table, each may have a total of its own.

    Args:
        claims: The accepted claims.
        rows: Row number of each as the sender counts it, shape (n,).
    """
    principal = claims["principal"].to_numpy()
    edges = np.flatnonzero(np.diff(rows // SHEET_ROWS)) + 1
    whole = _sum_of_others(principal)
    for start, stop in pairwise((0, *edges.tolist(), len(rows))):
        of_sheet = {start + place for place in _sum_of_others(principal[start:stop])}
        for place in sorted(of_sheet - whole):
            yield _total(principal, rows, place, " of its sheet", "本表")
    for place in sorted(whole):
        yield _total(principal, rows, place)


def _sum_of_others(principal: Floats) -> set[int]:
    """The first and last of several amounts, as far as they are the sum of others."""
    if len(principal) < _FEWEST_SUMMED:
        return set()
    others = principal.sum() - principal
    return {
        place
        for place in (0, len(principal) - 1)
        if abs(principal[place] - others[place]) < _HALF_FEN_YUAN
    }


def _total(
    principal: Floats, rows: Ints, place: int, of: str = "", of_zh: str = ""
) -> Finding:
    return finding(
        "unnamed_total",
        row=int(rows[place]),
        field=catalogue.field("claims", "principal"),
        stated=f"{principal[place]:,.2f}",
        of=of,
        of_zh=of_zh,
    )


def repeated_worths(claims: pa.Table, rows: Ints) -> Iterator[Finding]:
    """One finding on all debtors several of whose claims state the same collateral.

    A sum of what secures a claim says nothing of the items: what secures all that a
    debtor owes stands on each claim, and would pay as often.

    Args:
        claims: The accepted claims.
        rows: Row number of each as the sender counts it, shape (n,).
    """
    stated = claims.select(["obligor_id", "collateral_value"])
    stated = stated.append_column("row", pa.array(rows))
    stated = stated.filter(
        pc.and_(
            stated["obligor_id"].is_valid(), pc.greater(stated["collateral_value"], 0)
        )
    )
    groups = stated.group_by(["obligor_id", "collateral_value"])
    told = groups.aggregate([("row", "list")])
    told = told.filter(pc.greater(pc.list_value_length(told["row_list"]), 1))
    if len(told):
        found = sorted(told.to_pylist(), key=lambda group: group["row_list"])
        again = sum(g["collateral_value"] * (len(g["row_list"]) - 1) for g in found)
        yield finding(
            "repeated_worth",
            field=catalogue.field("claims", "collateral_value"),
            groups=len(found),
            where=_listed(found, " and ", "; "),
            where_zh=_listed(found, "与", "、"),
            yuan=f"{again:,.2f}",
        )


def listed_again(
    sheets: Sequence[tuple[pa.Table, Ints]],
) -> tuple[int, int] | None:
    """Rows of two sheets that agree, where most of one sheet stands on others.

    They agree in all that every sheet states of debtors, contracts, amounts and dates;
    round amounts tell nothing.

    Args:
        sheets: Claims of each sheet, and the row number of each, shape (rows,).
    """
    fields = [n for n in _DEBT if all(n in table.column_names for table, _ in sheets)]
    whole = pa.concat_tables(
        table.select(fields)
        .append_column("row", pa.array(rows))
        .append_column("sheet", pa.repeat(pa.scalar(number), len(table)))
        for number, (table, rows) in enumerate(sheets)
    )
    odd = whole.filter(pa.array(whole["principal"].to_numpy() % _ROUND_YUAN > 0))
    groups = odd.group_by(fields).aggregate(
        [("sheet", "count_distinct"), ("sheet", "list"), ("row", "min"), ("row", "max")]
    )
    several = groups.filter(pc.greater(groups["sheet_count_distinct"], 1))
    again = Counter(pc.list_flatten(several["sheet_list"]).to_pylist())
    if not any(again[n] > len(rows) / 2 for n, (_, rows) in enumerate(sheets)):
        return None
    return several["row_min"][0].as_py(), several["row_max"][0].as_py()


def _alike(claims: pa.Table, rows: Ints) -> list[Mapping[str, Any]]:
    """Groups of claims of one debtor with the same amounts and dates."""
    known = claims.select([*_DEBT]).append_column("row", pa.array(rows))
    known = known.filter(claims["obligor_id"].is_valid())
    groups = known.group_by([*_SAME]).aggregate(
        [("row", "list"), ("contract_no", "list")]
    )
    several = groups.filter(pc.greater(pc.list_value_length(groups["row_list"]), 1))
    found: list[Mapping[str, Any]] = several.to_pylist()
    return sorted(found, key=lambda group: group["row_list"])


def _is_one_debt(group: Mapping[str, Any]) -> bool:
    contracts = Counter(c for c in group["contract_no_list"] if c is not None)
    shared = any(count > 1 for count in contracts.values())
    dated = any(group[name] is not None for name in _DATES) and len(contracts) < 2
    odd = group["principal"] % _ROUND_YUAN != 0 and group["interest"] is not None
    return shared or dated or odd


def _listed(groups: Sequence[Mapping[str, Any]], joint: str, mark: str) -> str:
    rows = [joint.join(map(str, sorted(g["row_list"]))) for g in groups]
    return listed(rows, mark)
