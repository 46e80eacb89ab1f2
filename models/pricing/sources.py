"""Who pays: the expected recovery parted into obligor, collateral and guarantor.

The model says what a claim pays in each quarter. Of that, collateral brings what its
sales are expected to bring, never more than a stated part of the whole; guarantors a
declared share of the rest where a guarantee lives; the obligor what remains. Within a
quarter the part of the collateral follows from when it is likely to be sold: Bayes'
rule over the two timings, that of the rest found by a few rounds of expectation and
maximisation.
"""

from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.collateral import unburdened
from features.collateral_value import SalePrices, expected_sales, sale_timing
from features.package import Floats, Package, claim_rows, days
from models.pricing.assumptions import Assumptions
from models.recovery.model import Forecast

Source = Literal["obligor", "collateral", "guarantor"]
SOURCES: tuple[Source, ...] = get_args(Source)
SOURCE_ZH: dict[str, str] = {
    "obligor": "债务人",
    "collateral": "押品",
    "guarantor": "保证人",
}
OBLIGOR, COLLATERAL, GUARANTOR = range(len(SOURCES))
# Whatever is secured may also be paid by the obligor: some always is.
LARGEST_COLLATERAL_SHARE = 0.95
ROUNDS = 6


def source_rates(
    forecast: Forecast,
    package: Package,
    prices: SalePrices,
    assumptions: Assumptions,
) -> Floats:
    """Expected recovery over claim by source and quarter, (sources, n, quarters).

    Args:
        forecast: Of the package.
        package: The claims.
        prices: What is known of sales of collateral.
        assumptions: What the price rests on.
    """
    total = forecast.quarter_rate
    collateral = total * _collateral_share(forecast, package, prices)
    rest = total - collateral
    share = assumptions.guarantor_share_rate * _guaranteed(package)
    guarantor = rest * share[:, None]
    return np.stack([rest - guarantor, collateral, guarantor])


def sale_rate(forecast: Forecast, package: Package, prices: SalePrices) -> Floats:
    """Share of each claim's cash for which collateral has to be sold, shape (n,).

    A sale costs what it costs whoever takes the proceeds: those ahead of the lender
    are left aside, so that more of them never make a claim cheaper to recover.
    """
    quarters = forecast.quarter_rate.shape[1]
    sold = _sold_yuan(unburdened(package), prices, quarters)
    return _overall(forecast, package, sold)


def _overall(forecast: Forecast, package: Package, sold: Floats) -> Floats:
    """Share of a claim's recovery that its sales are expected to bring, (n,)."""
    expected = forecast.mean_rate * package.claim_yuan()
    proceeds = sold.sum(axis=1) / np.where(expected > 0, expected, 1.0)
    share: Floats = np.minimum(proceeds, LARGEST_COLLATERAL_SHARE)
    return share


def _collateral_share(
    forecast: Forecast, package: Package, prices: SalePrices
) -> Floats:
    """Part of each quarter's recovery that comes from collateral, (n, quarters)."""
    total = forecast.quarter_rate
    quarters = total.shape[1]
    sold = _sold_yuan(package, prices, quarters)
    overall = _overall(forecast, package, sold)[:, None]
    collateral = overall * _normalised(sold)
    share = np.zeros_like(total)
    for _ in range(ROUNDS):
        others = (1.0 - overall) * _normalised(total * (1.0 - share))
        either = collateral + others
        share = collateral / np.where(either > 0, either, 1.0)
    return share


def _normalised(rows: Floats) -> Floats:
    sums = rows.sum(axis=1, keepdims=True)
    shares: Floats = rows / np.where(sums > 0, sums, 1.0)
    return shares


def _sold_yuan(package: Package, prices: SalePrices, quarters: int) -> Floats:
    """What collateral is expected to bring each claim by quarter, (n, quarters)."""
    brought = np.zeros((len(package), quarters))
    if len(package.collateral):
        net = np.nan_to_num(expected_sales(package, prices).net_yuan)
        by_quarter = net[:, None] * sale_timing(package, prices, quarters)
        np.add.at(brought, claim_rows(package, package.collateral), by_quarter)
    return brought


def _guaranteed(package: Package) -> "np.typing.NDArray[np.bool_]":
    """Whether a guarantee lives on the cut-off date: listed, or told of, shape (n,)."""
    claims, guarantees = package.claims, package.guarantees
    told = _equal(claims["security_type"], ["guaranteed", "combined"])
    listed = np.zeros(len(claims), bool)
    lives = np.zeros(len(claims), bool)
    rows = claim_rows(package, guarantees)
    listed[rows] = True
    cutoff = days(claims, "cutoff_date")[rows]
    lives[rows[~(days(guarantees, "guarantee_expiry") < cutoff)]] = True
    return np.where(listed, lives, told)


def _equal(column: pa.ChunkedArray, words: list[str]) -> "np.typing.NDArray[np.bool_]":
    found = pc.is_in(column, pa.array(words))
    held: np.typing.NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
    return held.astype(bool)
