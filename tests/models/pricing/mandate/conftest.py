from collections.abc import Callable, Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from features.package import Package
from models.pricing.mandate.buyer import Buyer
from models.pricing.mandate.case import Bid, Case
from models.pricing.mandate.judgement import Judgement, Result, judge
from models.pricing.mandate.packs import own_packs

Rows = Sequence[Mapping[str, Any]]

# A claim and a buyer that no rule has anything against.
CLAIM = {
    "principal": 1_000_000.0,
    "obligor_id": "A",
    "province": "zhejiang",
    "seller_type": "city_bank",
    "seller_province": "zhejiang",
    "package_type": "corporate_bulk",
    "product": "working_capital",
    "legal_type": "small",
    "security_type": "unsecured",
    "origination_date": date(2023, 7, 1),
    "days_past_due": 400,
    "five_class": "loss",
    "state_organ_flag": False,
    "national_security_flag": False,
    "transfer_restricted": False,
}
BUYER = {
    "kind": "local_amc",
    "home_province": "zhejiang",
    "net_assets_yuan": 10_000_000.0,
    "borrowings_yuan": 5_000_000.0,
    "quality_liquid_assets_yuan": 5_000_000.0,
    "net_outflow_30d_yuan": 1_000_000.0,
    "holdings": [],
    "related_party_ids": [],
    "related_exposure_yuan": 0.0,
    "pilot_licence": True,
}


def invested(on: date, share: float = 0.5) -> list[dict[str, Any]]:
    """A million newly invested in each of the three years to a day."""
    return [
        {
            "year": on.year - back,
            "new_investment_yuan": 1e6,
            "financial_npl_yuan": share * 1e6,
        }
        for back in (2, 1, 0)
    ]


@pytest.fixture(scope="session")
def case_of(make_package: Callable[..., Package]) -> Callable[..., Case]:
    """A bid that differs from one nobody minds in what is named.

    The price is shared out by what is owed.
    """

    def build(
        claims: Rows = ({},),
        buyer: Mapping[str, Any] = MappingProxyType({}),
        collateral: Rows = (),
        guarantees: Rows = (),
        price: float = 500_000.0,
        borrowed: float = 0.0,
        on: date = date(2029, 3, 1),
    ) -> Case:
        rows = [{**CLAIM, **claim} for claim in claims]
        package = make_package(rows, collateral, guarantees)
        stated = {**BUYER, "years": invested(on), **buyer}
        owed = package.claim_yuan()
        bid = Bid(price, owed / owed.sum(), borrowed, on)
        return Case(package, Buyer.of(stated, "buyer"), bid)

    return build


@pytest.fixture(scope="session")
def judged(case_of: Callable[..., Case]) -> Callable[..., Judgement]:
    """What the project's own packs say of a bid."""
    return lambda **scene: judge(case_of(**scene), own_packs())


@pytest.fixture(scope="session")
def said(judged: Callable[..., Judgement]) -> Callable[..., Result]:
    """What one rule says of a bid."""

    def of(rule: str, **scene: Any) -> Result:
        return next(r for r in judged(**scene).results if r.rule.name == rule)

    return of
