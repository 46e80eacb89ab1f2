from datetime import date

import numpy as np
import pytest

from features.collateral.value import expected_sales
from features.outcomes import History
from features.package import Package, claim_rows
from models.pricing.assumptions import Assumptions
from models.pricing.sources import (
    COLLATERAL,
    GUARANTOR,
    LARGEST_COLLATERAL_SHARE,
    SOURCE_ZH,
    SOURCES,
    source_rates,
)
from models.recovery.model import RecoveryModel


@pytest.fixture(scope="module")
def package(history: History) -> Package:
    return history.package.take(range(0, len(history), 10))


def parted(model: RecoveryModel, package: Package) -> "np.typing.NDArray[np.float64]":
    forecast = model.forecast(package)
    return source_rates(forecast, package, model.sale_prices, Assumptions())


def test_sources_add_up_to_the_curve(model: RecoveryModel, package: Package) -> None:
    rates = parted(model, package)
    assert (rates >= 0).all()
    total = model.forecast(package).quarter_rate
    np.testing.assert_allclose(rates.sum(axis=0), total, atol=1e-15)
    assert set(SOURCE_ZH) == set(SOURCES)


def test_collateral_brings_what_its_sales_are_expected_to(
    model: RecoveryModel, package: Package
) -> None:
    brought = parted(model, package)[COLLATERAL].sum(axis=1)
    sales = np.nan_to_num(expected_sales(package, model.sale_prices).proceeds_yuan)
    rows = claim_rows(package, package.collateral)
    expected = np.bincount(rows, sales, len(package)) / package.claim_yuan()
    mean = model.forecast(package).mean_rate
    inside = expected < 0.5 * mean
    secured = inside & (expected > 0)
    assert secured.sum() > 10
    total = brought[secured] / expected[secured]
    assert np.median(total) == pytest.approx(1.0, abs=0.1)
    assert (brought[expected == 0] == 0).all()
    assert (brought <= LARGEST_COLLATERAL_SHARE * mean + 0.05).all()


def test_collateral_comes_later_than_the_rest(
    model: RecoveryModel, package: Package
) -> None:
    rates = parted(model, package)
    quarters = np.arange(rates.shape[2])

    def mean_quarter(source: int) -> float:
        of_source = rates[source].sum(axis=0)
        return float(of_source @ quarters / of_source.sum())

    assert mean_quarter(COLLATERAL) > mean_quarter(0)


def test_lapsed_guarantees_bring_nothing(
    model: RecoveryModel, package: Package
) -> None:
    rates = parted(model, package)
    rows = claim_rows(package, package.guarantees)
    cutoff = package.claims["cutoff_date"].to_pylist()
    lives = dict.fromkeys(rows.tolist(), False)
    expiries = package.guarantees["guarantee_expiry"].to_pylist()
    for row, expiry in zip(rows.tolist(), expiries, strict=True):
        day: date | None = expiry
        lives[row] |= day is None or day >= cutoff[row]
    assert {True, False} <= set(lives.values())
    for row, alive in lives.items():
        assert (rates[GUARANTOR, row].sum() > 0) == alive


def test_a_package_without_collateral_lives_off_its_obligors(
    model: RecoveryModel, package: Package
) -> None:
    bare = Package.of(package.claims)
    assert (parted(model, bare)[COLLATERAL] == 0).all()
