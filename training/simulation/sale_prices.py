"""Learnt prices of collateral against what came, out of time.

python -m training.simulation.sale_prices prints the table of docs/collateral.md.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
import numpy.typing as npt

from features.collateral.sale_learning import (
    ItemHistory,
    item_history,
    learn_prices,
    sale_weights,
)
from features.collateral.value import (
    HORIZON_QUARTERS,
    SalePrices,
    declared_prices,
    expected_sales,
    price_design,
)
from features.console import progress
from features.outcomes import MONTHS_PER_QUARTER, History
from features.package import Floats
from training.config import load_config
from training.data import load_history
from training.options import config_option, json_option, source_option
from training.simulation.years import print_years
from training.splits import test_years, window

Bools = npt.NDArray[np.bool_]
HORIZON_MONTHS = HORIZON_QUARTERS * MONTHS_PER_QUARTER


@dataclass(frozen=True)
class Figures:
    """How well one way of pricing collateral met the sales of a test year.

    Each item counts once. Prices are those of items that were sold, whenever; chances
    are of items watched for the whole horizon.

    Attributes:
        way: ``declared``, ``mean`` (of the log ratios seen in training) or ``learnt``.
        log_error: Root mean square error of the log ratio of price to appraisal.
        actual_to_expected: Prices over expected prices; None where no distribution.
        within_p10_p90: Share of sales between the tenth and the ninetieth percentile.
        expected_sold: Expected share sold within the horizon.
        brier: Mean square error of that chance.
        months_error: Root mean square error of the months to a sale.
    """

    way: str
    log_error: float
    actual_to_expected: float | None = None
    within_p10_p90: float | None = None
    expected_sold: float | None = None
    brier: float | None = None
    months_error: float | None = None


@dataclass(frozen=True)
class SaleYear:
    """The sales of claims cut off in one year.

    Attributes:
        year: The year.
        learnt_sales: Items sold that training knew of.
        sales: Items of the year that were sold.
        sold: Share of its items sold within the horizon.
        ways: Figures of each way of pricing.
    """

    year: int
    learnt_sales: float
    sales: float
    sold: float
    ways: tuple[Figures, ...]


def sale_year(history: History, year: int) -> SaleYear:
    """Learn from what was known before a year and test on its claims."""
    chosen = window(history, year)
    seen, learnt = item_history(chosen.train), learn_prices(chosen.train)
    items = item_history(chosen.test)
    weight = sale_weights(seen)
    known = np.where(weight > 0, seen.log_ratio, 0.0)
    mean = float(np.average(known, weights=weight)) if weight.any() else 0.0
    return SaleYear(
        year=year,
        learnt_sales=learnt.sales,
        sales=float(items.share[_sold(items)].sum()),
        sold=_mean(_in_time(items), items.share, _watched(items)),
        ways=(
            _figures("declared", chosen.test, items, declared_prices()),
            Figures("mean", _root(items.log_ratio - mean, items.share, _sold(items))),
            _figures("learnt", chosen.test, items, learnt),
        ),
    )


def _figures(
    way: str, test: History, items: ItemHistory, prices: SalePrices
) -> Figures:
    expected = expected_sales(test.package, prices)
    centre = price_design(items.facts).dot(prices.price_mean)
    ratio, share = np.exp(items.log_ratio), items.share
    sold, watched = _sold(items), _watched(items)
    inside = (ratio >= expected.ratio_at(0.1)) & (ratio <= expected.ratio_at(0.9))
    missed = _in_time(items) - expected.sale_probability
    late = np.where(sold, items.sold_months, np.nan) - expected.months
    return Figures(
        way=way,
        log_error=_root(items.log_ratio - centre, share, sold),
        actual_to_expected=_mean(ratio, share, sold)
        / _mean(expected.ratio, share, sold),
        within_p10_p90=_mean(inside.astype(np.float64), share, sold),
        expected_sold=_mean(expected.sale_probability, share, watched),
        brier=_mean(missed**2, share, watched),
        months_error=_root(late, share, watched & (_in_time(items) > 0) & sold),
    )


def _sold(items: ItemHistory) -> Bools:
    known: Bools = ~np.isnan(items.log_ratio)
    return known


def _watched(items: ItemHistory) -> Bools:
    watched: Bools = items.seen_months >= HORIZON_MONTHS
    return watched


def _in_time(items: ItemHistory) -> Floats:
    """Whether each item was sold within the horizon, as 0 or 1."""
    return (items.sold_months < HORIZON_MONTHS).astype(np.float64)


def _mean(values: Floats, share: Floats, chosen: Bools) -> float:
    return float(np.average(values[chosen], weights=share[chosen]))


def _root(errors: Floats, share: Floats, chosen: Bools) -> float:
    return float(np.sqrt(_mean(errors**2, share, chosen)))


def as_markdown(years: Iterable[SaleYear]) -> str:
    """The table of docs/collateral.md."""
    head = (
        "| year | learnt from | tested on | way | error of log price "
        "| actual / expected | in P10–P90 | expected sold | sold | Brier "
        "| months off |\n|---|" + "---:|" * 2 + "---|" + "---:|" * 7
    )
    return "\n".join([head, *(row for year in years for row in _rows(year))])


def _rows(year: SaleYear) -> Sequence[str]:
    return [
        f"| {year.year} | {year.learnt_sales:,.0f} | {year.sales:,.0f} | {w.way} "
        f"| {w.log_error:.3f} | {_cell(w.actual_to_expected, '.2f')} "
        f"| {_cell(w.within_p10_p90, '.0%')} | {_cell(w.expected_sold, '.1%')} "
        f"| {year.sold:.1%} | {_cell(w.brier, '.4f')} "
        f"| {_cell(w.months_error, '.1f')} |"
        for w in year.ways
    ]


def _cell(figure: float | None, form: str) -> str:
    return "" if figure is None else format(figure, form)


@click.command()
@source_option
@config_option
@json_option
def main(source: str, config_path: Path | None, as_json: bool) -> None:
    """Test learnt prices of collateral out of time, against what is declared."""
    config = load_config(config_path)
    history = load_history(source, config)
    tested = progress(test_years(history, config), "Testing sales, year")
    years = [sale_year(history, year) for year in tested]
    print_years(history, years, as_markdown, as_json=as_json)


if __name__ == "__main__":
    main()
