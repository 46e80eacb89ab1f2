"""A package or a book of claims valued."""

from pathlib import Path
from typing import Any

import click

from features.errors import InputError
from serving.book.program import BookOptions, book_options, is_book, score_book
from serving.book.summary import print_book
from serving.champion import Champion, ServedModel
from serving.commands.assumptions import stated_assumptions
from serving.commands.corrections import stated_corrections
from serving.commands.options import json_option
from serving.settings import read_settings


@click.command()
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
        manifest = score_book(sources, out, _served(), cutoff_date, chosen, options)
        print_book(manifest, out, as_json=as_json)
        return
    # A book needs none of what puts a package on record and on sheets.
    from serving.commands.package import score_tape

    stated = (cutoff_date, chosen, corrections)
    score_tape(Path(*sources), Path(out), stated, record=not no_store, as_json=as_json)


def _served() -> ServedModel:
    champion = Champion(read_settings())
    champion.refresh()
    return champion.served()
