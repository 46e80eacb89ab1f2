import numpy as np
import pytest

from models.pricing.bidding.order_statistics import full_estimate_loss, highest_normal
from models.pricing.bidding.priors import Estimates, declared_priors

PUBLISHED = {2: (0.05, 0.07), 5: (0.09, 0.13), 8: (0.11, 0.16)}


@pytest.mark.parametrize("bidders", PUBLISHED)
def test_the_published_losses_of_bidding_the_estimate_come_out(bidders: int) -> None:
    value_sd = declared_priors().estimates.value_sd
    losses = [
        full_estimate_loss(
            bidders, Estimates(signal_sd=sd, value_sd=value_sd).own_variance
        )
        for sd in np.linspace(0.1, 0.3, 21)
    ]

    low, high = PUBLISHED[bidders]
    # Published to the whole per cent.
    assert min(losses) == pytest.approx(low, abs=0.0051)
    assert max(losses) == pytest.approx(high, abs=0.0051)


@pytest.mark.parametrize("bidders", [2, 5, 8])
def test_the_loss_is_that_of_drawn_auctions(bidders: int) -> None:
    generator = np.random.default_rng(4)
    estimates = Estimates(signal_sd=0.2, value_sd=0.25)
    weight = 0.25**2 / (0.25**2 + 0.2**2)
    log_value = 0.25 * generator.standard_normal(200_000)
    noise = 0.2 * generator.standard_normal((200_000, bidders))
    best = (log_value[:, None] + noise).max(axis=1)
    paid = np.exp(weight * best + 0.25**2 * (1 - weight) / 2)

    loss = 1 - np.exp(log_value).mean() / paid.mean()
    assert full_estimate_loss(bidders, estimates.own_variance) == pytest.approx(
        loss, abs=0.003
    )


def test_the_highest_of_normals_is_as_tabled() -> None:
    mean, variance = highest_normal(np.array([1.0, 2.0, 5.0]))

    # Harter 1961; two normals: 1/sqrt(pi) and 1 - 1/pi.
    np.testing.assert_allclose(mean, [0.0, np.pi**-0.5, 1.16296], atol=1e-5)
    np.testing.assert_allclose(variance[:2], [1.0, 1 - 1 / np.pi], atol=1e-9)


def test_nobody_is_cursed_alone() -> None:
    assert full_estimate_loss(1, 0.02) == pytest.approx(0.0, abs=1e-9)
