"""The workbook that a seller may fill in."""

from pathlib import Path
from typing import get_args

import click

from features.catalogue import Language
from features.console import say
from serving.commands.options import FilePath
from serving.files import named_form, write_file
from serving.sheets.template import template_workbook


@click.command()
@click.argument("out", type=FilePath)
@click.option("--language", type=click.Choice(get_args(Language)), default="zh")
def template(out: Path, language: Language) -> None:
    """Write the Excel template of a tape to OUT."""
    made = named_form(out, {".xlsx": template_workbook})
    write_file(made(language), out)
    say(f"Template written to {out}")
