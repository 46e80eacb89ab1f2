"""Prices the example tapes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from features.console import say
from features.errors import NotFoundError
from serving.batch import answer_of, order_of_file, write_answer
from serving.desk import Desk
from serving.scorer import Document

EXAMPLES = Path("examples")
SUFFIXES = (".xlsx", ".csv", ".parquet")
NEXT = """Next:
  make serve                            the service; its page is under /docs
  make score TAPE=tape.xlsx OUT=v.xlsx  value a tape of your own
  make mlflow                           what the training has logged"""


@dataclass(frozen=True)
class Priced:
    """An example that was valued.

    Attributes:
        tape: The example.
        answer: Its valuation.
        workbook: Where that was written.
    """

    tape: Path
    answer: Document
    workbook: Path


def priced_examples(desk: Desk, out: Path) -> Iterator[Priced]:
    """Every example, valued, put on record and written as a workbook.

    Args:
        desk: Model and store.
        out: Folder for the workbooks.

    Raises:
        NotFoundError: There is no example.
    """
    for tape in _tapes():
        say(f"Valuing {tape}")
        order = order_of_file(tape, desk.settings.largest_claims, None, {})
        answer = answer_of(desk, order, record=True)
        workbook = out / f"{tape.stem}.xlsx"
        write_answer(answer, workbook)
        yield Priced(tape, answer, workbook)


def _tapes() -> Sequence[Path]:
    tapes = sorted(p for p in EXAMPLES.glob("*") if p.suffix in SUFFIXES)
    if not tapes:
        raise NotFoundError(
            f"there is no tape in {EXAMPLES}; run this from the project"
        )
    return tapes
