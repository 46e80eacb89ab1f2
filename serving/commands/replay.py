"""A recorded package valued again."""

import click

from features.console import print_figures
from serving.commands.desk import open_desk
from serving.commands.options import json_option


@click.command()
@click.argument("identifier")
@json_option
def replay(identifier: str, as_json: bool) -> int:
    """Value a recorded package again and compare every byte."""
    with open_desk(model=False) as desk:
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
