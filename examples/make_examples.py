"""Write the two example tapes the way banks send them. Their claims are simulated.

python examples/make_examples.py
"""

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter

from features import catalogue
from features.catalogue import Field
from features.package import Package
from features.sources.simulated import simulate_package

CUTOFF = date(2025, 12, 31)
CORPORATE_CLAIMS, PERSONAL_CLAIMS, SEED = 120, 1000, 2025
SHEETS = {"claims": "债权明细", "collateral": "抵押物清单", "guarantees": "保证人清单"}
Cell = str | int | float | None


def columns(table: str, data: pa.Table) -> list[Field]:
    """The fields of a table that hold anything; the cut-off date is in the title."""
    return [
        f
        for f in catalogue.kept_fields(table).values()
        if data[f.name].null_count < len(data) and f.name != "cutoff_date"
    ]


def wan(value: float) -> Decimal:
    """Yuan as 万元, exact to the fen."""
    return Decimal(str(round(value, 2))) / 10_000


def corporate_cell(field: Field, value: Any) -> Cell:
    """A value as a corporate department writes it: 万元, 2021/3/5, 是 and 否."""
    match field.kind, value:
        case _, None:
            return None
        case "money", _:
            return float(wan(value))
        case "date", day:
            return f"{day.year}/{day.month}/{day.day}"
        case "boolean", _:
            return "是" if value else "否"
        case "category", _:
            return field.label(value, "zh")
        case _:
            return value  # type: ignore[no-any-return]


def personal_cell(field: Field, value: Any) -> Cell:
    """A value as a retail system exports it: yuan, 20210305, Y and N."""
    match field.kind, value:
        case _, None:
            return ""
        case "money", _:
            return f"{value:.2f}"
        case "date", day:
            return f"{day:%Y%m%d}"
        case "boolean", _:
            return "Y" if value else "N"
        case "category", _:
            return field.label(value, "zh")
        case _:
            return value  # type: ignore[no-any-return]


def rows(
    data: pa.Table, chosen: list[Field], cell: Callable[[Field, Any], Cell]
) -> list[list[Cell]]:
    """The cells of a table, row by row."""
    values = [data[f.name].to_pylist() for f in chosen]
    return [
        [cell(f, v) for f, v in zip(chosen, row, strict=True)]
        for row in zip(*values, strict=True)
    ]


def header(field: Field) -> str:
    """A header with its unit, as corporate tapes have them."""
    return f"{field.zh}(万元)" if field.kind == "money" else field.zh


def write_corporate(package: Package, path: Path) -> None:
    """A workbook of three sheets: merged title rows, 万元 and a totals row."""
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False})
    book.set_properties({"created": date(2026, 1, 15)})
    for table, name in SHEETS.items():
        data: pa.Table = getattr(package, table)
        chosen = columns(table, data)
        sheet = book.add_worksheet(name)
        if table == "claims":
            sheet.merge_range(0, 0, 0, len(chosen) - 1, "2026年第1期对公不良贷款资产包")
            sheet.merge_range(
                1, 0, 1, len(chosen) - 1, "交易基准日：2025年12月31日    单位：万元"
            )
        start = 2 if table == "claims" else 0
        body = rows(data, chosen, corporate_cell)
        for number, row in enumerate([[header(f) for f in chosen], *body], start):
            sheet.write_row(number, 0, row)
        if table == "claims":
            sheet.write_row(start + len(body) + 1, 0, totals(data, chosen))
    book.close()


def totals(data: pa.Table, chosen: list[Field]) -> list[Cell]:
    """The row at the bottom: 合计 and the sums of the amounts of the claim."""
    summed = {"principal", "interest", "penalty_interest", "claim_total"}
    return [
        "合计"
        if f.name == "claim_id"
        else float(sum(wan(v) for v in data[f.name].to_pylist() if v is not None))
        if f.name in summed
        else None
        for f in chosen
    ]


def write_personal(package: Package, path: Path) -> None:
    """A GB18030 text file with the cut-off date and a masked name on every row."""
    chosen = columns("claims", package.claims)
    body = rows(package.claims, chosen, personal_cell)
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["基准日", "客户姓名", *[personal_header(f) for f in chosen]])
        writer.writerows([f"{CUTOFF:%Y年%m月%d日}", "某**", *row] for row in body)


def personal_header(field: Field) -> str:
    """Headers of another department: a synonym where the catalogue has one."""
    name = field.aliases[0] if field.aliases else field.zh
    return f"{name}（元）" if field.kind == "money" else name


def write_examples(folder: Path) -> None:
    """Write both tapes into a folder."""
    corporate = simulate_package(
        "corporate", claims=CORPORATE_CLAIMS, seed=SEED, cutoff_date=CUTOFF
    )
    personal = simulate_package(
        "personal", claims=PERSONAL_CLAIMS, seed=SEED, cutoff_date=CUTOFF
    )
    write_corporate(corporate, folder / "corporate.xlsx")
    write_personal(personal, folder / "personal.csv")


if __name__ == "__main__":
    write_examples(Path(__file__).parent)
