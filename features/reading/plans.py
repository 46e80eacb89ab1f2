"""Which columns of a table are used, and how each of them is read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from features.personal.headers import is_personal
from features.reading.corrections import AS_READ, Corrections
from features.reading.headers import CANONICAL, LESSER, Meaning

# What tells whose claims a row of collateral or of a guarantor is about.
_OWNER, _CONTRACT = "claim_id", "contract_no"


@dataclass(frozen=True)
class ColumnMatch:
    """How one header was read.

    Attributes:
        table: Table of the tape.
        header: Header as the sender wrote it.
        field: Canonical name of the field; None for a column that is not used.
        unit: Unit in which the money of the column was read.
        unit_stated: Whether the tape named that unit.
        personal: Whether the column is personal data, taken out of the tape.
        by_hand: Whether somebody said how to read it.
    """

    table: str
    header: str
    field: str | None
    unit: str | None = None
    unit_stated: bool = False
    personal: bool = False
    by_hand: bool = False


@dataclass(frozen=True)
class ColumnPlan:
    """What to do with one column of a sheet.

    Attributes:
        match: How its header was read.
        inverse: Whether it states the opposite of its field.
    """

    match: ColumnMatch
    inverse: bool = False


def _chosen(meanings: Mapping[int, Meaning]) -> tuple[dict[int, Meaning], set[int]]:
    """The columns used for each field, and the columns nobody can choose from."""
    by_field: dict[str, list[int]] = {}
    for position, found in meanings.items():
        by_field.setdefault(found.field.name, []).append(position)
    chosen: dict[int, Meaning] = {}
    ambiguous: set[int] = set()
    for positions in by_field.values():
        best = min(meanings[p].rank for p in positions)
        leading = [p for p in positions if meanings[p].rank == best]
        parts = {meanings[p].part for p in leading if meanings[p].part}
        if meanings[leading[0]].field.personal:
            sure = [p for p in positions if meanings[p].rank < LESSER]
            chosen |= {p: meanings[p] for p in sure or leading}
        elif len(leading) == max(1, len(parts)):
            chosen |= {p: meanings[p] for p in leading}
        else:
            ambiguous.update(leading)
    return chosen, ambiguous


def _without_doubtful_joins(known: Mapping[int, Meaning]) -> Mapping[int, Meaning]:
    """The columns without those that may number contracts of the security itself.

    合同号 beside collateral or a guarantor is taken for that of the loan only where
    nothing else says whose claims the row is about.
    """
    surer = {i: m for i, m in known.items() if not _is_doubtful_join(m)}
    told = any(m.field.joining or m.field.name == _OWNER for m in surer.values())
    return surer if told else known


def _is_doubtful_join(found: Meaning) -> bool:
    is_contract = found.field.joining and found.field.name == _CONTRACT
    return is_contract and found.rank == LESSER


def plan_columns(
    table: str,
    headers: Sequence[str],
    default_unit: str | None = None,
    corrections: Corrections = AS_READ,
) -> tuple[list[ColumnPlan], Mapping[str, list[str]]]:
    """How every column of a table is read.

    A correction by hand beats an English name of the catalogue, that beats its Chinese
    name, that an alias, that parts of an amount, all of which are used, and those what
    says the field less surely.

    Args:
        table: Table of the tape.
        headers: Headers in order; empty ones are passed over.
        default_unit: Unit of money stated for the whole sheet.
        corrections: What somebody says of the headers.

    Returns:
        A plan for each header, and the headers of every field that two columns claim
        with equal right: those columns are not used.
    """
    met = {i: corrections.meaning(table, h) for i, h in enumerate(headers) if h}
    known = _without_doubtful_joins({i: m for i, m in met.items() if m is not None})
    chosen, ambiguous = _chosen(known)
    matches = (
        _match(table, header, chosen.get(i), default_unit)
        for i, header in enumerate(headers)
    )
    plans = [
        ColumnPlan(_corrected(match, corrections), _inverse(chosen, i))
        for i, match in enumerate(matches)
    ]
    conflicts: dict[str, list[str]] = {}
    for position in sorted(ambiguous):
        name = known[position].field.name
        conflicts.setdefault(name, []).append(headers[position])
    return plans, conflicts


def _inverse(chosen: Mapping[int, Meaning], position: int) -> bool:
    return position in chosen and chosen[position].inverse


def _corrected(match: ColumnMatch, corrections: Corrections) -> ColumnMatch:
    corrected = corrections.find(match.table, match.header) is not None
    return replace(match, by_hand=True) if corrected else match


def _match(
    table: str, header: str, found: Meaning | None, default_unit: str | None
) -> ColumnMatch:
    if found is None:
        return ColumnMatch(table, header, None, personal=is_personal(header))
    field = found.field
    if field.kind != "money":
        return ColumnMatch(table, header, field.name, personal=field.personal)
    stated = found.unit or default_unit
    # The catalogue defines its own names in yuan.
    assumed = "元" if found.rank == CANONICAL else field.assumed_unit
    return ColumnMatch(table, header, field.name, stated or assumed, stated is not None)
