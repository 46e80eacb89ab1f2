"""The tables that a chunk leaves: claims with figures, rows that were rejected."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats, Package
from features.quality import warning_masks
from features.reading.accepted import RejectedRow
from features.tape import Accepted
from models.pricing.claim_prices import LEVELS, ClaimPrices
from models.pricing.fen import Fen, to_yuan
from serving.book.order import ModelName

Bools = npt.NDArray[np.bool_]
UNSEEN = "segment_unseen"
_MONEY = ("gross_yuan", "cost_yuan", "net_yuan", "present_value_yuan")
_MODEL = pa.schema(
    [
        ("model_version", pa.string()),
        ("model_sha256", pa.string()),
        ("simulated_model", pa.bool_()),
    ]
)
REPEATING = ("segment", "file", "table", "field", "column", "code", *_MODEL.names)
REJECTED_SCHEMA = pa.schema(
    [
        ("file", pa.string()),
        ("table", pa.string()),
        ("row", pa.int64()),
        ("field", pa.string()),
        ("column", pa.string()),
        ("value", pa.string()),
        ("code", pa.string()),
        ("reason", pa.string()),
        ("reason_zh", pa.string()),
    ]
)


@dataclass(frozen=True)
class PlacedRow:
    """A rejected row and the file that it stands in."""

    file: str
    row: RejectedRow


def claim_schema(horizon_months: int) -> pa.Schema:
    """Columns of a part with all figures.

    Args:
        horizon_months: Months of cash that are counted.
    """
    quarters = -(-horizon_months // MONTHS_PER_QUARTER)
    rates = [f"recovery_{name}_rate" for name in ("mean", *LEVELS)]
    numbers = ("claim_yuan", *rates, *_MONEY, "maximum_bid_yuan")
    return pa.schema(
        [
            ("claim_id", pa.string()),
            ("segment", pa.string()),
            *((name, pa.float64()) for name in numbers),
            ("expected_cash_by_quarter_yuan", pa.list_(pa.float64(), quarters)),
            ("warnings", pa.list_(pa.string())),
            *_MODEL,
        ]
    )


MEAN_SCHEMA = pa.schema(
    [("claim_id", pa.string()), ("recovery_mean_rate", pa.float64()), *_MODEL]
)


def mean_part(package: Package, rate: Floats, model: ModelName) -> pa.Table:
    """Mean recovery of each claim.

    Args:
        package: The claims.
        rate: Expected recovery over claim, shape (n,).
        model: The model that expects it.
    """
    columns = [package.claims["claim_id"], pa.array(rate), *_of_model(model, len(rate))]
    return pa.Table.from_arrays(columns, schema=MEAN_SCHEMA)


def claim_part(
    package: Package, prices: ClaimPrices, warnings: pa.Array, model: ModelName
) -> pa.Table:
    """All figures of each claim; amounts in yuan, exact to the fen.

    Args:
        package: The claims.
        prices: What they are worth.
        warnings: Codes of the warnings of each.
        model: The model that priced them.
    """
    quarters = prices.quarter_fen.shape[1]
    amounts = (
        prices.gross_fen,
        prices.cost_fen,
        prices.net_fen,
        prices.present_value_fen,
        prices.maximum_bid_fen,
    )
    cash = _yuan(prices.quarter_fen.ravel())
    columns = [
        package.claims["claim_id"],
        pa.array(prices.forecast.segments.astype(object), pa.string()),
        _yuan(prices.claim_fen),
        pa.array(prices.counted_rate),
        *(pa.array(rates) for rates in prices.quantile_rates),
        *(_yuan(fen) for fen in amounts),
        pa.FixedSizeListArray.from_arrays(cash, quarters),
        warnings,
        *_of_model(model, len(package)),
    ]
    schema = claim_schema(quarters * MONTHS_PER_QUARTER)
    return pa.Table.from_arrays(columns, schema=schema)


def _yuan(fen: Fen) -> pa.Array:
    return pa.array(to_yuan(fen))


def _of_model(model: ModelName, claims: int) -> list[pa.Array]:
    facts = (model.version, model.sha256, model.simulated)
    return [pa.repeat(fact, claims) for fact in facts]


def claim_warnings(accepted: Accepted, unseen: Bools) -> pa.Array:
    """Codes of the warnings of each claim, each once, in the order of their names.

    Args:
        accepted: The claims as they were read.
        unseen: Whether the model saw too few claims of the segment, shape (n,).
    """
    masks = {**warning_masks(accepted.package), UNSEEN: unseen}
    for code, claims in _told(accepted).items():
        masks[code] = masks.get(code, np.zeros(len(unseen), np.bool_)) | claims
    codes = sorted(code for code, claims in masks.items() if claims.any())
    concerned = (
        np.array([masks[code] for code in codes]).reshape(len(codes), len(unseen)).T
    )
    offsets = np.concatenate([[0], np.cumsum(concerned.sum(axis=1))]).astype(np.int32)
    numbers = pa.array(np.nonzero(concerned)[1])
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(codes).take(numbers))


def _told(accepted: Accepted) -> dict[str, Bools]:
    """The claims that each warning of reading concerns, by its code."""
    masks: dict[str, Bools] = {}
    for warning in accepted.warnings:
        if warning.table == "claims" and warning.row is not None:
            empty = np.zeros(len(accepted.rows), np.bool_)
            claim = np.searchsorted(accepted.rows, warning.row)
            masks.setdefault(warning.code, empty)[claim] = True
    return masks


def rejected_part(rows: Sequence[PlacedRow]) -> pa.Table:
    """One row for everything that is wrong with each rejected row."""
    found = [
        {
            "file": placed.file,
            "table": placed.row.table,
            "row": placed.row.row,
            "field": finding.field,
            "column": finding.column,
            "value": finding.value,
            "code": finding.code,
            "reason": finding.reason,
            "reason_zh": finding.reason_zh,
        }
        for placed in rows
        for finding in placed.row.findings
    ]
    return pa.Table.from_pylist(found, schema=REJECTED_SCHEMA)
