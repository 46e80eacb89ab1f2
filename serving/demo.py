"""Prices the example tapes, and advises a bid for each from example deals."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from features.console import say
from features.errors import NotFoundError
from serving.analyses.catalogue import named
from serving.batch import answer_of, order_of_file, write_answer
from serving.deals.intake import import_deals
from serving.desk import Desk
from serving.document import Document

EXAMPLES = Path("examples")
DEALS = EXAMPLES / "deals.csv"
SUFFIXES = (".xlsx", ".csv", ".parquet")
NEXT = """Next:
  make serve                            the workbench in a browser, and the service
  make score TAPE=tape.xlsx OUT=v.xlsx  value a tape of your own
  make mlflow                           what the training has logged
  .venv/bin/python -m serving ask bid ID   more on a valuation; see docs/questions.md"""


@dataclass(frozen=True)
class Priced:
    """An example that was valued.

    Attributes:
        tape: The example.
        answer: Its valuation.
        bid: What is advised to bid for it.
        workbook: Where that was written.
    """

    tape: Path
    answer: Document
    bid: Document
    workbook: Path


def priced_examples(desk: Desk, out: Path) -> Iterator[Priced]:
    """Every example, valued, put on record and written as a workbook.

    Args:
        desk: Model and store.
        out: Folder for the workbooks.

    Raises:
        NotFoundError: There is no example.
    """
    tapes = _tapes()
    desk.open_store()
    import_deals(desk, DEALS, DEALS.name)
    for tape in tapes:
        say(f"Valuing {tape}")
        most, signs = desk.settings.largest_claims, desk.pseudonyms
        order = order_of_file(tape, most, None, {}, pseudonyms=signs)
        answer = answer_of(desk, order, record=True)
        workbook = out / f"{tape.stem}.xlsx"
        write_answer(answer, order.submission.package, workbook)
        bid = orjson.loads(named("bid").answered(desk, answer["id"], {}))
        yield Priced(tape, answer, bid, workbook)


def _tapes() -> Sequence[Path]:
    tapes = sorted(p for p in EXAMPLES.glob("*") if p.suffix in SUFFIXES and p != DEALS)
    if not tapes:
        raise NotFoundError(
            f"there is no tape in {EXAMPLES}; run this from the project"
        )
    return tapes
