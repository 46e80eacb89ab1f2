"""python -m serving: serve valuations, value a tape, replay what was valued."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import click
import orjson

from features.catalogue import Language
from features.console import check_port, print_figures, run, say
from features.errors import InputError
from features.forecasts import write_forecasts
from features.reading.corrections import Corrections
from serving.analyses.catalogue import ANALYSES, named
from serving.batch import (
    answer_of,
    check_form,
    named_form,
    order_of_file,
    read_file,
    stated_assumptions,
    stated_corrections,
    write_answer,
    write_file,
)
from serving.book.program import BookOptions, book_options, is_book, score_book
from serving.book.summary import print_book
from serving.deals.program import deals
from serving.demo import NEXT, priced_examples
from serving.desk import Desk
from serving.forecasts import forecast_table
from serving.intake import read_json
from serving.settings import read_settings
from serving.sheets.answers import ANSWER_FILES
from serving.sheets.template import template_workbook
from serving.store import Filters
from serving.terminal import package_line, print_answer, print_bid

json_option = click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
FilePath = click.Path(path_type=Path, dir_okay=False)
DAY = click.DateTime(["%Y-%m-%d"])


@click.group()
def program() -> None:
    """Value packages of claims with the registered model.

    --debug anywhere shows the traceback of an error.
    """


@program.command()
@click.option("--host", help="Address to listen on; RECOUP_HOST otherwise.")
@click.option("--port", type=click.IntRange(1, 65_535), help="RECOUP_PORT otherwise.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer side by side, each with the model in memory.",
)
@click.option("--access-log", is_flag=True, help="A line for each request.")
def serve(
    host: str | None, port: int | None, workers: int, *, access_log: bool
) -> None:
    """Serve valuations over HTTP until stopped."""
    import uvicorn

    settings = read_settings()
    address = (host or settings.host, port or settings.port)
    check_port(*address)
    say(f"Open http://{address[0]}:{address[1]} (API page under /docs)")
    uvicorn.run(
        "serving.app:create_served_app",
        factory=True,
        host=address[0],
        port=address[1],
        workers=workers,
        access_log=access_log,
    )


@program.command()
@click.argument("sources", metavar="SOURCE...", nargs=-1, required=True)
@click.argument("out")
@click.option(
    "--cutoff-date",
    metavar="YYYY-MM-DD",
    help="Cut-off date of every claim; wins over the tape.",
)
@click.option(
    "--assumption",
    "assumptions",
    multiple=True,
    metavar="NAME=VALUE",
    help="An assumption that differs from its default; may be repeated.",
)
@click.option(
    "--column",
    "columns",
    multiple=True,
    metavar="HEADER=FIELD[:UNIT]",
    help="How to read a header, such as 欠款=principal:万元, "
    "评估价=collateral.appraised_value or 备注=unused; may be repeated.",
)
@click.option("--no-store", is_flag=True, help="Do not put the valuation on record.")
@json_option
@book_options
def score(
    sources: tuple[str, ...],
    out: str,
    cutoff_date: str | None,
    assumptions: tuple[str, ...],
    columns: tuple[str, ...],
    no_store: bool,
    as_json: bool,
    **book: Any,
) -> None:
    """Value SOURCE and write OUT.

    A package: SOURCE is one workbook, csv or parquet file, OUT ends in .xlsx, .json,
    or .csv or .parquet for the claims alone.

    A book of claims without end: SOURCE is a folder, a pattern as 'data/*.parquet',
    several files or an address as s3://bucket/claims, all parquet or all csv, or OUT is
    a folder, as is anything that ends in /. The claims are streamed, each priced by
    itself, into parquet parts with a manifest; nothing is put on record. Started again
    after a crash it goes on. One file is a book too where --book says so.
    """
    chosen = stated_assumptions(assumptions)
    corrections = stated_corrections(columns)
    options = BookOptions(**book)
    if is_book(sources, out, options):
        if columns:
            raise InputError("--column corrects a package; in a book rename the header")
        with _desk() as desk:
            served = desk.champion.served()
            manifest = score_book(sources, out, served, cutoff_date, chosen, options)
        print_book(manifest, out, as_json=as_json)
    else:
        stated = (cutoff_date, chosen, corrections)
        _score_tape(Path(*sources), Path(out), stated, no_store, as_json)


def _score_tape(
    tape: Path,
    out: Path,
    stated: tuple[str | None, Mapping[str, Any], Corrections],
    no_store: bool,
    as_json: bool,
) -> None:
    check_form(out)
    with _desk() as desk:
        order = order_of_file(tape, desk.settings.largest_claims, *stated)
        answer = answer_of(desk, order, record=not no_store)
    write_answer(answer, out)
    if as_json:
        print_figures({**package_line(answer), "out": str(out)})
    else:
        print_answer(str(tape), answer)
        if answer["id"] is not None:
            click.echo(f"Valuation 估值编号: {answer['id']}")
        click.echo(f"Written: {out}")


@program.command()
@click.argument("identifier")
@json_option
def replay(identifier: str, as_json: bool) -> int:
    """Value a recorded package again and compare every byte."""
    with _desk(model=False) as desk:
        desk.open_store()
        again = desk.replay(identifier)
    if as_json:
        print_figures({**vars(again), "identical": again.identical})
    else:
        word = "identical" if again.identical else "DIFFERENT"
        click.echo(
            f"{again.id}: {word} (recorded {again.recorded_sha256[:12]}, "
            f"recomputed {again.recomputed_sha256[:12]})"
        )
    return 0 if again.identical else 1


@program.command()
@click.argument("question", type=click.Choice([a.name for a in ANALYSES]))
@click.argument("identifier")
@click.argument("request", type=FilePath, required=False)
@click.option(
    "--out", type=FilePath, help="File for the answer, .xlsx or .json; else printed."
)
def ask(question: str, identifier: str, request: Path | None, out: Path | None) -> None:
    """Ask a QUESTION about valuation or package IDENTIFIER, as JSON in REQUEST."""
    made = None if out is None else named_form(out, ANSWER_FILES)
    analysis = named(question)
    given = {} if request is None else read_json(read_file(request), request.name)
    with _desk(model=False) as desk:
        desk.open_store()
        answer = analysis.answered(desk, identifier, given)
    if out is None or made is None:
        click.echo(answer)
    else:
        write_file(made(analysis, answer), out)
        say(f"Answer written to {out}")


@program.command()
@click.argument("out", type=FilePath)
@click.option("--from", "first", type=DAY, help="Valuations since this day, in UTC.")
@click.option("--to", "last", type=DAY, help="Valuations up to this day, included.")
@json_option
def forecasts(
    out: Path, first: datetime | None, last: datetime | None, as_json: bool
) -> None:
    """Write what was forecast of every claim on record to OUT, a parquet file."""
    since = first and first.replace(tzinfo=UTC)
    until = last and last.replace(tzinfo=UTC) + timedelta(days=1)
    with _desk(model=False) as desk:
        desk.open_store()
        filters = Filters(created_after=since, created_before=until)
        table = forecast_table(desk.store, filters)
    write_forecasts(table, out)
    if as_json:
        print_figures({"out": str(out), "claims": len(table)})
    else:
        click.echo(f"Forecasts of {len(table):,} claims written to {out}")


@program.command()
@click.argument("out", type=FilePath)
@click.option("--language", type=click.Choice(get_args(Language)), default="zh")
def template(out: Path, language: Language) -> None:
    """Write the Excel template of a tape to OUT."""
    write_file(template_workbook(language), out)
    say(f"Template written to {out}")


@program.command()
def openapi() -> None:
    """Print the OpenAPI schema of the service."""
    from serving.app import create_app

    schema = create_app(read_settings()).openapi()
    click.echo(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())


@program.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("out/demo"),
    show_default=True,
    help="Folder for the workbooks.",
)
@json_option
def demo(out: Path, as_json: bool) -> None:
    """Value the example tapes and show their figures."""
    lines = []
    with _desk() as desk:
        for priced in priced_examples(desk, out):
            lines.append({**package_line(priced.answer), "tape": str(priced.tape)})
            if not as_json:
                print_answer(str(priced.tape), priced.answer)
                print_bid(priced.bid)
                click.echo(f"Workbook: {priced.workbook}\n")
    if as_json:
        print_figures({"valuations": lines})
    else:
        click.echo(NEXT)


@contextmanager
def _desk(*, model: bool = True) -> Iterator[Desk]:
    """Model and store for one command."""
    desk = Desk(read_settings())
    try:
        if model:
            desk.champion.refresh()
            desk.champion.served()
        yield desk
    finally:
        desk.close()


program.add_command(deals)

if __name__ == "__main__":
    run(program)
