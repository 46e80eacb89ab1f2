from datetime import date

import pytest

from features.package import Package
from features.sources.simulated import simulate_package
from models.pricing.assumptions import Assumptions
from models.pricing.valuation import Valuation, value_package
from models.recovery.model import RecoveryModel

CUTOFF = date(2025, 12, 31)


@pytest.fixture(scope="session")
def purchase() -> Package:
    """Corporate claims with their collateral (simulated)."""
    return simulate_package("corporate", claims=60, seed=5, cutoff_date=CUTOFF)


@pytest.fixture(scope="session")
def root(model: RecoveryModel, purchase: Package) -> Valuation:
    return value_package(model, purchase, Assumptions(simulations=500))
