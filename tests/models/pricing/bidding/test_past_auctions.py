from typing import Any

import numpy as np
import pytest

from models.pricing.bidding.auctions import (
    ABOVE,
    BELOW,
    EXACT,
    NOTHING,
    past_auctions,
)

LARGEST = 2.0
CASES: dict[str, tuple[dict[str, Any], int, float | None]] = {
    "lost, price published": ({"price": 90.0, "own_bid": 80.0}, EXACT, 90.0),
    "lost, price unknown": ({"own_bid": 80.0}, ABOVE, 80.0),
    "lost, only the reserve known": (
        {"own_bid": 80.0, "price_kind": "reserve", "price": 85.0},
        ABOVE,
        85.0,
    ),
    "won, runner-up known": (
        {"outcome": "won", "own_bid": 80.0, "price_kind": "runner_up", "price": 70.0},
        EXACT,
        70.0,
    ),
    "won in an open auction below the limit": (
        {"outcome": "won", "own_bid": 95.0, "price": 80.0},
        EXACT,
        80.0,
    ),
    "won at one's own bid": (
        {"outcome": "won", "own_bid": 80.0, "price": 80.0},
        BELOW,
        80.0,
    ),
    "won, the bid read off the price": ({"outcome": "won", "price": 80.0}, BELOW, 80.0),
    "not bid, price published": ({"outcome": "not_bid", "price": 75.0}, EXACT, 75.0),
    "not bid, runner-up known": (
        {"outcome": "not_bid", "price_kind": "runner_up", "price": 75.0},
        ABOVE,
        75.0,
    ),
    "not bid, price unknown": ({"outcome": "not_bid"}, NOTHING, None),
    "unsold, reserve not met by us either": (
        {"outcome": "withdrawn", "price_kind": "reserve", "price": 60.0},
        BELOW,
        60.0,
    ),
    "withdrawn although our bid met the reserve": (
        {
            "outcome": "withdrawn",
            "own_bid": 65.0,
            "price_kind": "reserve",
            "price": 60.0,
        },
        NOTHING,
        None,
    ),
    "won without a rival": (
        {"outcome": "won", "own_bid": 80.0, "bidders": 1},
        NOTHING,
        None,
    ),
    "price as a rate of the principal": (
        {"price_rate": 0.5, "rate_base": "principal", "principal": 180.0},
        EXACT,
        90.0,
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_a_deal_says_of_the_highest_rival_bid(case: str, deals_of: Any) -> None:
    facts, known, price = CASES[case]

    auctions = past_auctions(deals_of(facts), LARGEST)

    assert auctions.known.tolist() == [known]
    expected = np.nan if price is None else np.log(price / 100.0)
    np.testing.assert_allclose(auctions.log_ratio, [expected])


def test_a_deal_with_several_prices_counts_once_by_what_says_most(
    deals_of: Any,
) -> None:
    won = {"deal_id": "a", "outcome": "won", "realised_value": 110.0}
    deals = deals_of(
        {**won, "price": 80.0},
        {**won, "price_kind": "runner_up", "price": 70.0},
        {"deal_id": "b", "own_bid": 60.0},
    )

    auctions = past_auctions(deals, LARGEST)

    assert auctions.known.tolist() == [EXACT, ABOVE]
    np.testing.assert_allclose(auctions.log_ratio, np.log([0.7, 0.6]))
    np.testing.assert_allclose(auctions.own_log_ratio, np.log([0.8, 0.6]))
    np.testing.assert_allclose(auctions.realised_ratio, [1.1, np.nan])


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    ("facts", "prices", "known", "certain"),
    [
        ({"own_bid": 60.0}, {"start": 70.0, "reserve": 85.0}, ABOVE, 85.0),
        ({"outcome": "withdrawn"}, {"start": 70.0, "reserve": 85.0}, BELOW, 85.0),
        (
            {"outcome": "won", "own_bid": 95.0},
            {"clearing": 80.0, "runner_up": 79.0},
            EXACT,
            79.0,
        ),
    ],
)
def test_of_several_prices_that_say_as_much_the_order_chooses_none(
    deals_of: Any,
    facts: dict[str, Any],
    prices: dict[str, float],
    known: int,
    certain: float,
    order: tuple[int, int],
) -> None:
    rows = [
        {"deal_id": "a", **facts, "price_kind": kind, "price": price}
        for kind, price in prices.items()
    ]

    auctions = past_auctions(deals_of(*(rows[i] for i in order)), LARGEST)

    assert auctions.known.tolist() == [known]
    np.testing.assert_allclose(auctions.log_ratio, [np.log(certain / 100.0)])


def test_rivals_are_bidders_without_us(deals_of: Any) -> None:
    deals = deals_of(
        {"own_bid": 80.0, "bidders": 4},
        {"outcome": "not_bid", "price": 70.0, "bidders": 4},
        {"own_bid": 80.0},
    )

    np.testing.assert_array_equal(
        past_auctions(deals, LARGEST).rivals, [3.0, 4.0, np.nan]
    )


def test_deals_that_cannot_be_used_are_counted(deals_of: Any) -> None:
    deals = deals_of(
        {"own_bid": 80.0, "currency": "USD"},
        {"own_bid": 80.0, "block_transfer": True},
        {"own_bid": 80.0, "own_value": None},
        {"own_bid": 80.0, "price": 80_000.0},
        {"own_bid": 80.0},
    )

    auctions = past_auctions(deals, LARGEST)

    assert len(auctions) == 1
    assert auctions.left_out == {
        "other_currency": 1,
        "block_transfer": 1,
        "no_own_value": 1,
        "implausible_price": 1,
    }


def test_only_what_was_won_is_a_purchase(deals_of: Any) -> None:
    paid = {"own_bid": 80.0, "realised_value": 90.0}
    deals = deals_of(paid, {**paid, "outcome": "won"}, {"outcome": "won"})

    assert past_auctions(deals, LARGEST).purchases.tolist() == [False, True, False]
