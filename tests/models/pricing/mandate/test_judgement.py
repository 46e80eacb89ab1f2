from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import AssumptionError
from features.package import Package
from models.pricing.mandate.buyer import Buyer
from models.pricing.mandate.case import Bid, Case, shared_out
from models.pricing.mandate.judgement import (
    Judgement,
    Result,
    eligibility_findings,
    judge,
)
from models.pricing.mandate.packs import own_packs
from models.pricing.mandate.words import circles, words

GROUP = "local_amc_2025.single_group"
FOUR = [{"obligor_id": name} for name in "ABCD"]
RING = [
    {"claim_id": claim, "guarantor_id": guarantor}
    for claim, guarantor in (("c0", "B"), ("c1", "C"), ("c2", "A"))
]


def result(judgement: Judgement, rule: str = GROUP) -> Result:
    return next(r for r in judgement.results if r.rule.name == rule)


def test_a_breach_only_through_a_guarantee_circle_is_caught(
    judged: Callable[..., Judgement],
) -> None:
    """Four claims of 6% each: three in a circle are 18%, apart they are 6%."""
    joined = judged(claims=FOUR, guarantees=RING, price=2_400_000.0)
    apart = judged(claims=FOUR, price=2_400_000.0)

    assert joined.verdict == "blocked"
    assert [r.rule.name for r in joined.results if r.blocks] == [GROUP]
    found = result(joined)
    assert found.indicator is not None
    assert found.indicator.after_rate == pytest.approx(0.18)
    assert found.indicator.without_circles_rate == pytest.approx(0.06)
    assert found.indicator.largest_price_yuan == 2_000_000.0
    assert found.claims.tolist() == [0, 1, 2]
    assert circles(found, joined)[0].path == ("A", "C", "B", "A")
    english, chinese = words(found, joined)
    assert "A guarantees C, C guarantees B, B guarantees A" in english
    assert "18.00% after the bid" in english
    assert "A为C提供保证" in chinese
    assert apart.verdict == "may_bid"


def test_a_chain_of_guarantees_counts_as_a_circle(
    judged: Callable[..., Judgement],
) -> None:
    chain = [row for row in RING if row["claim_id"] != "c2"]

    assert judged(claims=FOUR, guarantees=chain, price=2_400_000.0).verdict == "blocked"


@pytest.mark.parametrize(
    ("without", "verdict"),
    [(["mutual_guarantee", "guarantee_chain"], "may_bid"), ([], "blocked")],
)
def test_whether_a_circle_is_a_group_is_a_parameter(
    case_of: Callable[..., Case], without: list[str], verdict: str
) -> None:
    packs = []
    for pack in own_packs():
        rules = tuple(
            rule.model_copy(
                update={"links": tuple(k for k in rule.links if k not in without)}
            )
            if rule.kind == "ratio_max"
            else rule
            for rule in pack.rules
        )
        packs.append(pack.model_copy(update={"rules": rules}))

    case = case_of(claims=FOUR, guarantees=RING, price=2_400_000.0)

    assert judge(case, packs).verdict == verdict


def test_what_is_held_already_may_close_a_circle_of_groups(
    judged: Callable[..., Judgement],
) -> None:
    held = [
        {"obligor_id": "A", "group_id": "G", "exposure_yuan": 0.0},
        {"obligor_id": "B", "group_id": "G", "exposure_yuan": 400_000.0},
    ]
    scene: dict[str, Any] = {"claims": FOUR[:2], "price": 1_200_000.0}

    assert judged(**scene).verdict == "may_bid"
    found = result(judged(**scene, buyer={"holdings": held}))
    assert found.blocks
    assert found.indicator is not None
    assert found.indicator.before_rate == pytest.approx(0.04)
    assert found.indicator.after_rate == pytest.approx(0.16)


def test_a_client_held_already_that_guarantees_a_claim_counts_with_it(
    judged: Callable[..., Judgement],
) -> None:
    scene: dict[str, Any] = {
        "guarantees": [{"claim_id": "c0", "guarantor_id": "H"}],
        "price": 700_000.0,
    }
    held = [{"obligor_id": "H", "exposure_yuan": 800_000.01}]

    found = result(judged(**scene, buyer={"holdings": held}))

    assert (found.status, found.blocks) == ("breached", True)
    assert judged(**scene, buyer={"holdings": []}).verdict == "may_bid"


def test_a_harmless_bid_may_be_made_up_to_the_tightest_limit(
    judged: Callable[..., Judgement],
) -> None:
    judgement = judged()

    assert judgement.verdict == "may_bid"
    assert judgement.largest_price_yuan == 1_000_000.0


def test_nothing_binds_the_price_of_a_national_company(
    judged: Callable[..., Judgement],
) -> None:
    judgement = judged(buyer={"kind": "national_amc"}, price=9e9)

    assert judgement.verdict == "may_bid"
    assert judgement.largest_price_yuan is None


@given(
    exposures=st.lists(st.floats(0, 3e6), min_size=4, max_size=4),
    borrowings=st.floats(0, 4e7),
    liquid=st.floats(0, 6e6),
    borrowed=st.floats(0, 1),
    ring=st.booleans(),
    price=st.floats(1e3, 5e6),
)
@settings(max_examples=40)
def test_the_largest_price_is_where_the_first_limit_binds(
    case_of: Callable[..., Case],
    exposures: list[float],
    borrowings: float,
    liquid: float,
    borrowed: float,
    ring: bool,
    price: float,
) -> None:
    held = [
        {"obligor_id": claim["obligor_id"], "exposure_yuan": held}
        for claim, held in zip(FOUR, exposures, strict=True)
    ]
    stated = {
        "holdings": held,
        "borrowings_yuan": borrowings,
        "quality_liquid_assets_yuan": liquid,
    }
    scene: dict[str, Any] = {
        "claims": FOUR,
        "guarantees": RING if ring else (),
        "buyer": stated,
        "borrowed": borrowed,
    }
    largest = judge(case_of(**scene, price=price), own_packs()).largest_price_yuan
    assert largest is not None

    beyond = judge(case_of(**scene, price=largest + 1.0), own_packs())
    assert beyond.verdict == "blocked"
    if largest > 0:
        assert judge(case_of(**scene, price=largest), own_packs()).verdict == "may_bid"


@given(order=st.permutations(range(6)))
@settings(max_examples=20)
def test_the_order_of_claims_changes_nothing(
    case_of: Callable[..., Case], order: list[int]
) -> None:
    claims = [
        {"obligor_id": "A", "principal": 900_000.0},
        {"obligor_id": "B", "group_id": "G"},
        {"obligor_id": "C", "group_id": "G", "state_organ_flag": True},
        {"obligor_id": None, "province": None, "seller_province": "anhui"},
        {"obligor_id": "A", "seller_type": None},
        {"obligor_id": "D", "five_class": "normal"},
    ]
    guarantees = [{"claim_id": "c0", "guarantor_id": "B"}]
    case = case_of(claims=claims, guarantees=guarantees, price=1_600_000.0)
    bid = Bid(case.bid.price_yuan, case.bid.share[order], 0.0, case.bid.on)
    moved = Case(case.package.take(order), case.buyer, bid)

    one, other = judge(case, own_packs()), judge(moved, own_packs())

    assert one.verdict == other.verdict
    assert one.largest_price_yuan == other.largest_price_yuan
    for result_, again in zip(one.results, other.results, strict=True):
        assert result_.status == again.status
        assert words(result_, one) == words(again, other)
        ids = np.array(case.package.claim_ids)
        moved_ids = np.array(moved.package.claim_ids)
        assert sorted(ids[result_.claims]) == sorted(moved_ids[again.claims])
        assert sorted(ids[result_.unknown]) == sorted(moved_ids[again.unknown])


@pytest.mark.parametrize(
    ("value", "share"),
    [
        ([300.0, 100.0, 0.0], [0.75, 0.25, 0.0]),
        ([300.0, 100.0, -50.0], [0.75, 0.25, 0.0]),
        ([0.0, -1.0, 0.0], [0.5, 0.25, 0.25]),
    ],
)
def test_the_price_is_shared_out_by_what_a_claim_is_worth(
    value: list[float], share: list[float]
) -> None:
    owed = np.array([2_000.0, 1_000.0, 1_000.0])

    assert shared_out(np.array(value), owed).tolist() == share


FIVE_CLASS = "five_class_2023.days_past_due"


@pytest.mark.parametrize(
    ("facts", "missing"),
    [
        ({"five_class": None, "days_past_due": 400}, ("five_class",)),
        ({"five_class": "normal", "days_past_due": None}, ("days_past_due",)),
        ({"five_class": "loss", "days_past_due": None}, ()),
        ({"five_class": None}, ("five_class",)),
    ],
)
def test_only_what_the_tape_lacks_is_asked_for(
    judged: Callable[..., Judgement], facts: dict[str, Any], missing: tuple[str, ...]
) -> None:
    judgement = judged(claims=[{"days_past_due": 400, **facts}], price=9e6)
    [found] = [r for r in judgement.results if r.rule.name == FIVE_CLASS]
    assert found.missing == missing


def test_every_result_speaks_both_languages(judged: Callable[..., Judgement]) -> None:
    claims = [
        {"state_organ_flag": True, "obligor_id": None, "province": None},
        {"seller_province": None, "days_past_due": 400, "five_class": "normal"},
    ]
    for buyer in ({}, {"home_province": None, "years": None, "holdings": None}):
        judgement = judged(claims=claims, buyer=buyer, price=9e6)
        for found in judgement.results:
            english, chinese = words(found, judgement)
            assert english
            assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)


def test_what_is_barred_whoever_buys_is_told_without_a_buyer(
    make_package: Callable[..., Package],
) -> None:
    package = make_package(
        [
            {"state_organ_flag": True},
            {"state_organ_flag": None},
            {"product": "mortgage_loan", "legal_type": "person"},
        ]
    )

    pilot = eligibility_findings(package, date(2026, 12, 31))
    after = eligibility_findings(package, date(2027, 1, 1))

    assert [f.value for f in pilot] == ["c0", "c2"]
    assert pilot[0].reason.startswith("1 of 3 claims must not be bought")
    assert "财金〔2012〕6号" in pilot[0].reason_zh
    assert "unsecured personal consumer" in pilot[1].reason
    assert "outside the pilot" in after[1].reason
    assert eligibility_findings(make_package([{}]), date(2026, 1, 1)) == ()


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"kind": "bank"}, "kind"),
        ({"home_province": "Bavaria"}, "home_province"),
        ({"net_assets_yuan": 0.0}, "net_assets_yuan"),
        ({"net_assets_yuan": float("nan")}, "net_assets_yuan"),
        ({"holdings": [{"exposure_yuan": 1.0}]}, "holdings/0"),
        ({"holdings": [{"obligor_id": "A"}]}, "holdings/0/exposure_yuan"),
        (
            {
                "years": [
                    {
                        "year": 2026,
                        "new_investment_yuan": 1.0,
                        "financial_npl_yuan": 2.0,
                    }
                ]
            },
            "years/0",
        ),
        ({"income_yuan": 1.0}, "income_yuan"),
    ],
)
def test_a_wrong_statement_of_the_buyer_is_refused(
    facts: dict[str, Any], field: str
) -> None:
    with pytest.raises(AssumptionError) as refused:
        Buyer.of({"kind": "local_amc", **facts}, "buyer")

    assert refused.value.findings[0].field == field
    assert refused.value.findings[0].reason_zh
