"""A book in partitions has the range of the same claims as one package."""

from datetime import date

import numpy as np
import pytest

from features.package import Package
from features.sources.simulated import simulate_package
from models.pricing.assumptions import Assumptions
from models.pricing.book import book_range, partition_moments
from models.pricing.claim_prices import price_claims
from models.pricing.moments import ConditionalMoments
from models.pricing.valuation import value_package
from models.recovery.factors import Factors
from models.recovery.model import RecoveryModel

CLAIMS, SIMULATIONS = 900, 10_000
FACTORS = Factors.common(0.1)
ASSUMPTIONS = Assumptions.of(
    {"factor_correlation": 0.1, "horizon_months": 40, "simulations": SIMULATIONS}
)


@pytest.fixture(scope="module")
def package() -> Package:
    return simulate_package(
        "personal", claims=CLAIMS, seed=4, cutoff_date=date(2025, 12, 31)
    )


def moments(model: RecoveryModel, package: Package) -> ConditionalMoments:
    prices = price_claims(model, package, ASSUMPTIONS)
    return partition_moments(prices, package, FACTORS)


def test_a_book_has_the_range_of_its_claims_as_one_package(
    model: RecoveryModel, package: Package
) -> None:
    first, second = range(0, CLAIMS, 3), [i for i in range(CLAIMS) if i % 3]
    parts = [moments(model, package.take(rows)) for rows in (first, second)]
    whole = value_package(model, package, ASSUMPTIONS)

    book = parts[0] + parts[1]

    assert book.claims.sum() == CLAIMS
    gross, value = book.expected_yuan
    assert gross == pytest.approx(whole.cash_flow.gross_fen.sum() / 100, rel=1e-6)
    assert value == pytest.approx(whole.present_value_fen.sum() / 100, rel=1e-6)
    found = book_range(book, SIMULATIONS, ASSUMPTIONS.seed)
    width = np.ptp(whole.range.gross_yuan)
    np.testing.assert_allclose(
        found.gross_yuan, whole.range.gross_yuan, rtol=0, atol=width / 20
    )
    width = np.ptp(whole.range.present_value_yuan)
    assert found.present_value_shortfall_yuan == pytest.approx(
        whole.range.present_value_shortfall_yuan, abs=width / 20
    )


def test_the_range_of_a_book_is_narrower_than_those_of_its_parts_together(
    model: RecoveryModel, package: Package
) -> None:
    halves = [moments(model, package.take(range(i, CLAIMS, 2))) for i in range(2)]

    low, high = book_range(halves[0] + halves[1], SIMULATIONS, 1).gross_yuan[[0, -1]]

    parts = [book_range(half, SIMULATIONS, 1).gross_yuan for half in halves]
    assert low > parts[0][0] + parts[1][0]
    assert high < parts[0][-1] + parts[1][-1]
