"""A recorded package valued again."""

import click

from features.console import print_figures
from serving.commands.desk import open_records
from serving.commands.options import json_option
from serving.record import Replay

_WHOLE = (
    "The answer is as it was given: this release computes otherwise than the one that "
    "gave it, or what was handed in was altered since.\n"
    "当时的结果未变：本版本的计算与当时的版本不同，或所提交的数据其后被改动。"
)
_ALTERED = (
    "The answer on record was altered: run python -m serving audit verify.\n"
    "记录中的结果已被改动：请运行 python -m serving audit verify。"
)


@click.command()
@click.argument("identifier")
@json_option
def replay(identifier: str, as_json: bool) -> int:
    """Value a recorded package again and compare every byte."""
    with open_records() as desk:
        again = desk.replay(identifier)
    if as_json:
        print_figures({**vars(again), "identical": again.identical})
    else:
        word = "identical" if again.identical else "DIFFERENT"
        click.echo(
            f"{again.id}: {word} (recorded {again.recorded_sha256[:12]}, "
            f"recomputed {again.recomputed_sha256[:12]})"
        )
        if not again.identical:
            _explain(again)
    return 0 if again.identical else 1


def _explain(replay: Replay) -> None:
    """Say whether the record was altered or the release computes otherwise."""
    click.echo(_WHOLE if replay.whole else _ALTERED)
    for figure in replay.differing:
        click.echo(f"  {figure}")
