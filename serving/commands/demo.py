"""The example tapes valued."""

from pathlib import Path

import click

from features.console import print_figures
from serving.commands.desk import open_desk
from serving.commands.options import json_option
from serving.demo import NEXT, priced_examples
from serving.terminal import package_line, print_answer, print_bid


@click.command()
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
    with open_desk() as desk:
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
