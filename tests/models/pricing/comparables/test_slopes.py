from collections.abc import Callable
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from models.pricing.comparables.comparison import compare
from models.pricing.comparables.declared import declared
from models.pricing.comparables.facts import DealFacts, Point, Subject
from models.pricing.comparables.slopes import Slopes, learn_slopes

MakeDeals = Callable[..., pa.Table]


def learnt(deals: pa.Table) -> Slopes:
    rates = np.log(np.asarray(deals["price_rate"]))
    return learn_slopes(DealFacts.of(deals, declared()), rates, declared())


def falling(make_deals: MakeDeals, deals: int, yearly: float = 0.9) -> pa.Table:
    """Deals a month apart in a market that falls; nothing else differs."""
    rows = [
        {
            "deal_date": date(2018, 1, 1) + timedelta(days=30 * i),
            "price_rate": 0.4 * yearly ** (30 * i / 365.25),
        }
        for i in range(deals)
    ]
    return make_deals(rows)


def test_many_deals_show_the_trend(make_deals: MakeDeals) -> None:
    slopes = learnt(falling(make_deals, 80))

    assert slopes.effects["years"] == pytest.approx(np.log(0.9), rel=0.05)


def test_few_deals_show_less_of_it_and_fewer_none(make_deals: MakeDeals) -> None:
    many, few = (learnt(falling(make_deals, n)).effects["years"] for n in (80, 8))

    assert many < few < 0.0
    fewest = declared().method.slope_deals
    assert learnt(falling(make_deals, fewest - 1)).effects == {}


def test_a_fact_that_never_varies_has_no_slope(make_deals: MakeDeals) -> None:
    assert set(learnt(falling(make_deals, 40)).effects) == {"years"}
    assert learnt(make_deals([{}] * 40)).effects == {}


def test_slopes_find_the_law_of_simulated_deals(simulated_deals: MakeDeals) -> None:
    slopes = learnt(simulated_deals(600))
    effect, sd = slopes.effects["value_rate"], slopes.sds["value_rate"]

    assert effect == pytest.approx(1.0, abs=3 * sd + 0.05)
    assert abs(slopes.effects["years"]) < 0.05


def test_an_unknown_fact_is_not_adjusted_for(simulated_deals: MakeDeals) -> None:
    deals = simulated_deals()
    facts = DealFacts.of(deals, declared())
    silent = Point.of(Subject(date(2025, 1, 1), {}, {}), declared())
    moves = learnt(deals).adjustments(facts, silent)

    assert not moves["value_rate"].any()
    assert moves["years"].any()


def test_no_deal_is_adjusted_beyond_the_limit(make_deals: MakeDeals) -> None:
    deals = falling(make_deals, 80, yearly=0.5)
    subject = Subject(deals["deal_date"][-1].as_py(), {"claim_total": 1e8}, {})
    comparison = compare(deals, subject)

    assert comparison.found is not None
    told = comparison.found.estimate
    moved = np.exp(told.adjusted - np.log(comparison.found.deals.rates)[told.used])
    most = declared().method.most_adjustment
    assert moved.min() == pytest.approx(1.0 - most)
    np.testing.assert_array_equal(told.limited, moved < 1.0 - most + 1e-9)
    assert np.exp(told.adjustments["years"]).min() < 1.0 - most


def test_no_slope_runs_beyond_the_deals(make_deals: MakeDeals) -> None:
    deals = falling(make_deals, 40)
    slopes, facts = learnt(deals), DealFacts.of(deals, declared())
    last, later = (
        slopes.adjustments(facts, Point.of(Subject(day, {}, {}), declared()))["years"]
        for day in (deals["deal_date"][-1].as_py(), date(2060, 1, 1))
    )

    np.testing.assert_allclose(last, later)
    assert last[0] < 0.0
    assert last[-1] == pytest.approx(0.0)


def test_of_deals_equally_far_the_later_ones_speak(make_deals: MakeDeals) -> None:
    deals = falling(make_deals, 40)
    comparison = compare(deals, Subject(date(2060, 1, 1), {"claim_total": 1e8}, {}))

    assert comparison.found is not None
    nearest = declared().method.nearest
    used = comparison.found.estimate.used.tolist()
    assert used == list(range(39, 39 - nearest, -1))
