"""A tape valued as one package."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from features.console import print_figures
from features.personal.recognition import masked
from features.reading.corrections import Corrections
from serving.batch import answer_of, check_form, order_of_file, write_answer
from serving.commands.desk import open_desk
from serving.terminal import package_line, print_answer


def score_tape(
    tape: Path,
    out: Path,
    stated: tuple[str | None, Mapping[str, Any], Corrections],
    *,
    record: bool,
    as_json: bool,
) -> None:
    """Value a tape, write the answer and show its figures.

    Args:
        tape: The file.
        out: File for the answer, its suffix names the form.
        stated: Cut-off date that wins over the tape, the assumptions that differ from
            the defaults, and how headers are to be read.
        record: Whether the valuation goes on record.
        as_json: Whether the figures are for a program.

    Raises:
        InputError: The tape cannot be valued, or the answer not be written.
    """
    check_form(out)
    with open_desk() as desk:
        most, signs = desk.settings.largest_claims, desk.pseudonyms
        order = order_of_file(tape, most, *stated, signs)
        answer = answer_of(desk, order, record=record)
    write_answer(answer, order.submission.package, out)
    if as_json:
        print_figures({**package_line(answer), "out": str(out)})
    else:
        print_answer(masked(str(tape)), answer)
        if answer["id"] is not None:
            click.echo(f"Valuation 估值编号: {answer['id']}")
        click.echo(f"Written: {out}")
