"""What sales teach: nothing without any, the truth with many, censoring respected."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.collateral.items import items_of
from features.collateral.sale_effects import facts
from features.collateral.sale_learning import (
    NOTED_SHARE,
    item_history,
    learn_prices,
    noted_share,
    sale_weights,
)
from features.collateral.value import (
    SalePrices,
    declared_prices,
    expected_sales,
    price_design,
    price_layout,
    sale_layout,
)
from features.outcomes import DAYS_PER_MONTH, History, validated
from features.package import Floats, canonical_table, claim_rows, days, numbers
from features.sources.simulated import simulate_history

HORIZON_MONTHS = 60


@pytest.fixture(scope="module")
def items() -> History:
    """Secured claims of a simulated market, each item of one claim, none sold yet."""
    market = simulate_history(claims=6_000, seed=4)
    names = [f"item {i}" for i in range(len(market.package.collateral))]
    package = replace(
        market.package,
        collateral=market.package.collateral.set_column(
            1, "collateral_id", pa.array(names)
        ),
    )
    status = market.workouts.set_column(
        1, "status", pa.array(["open"] * len(market), pa.string())
    )
    last = pa.array([market.observed_until] * len(market), pa.date32())
    status = status.set_column(2, "status_date", last)
    nothing = market.sales.slice(0, 0)
    return replace(market, package=package, workouts=status, sales=nothing)


def with_sales(history: History, log_ratio: Floats, months: Floats) -> History:
    """The history with the sales that were seen; infinite months: never sold."""
    collateral = history.package.collateral
    claims = claim_rows(history.package, collateral)
    cutoff = days(history.package.claims, "cutoff_date")[claims]
    finite = np.where(np.isfinite(months), months, 0.0)
    day = cutoff + 1 + np.floor(finite * DAYS_PER_MONTH)
    last = (history.observed_until - date(1970, 1, 1)).days
    price = np.exp(log_ratio) * numbers(collateral, "appraised_value")
    rows = np.flatnonzero(np.isfinite(months) & (day <= last) & (price > 0))
    chosen = collateral.take(pa.array(rows))
    dates = [date(1970, 1, 1) + timedelta(days=int(d)) for d in day[rows]]
    sales = pa.table(
        {
            "claim_id": chosen["claim_id"],
            "collateral_id": chosen["collateral_id"],
            "sale_date": pa.array(dates, pa.date32()),
            "sale_outcome": pa.array(["sold"] * len(rows)),
            "sale_price": pa.array(price[rows]),
        }
    )
    return validated(replace(history, sales=canonical_table("sales", sales)))


def test_without_sales_what_is_declared_stands(items: History) -> None:
    assert learn_prices(items) is declared_prices()


def test_learning_from_next_to_nothing_hardly_moves_what_is_declared(
    items: History,
) -> None:
    """A sale of one item, in a history of that item alone."""
    count = len(items.package.collateral)
    first = np.arange(count) == 0
    one = with_sales(items, np.full(count, -1.0), np.where(first, 5.0, np.inf))
    claim = claim_rows(one.package, one.package.collateral)[:1]
    learnt, start = learn_prices(one.take(claim)), declared_prices()
    assert learnt.sales == pytest.approx(1.0)
    moved = np.abs(learnt.price_mean - start.price_mean) / price_layout().sd
    assert 0 < moved.max() < 1
    assert np.abs((learnt.sale_mean - start.sale_mean) / sale_layout().sd).max() < 1
    assert (np.diag(learnt.price_spread) <= np.diag(start.price_spread) + 1e-12).all()


def test_many_sales_recover_the_effects_that_made_them(items: History) -> None:
    rng = np.random.default_rng(1)
    layout = price_layout()
    true = layout.mean + 0.8 * layout.sd * rng.standard_normal(len(layout.mean))
    design = price_design(facts(items.package))
    centre = design.dot(true)
    noise = 0.2 * rng.standard_normal(len(centre))
    learnt = learn_prices(with_sales(items, centre + noise, np.full(len(centre), 6.0)))
    found = design.dot(learnt.price_mean)
    missed = np.sqrt(np.mean((found - centre) ** 2))
    start = np.sqrt(np.mean((design.dot(layout.mean) - centre) ** 2))
    assert missed < 0.04 < 0.2 < start
    assert np.sqrt(learnt.noise_variance) == pytest.approx(0.2, abs=0.02)


def test_evidence_grows_smoothly(items: History) -> None:
    """The more of the same sales are seen, the nearer is what they say."""
    count = len(items.package.collateral)
    layout = price_layout()
    centre = price_design(facts(items.package)).dot(layout.mean) + 0.4
    home = items.package.tables.collateral.says("collateral_type", "home")
    distance = []
    for every in (200, 40, 8, 1):
        seen = np.where(np.arange(count) % every == 0, 6.0, np.inf)
        learnt = learn_prices(with_sales(items, centre, seen))
        found = price_design(facts(items.package)).dot(learnt.price_mean)
        distance.append(float(np.abs(found - centre)[home].mean()))
    assert (np.diff(distance) < 0).all()
    assert distance[0] > 0.02 > distance[-1]


@pytest.fixture(scope="module")
def slow(items: History) -> tuple[History, Floats, Floats]:
    """Half of the items are sold, the cheaper the longer it takes."""
    rng = np.random.default_rng(2)
    count = len(items.package.collateral)
    months = np.where(rng.random(count) < 0.5, rng.gamma(3.0, 10.0, count), np.inf)
    log_ratio = 0.1 - 0.02 * np.minimum(months, 100.0)
    return with_sales(items, log_ratio, months), log_ratio, months


def test_items_not_sold_yet_are_not_called_unsold(
    slow: tuple[History, Floats, Floats],
) -> None:
    history, _, months = slow
    truth = float(np.mean(months < HORIZON_MONTHS))
    recent = history.known_on(date(2019, 12, 31))
    seen = item_history(recent)
    naive = float(np.mean(np.isfinite(seen.sold_months)))
    expected = expected_sales(recent.package, learn_prices(recent))
    assert naive < truth - 0.08
    assert expected.sale_probability.mean() == pytest.approx(truth, abs=0.05)
    in_time = months[months < HORIZON_MONTHS].mean()
    assert expected.months.mean() == pytest.approx(in_time, abs=2.5)


def test_quick_sales_of_recent_vintages_do_not_raise_the_price(
    slow: tuple[History, Floats, Floats],
) -> None:
    history, log_ratio, months = slow
    truth = float(log_ratio[months < HORIZON_MONTHS].mean())
    recent = history.known_on(date(2017, 12, 31))
    seen = item_history(recent)
    known = ~np.isnan(seen.log_ratio)
    naive = float(seen.log_ratio[known].mean())
    weighted = float(
        np.average(seen.log_ratio[known], weights=sale_weights(seen)[known])
    )
    assert naive > truth + 0.08
    assert abs(weighted - truth) < 0.5 * abs(naive - truth)


def test_weights_add_up_to_the_items_that_were_sold(history: History) -> None:
    seen = item_history(history)
    known = ~np.isnan(seen.log_ratio)
    weight = sale_weights(seen)
    assert (weight[known] > 0).all()
    assert (weight[~known] == 0).all()
    assert weight.sum() == pytest.approx(seen.share[known].sum())


def test_an_item_behind_several_claims_is_learnt_from_once(history: History) -> None:
    seen = item_history(history)
    item = items_of(history.package.tables.collateral)
    assert np.bincount(item).max() > 1
    np.testing.assert_allclose(np.bincount(item, seen.share), 1.0)
    sold = seen.share[~np.isnan(seen.log_ratio)]
    assert learn_prices(history).sales == pytest.approx(sold.sum())
    assert sold.sum() < len(sold)


def test_sales_after_the_day_teach_nothing_on_it(history: History) -> None:
    day = date(2018, 12, 31)
    known = history.known_on(day)
    later = pc.greater(history.sales["sale_date"], pa.scalar(day))
    doubled = pc.if_else(
        later,
        pc.multiply(history.sales["sale_price"], 2.0),
        history.sales["sale_price"],
    )
    position = history.sales.schema.get_field_index("sale_price")
    other = replace(
        history, sales=history.sales.set_column(position, "sale_price", doubled)
    )
    assert same(learn_prices(other.known_on(day)), learn_prices(known))
    assert not same(learn_prices(other), learn_prices(history))


def test_simulated_sales_are_all_noted(history: History) -> None:
    assert noted_share(history) == 1.0


def test_where_sales_are_noted_by_halves_only_prices_are_learnt(
    history: History,
) -> None:
    half = history.sales.filter(pa.array(np.arange(len(history.sales)) % 2 == 0))
    some = replace(history, sales=half)
    assert noted_share(some) < NOTED_SHARE
    learnt, start = learn_prices(some), declared_prices()
    np.testing.assert_array_equal(learnt.sale_mean, start.sale_mean)
    assert not np.array_equal(learnt.price_mean, start.price_mean)


def test_a_ledger_without_sources_is_trusted(history: History) -> None:
    position = history.ledger.schema.get_field_index("source")
    nothing = pa.nulls(len(history.ledger), pa.string())
    silent = replace(
        history, ledger=history.ledger.set_column(position, "source", nothing)
    )
    assert noted_share(silent) == 1.0
    assert same(learn_prices(silent), learn_prices(history))


def same(one: SalePrices, other: SalePrices) -> bool:
    return np.array_equal(one.price_mean, other.price_mean) and np.array_equal(
        one.sale_mean, other.sale_mean
    )


def test_learning_twice_gives_the_same_bits(history: History) -> None:
    assert same(learn_prices(history), learn_prices(history))
