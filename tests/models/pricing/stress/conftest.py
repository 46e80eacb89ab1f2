from collections.abc import Callable
from typing import Any

import pytest

from features.outcomes import History
from features.package import Package
from models.pricing.assumptions import Assumptions
from models.pricing.projection import Projection
from models.pricing.stress.purchase import Purchase
from models.pricing.valuation import Valuation, value_package
from models.recovery.model import RecoveryModel


@pytest.fixture(scope="session")
def package(history: History) -> Package:
    return history.package.take(range(0, len(history), 40))


@pytest.fixture(scope="session")
def priced(model: RecoveryModel, package: Package) -> Callable[..., Valuation]:
    """Prices the package, or another one, under assumptions."""

    def price(claims: Package = package, **given: Any) -> Valuation:
        assumptions = Assumptions.of({"simulations": 400, **given})
        return value_package(model, claims, assumptions)

    return price


@pytest.fixture(scope="session")
def valuation(priced: Callable[..., Valuation]) -> Valuation:
    return priced()


@pytest.fixture(scope="session")
def projection(valuation: Valuation) -> Projection:
    return Projection.of(valuation)


@pytest.fixture(scope="session")
def cheap(valuation: Valuation, projection: Projection) -> Purchase:
    """The package bought at four fifths of the maximum bid."""
    return Purchase(projection, 0.8 * valuation.price_yuan)
