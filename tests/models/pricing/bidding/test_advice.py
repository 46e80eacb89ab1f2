from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.package import canonical_table
from models.pricing.bidding.advice import Advice
from models.pricing.bidding.contest import Contest, Prospect
from models.pricing.bidding.open_auction import open_limit
from models.pricing.bidding.priors import declared_priors
from models.pricing.bidding.record import learn_record
from models.pricing.bidding.sealed import sealed_bid
from models.pricing.bidding.winning_price import Lot

RECORD = learn_record(canonical_table("deals", None), declared_priors())
VALUE, OUTLAY = 1e8, 1.01
GRID = np.linspace(1e6, 1.3e8, 4_000)
rates = st.floats(0.0, 0.6)
rival_counts = st.one_of(st.none(), st.integers(1, 12))


def contest(rivals: int | None = 3, **other: float) -> Contest:
    facts = {"value_yuan": VALUE, "usual_value_yuan": VALUE, "outlay_rate": OUTLAY}
    return RECORD.contest(Prospect(**{**facts, **other}), Lot(rivals))


def both(at: Contest) -> tuple[Advice, Advice]:
    return sealed_bid(at), open_limit(at)


def test_no_other_bid_has_a_higher_expected_profit() -> None:
    at = contest()

    advice = sealed_bid(at)

    assert advice.price_yuan is not None
    assert advice.expected_profit_yuan is not None
    assert advice.expected_profit_yuan >= at.sealed_profit_yuan(GRID).max() - 1e-6
    assert advice.expected_profit_yuan == at.sealed_profit_yuan(
        np.array(advice.price_yuan)
    )


def test_profit_is_value_after_the_curse_less_price_times_the_chance() -> None:
    at, price = contest(), np.array([6e7, 8e7])

    expected = at.curse_factor(price) * VALUE - price * OUTLAY
    np.testing.assert_allclose(
        at.sealed_profit_yuan(price), expected * at.win_probability(price)
    )


def test_the_drop_out_price_leaves_the_margin_and_nothing_more() -> None:
    at = contest()
    for margin in (0.0, 0.1, 0.5):
        price = at.drop_out_yuan(margin)
        worth = float(at.curse_factor(np.array(price))) * VALUE
        assert worth == pytest.approx(price * OUTLAY * (1 + margin), rel=1e-9)


def test_an_open_auction_is_left_where_winning_stops_to_pay() -> None:
    """No other limit has a higher expected profit, below the full value."""
    at = contest(rivals=8)
    limits = np.linspace(3e7, VALUE / OUTLAY, 5_000)

    advice = open_limit(at)

    assert advice.price_yuan is not None
    assert advice.expected_profit_yuan is not None
    assert advice.price_yuan < VALUE / OUTLAY
    assert advice.expected_profit_yuan >= at.open_profit_yuan(limits).max() - 1e-6


def test_news_of_rivals_never_lifts_a_limit_above_the_full_value() -> None:
    at = contest(1)
    full = np.log(np.array(VALUE / OUTLAY / VALUE))

    assert float(at.curse.factor_at_price(at.law, full)) > 1
    assert open_limit(at).price_yuan == pytest.approx(VALUE / OUTLAY)


def test_bidding_as_if_every_price_were_paid_leaves_an_open_auction_too_soon() -> None:
    at = contest(rivals=8)

    assert at.drop_out_yuan(0.0) < at.leaving_yuan(0.0)


def test_profit_of_an_open_auction_is_that_of_drawn_ones() -> None:
    at = contest(reserve_yuan=6e7)
    generator = np.random.default_rng(9)
    law, variance = at.law, at.curse.shared * at.curse.own_variance
    part = generator.choice(len(law.weights), 2_000_000, p=law.weights)
    z = generator.standard_normal(part.shape)
    rival = VALUE * np.exp(law.means[part] + law.spreads[part] * z)
    shared = variance / law.spreads[part]
    value = VALUE * at.curse.level * np.exp(shared * z - shared**2 / 2)
    won = rival < 8.5e7
    profit = np.where(won, value - OUTLAY * np.maximum(rival, 6e7), 0.0)

    error = profit.std() / np.sqrt(len(profit))
    assert float(at.open_profit_yuan(np.array(8.5e7))) == pytest.approx(
        profit.mean(), abs=5 * error
    )


def test_paying_what_the_last_rival_bid_is_better_than_paying_the_limit() -> None:
    price = np.array([6e7, 8e7, 9e7])

    open_, sealed = (
        contest().open_profit_yuan(price),
        contest().sealed_profit_yuan(price),
    )
    assert (open_ > sealed).all()


@settings(max_examples=30, deadline=None)
@given(usual=st.floats(1e5, 1e10), low=rates, high=rates, rivals=rival_counts)
def test_a_higher_target_return_never_raises_the_bid(
    usual: float, low: float, high: float, rivals: int | None
) -> None:
    """Value falls with the return asked; what rivals bid does not."""
    asked = sorted((low, high))
    worth = [usual * (1.15 / (1 + rate)) ** 2 for rate in asked]
    bids = [
        [
            a.price_yuan or 0.0
            for a in both(contest(rivals, value_yuan=v, usual_value_yuan=usual))
        ]
        for v in worth
    ]
    for cheap, dear in zip(*bids, strict=True):
        assert dear <= cheap * (1 + 1e-6)


@settings(max_examples=20, deadline=None)
@given(low=rates, high=rates, rivals=rival_counts, reserve=st.floats(0, 1.1e8))
def test_a_higher_margin_never_raises_the_bid(
    low: float, high: float, rivals: int | None, reserve: float
) -> None:
    margins = sorted((low, high))
    bids = [
        [
            a.price_yuan or 0.0
            for a in both(contest(rivals, margin_rate=m, reserve_yuan=reserve))
        ]
        for m in margins
    ]
    for cheap, dear in zip(*bids, strict=True):
        assert dear <= cheap * (1 + 1e-6)


@settings(max_examples=20, deadline=None)
@given(
    reserve=st.floats(0, 1.2e8),
    cap=st.floats(1e6, 2e8),
    margin=rates,
    rivals=rival_counts,
)
def test_advice_is_between_reserve_and_cap_and_earns_or_is_refused(
    reserve: float, cap: float, margin: float, rivals: int | None
) -> None:
    at = contest(rivals, reserve_yuan=reserve, cap_yuan=cap, margin_rate=margin)
    for advice in both(at):
        assert (advice.price_yuan is None) == (advice.refusal is not None)
        if advice.price_yuan is not None:
            assert advice.expected_profit_yuan is not None
            assert advice.expected_profit_yuan > 0
            assert reserve <= advice.price_yuan * (1 + 1e-9)
            assert advice.price_yuan <= min(cap, advice.drop_out_yuan) * (1 + 1e-9)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3), rivals=rival_counts)
def test_the_unit_of_money_changes_nothing(scale: float, rivals: int | None) -> None:
    one, other = (
        sealed_bid(contest(rivals, value_yuan=v, usual_value_yuan=v))
        for v in (VALUE, VALUE * scale)
    )
    assert one.price_yuan is not None
    assert other.price_yuan == pytest.approx(one.price_yuan * scale, rel=1e-5)


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"value_yuan": 0.0}, "worthless"),
        ({"reserve_yuan": 5e7, "cap_yuan": 4e7}, "reserve_above_cap"),
        ({"reserve_yuan": 1.2e8}, "reserve_above_drop_out"),
        ({"reserve_yuan": 8.5e7, "margin_rate": 0.5}, "reserve_above_drop_out"),
    ],
)
def test_no_bid_is_advised_that_cannot_earn(
    terms: dict[str, float], refusal: str
) -> None:
    for advice in both(contest(3, **terms)):
        assert advice.refusal == refusal
        assert advice.price_yuan is None
        assert advice.expected_profit_yuan is None


def test_a_cap_that_never_wins_is_no_bid() -> None:
    for advice in both(contest(cap_yuan=1.0)):
        assert advice.refusal == "hopeless"


def test_an_open_auction_that_starts_where_its_price_would_end_earns_nothing() -> None:
    """Met by nobody else, a reserve says that every rival thought less of it."""
    leaving = contest(8).leaving_yuan(0.0)

    advice = open_limit(contest(8, reserve_yuan=leaving * 0.999))

    assert advice.refusal == "no_profit"


def test_a_reserve_above_the_best_bid_is_met_while_it_pays() -> None:
    free = sealed_bid(contest()).price_yuan
    assert free is not None

    met = sealed_bid(contest(reserve_yuan=free * 1.03))

    assert met.price_yuan == pytest.approx(free * 1.03)


def test_a_cap_below_the_best_bid_is_bid() -> None:
    assert sealed_bid(contest(cap_yuan=5e7)).price_yuan == pytest.approx(5e7)


def test_below_the_reserve_nothing_is_won() -> None:
    at = contest(reserve_yuan=7e7)
    below = np.array([6.9e7])

    assert at.win_probability(below) == at.sealed_profit_yuan(below) == 0.0
    assert at.open_profit_yuan(below) == 0.0


def test_the_basis_says_what_is_known() -> None:
    assert RECORD.rivals_basis(Lot(3)) == RECORD.curse_basis == "declared prior"
    assert (
        replace(
            RECORD, curse=replace(RECORD.curse, purchases=5, observed_share=0.4)
        ).curse_basis
        == "mixed"
    )
    assert (
        replace(
            RECORD, curse=replace(RECORD.curse, purchases=500, observed_share=0.95)
        ).curse_basis
        == "observed"
    )
