from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy.stats import norm

from features.package import Floats, canonical_table
from models.pricing.bidding.auctions import (
    ABOVE,
    BELOW,
    EXACT,
    Auctions,
    past_auctions,
)
from models.pricing.bidding.price_law import PriceLaw
from models.pricing.bidding.priors import declared_priors
from models.pricing.bidding.winning_price import (
    Lot,
    RivalBids,
    _Likelihood,
    learn_rival_bids,
)

PRIORS = declared_priors()
BIDS = np.linspace(-0.8, 0.6, 57)


def auctions_of(log_ratio: Floats, known: Any, rivals: Any = np.nan) -> Auctions:
    n = len(log_ratio)
    return Auctions(
        log_ratio=log_ratio,
        known=np.broadcast_to(np.asarray(known, np.int64), n),
        rivals=np.broadcast_to(np.asarray(rivals, np.float64), n),
        package_type=np.full(n, ""),
        claim_yuan=np.full(n, np.nan),
        own_log_ratio=np.full(n, np.nan),
        realised_ratio=np.full(n, np.nan),
        left_out={},
    )


def drawn(n: int, published: float) -> Auctions:
    """Prices normal about -0.3 with spread 0.15, some hidden behind bids that were."""
    generator = np.random.default_rng(7)
    price = generator.normal(-0.3, 0.15, n)
    bid = generator.normal(-0.3, 0.1, n)
    shown = generator.random(n) < published
    known = np.select([shown, bid < price], [EXACT, ABOVE], BELOW)
    return auctions_of(np.where(shown, price, bid), known)


@pytest.fixture(scope="module")
def declared() -> RivalBids:
    none = past_auctions(canonical_table("deals", None), 2.0)
    return learn_rival_bids(none, PRIORS)


def test_without_auctions_the_priors_are_all_that_is_known(declared: RivalBids) -> None:
    belief = PRIORS.rivals
    assert declared.auctions == 0
    assert declared.coefficients[0] == pytest.approx(belief.shading, abs=1e-6)
    assert declared.covariance[0, 0] == pytest.approx(belief.shading_sd**2, rel=1e-3)
    assert declared.typical_rivals == belief.typical
    assert declared.observed_share(Lot(3)) == pytest.approx(0.0, abs=1e-3)


@pytest.mark.parametrize("published", [1.0, 0.4, 0.0])
def test_the_law_is_found_however_few_prices_are_published(published: float) -> None:
    learnt = learn_rival_bids(drawn(4_000, published), PRIORS)

    law = learnt.law(Lot(rivals=int(PRIORS.rivals.typical)))
    assert law.quantile(0.5) == pytest.approx(-0.3, abs=0.02)
    assert law.quantile(0.9) - law.quantile(0.1) == pytest.approx(
        2 * 1.2816 * 0.15, rel=0.08
    )


def test_hidden_prices_do_not_move_the_law_to_the_published_ones() -> None:
    """High prices only are published: a plain mean of them would be far too high."""
    generator = np.random.default_rng(2)
    price = generator.normal(-0.3, 0.15, 2_000)
    bid = np.full(2_000, -0.25)
    known = np.where(price > bid, EXACT, BELOW)

    learnt = learn_rival_bids(
        auctions_of(np.where(price > bid, price, bid), known), PRIORS
    )

    assert price[price > bid].mean() > -0.2
    assert learnt.law(Lot(3)).quantile(0.5) == pytest.approx(-0.3, abs=0.03)


def test_more_rivals_bid_higher(declared: RivalBids) -> None:
    chances = [
        declared.law(Lot(rivals)).win_probability(np.array(-0.1))
        for rivals in (1, 2, 5, 10)
    ]
    assert chances == sorted(chances, reverse=True)


def test_an_unknown_number_of_rivals_widens_the_law(declared: RivalBids) -> None:
    known, unknown = declared.law(Lot(3)), declared.law(Lot(None))
    assert (unknown.spreads > known.spreads).all()


def test_the_chance_of_winning_rises_with_the_bid(declared: RivalBids) -> None:
    chance = declared.law(Lot(4)).win_probability(BIDS)
    assert (np.diff(chance) > 0).all()
    assert 0 < chance[0] < chance[-1] < 1


def test_few_auctions_make_the_chance_of_winning_wider() -> None:
    """The same frequencies of prices in few and in many auctions."""

    def law(n: int) -> PriceLaw:
        prices = norm.ppf((np.arange(n) + 0.5) / n, -0.3, 0.15)
        standard = -0.3 + (prices - prices.mean()) * 0.15 / prices.std()
        return learn_rival_bids(auctions_of(standard, EXACT), PRIORS).law(Lot(3))

    few, many = law(8), law(3_000)
    width_few, width_many = (
        law.quantile(0.95) - law.quantile(0.05) for law in (few, many)
    )
    assert width_few > 1.1 * width_many


def test_a_wider_doubt_moves_chances_towards_one_half(declared: RivalBids) -> None:
    surer = replace(declared, covariance=declared.covariance / 100)
    median = declared.law(Lot(3)).quantile(0.5)
    below, above = np.array(median - 0.3), np.array(median + 0.3)
    doubting, sure = declared.law(Lot(3)), surer.law(Lot(3))
    assert doubting.win_probability(below) > sure.win_probability(below)
    assert doubting.win_probability(above) < sure.win_probability(above)


def test_kinds_of_packages_are_told_apart_and_shrunk() -> None:
    base = drawn(400, 1.0)
    kinds = np.where(np.arange(400) % 2 == 0, "corporate_bulk", "personal_bulk")
    shift = np.where(kinds == "personal_bulk", 0.1, 0.0)
    auctions = Auctions(
        **{
            **vars(base),
            "log_ratio": base.log_ratio + shift,
            "package_type": kinds,
        }
    )
    learnt = learn_rival_bids(auctions, PRIORS)
    medians = {
        kind: learnt.law(Lot(3, kind)).quantile(0.5)
        for kind in ("corporate_bulk", "personal_bulk")
    }
    gap = medians["personal_bulk"] - medians["corporate_bulk"]
    assert 0.05 < gap < 0.13


def test_the_gradient_is_that_of_the_loss() -> None:
    generator = np.random.default_rng(1)
    likelihood = _Likelihood(
        generator.standard_normal((40, 3)),
        generator.normal(-0.2, 0.3, 40),
        generator.choice([-1.0, 0.0, 1.0], 40),
        np.array([-0.1, 0.2, 0.0, -1.5]),
        np.array([0.3, 0.5, 0.2, 0.4]),
    )
    at = np.array([-0.2, 0.1, 0.05, -1.2])
    steps = 1e-6 * np.eye(4)
    slopes = [
        (likelihood.loss(at + s)[0] - likelihood.loss(at - s)[0]) / 2e-6 for s in steps
    ]
    np.testing.assert_allclose(likelihood.loss(at)[1], slopes, rtol=1e-5, atol=1e-5)
