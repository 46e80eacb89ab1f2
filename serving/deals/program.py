"""python -m serving deals: the store of past deals, and what it can tell."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from features.catalogue import field
from features.console import console, print_figures
from features.deals import TABLE, read_deals
from models.pricing.comparables.classes import classes_of, deals_of_class
from models.pricing.comparables.declared import declared
from models.pricing.comparables.held_out import coverage, held_out
from serving.analyses.comparable_figures import class_figures
from serving.commands.desk import open_records
from serving.commands.options import FilePath, json_option
from serving.deals.intake import import_deals
from serving.deals.store import DealFilters, DealStore
from serving.storage.tables import Deal

SHOWN_ROWS = 20
_KINDS = click.Choice(list(field(TABLE, "price_kind").values))


@click.group()
def deals() -> None:
    """Keep past deals, list them, and see how well they tell each other's prices."""


@deals.command("import")
@click.argument("file", type=FilePath)
@json_option
def import_file(file: Path, as_json: bool) -> None:
    """Keep the deals of FILE: .xlsx, .csv or .parquet; the same again changes nothing.

    The table of US agency pool sales is recognised by its header.
    """
    with open_records() as desk:
        figures = import_deals(desk, file, file.name)
    if as_json:
        print_figures(figures)
    else:
        _print_import(figures)


@deals.command("list")
@click.option("--kind", type=_KINDS, help="Only prices of this kind.")
@click.option("--currency", help="Only this currency, as ISO 4217 has it.")
@click.option("--limit", type=click.IntRange(1, 1_000), default=50, show_default=True)
@json_option
def list_deals(
    kind: str | None, currency: str | None, limit: int, as_json: bool
) -> None:
    """Show deals of the store, those kept latest first."""
    with open_records() as desk:
        rows = DealStore(desk.store).page(DealFilters(kind, currency), limit)
    if as_json:
        print_figures({"deals": [_line(row) for row in rows]})
    else:
        console().print(_deal_table(rows))


@deals.command("errors")
@click.argument("file", type=FilePath, required=False)
@json_option
def show_errors(file: Path | None, as_json: bool) -> None:
    """Estimate each deal of the store, or of FILE, from others, and show the errors."""
    if file is None:
        with open_records() as desk:
            held = DealStore(desk.store).all()
    else:
        held = read_deals(file, file.name).deals
    figures = [_class_errors(held, chosen) for chosen in classes_of(held).items()]
    if as_json:
        print_figures({"classes": figures})
    else:
        for of_class in figures:
            console().print(_error_table(of_class))


def _class_errors(held: Any, counted: Any) -> dict[str, Any]:
    chosen, deals_held = counted
    some = deals_of_class(held, chosen)
    range_held = coverage(some, declared())
    return {
        **class_figures(chosen, deals_held),
        "errors": [asdict(missed) for missed in held_out(some, declared())],
        "range": None if range_held is None else asdict(range_held),
    }


def _print_import(figures: Mapping[str, Any]) -> None:
    say = console().print
    say(
        f"{figures['filename']}: {figures['added']} added 新增, "
        f"{len(figures['replaced'])} replaced 替换, "
        f"{figures['unchanged']} unchanged 未变, "
        f"{len(figures['rejected_rows'])} rejected 拒绝",
        markup=False,
    )
    for deal in figures["replaced"][:SHOWN_ROWS]:
        say(f"replaced 替换: {deal['deal_id']} {deal['price_kind']}", markup=False)
    for row in figures["rejected_rows"][:SHOWN_ROWS]:
        for found in row["findings"]:
            words = f"{found['reason']} {found['reason_zh']}"
            say(f"! row {row['row']}: {words}", markup=False)
    for found in figures["warnings"][:SHOWN_ROWS]:
        say(f"! {found['reason']} {found['reason_zh']}", markup=False)
    if figures["unmapped_columns"]:
        say(f"not used 未识别: {', '.join(figures['unmapped_columns'])}", markup=False)


def _line(row: Deal) -> dict[str, Any]:
    kept = {"id": row.id, "imported_at": row.imported_at, "filename": row.filename}
    return {**kept, **row.facts}


def _deal_table(rows: Sequence[Deal]) -> Table:
    table = Table(caption=f"{len(rows)} deals 交易案例")
    columns = ("deal_id", "deal_date", "price_kind", "currency", "seller", "product")
    for name in (*columns, "claim_total", "price", "price_rate", "outcome"):
        table.add_column(field(TABLE, name).zh, overflow="fold")
    for row in rows:
        facts = row.facts
        words = [_plain(facts.get(name)) for name in columns]
        amounts = [_amount(facts.get(name)) for name in ("claim_total", "price")]
        rate = facts.get("price_rate")
        shown = "" if rate is None else f"{rate:.2%}"
        table.add_row(*words, *amounts, shown, _plain(facts.get("outcome")))
    return table


def _plain(value: Any) -> str:
    """Text of strangers, never read as markup."""
    return "" if value is None else str(value).replace("[", "\\[")


def _amount(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _error_table(of_class: Mapping[str, Any]) -> Table:
    names = ("price_kind", "rate_base", "currency")
    heading = " ".join(str(of_class[name]) for name in names)
    block = " block 大包" if of_class["block_transfer"] else ""
    table = Table(title=f"{heading}{block}: {of_class['deals']} deals 案例")
    for column in ("estimated from", "deals", "MAE", "MAE mean", "RMSE", "RMSE mean"):
        table.add_column(column, justify="right")
    for missed in of_class["errors"]:
        errors = [
            missed[f"{plain}{kind}_error"]
            for kind in ("absolute", "root")
            for plain in ("", "plain_")
        ]
        figures = [f"{error:.4f}" for error in errors]
        table.add_row(missed["seen"], str(missed["deals"]), *figures)
    if of_class["range"]:
        held = of_class["range"]
        table.caption = (
            f"{held['covered']:.0%} of {held['deals']} later prices in the range of "
            f"{held['level']:.0%}; highest over lowest {held['range_ratio']:.2f}"
        )
    return table
