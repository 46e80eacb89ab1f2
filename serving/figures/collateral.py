"""What an answer says of each item of collateral: its sale, its chance and its time."""

from typing import Any

import numpy as np

from features import catalogue
from features.collateral.items import owned_yuan
from features.collateral.value import ExpectedSales, expected_sales
from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats, claim_rows, numbers
from models.pricing.valuation import Valuation
from models.recovery.model import RecoveryModel
from serving.figures.package import RATE_DIGITS, Figures

FEN_DIGITS = 2
MONTH_DIGITS = 1


def collateral_figures(
    valuation: Valuation, model: RecoveryModel
) -> list[list[Figures]]:
    """The items of every claim, in the order of the package and of its collateral.

    Chances are those of a sale within the horizon of the assumptions, in quarters.

    Args:
        valuation: The priced package.
        model: The model that priced it.
    """
    package = valuation.package
    quarters = -(-valuation.assumptions.horizon_months // MONTHS_PER_QUARTER)
    sales = expected_sales(package, model.sale_prices, quarters)
    columns = {**_named(valuation), **_expected(valuation, sales)}
    found: list[list[Figures]] = [[] for _ in range(len(package))]
    rows = zip(*columns.values(), strict=True)
    for claim, row in zip(claim_rows(package, package.collateral), rows, strict=True):
        found[claim].append(dict(zip(columns, row, strict=True)))
    return found


def _named(valuation: Valuation) -> dict[str, list[Any]]:
    items = valuation.package.collateral
    kinds = items["collateral_type"].to_pylist()
    kind = catalogue.field("collateral", "collateral_type")
    return {
        "collateral_id": items["collateral_id"].to_pylist(),
        "collateral_type": kinds,
        "collateral_type_zh": [k and kind.label(k, "zh") for k in kinds],
    }


def _expected(valuation: Valuation, sales: ExpectedSales) -> dict[str, list[Any]]:
    items = valuation.package.collateral
    owned = owned_yuan(valuation.package.tables.collateral)
    yuan = {
        "appraised_yuan": numbers(items, "appraised_value"),
        "expected_sale_yuan": sales.value_yuan,
        "p10_sale_yuan": sales.ratio_at(0.1) * owned,
        "p90_sale_yuan": sales.ratio_at(0.9) * owned,
        "net_sale_yuan": sales.net_yuan,
    }
    return {
        **{name: _rounded(values, FEN_DIGITS) for name, values in yuan.items()},
        "sale_probability": _rounded(sales.sale_probability, RATE_DIGITS),
        "months_to_sale": _rounded(sales.months, MONTH_DIGITS),
        "proceeds_yuan": _rounded(sales.proceeds_yuan, FEN_DIGITS),
    }


def _rounded(values: Floats, digits: int) -> list[float | None]:
    """Values for JSON, None where unknown."""
    return [None if np.isnan(v) else v for v in values.round(digits).tolist()]
