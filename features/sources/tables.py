"""A directory of the user's own disposal history, in catalogue names.

Files ``claims``, ``ledger`` and ``workouts`` (required), ``collateral`` and
``guarantees`` (optional), each as ``.parquet`` or ``.csv`` in UTF-8, dates as
2024-06-30 and amounts in yuan. An optional ``history.json`` states what tables cannot.
"""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from features import catalogue
from features.errors import HistoryError
from features.outcomes import History, validated
from features.package import Package, canonical_table

TABLES = ("claims", "collateral", "guarantees", "ledger", "workouts", "sales")
OPTIONAL = ("collateral", "guarantees", "sales")
FACTS = "history.json"


class Facts(BaseModel):
    """What the tables of a history do not say.

    Attributes:
        name: Name of the history; the directory's when absent.
        simulated: Whether the claims never existed.
        timing_observed: Whether the ledger says when cash came.
        observed_until: Last date on which the ledger is complete; the latest date of
            a status when absent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None
    simulated: bool = False
    timing_observed: bool = True
    observed_until: date | None = None


def read_history(folder: Path) -> History:
    """The history in a directory.

    Raises:
        HistoryError: A table is missing or unreadable, a column is unknown, of a
            wrong type or lacks required values, an amount is out of bounds, or the
            tables contradict each other.
    """
    if not folder.is_dir():
        raise HistoryError(f"{folder} is not a directory of disposal history")
    facts = _facts(folder)
    tables = {name: _table(folder, name) for name in TABLES}
    workouts = _in_order(tables["workouts"], tables["claims"])
    latest: date = pc.max(workouts["status_date"]).as_py()
    return validated(
        History(
            name=facts.name or folder.resolve().name,
            simulated=facts.simulated,
            timing_observed=facts.timing_observed,
            observed_until=facts.observed_until or latest,
            package=Package(
                tables["claims"], tables["collateral"], tables["guarantees"]
            ),
            ledger=tables["ledger"],
            workouts=workouts,
            sales=tables["sales"],
        )
    )


def write_history(history: History, folder: Path) -> None:
    """Write a history into a directory as parquet, the way it is read."""
    folder.mkdir(parents=True, exist_ok=True)
    package = history.package
    for name, table in zip(
        TABLES,
        (
            package.claims,
            package.collateral,
            package.guarantees,
            history.ledger,
            history.workouts,
            history.sales,
        ),
        strict=True,
    ):
        pq.write_table(table, folder / f"{name}.parquet")
    facts = Facts(
        name=history.name,
        simulated=history.simulated,
        timing_observed=history.timing_observed,
        observed_until=history.observed_until,
    )
    (folder / FACTS).write_text(facts.model_dump_json(indent=1), "utf-8")


def _facts(folder: Path) -> Facts:
    try:
        return Facts.model_validate_json((folder / FACTS).read_bytes())
    except FileNotFoundError:
        return Facts()
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
        )
        raise HistoryError(f"{folder.name}/{FACTS} cannot be read: {told}") from None


def write_tape(package: Package, path: Path) -> None:
    """Write the claims of a package as a csv tape in catalogue names.

    Columns without a value are left out.
    """
    claims = package.claims
    present = [n for n in claims.column_names if claims[n].null_count < len(claims)]
    path.parent.mkdir(parents=True, exist_ok=True)
    pa_csv.write_csv(claims.select(present), path)


def _table(folder: Path, name: str) -> pa.Table:
    raw = _read(folder, name)
    try:
        table = canonical_table(name, raw)
    except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise HistoryError(f"{name}: {error.args[0]}") from None
    for field in catalogue.kept_fields(name).values():
        _check(table, name, field)
    return table


def _read(folder: Path, name: str) -> pa.Table | None:
    parquet, csv = folder / f"{name}.parquet", folder / f"{name}.csv"
    try:
        if parquet.exists():
            return pq.read_table(parquet)
        if csv.exists():
            return _read_csv(csv, name)
    except (pa.ArrowInvalid, OSError) as error:
        raise HistoryError(f"{folder.name}/{name} cannot be read: {error}") from None
    if name not in OPTIONAL:
        raise HistoryError(f"{folder} lacks {name}.parquet or {name}.csv")
    return None


def _read_csv(path: Path, name: str) -> pa.Table:
    types = {n: f.arrow_type for n, f in catalogue.kept_fields(name).items()}
    return pa_csv.read_csv(
        path,
        convert_options=pa_csv.ConvertOptions(
            column_types=types, strings_can_be_null=True
        ),
    )


def _check(table: pa.Table, name: str, field: catalogue.Field) -> None:
    """Refuse a column that breaks its field, naming the first row and value."""
    column = table[field.name]
    if field.required and column.null_count:
        row = pc.index(column.is_null(), True).as_py()
        raise HistoryError(f"{name}, row {row}: {field.name} is required and missing")
    for rule, broken in _broken(column, field).items():
        first = pc.index(pc.fill_null(broken, False), True).as_py()
        if first >= 0:
            value = column[first].as_py()
            raise HistoryError(f"{name}, row {first}: {field.name} {value!r} {rule}")


def _broken(column: pa.ChunkedArray, field: catalogue.Field) -> dict[str, pa.Array]:
    """Where a column breaks each bound of its field, by the words of the rule."""
    rules: dict[str, pa.Array] = {}
    if field.kind in catalogue.NUMERIC_KINDS:
        rules["is not a finite number"] = pc.invert(pc.is_finite(column))
    if field.minimum is not None:
        rules[f"is below {field.minimum:g}"] = pc.less(column, field.minimum)
    if field.maximum is not None:
        rules[f"is above {field.maximum:g}"] = pc.greater(column, field.maximum)
    if field.positive:
        rules["is not above zero"] = pc.less_equal(column, 0)
    if field.values and not field.open:
        known = pc.is_in(column, pa.array(list(field.values)))
        rules[f"is none of {', '.join(field.values)}"] = pc.and_not(
            column.is_valid(), known
        )
    return rules


def _in_order(workouts: pa.Table, claims: pa.Table) -> pa.Table:
    found = pc.index_in(claims["claim_id"], workouts["claim_id"])
    if found.null_count:
        missing = claims["claim_id"].filter(found.is_null())[0].as_py()
        raise HistoryError(f"workouts lack the claim {missing!r}")
    if len(workouts) != len(claims):
        raise HistoryError("workouts must hold exactly one row per claim")
    return workouts.take(found)
