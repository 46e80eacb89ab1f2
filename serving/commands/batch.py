"""python -m serving batch: books valued in the background by workers."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from time import sleep
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from features.console import console, print_figures, say
from features.wording import rule_words
from serving.batches.batches import Batches
from serving.batches.figures import batch_figures
from serving.batches.request import BatchTerms
from serving.batches.results import Results
from serving.batches.states import CANCELLED, DONE, FAILED
from serving.batches.submission import submit_addresses
from serving.book.address import place
from serving.book.order import CHUNK_CLAIMS
from serving.book.rejections import Reason
from serving.book.summary import print_cautions
from serving.commands.assumptions import stated_assumptions
from serving.commands.desk import open_desk, open_records
from serving.commands.options import json_option
from serving.desk import Desk

ENDED = (DONE, FAILED, CANCELLED)
POLL_SECONDS = 1.0
_ID = click.argument("identifier", metavar="ID")


@click.group()
def batch() -> None:
    """Have books valued in the background by workers, and see how far they are.

    Workers are started by python -m serving serve, or by python -m serving work on as
    many machines as there are.
    """


@batch.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.option("--collateral", multiple=True, metavar="ADDRESS", help="Of collateral.")
@click.option("--guarantees", multiple=True, metavar="ADDRESS", help="Of guarantees.")
@click.option("--name", default="", help="What people call the batch.")
@click.option(
    "--figures",
    type=click.Choice(["full", "mean"]),
    default="full",
    show_default=True,
    help="All figures, or the mean recovery alone.",
)
@click.option("--cutoff-date", metavar="YYYY-MM-DD", help="Of every claim; wins.")
@click.option(
    "--assumption",
    "assumptions",
    multiple=True,
    metavar="NAME=VALUE",
    help="An assumption that differs from its default; may be repeated.",
)
@click.option(
    "--chunk-claims",
    type=click.IntRange(1, 131_072),
    help=f"Most claims of a chunk; {CHUNK_CLAIMS['full']:,} by default, "
    f"{CHUNK_CLAIMS['mean']:,} of means alone.",
)
@json_option
def submit(
    sources: tuple[str, ...],
    collateral: tuple[str, ...],
    guarantees: tuple[str, ...],
    as_json: bool,
    **terms: Any,
) -> None:
    """Put in the book of SOURCE: files, folders, patterns or addresses.

    Its model is the one in service now, whatever is promoted meanwhile.
    """
    terms["assumptions"] = stated_assumptions(terms["assumptions"])
    addresses = {"claims": sources, "collateral": collateral, "guarantees": guarantees}
    whole = {t: [_whole(a) for a in named] for t, named in addresses.items()}
    with open_desk() as desk:
        desk.open_store()
        put_in = submit_addresses(desk, BatchTerms.of(terms, ""), whole)
        _show(desk, put_in.id, as_json=as_json)


def _whole(address: str) -> str:
    """An address that means the same to a worker elsewhere on this machine."""
    return address if "://" in address else place(address).path


@batch.command("list")
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True)
@json_option
def list_batches(limit: int, as_json: bool) -> None:
    """Show batches, newest first."""
    with open_records() as desk:
        batches = Batches(desk.store)
        rows = batches.page(limit)
        progress = batches.progress(rows)
    figures = [batch_figures(row, progress[row.id]) for row in rows]
    if as_json:
        print_figures({"batches": figures})
        return
    table = Table(caption=f"{len(rows)} batches 批次")
    for heading in (
        "Batch 批次",
        "Name 名称",
        "State 状态",
        "Done 进度",
        "Claims 笔数",
    ):
        table.add_column(heading, overflow="fold")
    for each in figures:
        table.add_row(*_cells(each))
    console().print(table)


@batch.command()
@_ID
@json_option
def status(identifier: str, as_json: bool) -> None:
    """Show how far batch ID is, and what went wrong."""
    with open_records() as desk:
        _show(desk, identifier, as_json=as_json)


@batch.command()
@_ID
@json_option
def cancel(identifier: str, as_json: bool) -> None:
    """Have nobody work on batch ID any more, and remove what it wrote."""
    with open_records() as desk:
        Batches(desk.store).cancel(identifier)
        Batches(desk.store).clear(identifier)
        _show(desk, identifier, as_json=as_json)


@batch.command()
@_ID
@json_option
def retry(identifier: str, as_json: bool) -> None:
    """Go on with the chunks of batch ID that failed, and with them alone."""
    with open_records() as desk:
        Batches(desk.store).retry(identifier)
        _show(desk, identifier, as_json=as_json)


@batch.command()
@_ID
@json_option
def wait(identifier: str, as_json: bool) -> None:
    """Wait until batch ID has ended; ends with 1 where it is not done then."""
    with open_records() as desk:
        batches = Batches(desk.store)
        while (row := batches.get(identifier)).state not in ENDED:
            sleep(POLL_SECONDS)
        _show(desk, identifier, as_json=as_json)
    if row.state != DONE:
        sys.exit(1)


def _show(desk: Desk, identifier: str, *, as_json: bool) -> None:
    batches = Batches(desk.store)
    row = batches.get(identifier)
    progress = batches.progress([row])[row.id]
    figures = batch_figures(row, progress, batches.failures(row.id))
    if as_json:
        print_figures({**figures, "folder": row.folder})
        return
    _print(figures)
    results = Results(desk.store)
    if told := results.manifest_left(row):
        print_cautions(told.cautions)
    if row.state != CANCELLED:
        _print_reasons(results.rejections(row))
    if row.state == DONE:
        say(f"Written: {row.folder}/manifest.json")


def _print_reasons(reasons: Sequence[Reason]) -> None:
    """Why rows were left out, each reason with its first example."""
    if not reasons:
        return
    table = Table(caption="Rejected rows 拒绝行")
    for heading in ("Rows 行数", "First 首例", "Reason 原因"):
        table.add_column(heading, overflow="fold")
    for reason in reasons:
        table.add_row(f"{reason.rows:,}", *map(escape, _first(reason)))
    console().print(table)


def _first(reason: Reason) -> tuple[str, str]:
    """Where a reason occurs first, and its words."""
    if not reason.examples:
        words = rule_words(reason.code)
        return "–", f"{words['en']} {words['zh']}"
    first = reason.examples[0]
    file = first.file.rpartition("/")[2]
    value = "" if first.value is None else f": {first.value}"
    where = f"{file}, {first.table}, row {first.row}{value}"
    return where, f"{first.reason} {first.reason_zh}"


def _cells(figures: Mapping[str, Any]) -> tuple[str, ...]:
    progress = figures["progress"]
    return (
        figures["id"],
        figures["name"].replace("[", "\\["),
        _STATES[figures["state"]],
        f"{progress['chunks_done']:,} / {progress['chunks']:,}",
        f"{figures['sums']['claims']:,}",
    )


_STATES = {
    "queued": "queued 排队",
    "running": "running 运行中",
    "done": "done 完成",
    "failed": "failed 失败",
    "cancelled": "cancelled 已取消",
}


def _print(figures: Mapping[str, Any]) -> None:
    table = Table()
    table.add_column("Batch 批次")
    table.add_column(figures["id"], justify="right", overflow="fold")
    for name, value in _lines(figures):
        table.add_row(name, value.replace("[", "\\["))
    console().print(table)
    told = [figures["trouble"]] if figures["trouble"] else []
    for each in (*told, *figures["failures"]):
        where = f"{each['chunk']}: " if "chunk" in each else ""
        words = f"! {where}{each['detail']} {each['detail_zh']}"
        console().print(words, markup=False)


def _lines(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    progress, sums, model = (figures[n] for n in ("progress", "sums", "model"))
    yield "Name 名称", figures["name"]
    yield "State 状态", _STATES[figures["state"]]
    yield "Chunks 分块", f"{progress['chunks_done']:,} / {progress['chunks']:,}"
    yield "Claims 笔数", f"{sums['claims']:,}"
    yield "Rejected rows 拒绝行", f"{figures['rejected_rows']:,}"
    if progress["claims_per_second"] is not None:
        yield "Claims a second 每秒笔数", f"{progress['claims_per_second']:,.0f}"
        yield "Seconds left 剩余秒数", f"{progress['seconds_left']:,}"
    yield "Claim 债权 (yuan)", f"{sums['claim_yuan']:,.0f}"
    if figures["figures"] == "full":
        yield "Gross cash 预期回款", f"{sums['gross_yuan']:,.0f}"
        yield "Present value 净现值", f"{sums['present_value_yuan']:,.0f}"
    simulated = " SIMULATED 模拟" if model["simulated"] else ""
    yield "Model 模型", f"{model['name']} v{model['version']}{simulated}"
    if figures["sha256"]:
        yield "SHA-256", figures["sha256"]
