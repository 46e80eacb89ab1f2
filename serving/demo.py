"""Prices the example tapes and shows what comes out."""

from collections.abc import Sequence
from pathlib import Path

import click

from features.console import say
from features.errors import NotFoundError
from serving.batch import answer_of, order_of_file, write_answer
from serving.desk import Desk
from serving.scorer import Document
from serving.terminal import print_answer

EXAMPLES = Path("examples")
_SUFFIXES = (".xlsx", ".csv", ".parquet")
_NEXT = """
Next:
  make serve                                          the service, its page under /docs
  make score TAPE=examples/corporate.xlsx OUT=out/my.xlsx    value a tape of your own
  make mlflow                                         what the training has logged"""


def run_demo(desk: Desk, out: Path) -> list[Document]:
    """Value every example, print its figures and write its workbook.

    Args:
        desk: Model and store.
        out: Folder for the workbooks.

    Raises:
        NotFoundError: There is no example.
        ModelUnavailableError: There is no model.
    """
    answers = [_value(desk, tape, out) for tape in _tapes()]
    click.echo(_NEXT)
    return answers


def _tapes() -> Sequence[Path]:
    tapes = sorted(p for p in EXAMPLES.glob("*") if p.suffix in _SUFFIXES)
    if not tapes:
        raise NotFoundError(
            f"there is no tape in {EXAMPLES}; run this from the project"
        )
    return tapes


def _value(desk: Desk, tape: Path, out: Path) -> Document:
    say(f"Valuing {tape}")
    order = order_of_file(tape, desk.settings.largest_claims, None, {})
    answer = answer_of(desk, order, record=True)
    written = out / f"{tape.stem}.xlsx"
    write_answer(answer, written)
    print_answer(str(tape), answer)
    click.echo(f"Workbook: {written}\n")
    return answer
