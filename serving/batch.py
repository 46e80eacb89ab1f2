"""Valuing a tape without the service, and writing the answer to a file."""

from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from features.package import Package
from features.personal.pseudonyms import Pseudonyms
from features.reading.corrections import AS_READ, Corrections
from models.pricing.cost import COSTS
from models.pricing.sources import SOURCES
from serving.desk import Desk
from serving.document import Document, encode
from serving.files import named_form, write_file
from serving.intake import Order, order_of_tape
from serving.sandbox.opening import OWN_FILES
from serving.sheets.csv_file import csv_file
from serving.sheets.workbook import valuation_workbook

_OWN = ("claim_id", "row", "segment", "claim_yuan")
_CASH = ("gross_yuan", "cost_yuan", "net_yuan", "present_value_yuan")


def order_of_file(
    tape: Path,
    largest_claims: int,
    cutoff_date: str | None,
    assumptions: Mapping[str, Any],
    corrections: Corrections = AS_READ,
    pseudonyms: Pseudonyms | None = None,
) -> Order:
    """The order in a file on disk.

    Args:
        tape: The file.
        largest_claims: Most claims allowed.
        cutoff_date: Cut-off date that wins over the file, as 2025-12-31.
        assumptions: Those that differ from the defaults.
        corrections: What the sender says of its headers.
        pseudonyms: Signs of the persons in it.

    Raises:
        InputError: The file is no tape or no claim of it can be valued.
    """
    header = {} if cutoff_date is None else {"cutoff_date": cutoff_date}
    return order_of_tape(
        OWN_FILES,
        tape,
        tape.name,
        header,
        assumptions,
        largest_claims,
        corrections,
        pseudonyms,
    )


def answer_of(desk: Desk, order: Order, *, record: bool) -> Document:
    """The answer to an order, with identifier and time where it is put on record."""
    if not record:
        return {"id": None, "created_at": None, **desk.document(order)}
    desk.open_store()
    answer: Document = orjson.loads(desk.value(order, "batch").answer())
    return answer


def write_answer(answer: Document, package: Package, out: Path) -> None:
    """Write an answer in the form that the file's suffix names, whole or not at all.

    Args:
        answer: Identifier, time and document.
        package: What was priced.
        out: The file.

    Raises:
        InputError: There is no such form, or the folder cannot be written to.
    """
    write_file(named_form(out, _WRITERS)(answer, package), out)


def check_form(out: Path) -> None:
    """Refuse a file of unknown form before any work is done.

    Raises:
        InputError: There is no such form.
    """
    named_form(out, _WRITERS)


def claim_table(answer: Document) -> pa.Table:
    """One row per claim with its plain figures."""
    claims = answer["claims"]
    columns = {name: [c[name] for c in claims] for name in _OWN}
    for name in ("mean", "p10", "p50", "p90"):
        columns[f"recovery_{name}_rate"] = [c["recovery_rate"][name] for c in claims]
    columns |= {name: [c[name] for c in claims] for name in _CASH}
    for part, names in (("sources", SOURCES), ("costs", COSTS)):
        columns |= {f"{n}_yuan": [c[part][n] for c in claims] for n in names}
    columns["liquidation_yuan"] = [c["liquidation"]["gross_yuan"] for c in claims]
    columns["liquidation_present_value_yuan"] = [
        c["liquidation"]["present_value_yuan"] for c in claims
    ]
    model = answer["model"]
    constant = {
        "model_version": model["version"],
        "model_sha256": model["sha256"],
        "simulated_model": model["simulated"],
    }
    return pa.table(columns | {n: [v] * len(claims) for n, v in constant.items()})


def _csv(answer: Document) -> bytes:
    return csv_file(claim_table(answer))


def _parquet(answer: Document) -> bytes:
    target = BytesIO()
    pq.write_table(claim_table(answer), target)
    return target.getvalue()


_WRITERS: Mapping[str, Callable[[Document, Package], bytes]] = MappingProxyType(
    {
        ".xlsx": valuation_workbook,
        ".json": lambda answer, _: encode(answer),
        ".csv": lambda answer, _: _csv(answer),
        ".parquet": lambda answer, _: _parquet(answer),
    }
)
