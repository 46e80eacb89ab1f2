"""Breaches of the rules on local companies until their transition ends."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from models.pricing.mandate.judgement import Result
from tests.models.pricing.mandate.scenes import LOCAL, OUT, buyer

Said = Callable[..., Result]
IN_TRANSITION = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("rule", "scene"),
    [
        ("single_client", buyer(net_assets_yuan=1_000_000.0)),
        ("single_group", buyer(net_assets_yuan=1_000_000.0)),
        ("borrowings", {"borrowed": 0.5, **buyer(borrowings_yuan=29_900_000.0)}),
        ("liquidity", buyer(quality_liquid_assets_yuan=1_400_000.0)),
        (
            "related_parties",
            buyer(related_party_ids=["A"], related_exposure_yuan=4_900_000.0),
        ),
    ],
)
def test_a_breach_that_the_bid_makes_stops_it_during_the_transition(
    said: Said, rule: str, scene: dict[str, Any]
) -> None:
    result = said(f"{LOCAL}.{rule}", **scene, on=IN_TRANSITION)

    assert result.transition
    assert (result.status, result.blocks) == ("breached", True)


@pytest.mark.parametrize(
    ("rule", "facts"),
    [
        ("borrowings", {"borrowings_yuan": 31_000_000.0}),
        ("related_parties", {"related_exposure_yuan": 6_000_000.0}),
    ],
)
@pytest.mark.parametrize(
    ("on", "blocks"), [(date(2028, 7, 12), False), (date(2028, 7, 13), True)]
)
def test_a_breach_that_stood_before_is_let_be_until_the_transition_ends(
    said: Said, rule: str, facts: dict[str, Any], on: date, blocks: bool
) -> None:
    result = said(f"{LOCAL}.{rule}", buyer=facts, on=on)

    assert result.transition is not blocks
    assert (result.status, result.blocks) == ("breached", blocks)


@pytest.mark.parametrize(
    ("on", "blocks"), [(date(2028, 7, 12), False), (date(2028, 7, 13), True)]
)
def test_the_business_share_has_the_transition_to_build_up(
    said: Said, on: date, blocks: bool
) -> None:
    rows = [
        {"year": y, "new_investment_yuan": 1e6, "financial_npl_yuan": 1e5}
        for y in (2026, 2027, 2028)
    ]
    other = {"seller_type": "unlisted"}

    result = said(
        f"{LOCAL}.financial_share", claims=[other], buyer={"years": rows}, on=on
    )

    assert (result.status, result.blocks) == ("breached", blocks)


@pytest.mark.parametrize("rule", ["state_organ", "territory"])
def test_what_must_not_be_bought_has_no_transition(said: Said, rule: str) -> None:
    claim = {**OUT, "state_organ_flag": True}

    result = said(f"{LOCAL}.{rule}", claims=[claim], on=IN_TRANSITION)

    assert result.blocks
