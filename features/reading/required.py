"""Columns that a table must have, and what to say where one is absent."""

from collections.abc import Iterable, Mapping, Sequence

from features import catalogue
from features.catalogue import Field
from features.errors import TapeError
from features.findings import TABLES_ZH
from features.reading.headers import header_key, in_foreign_currency
from features.reading.items.numbering import ITEM
from features.reading.persons import TELLING
from features.reading.plans import ColumnPlan
from features.reading.raw import RawTable
from features.reading.refusals import refusal

_BESIDE_PRINCIPAL = {"interest", "penalty_interest", "advanced_costs"}


def check_required(
    raw: RawTable,
    plans: Sequence[ColumnPlan],
    conflicts: Mapping[str, list[str]],
    *,
    strict: bool,
) -> None:
    """Refuse a table without a column for what each of its rows must say.

    Args:
        raw: The table.
        plans: How its columns are read.
        conflicts: Headers of every field that two columns claim with equal right.
        strict: Whether it came as JSON.

    Raises:
        TapeError: Such a column is absent; its words say what may stand for it.
    """
    stated = {str(p.match.field): p.match.header for p in plans if p.match.field}
    for field in catalogue.fields(raw.table).values():
        told = {field.name, *_telling(raw.table, field.name)} & stated.keys()
        numbered = field.name == ITEM and not strict and ITEM not in conflicts
        if not (field.required and not field.per_claim) or told or numbered:
            continue
        if field.name in conflicts:
            rivals = ", ".join(conflicts[field.name])
            raise _refused("rival_columns", raw, field, rivals=rivals)
        code, header = _likely(raw, field, stated)
        accepted = ", ".join((field.name, field.zh, *field.aliases))
        seen = ", ".join(h for h in raw.headers if h)
        raise _refused(code, raw, field, header=header, accepted=accepted, seen=seen)


def _refused(code: str, raw: RawTable, field: Field, **facts: str) -> TapeError:
    table_zh = TABLES_ZH.get(raw.table, raw.table)
    names = {"table": raw.table, "field": field.name, "zh": field.zh}
    return refusal(code, table_zh=table_zh, **names, **facts)


def _likely(raw: RawTable, field: Field, stated: Mapping[str, str]) -> tuple[str, str]:
    """Why nothing is read as a field, and the header that may have to do with it."""
    if header := _foreign(field, raw):
        return "foreign_column", header
    if header := _doubtful(field, raw.headers):
        return f"doubtful_{field.name}", header
    if field.name == "principal" and (header := stated.get("claim_total")):
        parts = _BESIDE_PRINCIPAL & stated.keys()
        return "total_and_parts" if parts else "only_total", header
    return "no_column", ""


def _telling(table: str, name: str) -> Iterable[str]:
    """Fields that tell what a required one would."""
    if name == "claim_id":
        return catalogue.joining_fields(table)
    return TELLING.get(name, ())


def _doubtful(field: Field, headers: Sequence[str]) -> str | None:
    """The header that most likely means a field, if a reader says so."""
    told = {_plain_key(header): header for header in reversed(headers)}
    likely = map(header_key, field.doubtful)
    return next((told[key] for key in likely if key in told), None)


def _foreign(field: Field, raw: RawTable) -> str | None:
    """The first header that states a field in a foreign currency."""
    told = ((h, in_foreign_currency(raw.table, h)) for h in raw.headers)
    return next((h for h, found in told if found and found.field is field), None)


def _plain_key(header: str) -> str:
    """What a header comes down to without its unit in brackets."""
    return header_key(header.partition("(")[0].partition("（")[0])
