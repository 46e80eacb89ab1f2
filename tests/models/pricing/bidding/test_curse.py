from typing import Any

import numpy as np
import pytest
from scipy.special import ndtr

from features.package import Floats, canonical_table
from models.pricing.bidding.auctions import past_auctions
from models.pricing.bidding.curse import Curse, learn_curse
from models.pricing.bidding.order_statistics import highest_normal
from models.pricing.bidding.price_law import PriceLaw
from models.pricing.bidding.priors import declared_priors
from models.pricing.bidding.record import learn_record
from models.pricing.bidding.winning_price import Lot, learn_rival_bids

PRIORS = declared_priors()
OWN = PRIORS.estimates.own_variance
APPETITE = PRIORS.rivals.appetite_sd


def theory(rivals: int, shading: float = 0.0) -> PriceLaw:
    """The law if each rival bids about a share of an estimate as good as ours."""
    mean, variance = highest_normal(np.array([float(rivals)]))
    single = OWN + APPETITE**2
    spread = np.sqrt(OWN + single * variance)
    return PriceLaw(np.ones(1), shading + np.sqrt(single) * mean, spread)


def drawn_factor(rivals: int, shading: float, bid: float) -> float:
    """Value over estimate where the bid won, in a million drawn auctions."""
    generator = np.random.default_rng(3)
    own = np.sqrt(OWN) * generator.standard_normal(500_000)
    single = np.sqrt(OWN + APPETITE**2)
    best = shading + single * generator.standard_normal((500_000, rivals)).max(axis=1)
    won = bid + own > best
    return float(np.exp(-own[won] - OWN / 2).mean())


def declared(shared: float = 1.0) -> Curse:
    return Curse(1.0, shared, np.eye(2), OWN)


@pytest.mark.parametrize(("rivals", "bid"), [(1, -0.1), (3, -0.1), (4, 0.0), (7, 0.1)])
def test_the_factor_is_that_of_drawn_auctions(rivals: int, bid: float) -> None:
    factor = float(declared().factor(theory(rivals, -0.1), np.array(bid)))

    assert factor == pytest.approx(drawn_factor(rivals, -0.1, bid), rel=0.01)


def test_a_normal_law_understates_the_curse_by_what_the_prior_level_takes() -> None:
    """.3 to 2% where two to seven rivals shade by what the priors declare."""
    missed = [
        drawn_factor(rivals, PRIORS.rivals.shading, bid)
        / float(declared().factor(theory(rivals, PRIORS.rivals.shading), np.array(bid)))
        for rivals in (2, 3, 7)
        for bid in (-0.3, -0.2)
    ]
    assert 0.97 < min(missed) < max(missed) < 1.0
    assert PRIORS.purchases.level == pytest.approx(np.mean(missed), abs=0.005)


def test_more_rivals_and_lower_bids_make_winning_worse_news() -> None:
    by_rivals = [
        float(declared().factor(theory(n), np.array(0.0))) for n in (1, 2, 4, 7)
    ]
    by_bid = declared().factor(theory(3), np.linspace(-0.4, 0.4, 9))

    assert by_rivals == sorted(by_rivals, reverse=True)
    assert (np.diff(by_bid) > 0).all()
    assert 0 < by_bid[0] < by_bid[-1] < 1


def test_rivals_that_know_nothing_curse_no_one() -> None:
    blind = declared(shared=0.0)

    np.testing.assert_allclose(blind.factor(theory(5), np.linspace(-1, 1, 5)), 1.0)


def test_the_factor_survives_bids_that_hardly_ever_win() -> None:
    factor = float(declared().factor(theory(3), np.array(-5.0)))

    assert 0 < factor < 0.2


def purchases(ratio: Floats, bid: float, bidders: int | None = 4) -> Any:
    n = len(ratio)
    table = canonical_table("deals", None)
    rows = [
        {
            "deal_id": str(i),
            "deal_date": None,
            "claim_total": 1e8,
            "price_kind": "clearing",
            "own_value": 100.0,
            "own_bid": 100.0 * np.exp(bid),
            "outcome": "won",
            "bidders": bidders,
            "realised_value": 100.0 * float(ratio[i]),
        }
        for i in range(n)
    ]
    return canonical_table("deals", table.from_pylist(rows, schema=table.schema))


def learnt(ratio: Floats, bid: float = -0.2, bidders: int | None = 4) -> Curse:
    return learn_record(purchases(ratio, bid, bidders), PRIORS).curse


def test_a_purchase_that_nobody_else_bid_for_says_nothing_of_the_curse() -> None:
    """It says how good one's own estimates are; that winning costs little it does not.

    Where it did, a buyer who mostly bids alone would pay more against rivals.
    """
    alone = learnt(np.full(50, 1.0), bidders=1)

    assert alone.purchases == 50
    assert alone.shared == pytest.approx(PRIORS.purchases.shared)
    assert alone.level == pytest.approx(1.0, abs=0.005)
    assert learnt(np.full(50, 0.9), bidders=1).level == pytest.approx(0.9, abs=0.02)


def test_without_purchases_the_priors_are_all_that_is_known() -> None:
    curse = learnt(np.zeros(0))

    assert (curse.level, curse.shared) == (
        PRIORS.purchases.level,
        PRIORS.purchases.shared,
    )
    assert (curse.purchases, curse.observed_share) == (0, 0.0)


def test_purchases_that_pay_as_expected_leave_the_priors() -> None:
    record = learn_record(purchases(np.ones(200), -0.2), PRIORS)
    law = record.rivals.law(Lot(3))
    prior = learn_record(purchases(np.zeros(0), -0.2), PRIORS).curse
    expected = float(prior.factor(law, np.array(-0.2)))

    curse = learnt(np.full(200, expected))

    assert curse.level == pytest.approx(PRIORS.purchases.level, abs=1e-3)
    assert curse.shared == pytest.approx(PRIORS.purchases.shared, abs=1e-2)
    assert 0 < curse.observed_share < 1


def test_the_factor_goes_from_the_prior_to_what_purchases_paid() -> None:
    def factor(n: int) -> float:
        record = learn_record(purchases(np.full(n, 0.75), -0.2), PRIORS)
        # The law itself is held: many purchases at one bid would move it as well.
        law = learn_rival_bids(past_auctions(purchases(np.ones(0), 0), 2.0), PRIORS)
        curse = learn_curse(record.auctions, law, PRIORS)
        return float(curse.factor(law.law(Lot(3)), np.array(-0.2)))

    factors = [factor(n) for n in (0, 5, 30, 1_000)]

    assert factors == sorted(factors, reverse=True)
    assert factors[0] > 0.85
    assert factors[1] > 0.8
    assert factors[-1] == pytest.approx(0.75, abs=0.015)


def test_the_chance_is_of_a_mixture_of_normals() -> None:
    law = PriceLaw(np.array([0.3, 0.7]), np.array([-0.2, 0.1]), np.array([0.1, 0.2]))

    chance = law.win_probability(np.array([0.0]))

    np.testing.assert_allclose(chance, 0.3 * ndtr(2.0) + 0.7 * ndtr(-0.5))
    assert law.win_probability(np.array(law.quantile(0.3))) == pytest.approx(0.3)


def test_the_price_paid_is_that_of_drawn_rivals() -> None:
    law = PriceLaw(np.ones(1), np.array([-0.2]), np.array([0.15]))
    drawn = np.exp(np.random.default_rng(5).normal(-0.2, 0.15, 1_000_000))

    paid = np.where(drawn < 0.9, drawn, 0.0).mean()

    assert float(law.price_if_won(np.log(np.array(0.9)))) == pytest.approx(
        paid, rel=2e-3
    )
