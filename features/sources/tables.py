"""A directory of the user's own disposal history, in catalogue names.

Files ``claims``, ``ledger`` and ``workouts`` (required), ``collateral`` and
``guarantees`` (optional), each as ``.parquet`` or ``.csv`` in UTF-8, dates as
2024-06-30 and amounts in yuan; refusals count rows as a csv does, its header the
first. An optional ``history.json`` states what tables cannot.

A history larger than memory is partitioned: each table is a folder of its name, with
parquet files in ``part=0000``, ``part=0001`` and so on, as engines write them that
partition by a column ``part``. Whatever belongs to an obligor lies in one part, and
obligors fall on parts by chance, so that each part is a sample of the history.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.dataset as pa_dataset
import pyarrow.parquet as pq
from pydantic import BaseModel, ConfigDict, ValidationError

from features import catalogue
from features.errors import HistoryError
from features.outcomes import History, check_distinct, validated
from features.package import FIRST_ROW, Package, canonical_table, obligors
from features.personal.keys import KeyPlace
from features.personal.recognition import masked
from features.reading.headers import meaning
from features.reading.persons import Persons, tells_of_persons
from features.sources.csv_tables import read_csv
from features.sources.observed import check_past, observed_until
from features.sources.places import place_of
from features.sources.words import check_totals, in_catalogue_words

TABLES = ("claims", "collateral", "guarantees", "ledger", "workouts", "sales")
FACTS = "history.json"
PART = "part={:04d}"
PARTS = "part=*"
_CORRECT = ("correct it or drop the row", "请更正或删去该行")
# A reversal that is dropped leaves the payment it takes back, and cash that never came.
_REMEDIES = {
    ("ledger", "amount"): (
        "correct it; a reversal is set off against the entry that it takes back",
        "请更正；冲正应与其所冲销的记录抵减，不可直接删去",
    )
}


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


def read_history(folder: Path, parts: Sequence[str] | None = None) -> History:
    """The history in a directory.

    Args:
        folder: The directory.
        parts: Parts of a partitioned history to read; all of it when absent.

    Raises:
        HistoryError: A table is missing or unreadable, a column is unknown, of a
            wrong type or lacks required values, an amount is out of bounds, or the
            tables contradict each other; or parts are read that cannot tell how far
            the whole was observed.
    """
    if not folder.is_dir():
        raise HistoryError(
            f"{folder} is not a directory of disposal history",
            zh=f"{folder} 不是处置历史的文件夹",
        )
    facts = _facts(folder)
    if parts is not None and facts.observed_until is None:
        raise _end_unknown(folder)
    raw = {name: _read(folder, name, parts) for name in TABLES}
    read = {name: _table(name, each) for name, each in raw.items()}
    tables = _without_persons(read, raw)
    check_distinct(tables["claims"]["claim_id"].to_pylist())
    workouts = _in_order(tables["workouts"], tables["claims"])
    until = observed_until(facts.observed_until, tables["workouts"])
    return validated(
        History(
            name=masked(facts.name or folder.resolve().name),
            simulated=facts.simulated,
            timing_observed=facts.timing_observed,
            observed_until=until,
            package=Package(
                tables["claims"], tables["collateral"], tables["guarantees"]
            ),
            ledger=tables["ledger"],
            workouts=workouts,
            sales=tables["sales"],
        )
    )


def _end_unknown(folder: Path) -> HistoryError:
    return HistoryError(
        f"{folder.name} is read in parts, none of which knows how far all of them "
        f"were observed: state observed_until in {FACTS}",
        zh=f"{folder.name} 分区读取，各分区无法得知整体的流水截止日；"
        f"请在 {FACTS} 中填写 observed_until",
    )


def history_parts(folder: Path) -> dict[str, int]:
    """Claims of each part of a partitioned history; nothing where it is not one."""
    return {
        part.name: pa_dataset.dataset(part, format="parquet").count_rows()
        for part in sorted((folder / TABLES[0]).glob(PARTS))
    }


def write_history(history: History, folder: Path, parts: int = 0) -> None:
    """Write a history into a directory as parquet, the way it is read.

    Args:
        history: What to write.
        folder: Where to.
        parts: Parts to spread its obligors over; single files if none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if parts:
        _write_parts(history, folder, parts)
    else:
        for name, table in _tables(history).items():
            pq.write_table(table, folder / f"{name}.parquet")
    facts = Facts(
        name=history.name,
        simulated=history.simulated,
        timing_observed=history.timing_observed,
        observed_until=history.observed_until,
    )
    (folder / FACTS).write_text(facts.model_dump_json(indent=1), "utf-8")


def _write_parts(history: History, folder: Path, parts: int) -> None:
    obligor = np.unique(obligors(history.package), return_inverse=True)[1]
    for part in range(parts):
        some = history.take(np.flatnonzero(obligor % parts == part))
        for name, table in _tables(some).items():
            place = folder / name / PART.format(part)
            place.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, place / f"{name}.parquet")


def _tables(history: History) -> dict[str, pa.Table]:
    package = history.package
    tables = (package.claims, package.collateral, package.guarantees)
    events = (history.ledger, history.workouts, history.sales)
    return dict(zip(TABLES, (*tables, *events), strict=True))


def _facts(folder: Path) -> Facts:
    try:
        # Editors of Windows put a mark in front of UTF-8, which JSON does not know.
        text = (folder / FACTS).read_bytes().removeprefix(BOM_UTF8)
        facts = Facts.model_validate_json(text)
    except FileNotFoundError:
        return Facts()
    except ValidationError as error:
        told = "; ".join(
            f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()
        )
        raise HistoryError(
            f"{folder.name}/{FACTS} cannot be read: {told}; it may hold "
            f"{', '.join(Facts.model_fields)}",
            zh=f"{folder.name}/{FACTS} 无法读取：{told}；"
            f"可填写 {', '.join(Facts.model_fields)}",
        ) from None
    check_past(facts.observed_until, FACTS)
    return facts


def write_tape(package: Package, path: Path) -> None:
    """Write the claims of a package as a csv tape in catalogue names.

    Columns without a value are left out.
    """
    claims = package.claims
    present = [n for n in claims.column_names if claims[n].null_count < len(claims)]
    path.parent.mkdir(parents=True, exist_ok=True)
    pa_csv.write_csv(claims.select(present), path)


def _without_persons(
    tables: dict[str, pa.Table], raw: Mapping[str, pa.Table | None]
) -> dict[str, pa.Table]:
    """The tables with signs in place of persons, which nothing learnt may tell of."""
    personal = {name: _personal(name, raw[name]) for name in tables}
    if not any(personal.values()) and not any(map(tells_of_persons, tables.values())):
        return tables
    keys = KeyPlace.of_environment().keys()
    persons = Persons(keys.pseudonyms("training"))
    hidden = {n: persons.taken_out(n, t, personal[n])[0] for n, t in tables.items()}
    return {n: canonical_table(n, table) for n, table in hidden.items()}


def _personal(name: str, raw: pa.Table | None) -> dict[str, pa.Array]:
    """Text of the personal columns of a table by field."""
    every = catalogue.fields(name).values()
    known = [f.name for f in every if f.personal and not f.lists]
    return {
        n: raw[n].cast(pa.string()).combine_chunks()
        for n in known
        if raw is not None and n in raw.column_names
    }


def _table(name: str, raw: pa.Table | None) -> pa.Table:
    kept = None if raw is None else raw.drop_columns(list(_personal(name, raw)))
    try:
        table = canonical_table(name, kept)
    except KeyError as error:
        remedy, remedy_zh = _remedy(name, raw)
        raise HistoryError(
            f"{error.args[0]}; {remedy}", zh=f"{name} 有未知列；{remedy_zh}"
        ) from None
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        column = _misfit(name, kept)
        raise HistoryError(
            f"{name}: {column} is not of its type ({error.args[0]}); store it as the "
            "data dictionary has it",
            zh=f"{name} 的 {column} 列类型与数据字典不符（{error.args[0]}）；"
            "请按数据字典的类型保存",
        ) from None
    check_totals(name, table)
    table = in_catalogue_words(name, table)
    for field in catalogue.kept_fields(name).values():
        _check(table, name, field)
    return table


def _remedy(name: str, raw: pa.Table | None) -> tuple[str, str]:
    """What to do about columns that the catalogue does not know, in two languages."""
    columns = [] if raw is None else raw.column_names
    meant = _meant(name, columns)
    named = ", ".join(f"{n} to {of}" for n, of in meant.items())
    named_zh = "、".join(f"{n} 改为 {of}" for n, of in meant.items())
    others = set(columns) - set(catalogue.fields(name)) - set(meant)
    told = f"rename {named}" if meant else "rename or drop them"
    told_zh = f"请将 {named_zh}" if meant else "请改名或删去"
    if meant and others:
        told, told_zh = f"{told}, drop the others", f"{told_zh}，删去其余"
    for header, table in _listing(name, columns).items():
        told += f"; whom {header} names belong in {table}, one a row"
        told_zh += f"；{header} 所列应逐行写入 {table}"
    required = (f.name for f in catalogue.kept_fields(name).values() if f.required)
    known = {*columns, *(of.split()[0] for of in meant.values())}
    lacking = [n for n in required if n not in known]
    if not lacking:
        return told, told_zh
    missing = ", ".join(lacking)
    needed = "is needed" if len(lacking) == 1 else "are needed"
    return f"{told}; {missing} {needed} and missing", f"{told_zh}；缺少 {missing}"


def _meant(name: str, columns: Sequence[str]) -> dict[str, str]:
    """Columns in a seller's words, and the field that each stands for on a tape."""
    strange = sorted(set(columns) - set(catalogue.kept_fields(name)))
    meant = {n: meaning(name, n) for n in strange}
    return {
        n: f"{m.field.name} (in yuan)" if m.unit not in (None, "元") else m.field.name
        for n, m in meant.items()
        if m is not None and not (m.inverse or m.part or m.field.lists or m.field.tells)
    }


def _listing(name: str, columns: Sequence[str]) -> dict[str, str]:
    """Columns that list rows of another table in their cells, and that table."""
    meant = {n: meaning(name, n) for n in columns}
    return {
        n: m.field.lists for n, m in meant.items() if m is not None and m.field.lists
    }


def _read(folder: Path, name: str, parts: Sequence[str] | None) -> pa.Table | None:
    place = place_of(folder, name)
    try:
        if place is None:
            return None
        if place.is_dir():
            return _read_parts(place, parts)
        return read_csv(place, name) if place.suffix == ".csv" else pq.read_table(place)
    except (pa.ArrowInvalid, OSError) as error:
        raise HistoryError(
            f"{folder.name}/{name} cannot be read: {error}",
            zh=f"{folder.name}/{name} 无法读取：{error}",
        ) from None


def _read_parts(folder: Path, parts: Sequence[str] | None) -> pa.Table | None:
    """Parts of a partitioned table; None where none of them holds a row."""
    names = sorted(p.name for p in folder.glob(PARTS)) if parts is None else parts
    found = [folder / name for name in names if (folder / name).is_dir()]
    # The column that the parts are named after is none of the table's.
    read = [pq.read_table(part, partitioning=None) for part in found]
    return pa.concat_tables(read, promote_options="default") if read else None


def _misfit(name: str, table: pa.Table) -> str:
    """The first column that cannot become its type; empty where all can."""
    for field in catalogue.arrow_schema(name):
        if field.name in table.column_names:
            try:
                table[field.name].cast(field.type)
            except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
                return str(field.name)
    return ""


def _check(table: pa.Table, name: str, field: catalogue.Field) -> None:
    """Refuse a column that breaks its field, naming the first row and value."""
    column = table[field.name]
    if field.required and column.null_count:
        row = pc.index(column.is_null(), True).as_py()
        raise HistoryError(
            f"{name}, row {row + FIRST_ROW}: {field.name} is required and missing; "
            "fill it in or drop the row",
            zh=f"{name} 第{row + FIRST_ROW}行：缺少必填的 {field.name}；"
            "请补填或删去该行",
        )
    for (rule, rule_zh), broken in _broken(column, field).items():
        first = pc.index(pc.fill_null(broken, False), True).as_py()
        if first >= 0:
            value, row = column[first].as_py(), first + FIRST_ROW
            remedy, remedy_zh = _REMEDIES.get((name, field.name), _CORRECT)
            raise HistoryError(
                f"{name}, row {row}: {field.name} {value!r} {rule}; {remedy}",
                zh=f"{name} 第{row}行：{field.name} 的值 {value!r} {rule_zh}；"
                f"{remedy_zh}",
            )


def _broken(
    column: pa.ChunkedArray, field: catalogue.Field
) -> dict[tuple[str, str], pa.Array]:
    """Where a column breaks each bound of its field, by the words of the rule."""
    rules: dict[tuple[str, str], pa.Array] = {}
    low, high = field.minimum, field.maximum
    if field.kind == "integer":
        # Large integers cannot be set beside a number that may have digits.
        low, high = (None if b is None else int(b) for b in (low, high))
    if field.kind in catalogue.NUMERIC_KINDS:
        words = "is not a finite number", "不是有限的数"
        rules[words] = pc.invert(pc.is_finite(column))
    if low is not None:
        rules[f"is below {low:g}", f"低于 {low:g}"] = pc.less(column, low)
    if high is not None:
        rules[f"is above {high:g}", f"高于 {high:g}"] = pc.greater(column, high)
    if field.positive:
        rules["is not above zero", "不大于零"] = pc.less_equal(column, 0)
    if field.values and not field.open:
        said = [f"{v} ({said[0]})" if said else v for v, said in field.values.items()]
        named = ", ".join(said)
        known = pc.is_in(column, pa.array(list(field.values)))
        words = f"is none of {named}", f"不在 {named} 之中"
        rules[words] = pc.and_not(column.is_valid(), known)
    return rules


def _in_order(workouts: pa.Table, claims: pa.Table) -> pa.Table:
    found = pc.index_in(claims["claim_id"], workouts["claim_id"])
    if found.null_count:
        missing = claims["claim_id"].filter(found.is_null())[0].as_py()
        raise HistoryError(
            f"workouts lack the claim {missing!r} (claims they lack: "
            f"{found.null_count:,}); state status and status_date of every claim",
            zh=f"workouts 缺少债权 {missing!r} 等{found.null_count:,}笔；"
            "请为每笔债权填写 status 与 status_date",
        )
    if len(workouts) != len(claims):
        raise HistoryError(
            "workouts must hold exactly one row per claim, and hold "
            f"{len(workouts)} rows for {len(claims)} claims; drop what is twice or "
            "of no claim",
            zh=f"workouts 应每笔债权恰好一行，现为{len(claims)}笔债权"
            f"{len(workouts)}行；请删去重复行及不属于任何债权的行",
        )
    return workouts.take(found)
