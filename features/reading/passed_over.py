"""Columns that are left out though they may hold amounts: without a header, or second.

A column that nobody can name is told in ``unused``.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

import numpy as np

from features.catalogue import Field
from features.columns import Floats
from features.errors import Finding
from features.findings import finding, listed, shortened
from features.reading.corrections import Corrections
from features.reading.headers import FACTORS, Meaning
from features.reading.plans import plan_columns
from features.reading.raw import RawTable
from features.reading.values.kinds import Reader

# Amounts that are nearer are the same.
_SAME_YUAN = 0.015


def passed_over(raw: RawTable, corrections: Corrections) -> Iterator[Finding]:
    """Findings on columns that are left out of a table and may hold amounts.

    Args:
        raw: The table.
        corrections: What somebody says of its headers.
    """
    if places := [*_nameless(raw)]:
        yield finding(
            "nameless_columns",
            table=raw.table,
            columns=listed([f"after {h}" if h else "the first" for h in places]),
            columns_zh=listed([f"{h}之后" if h else "首列" for h in places], "、"),
        )
    yield from _second(raw, corrections)


def _nameless(raw: RawTable) -> Iterator[str]:
    """Where columns stand that have values and no header; numbers of rows are none."""
    before = ""
    for header, cells in zip(raw.headers, raw.columns, strict=True):
        filled = cells.present()
        filled[cells.names_total()] = False
        if header:
            before = shortened(header)
        elif filled.any() and not _counts_rows(raw, not before):
            yield before


def _counts_rows(raw: RawTable, is_first: bool) -> bool:
    """Whether the first column numbers the rows, as programs write it."""
    numbers = raw.columns[0].words() if is_first else None
    told = numbers.text().to_pylist() if numbers else []
    digits = [int(each) for each in told if each and each.isascii() and each.isdigit()]
    return len(digits) > 0 and digits == [*range(digits[0], digits[0] + len(digits))]


def _second(raw: RawTable, corrections: Corrections) -> Iterator[Finding]:
    """Amounts whose field is read from a column that is named for it more plainly."""
    plans, conflicts = plan_columns(raw.table, raw.headers, raw.unit, corrections)
    read: dict[str, list[int]] = {}
    lost: list[tuple[int, Meaning]] = []
    for place, plan in enumerate(plans):
        met = corrections.meaning(raw.table, raw.headers[place])
        if met is None or met.field.kind != "money" or met.field.name in conflicts:
            continue
        if plan.match.field is None:
            lost.append((place, met))
        else:
            read.setdefault(plan.match.field, []).append(place)
    known = {place: plan.match.unit for place, plan in enumerate(plans)}
    for name, group in groupby(sorted(lost, key=_field), key=_field):
        others = [*group]
        field = others[0][1].field
        yuan = _yuan(raw, field, {place: known[place] for place in read[name]})
        if differing := [*_differing(raw, yuan, others)]:
            yield _told(raw, field, read[name], differing)


def _field(column: tuple[int, Meaning]) -> str:
    return column[1].field.name


def _differing(
    raw: RawTable, yuan: Floats, others: Sequence[tuple[int, Meaning]]
) -> Iterator[int]:
    """Columns that hold other amounts; parts that add up to what is read are told."""
    units = {place: met.unit or raw.unit for place, met in others}
    parts = [place for place, met in others if met.part]
    field = others[0][1].field
    if parts and not _differ(yuan, _yuan(raw, field, {p: units[p] for p in parts})):
        units = {place: unit for place, unit in units.items() if place not in parts}
    for place, unit in units.items():
        if _differ(yuan, _yuan(raw, field, {place: unit})):
            yield place


def _differ(read: Floats, other: Floats) -> bool:
    """Whether amounts differ in any row that has another one than nothing."""
    stated = other != 0
    return bool((np.abs(np.nan_to_num(read) - other)[stated] > _SAME_YUAN).any())


def _yuan(raw: RawTable, field: Field, units: Mapping[int, str | None]) -> Floats:
    """The sum of some columns, row by row; what cannot be read counts as nothing."""
    unbounded = {"minimum": None, "maximum": None, "positive": False}
    bare = field.model_copy(update=unbounded)
    total = np.zeros(len(raw.rows))
    for place, unit in units.items():
        reader = Reader(bare, FACTORS[unit or field.assumed_unit])
        values = reader.read(raw.columns[place]).values
        total += values.fill_null(0.0).to_numpy(zero_copy_only=False)
    return total


def _told(
    raw: RawTable, field: Field, read: Sequence[int], others: Sequence[int]
) -> Finding:
    names = [[shortened(raw.headers[p]) for p in places] for places in (read, others)]
    parts = "、".join(field.parts)
    return finding(
        "amounts_passed_over",
        table=raw.table,
        field=field,
        column=raw.headers[others[0]],
        read=listed(names[0]),
        columns=listed(names[1]),
        parts=f" or name each as a part that is added up ({parts})" if parts else "",
        parts_zh=f"或按可相加的组成部分命名（{parts}）" if parts else "",
    )
