"""What reading a tape takes: a workbook, a csv file and a parquet file of one package.

python -m benchmarks.tape

Each is set beside the library alone that opens such a file, which no reader can beat.
Some 5% of the claims are refused or drawn attention to; those of the parquet file are
in canonical columns, as a portfolio keeps them, and all good. Seconds are of the
processor, so that neighbours on the machine count less.
"""

import cProfile
import csv
import io
import pstats
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import click
import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import xlsxwriter
from python_calamine import CalamineWorkbook

from benchmarks.result import Result, alternating
from features import catalogue
from features.catalogue import Field
from features.console import say
from features.package import CLAIM_PARTS, Package, numbers
from features.sources.simulated import simulate_package
from features.tape import Reading, read_tape

Cell = str | int | float | date | None
Rows = list[list[Cell]]
CUTOFF = date(2025, 12, 31)
# As many columns as a seller's list has: who, where, what is owed, since when, and how
# far the law has got.
CLAIM_FIELDS = (
    "claim_id",
    "obligor_id",
    "legal_type",
    "industry",
    "province",
    "operating_status",
    "dishonest_flag",
    "product",
    "origination_date",
    "maturity_date",
    "principal",
    "interest",
    "penalty_interest",
    "claim_total",
    "days_past_due",
    "default_date",
    "five_class",
    "last_payment_date",
    "security_type",
    "collateral_value",
)
ITEM_FIELDS = (
    "claim_id",
    "collateral_id",
    "collateral_type",
    "collateral_province",
    "area_sqm",
    "title_ok",
    "appraised_value",
    "appraisal_date",
    "lien_rank",
)
DERIVED = ("claim_total", "collateral_value", "five_class")
ITEMS_PER_CLAIM = 0.3
# Shares of the claims that a seller spoils in one of these ways.
SPOILT: dict[str, tuple[float, Cell]] = {
    "interest": (0.01, "待核实"),
    "industry": (0.01, "其他行业"),
    "origination_date": (0.01, "21/3/5"),
    "principal": (0.01, -1.0),
    "claim_total": (0.01, 88_888.0),
}
# Functions of the reader, none of which calls another, by what they do.
STEPS = {
    "look over what the workbook unpacks to": ("archive.look_over",),
    "open the file": (
        "files._workbook",
        "delimited.read_rows",
        "parquet.read_parquet",
    ),
    "columns of cells": ("sheets._raw_table", "raw.raw_table"),
    "rows of totals": ("totals.without_totals",),
    "values": ("tables._read_columns",),
    "remarks on values": ("tables._faults", "tables._missing"),
    "rows against each other": ("tape._checked_claims", "tape._checked_joined"),
    "accepted rows as a package": ("tape._package",),
    "rules across fields, completeness": ("quality.warnings", "quality.completeness"),
}


def package(claims: int) -> Package:
    """A simulated tape with three items of collateral for ten claims.

    Its claims are simulated with gaps; here they contradict nothing, so that what is
    spoilt later is all there is to remark.
    """
    whole = simulate_package("corporate", claims=claims, seed=5, cutoff_date=CUTOFF)
    known = whole.claims.select(
        [n for n in (*CLAIM_FIELDS, "cutoff_date") if n not in DERIVED]
    )
    parts = [np.nan_to_num(numbers(known, n)) for n in CLAIM_PARTS[:3]]
    derived = {
        "claim_total": pa.array(np.sum(parts, axis=0)),
        "collateral_value": known["principal"],
        "five_class": pa.repeat("loss", claims),
    }
    for name in DERIVED:
        known = known.append_column(name, derived[name])
    items = whole.collateral.slice(0, int(ITEMS_PER_CLAIM * claims))
    return Package.of(known, items.select(ITEM_FIELDS))


def sheet_rows(table: str, data: pa.Table, names: tuple[str, ...]) -> Rows:
    """A table as rows of a sheet below their header, some cells of claims spoilt."""
    chance = np.random.default_rng(7)
    columns = []
    for name in names:
        field = catalogue.field(table, name)
        values = [_cell(field, value) for value in data[name].to_pylist()]
        if table == "claims" and name in SPOILT:
            share, wrong = SPOILT[name]
            for position in np.flatnonzero(chance.random(len(values)) < share).tolist():
                values[position] = wrong
        columns.append([_header(field), *values])
    return [list(row) for row in zip(*columns, strict=True)]


def _cell(field: Field, value: Any) -> Cell:
    """A value as sellers write it: 万元, days as numbers or as text, 是 and 否."""
    match field.kind, value:
        case _, None:
            return None
        case "money", _:
            return float(round(value / 10_000, 6))
        case "date", day:
            return f"{day.year}/{day.month}/{day.day}" if _is_text(field) else day
        case "boolean", _:
            return "是" if value else "否"
        case "category", _:
            return field.label(value, "zh")
        case _:
            return value  # type: ignore[no-any-return]


def _is_text(field: Field) -> bool:
    return field.name in ("origination_date", "maturity_date")


def _header(field: Field) -> str:
    return f"{field.zh}(万元)" if field.kind == "money" else field.zh


def write_workbook(claims: Rows, items: Rows, path: Path) -> None:
    """Two sheets, the first between title rows and a row of totals."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("债权明细")
    sheet.write_row(0, 0, ["不良贷款资产包"])
    sheet.write_row(1, 0, [f"交易基准日：{CUTOFF:%Y年%m月%d日}", "单位：万元"])
    totals = ["合计", *([None] * (len(CLAIM_FIELDS) - 1))]
    for number, row in enumerate([*claims, totals], 2):
        sheet.write_row(number, 0, row)
    other = book.add_worksheet("抵押物清单")
    for number, row in enumerate(items):
        other.write_row(number, 0, row)
    book.close()


def write_csv(claims: Rows, path: Path) -> None:
    """The claims below their title as a file of text."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([f"交易基准日：{CUTOFF:%Y年%m月%d日}"])
        writer.writerows(claims)


def write_files(claims: int, folder: Path) -> dict[str, Path]:
    """The three files by the name of their format."""
    paths = {kind: folder / f"tape.{kind}" for kind in ("xlsx", "csv", "parquet")}
    whole = package(claims)
    rows = sheet_rows("claims", whole.claims, CLAIM_FIELDS)
    items = sheet_rows("collateral", whole.collateral, ITEM_FIELDS)
    write_workbook(rows, items, paths["xlsx"])
    write_csv(rows, paths["csv"])
    pq.write_table(
        whole.claims.select([*CLAIM_FIELDS, "cutoff_date"]), paths["parquet"]
    )
    return paths


def rows() -> Iterator[Result]:
    """The row of tapes: a workbook of 100,000 claims as an accepted package."""
    with TemporaryDirectory() as name:
        path = write_files(100_000, Path(name))["xlsx"]
        data = path.read_bytes()
        read_tape(data, path.name)
        duel = alternating(
            lambda: read_tape(data, path.name), lambda: alone("xlsx", data), 3
        )
    yield Result(
        name="tape",
        work="xlsx tape of 100,000 rows to an accepted package",
        unit="s",
        ours=duel.ours_seconds,
        peer=duel.peer_seconds,
        against="python-calamine, cells only",
        ratios=duel.ratios,
        cpu_ratio=duel.cpu_ratio,
        most=6.0,
    )


def alone(kind: str, data: bytes) -> None:
    """The library alone: every cell of the file in memory, nothing read into it."""
    if kind == "xlsx":
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        for name in book.sheet_names:
            book.get_sheet_by_name(name).to_python()
    elif kind == "csv":
        pa_csv.read_csv(io.BytesIO(data), pa_csv.ReadOptions(skip_rows=1))
    else:
        pq.read_table(io.BytesIO(data))


def measured(kind: str, data: bytes, turns: int) -> tuple[Reading, float, float]:
    """A reading, and median seconds of reading and of the library alone, in turns."""
    name = f"tape.{kind}"
    reading = read_tape(data, name)
    taken: dict[str, list[float]] = {"read": [], "alone": []}
    for _ in range(turns):
        taken["read"].append(_seconds(lambda: read_tape(data, name)))
        taken["alone"].append(_seconds(lambda: alone(kind, data)))
    return reading, median(taken["read"]), median(taken["alone"])


def _seconds(work: Callable[[], object]) -> float:
    began = process_time()
    work()
    return process_time() - began


def lines(paths: dict[str, Path], turns: int) -> Iterator[str]:
    """The table of figures, line by line."""
    yield "| file | rows | accepted | s | rows/s | library alone, s | ratio |"
    yield "|---|---|---|---|---|---|---|"
    for kind, path in paths.items():
        reading, read, bare = measured(kind, path.read_bytes(), turns)
        accepted = len(reading.package) + len(reading.package.collateral)
        rows = accepted + len(reading.rejected)
        yield (
            f"| {kind} | {rows:,} | {accepted:,} | {read:.2f} | {rows / read:,.0f} "
            f"| {bare:.2f} | {read / bare:.1f} |"
        )


def shares(kind: str, data: bytes) -> dict[str, float]:
    """Share of the time of reading that each step takes, and all that is left."""
    profile = cProfile.Profile()
    profile.runcall(read_tape, data, f"tape.{kind}")
    within = {
        f"{Path(file).stem}.{name}": cumulated
        for (file, _, name), (_, _, _, cumulated, _) in _calls(profile).items()
        if "features" in Path(file).parts
    }
    whole = within["tape.read_tape"]
    steps = {
        step: sum(within.get(name, 0.0) for name in names) / whole
        for step, names in STEPS.items()
    }
    return {**steps, "all else": 1 - sum(steps.values())}


def _calls(profile: cProfile.Profile) -> dict[tuple[str, int, str], Any]:
    found: dict[tuple[str, int, str], Any] = vars(pstats.Stats(profile))["stats"]
    return found


def profile_lines(paths: dict[str, Path]) -> Iterator[str]:
    """The table of shares, line by line."""
    found = {kind: shares(kind, path.read_bytes()) for kind, path in paths.items()}
    yield f"| step | {' | '.join(found)} |"
    yield f"|---|{'---|' * len(found)}"
    for step in (*STEPS, "all else"):
        cells = " | ".join(f"{100 * of[step]:.0f}%" for of in found.values())
        yield f"| {step} | {cells} |"


@click.command()
@click.option("--claims", default=100_000, show_default=True)
@click.option("--turns", default=3, show_default=True, type=click.IntRange(min=1))
def program(claims: int, turns: int) -> None:
    """Write the three files into a temporary folder, time and profile reading them."""
    say(f"Writing tapes of {claims:,} claims")
    with TemporaryDirectory() as folder:
        paths = write_files(claims, Path(folder))
        for line in (*lines(paths, turns), "", *profile_lines(paths)):
            click.echo(line)


if __name__ == "__main__":
    program()
