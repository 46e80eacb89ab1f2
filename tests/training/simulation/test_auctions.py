import json
from typing import Any

import numpy as np
import pytest

from features.package import Floats, canonical_table
from models.pricing.bidding.priors import declared_priors
from models.pricing.bidding.record import AuctionRecord, learn_record
from training.simulation.auction_judge import (
    OUTLAY_RATE,
    best_open,
    best_sealed,
    judge_open,
    judge_sealed,
)
from training.simulation.auction_markets import (
    HABITS,
    MOST_RIVALS,
    AuctionMarket,
    Lots,
    draw_lots,
    draw_market,
)
from training.simulation.auction_report import print_auctions
from training.simulation.auction_trail import deal, deals_table
from training.simulation.auctions import Plan, Trials, many_auctions

MARKETS = 12


@pytest.fixture(scope="module")
def trials() -> Trials:
    """Markets of every habit, each judged once, after a hundred auctions."""
    plan = Plan(100, checkpoints=(), judged_lots=4_000, truth_lots=60_000)
    return many_auctions(range(MARKETS), plan, seed=7)


@pytest.fixture(scope="module")
def market() -> AuctionMarket:
    return draw_market("margin", np.random.default_rng(1))


@pytest.fixture(scope="module")
def lots(market: AuctionMarket) -> Lots:
    return draw_lots(market, 100_000, np.random.default_rng(2))


@pytest.fixture(scope="module")
def unlearnt() -> AuctionRecord:
    return learn_record(canonical_table("deals", None), declared_priors())


def test_bids_earn_nearly_what_the_best_would_and_what_they_promise(
    trials: Trials,
) -> None:
    learnt = trials.summary(100)

    assert learnt.best_share >= 0.95
    assert 0.9 <= learnt.stated_to_realised <= 1.1


def test_ignoring_the_curse_earns_less_and_promises_more(trials: Trials) -> None:
    learnt, ignored = trials.summary(100), trials.summary(100, "ignored")

    assert ignored.best_share < learnt.best_share
    assert ignored.stated_to_realised > 1.3


def test_a_factor_that_follows_the_bid_beats_a_constant_one(trials: Trials) -> None:
    assert trials.summary(100).best_share > trials.summary(100, "constant").best_share


def test_figures_are_plain_and_say_that_they_are_simulated(trials: Trials) -> None:
    figures = trials.figures()

    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert figures["simulated"] is True
    assert figures["markets"] == MARKETS
    assert set(figures["by_habit"]) == set(HABITS)


def test_the_report_says_all_of_it(
    trials: Trials,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    print_auctions(trials)

    shown = capsys.readouterr().out
    for part in ("simulated", "learnt", "constant", "ignored", "open", *HABITS):
        assert part in shown


def test_estimates_are_right_on_average_and_everybody_errs(
    market: AuctionMarket, lots: Lots
) -> None:
    ratio = lots.value_yuan / lots.own_value_yuan * market.bias

    assert ratio.mean() == pytest.approx(1.0, abs=0.005)
    assert ratio.std() > 0.05


@pytest.mark.parametrize("habit", HABITS)
def test_more_rivals_bid_higher_whatever_their_habit(habit: str) -> None:
    generator = np.random.default_rng(4)
    lots = draw_lots(draw_market(habit, generator), 40_000, generator)
    over = lots.rival_yuan / lots.own_value_yuan

    few, many = (np.median(over[chosen]) for chosen in _by_rivals(lots))
    assert 0.4 < few < many < 1.6


def _by_rivals(lots: Lots) -> tuple[Any, Any]:
    assert lots.rivals.max() <= MOST_RIVALS
    return lots.rivals == 1, lots.rivals >= 4


def test_what_is_left_on_record_is_what_real_auctions_leave(
    market: AuctionMarket, lots: Lots
) -> None:
    generator = np.random.default_rng(5)
    bids = lots.own_value_yuan * generator.uniform(0.6, 1.0, len(lots))
    rows = range(1_500)
    idle = generator.random(len(lots)) < 0.2
    deals = deals_table(
        [deal(market, lots, i, None if idle[i] else float(bids[i])) for i in rows]
    ).to_pylist()

    assert {d["outcome"] for d in deals} == {"won", "lost", "not_bid", "withdrawn"}
    for row, found in zip(rows, deals, strict=True):
        rival, reserve = lots.rival_yuan[row], lots.reserve_yuan[row]
        won = found["outcome"] == "won"
        assert won == (not idle[row] and bids[row] > rival)
        assert found["realised_value"] in (None, lots.value_yuan[row])
        assert won or found["realised_value"] is None
        if found["price"] is not None:
            unsold = found["outcome"] == "withdrawn"
            assert found["price"] == (reserve if unsold else rival)
    hidden = [d for d in deals if d["outcome"] == "lost" and d["price"] is None]
    assert hidden


def best_of_every_share(lots: Lots, rows: Any, shares: Floats) -> float:
    own = lots.own_value_yuan[rows]
    value, rival = lots.value_yuan[rows] / own, lots.rival_yuan[rows] / own
    return max(
        float(np.where(share > rival, value - share * OUTLAY_RATE, 0.0).sum())
        for share in shares
    )


def test_the_best_policy_is_at_least_as_good_as_any_share_of_the_estimate(
    lots: Lots,
) -> None:
    plain = best_of_every_share(lots, lots.reserve_yuan == 0, np.linspace(0.4, 1, 61))
    reserved = best_sealed(lots, lots) * len(lots) - plain

    assert reserved > 0


def test_no_advice_beats_the_best_policy_on_its_own_lots(
    lots: Lots, unlearnt: AuctionRecord
) -> None:
    assert judge_sealed(unlearnt, lots)[0] <= best_sealed(lots, lots)
    assert judge_open(unlearnt, lots)[0] <= best_open(lots, lots)


def test_the_same_seed_gives_the_same_figures() -> None:
    plan = Plan(10, checkpoints=(0,), judged_lots=500, truth_lots=2_000)
    first, second = (many_auctions([3], plan, seed=2) for _ in range(2))

    assert first == second
    assert first.checkpoints == (0, 10)
    assert many_auctions([3], plan, seed=3) != first
