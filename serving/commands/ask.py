"""Questions about valuations on record."""

from pathlib import Path

import click
import orjson

from features.console import say
from serving.analyses.catalogue import ANALYSES, named
from serving.commands.desk import open_records
from serving.commands.options import FilePath
from serving.files import named_form, read_file, write_file
from serving.intake import read_json
from serving.sheets.answers import ANSWER_FILES


@click.command()
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
    with open_records() as desk:
        answer = analysis.answered(desk, identifier, given)
        content = None if made is None else made(analysis, answer)
        if content is not None:
            subject = orjson.loads(answer)["valuation_id"]
            desk.note_export("export.answer", subject, content, question=question)
    if out is None or content is None:
        click.echo(answer)
    else:
        write_file(content, out)
        say(f"Answer written to {out}")
