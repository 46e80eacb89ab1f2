"""Assumed liquidation against the cash that came, out of time.

python -m training.simulation.liquidation prints the table of docs/liquidation.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import pyarrow.compute as pc
from scipy.stats import spearmanr

from features.collateral.sale_learning import learn_prices
from features.console import progress
from features.outcomes import MONTHS_PER_QUARTER, History, recoveries
from features.package import Floats
from models.pricing.liquidation.terms import liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation, liquidate
from training.config import load_config
from training.data import load_history
from training.options import config_option, json_option, source_option
from training.simulation.years import print_years
from training.splits import test_years, window

WAYS = ("certain", "expected")
# Source in the ledger of what a liquidation expects; whatever else came, such as the
# price of a claim sold on, has no counterpart.
LEDGER = {
    "collateral": "from_collateral",
    "guarantor": "from_guarantor",
    "obligor": "from_obligor",
}


@dataclass(frozen=True)
class Figures:
    """How one way of liquidating a year's claims met the cash of the horizon.

    Attributes:
        way: ``certain``, where every item is sold, or ``expected``, with its chance.
        expected_rate: Liquidation over claim.
        collateral: Cash from collateral over what was expected of it.
        guarantor: The same of guarantors.
        obligor: The same of obligors.
        rank_correlation: Spearman's, of liquidation and cash over claim.
    """

    way: str
    expected_rate: float
    collateral: float
    guarantor: float
    obligor: float
    rank_correlation: float


@dataclass(frozen=True)
class LiquidationYear:
    """The claims cut off in one year.

    Attributes:
        year: The year.
        claims: How many.
        paid_rate: Cash of the horizon over claim.
        ways: Figures of each way.
    """

    year: int
    claims: int
    paid_rate: float
    ways: tuple[Figures, ...]


def liquidation_year(
    history: History, year: int, horizon_quarters: int
) -> LiquidationYear:
    """Learn sale prices from what was known before a year; liquidate its claims."""
    chosen = window(history, year)
    prices, test = learn_prices(chosen.train), chosen.test
    claim, paid = test.package.claim_yuan(), _paid(test, horizon_quarters)
    found = {
        way: liquidate(
            test.package, prices, liquidation_terms({"sale": way}), horizon_quarters
        )
        for way in WAYS
    }
    return LiquidationYear(
        year,
        len(test),
        float(paid["any"].sum() / claim.sum()),
        tuple(_figures(way, found[way], paid) for way in WAYS),
    )


def _figures(way: str, found: Liquidation, paid: dict[str, Floats]) -> Figures:
    claim, total = found.claim_yuan, found.total_yuan
    ranks = spearmanr(total / claim, paid["any"] / claim)
    return Figures(
        way=way,
        expected_rate=float(total.sum() / claim.sum()),
        **{
            source: float(paid[source].sum() / getattr(found, f"{source}_yuan").sum())
            for source in LEDGER
        },
        rank_correlation=float(ranks.statistic),
    )


def _paid(history: History, horizon_quarters: int) -> dict[str, Floats]:
    """Cash of the horizon in yuan by source and from any, shape (n,) each."""
    recovered = pc.equal(history.ledger["kind"], "recovery")
    source = history.ledger.filter(recovered)["source"].to_numpy(zero_copy_only=False)
    cash, claim = recoveries(history), history.package.claim_yuan()
    yuan = cash.rate * claim[cash.claim]
    in_time = cash.months <= horizon_quarters * MONTHS_PER_QUARTER
    chosen = {name: in_time & (source == word) for name, word in LEDGER.items()}
    return {
        name: np.bincount(cash.claim, yuan * rows, minlength=len(claim)).astype(float)
        for name, rows in {**chosen, "any": in_time}.items()
    }


def as_markdown(years: Iterable[LiquidationYear]) -> str:
    """The table of docs/liquidation.md."""
    head = (
        "| year | claims | paid over claim | way | liquidation over claim "
        "| collateral | guarantor | obligor | rank correlation |\n"
        "|---|---:|---:|---|" + "---:|" * 5
    )
    return "\n".join([head, *(row for year in years for row in _rows(year))])


def _rows(year: LiquidationYear) -> Sequence[str]:
    return [
        f"| {year.year} | {year.claims:,} | {year.paid_rate:.1%} | {w.way} "
        f"| {w.expected_rate:.1%} | {w.collateral:.2f} | {w.guarantor:.2f} "
        f"| {w.obligor:.2f} | {w.rank_correlation:.2f} |"
        for w in year.ways
    ]


@click.command()
@source_option
@config_option
@json_option
def main(source: str, config_path: Path | None, as_json: bool) -> None:
    """Test assumed liquidation out of time, against the cash that came."""
    config = load_config(config_path)
    history = load_history(source, config)
    tested = progress(test_years(history, config), "Liquidating claims, year")
    quarters = config.horizon.quarters
    years = [liquidation_year(history, year, quarters) for year in tested]
    print_years(history, years, as_markdown, as_json=as_json)


if __name__ == "__main__":
    main()
