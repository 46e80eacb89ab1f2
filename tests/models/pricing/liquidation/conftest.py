"""Terms that let a reader do the sums, and packages drawn at random."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import strategies as st

from features.collateral.value import declared_prices
from features.package import Package
from models.pricing.liquidation.terms import LiquidationTerms, liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation, liquidate

Liquidates = Callable[..., Liquidation]
TABLES = ("sale_cost_rate", "seller_tax_rate", "guarantor_rate", "obligor_rate")


@pytest.fixture(scope="session")
def plain() -> LiquidationTerms:
    """Everything sells at its appraisal, at no cost; nobody else pays anything."""
    declared = liquidation_terms()
    nothing = {name: dict.fromkeys(getattr(declared, name), 0.0) for name in TABLES}
    return liquidation_terms(
        {
            **nothing,
            "sale_ratio": {"unknown": 1.0},
            "sale_months": {"unknown": 10.0},
            "payout_months": 0.0,
        }
    )


@pytest.fixture(scope="session")
def liquidated(
    make_package: Callable[..., Package], plain: LiquidationTerms
) -> Liquidates:
    """Liquidates rows on plain terms with changes; claims are in insolvency.

    A claim that is filed in insolvency costs no court fees, so that it is owed what it
    states.
    """

    def run(claims: Any, items: Any = (), guarantees: Any = (), **changes: Any) -> Any:
        stated = [{"legal_stage": "insolvency", **claim} for claim in claims]
        package = make_package(stated, items, guarantees)
        return liquidate(package, declared_prices(), changed(plain, changes))

    return run


def changed(terms: LiquidationTerms, changes: dict[str, Any]) -> LiquidationTerms:
    """Terms with some of them changed, tables by kind."""
    return liquidation_terms({**terms.model_dump(), **_merged(terms, changes)})


def _merged(terms: LiquidationTerms, changes: dict[str, Any]) -> dict[str, Any]:
    tables = terms.model_dump()
    return {
        name: {**tables[name], **value} if isinstance(value, dict) else value
        for name, value in changes.items()
    }


amounts = st.integers(0, 300).map(float)
