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

from features.collateral.value import SalePrices, expected_sales, sale_timing
from features.columns import Bools, Floats, Ints, Tabled
from features.compiled import compiled
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
    package: Tabled,
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
    sold = sold_yuan(package, prices, forecast.quarter_rate.shape[1])
    overall = _overall(forecast, package, sold)
    guarantors = np.where(_guaranteed(package), assumptions.guarantor_share_rate, 0.0)
    return _parted(forecast.quarter_rate, sold, overall, guarantors)


def sale_rate(forecast: Forecast) -> Floats:
    """Share of each claim's cash for which collateral has to be sold, shape (n,).

    That is what the claim pays because its collateral is worth something: whoever does
    not sell has the rest. So a dearer item never costs more than it brings, and debt
    ahead never makes a claim cheaper to recover.
    """
    mean, bare = forecast.mean_rate, forecast.bare_rate
    share: Floats = np.maximum(1.0 - bare / np.where(mean > 0, mean, 1.0), 0.0)
    return np.minimum(share, LARGEST_COLLATERAL_SHARE)


def _overall(forecast: Forecast, package: Tabled, sold: Floats) -> Floats:
    """Share of a claim's recovery that its sales are expected to bring, (n,)."""
    expected = forecast.mean_rate * package.tables.claim_yuan
    proceeds = sold.sum(axis=1) / np.where(expected > 0, expected, 1.0)
    share: Floats = np.minimum(proceeds, LARGEST_COLLATERAL_SHARE)
    return share


@compiled
def _parted(total: Floats, sold: Floats, overall: Floats, guarantors: Floats) -> Floats:
    """The recovery of each quarter by source, shape (sources, n, quarters).

    Args:
        total: Recovery over claim in each quarter, shape (n, quarters).
        sold: What collateral brings in each, in any unit, shape (n, quarters).
        overall: Share of collateral in the whole recovery, shape (n,).
        guarantors: Share of guarantors in what collateral does not bring, (n,).
    """
    claims, quarters = total.shape
    parted = np.zeros((3, claims, quarters))
    for claim in range(claims):
        share = np.zeros(quarters)
        brought = sold[claim].sum()
        for _ in range(ROUNDS if brought > 0 else 0):
            rest = np.sum(total[claim] * (1.0 - share))
            for quarter in range(quarters):
                left = total[claim, quarter] * (1.0 - share[quarter])
                others = (1.0 - overall[claim]) * (left / rest if rest > 0 else left)
                collateral = overall[claim] * sold[claim, quarter] / brought
                either = collateral + others
                share[quarter] = collateral / either if either > 0 else collateral
        for quarter in range(quarters):
            collateral = total[claim, quarter] * share[quarter]
            rest = total[claim, quarter] - collateral
            parted[GUARANTOR, claim, quarter] = rest * guarantors[claim]
            parted[COLLATERAL, claim, quarter] = collateral
            parted[OBLIGOR, claim, quarter] = rest - rest * guarantors[claim]
    return parted


def sold_yuan(package: Tabled, prices: SalePrices, quarters: int) -> Floats:
    """What collateral is expected to bring each claim by quarter, (n, quarters)."""
    tables = package.tables
    brought = np.zeros((len(tables), quarters))
    if len(tables.collateral):
        net = expected_sales(tables, prices).net_yuan
        timing = sale_timing(tables, prices, quarters)
        _add_sold(net, timing, tables.collateral_claim, brought)
    return brought


@compiled
def _add_sold(net: Floats, timing: Floats, claim: Ints, brought: Floats) -> None:
    """Add what items bring to the quarters of their claims, nothing if not known."""
    for item in range(len(net)):
        if not np.isnan(net[item]):
            for quarter in range(timing.shape[1]):
                brought[claim[item], quarter] += net[item] * timing[item, quarter]


def _guaranteed(package: Tabled) -> Bools:
    """Whether a guarantee lives on the cut-off date: listed, or told of, shape (n,)."""
    tables = package.tables
    told = tables.claims.says("security_type", "guaranteed", "combined")
    rows = tables.guarantee_claim
    if not len(rows):
        return told
    listed = np.zeros(len(tables), bool)
    lives = np.zeros(len(tables), bool)
    listed[rows] = True
    cutoff = tables.claims.numbers("cutoff_date")[rows]
    expiry = tables.guarantees.numbers("guarantee_expiry")
    lives[rows[~(expiry < cutoff)]] = True
    return np.where(listed, lives, told)
