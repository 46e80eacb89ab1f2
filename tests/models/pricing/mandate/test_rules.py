"""Each rule of the project's packs: kept, broken, and exactly on the edge."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from models.pricing.mandate.judgement import Judgement, Result
from models.pricing.mandate.packs import own_packs, rules_of

Said = Callable[..., Result]
PILOT, AFTER, IN_TRANSITION = date(2026, 3, 1), date(2029, 3, 1), date(2026, 3, 2)
DAY = timedelta(days=1)
PERSON = {
    "package_type": "personal_bulk",
    "legal_type": "person",
    "product": "consumer_loan",
}
NATIONAL = {"kind": "national_amc"}


def person(**facts: Any) -> dict[str, Any]:
    return {"claims": [{**PERSON, **facts}], "on": PILOT}


def claims(*facts: dict[str, Any]) -> dict[str, Any]:
    return {"claims": facts}


def buyer(**facts: Any) -> dict[str, Any]:
    return {"buyer": facts}


def years(first: float, second: float, third: float, **facts: Any) -> dict[str, Any]:
    """Financial purchases over a million invested in each year to 2029."""
    bought = {2027: first, 2028: second, 2029: third}
    rows = [
        {"year": y, "new_investment_yuan": 1e6, "financial_npl_yuan": share * 1e6}
        for y, share in bought.items()
    ]
    return {"buyer": {"years": rows}, **facts}


def flag(rule: str, name: str) -> list[tuple[str, str, bool, dict[str, Any]]]:
    other = {"state_organ_flag", "national_security_flag", "transfer_restricted"}
    return [
        (rule, "passed", False, claims({})),
        (rule, "breached", True, claims({}, {name: True})),
        (rule, "cannot_be_judged", False, claims({}, {name: None})),
        (rule, "passed", False, claims(dict.fromkeys(other - {name}, True))),
    ]


OUT = {"seller_province": "anhui", "province": "anhui"}
ITEM = {"claim_id": "c0", "collateral_id": "K"}
LOCAL, BULK, SIGNED = "local_amc_2025", "bulk_transfer_2012", "interested_parties"

# Rule, what it says, whether it stops the bid, and what differs from a harmless bid:
# half a million of a buyer with ten million of net assets.
SCENES: list[tuple[str, str, bool, dict[str, Any]]] = [
    *(
        scene
        for pack in (LOCAL, BULK)
        for rule, field in (
            ("state_organ", "state_organ_flag"),
            ("national_security", "national_security_flag"),
            ("transfer_restricted", "transfer_restricted"),
        )
        for scene in flag(f"{pack}.{rule}", field)
    ),
    # Territory: one known place suffices, none known to be near bars.
    (f"{LOCAL}.territory", "passed", False, claims({})),
    (f"{LOCAL}.territory", "passed", False, claims({**OUT, "province": "zhejiang"})),
    (f"{LOCAL}.territory", "passed", False, buyer(home_province="浙江省")),
    (f"{LOCAL}.territory", "breached", True, claims(OUT)),
    (
        f"{LOCAL}.territory",
        "cannot_be_judged",
        False,
        claims({**OUT, "province": None}),
    ),
    (
        f"{LOCAL}.territory",
        "cannot_be_judged",
        False,
        claims({**OUT, "province": "Hangzhou"}),
    ),
    (
        f"{LOCAL}.territory",
        "cannot_be_judged",
        False,
        claims({**OUT, "security_type": "mortgaged"}),
    ),
    (
        f"{LOCAL}.territory",
        "passed",
        False,
        {**claims(OUT), "collateral": [{**ITEM, "collateral_province": "zhejiang"}]},
    ),
    (
        f"{LOCAL}.territory",
        "breached",
        True,
        {**claims(OUT), "collateral": [{**ITEM, "collateral_province": "anhui"}]},
    ),
    (
        f"{LOCAL}.territory",
        "cannot_be_judged",
        False,
        {**claims(OUT), "collateral": [ITEM]},
    ),
    (
        f"{LOCAL}.territory",
        "passed",
        False,
        claims({**OUT, "package_type": "personal_bulk"}),
    ),
    (
        f"{LOCAL}.territory",
        "passed",
        False,
        claims({**OUT, **PERSON, "package_type": None}),
    ),
    (f"{LOCAL}.territory", "cannot_be_judged", False, buyer(home_province=None)),
    # One client: a million is 10%.
    (f"{LOCAL}.single_client", "passed", False, {"price": 999_999.99}),
    (f"{LOCAL}.single_client", "passed", False, {"price": 1_000_000.0}),
    (f"{LOCAL}.single_client", "breached", True, {"price": 1_000_000.01}),
    (
        f"{LOCAL}.single_client",
        "breached",
        True,
        buyer(holdings=[{"obligor_id": "A", "exposure_yuan": 500_000.01}]),
    ),
    (
        f"{LOCAL}.single_client",
        "passed",
        False,
        buyer(holdings=[{"obligor_id": "A", "exposure_yuan": 500_000.0}]),
    ),
    (
        f"{LOCAL}.single_client",
        "passed",
        False,
        buyer(holdings=[{"obligor_id": "B", "exposure_yuan": 900_000.0}]),
    ),
    (
        f"{LOCAL}.single_client",
        "passed",
        False,
        {"price": 1_900_000.0, **claims({}, {"obligor_id": "B"})},
    ),
    (f"{LOCAL}.single_client", "cannot_be_judged", False, buyer(net_assets_yuan=None)),
    (f"{LOCAL}.single_client", "cannot_be_judged", False, buyer(holdings=None)),
    (
        f"{LOCAL}.single_client",
        "breached",
        True,
        {"price": 1_000_001.0, **buyer(holdings=None)},
    ),
    # Two claims that name nobody may be one client.
    (
        f"{LOCAL}.single_client",
        "cannot_be_judged",
        False,
        {"price": 1_900_000.0, **claims({"obligor_id": None}, {"obligor_id": None})},
    ),
    (
        f"{LOCAL}.single_client",
        "passed",
        False,
        {"price": 1_000_000.0, **claims({"obligor_id": None}, {"obligor_id": None})},
    ),
    # One group: a million and a half is 15%.
    (
        f"{LOCAL}.single_group",
        "passed",
        False,
        {
            "price": 1_500_000.0,
            **claims({"group_id": "G"}, {"obligor_id": "B", "group_id": "G"}),
        },
    ),
    (
        f"{LOCAL}.single_group",
        "breached",
        True,
        {
            "price": 1_500_000.01,
            **claims({"group_id": "G"}, {"obligor_id": "B", "group_id": "G"}),
        },
    ),
    (
        f"{LOCAL}.single_group",
        "passed",
        False,
        {"price": 1_600_000.0, **claims({}, {"obligor_id": "B"})},
    ),
    (
        f"{LOCAL}.single_group",
        "breached",
        True,
        {
            **claims({"group_id": "G"}),
            **buyer(holdings=[{"group_id": "G", "exposure_yuan": 1_000_000.01}]),
        },
    ),
    (f"{LOCAL}.single_group", "cannot_be_judged", False, buyer(holdings=None)),
    # A guarantor in common is shown and never stops a bid.
    (f"{LOCAL}.shared_guarantor", "passed", False, {}),
    (
        f"{LOCAL}.shared_guarantor",
        "breached",
        False,
        {
            "price": 1_500_000.01,
            **claims({}, {"obligor_id": "B"}),
            "guarantees": [{"claim_id": c, "guarantor_id": "X"} for c in ("c0", "c1")],
        },
    ),
    (
        f"{LOCAL}.shared_guarantor",
        "passed",
        False,
        {
            "price": 1_500_000.0,
            **claims({}, {"obligor_id": "B"}),
            "guarantees": [{"claim_id": c, "guarantor_id": "X"} for c in ("c0", "c1")],
        },
    ),
    # Related parties: five million is half.
    (f"{LOCAL}.related_parties", "passed", False, buyer(related_party_ids=["B"])),
    (
        f"{LOCAL}.related_parties",
        "passed",
        False,
        buyer(related_party_ids=["A"], related_exposure_yuan=4_500_000.0),
    ),
    (
        f"{LOCAL}.related_parties",
        "breached",
        True,
        buyer(related_party_ids=["A"], related_exposure_yuan=4_500_000.01),
    ),
    (
        f"{LOCAL}.related_parties",
        "breached",
        True,
        {
            **claims({"group_id": "G"}),
            **buyer(related_party_ids=["G"], related_exposure_yuan=4_500_000.01),
        },
    ),
    (
        f"{LOCAL}.related_parties",
        "cannot_be_judged",
        False,
        buyer(related_party_ids=None),
    ),
    (
        f"{LOCAL}.related_parties",
        "cannot_be_judged",
        False,
        buyer(related_exposure_yuan=None),
    ),
    (
        f"{LOCAL}.related_parties",
        "cannot_be_judged",
        False,
        {
            **claims({"obligor_id": None}),
            **buyer(related_party_ids=["B"], related_exposure_yuan=4_800_000.0),
        },
    ),
    # Borrowings: thirty million is three times.
    (
        f"{LOCAL}.borrowings",
        "passed",
        False,
        {"borrowed": 1.0, **buyer(borrowings_yuan=29_500_000.0)},
    ),
    (
        f"{LOCAL}.borrowings",
        "breached",
        True,
        {"borrowed": 1.0, **buyer(borrowings_yuan=29_500_000.01)},
    ),
    (
        f"{LOCAL}.borrowings",
        "passed",
        False,
        {"borrowed": 0.5, **buyer(borrowings_yuan=29_750_000.0)},
    ),
    (f"{LOCAL}.borrowings", "cannot_be_judged", False, buyer(borrowings_yuan=None)),
    # Liquidity: what is paid in cash is gone.
    (
        f"{LOCAL}.liquidity",
        "passed",
        False,
        buyer(quality_liquid_assets_yuan=1_500_000.0),
    ),
    (
        f"{LOCAL}.liquidity",
        "breached",
        True,
        buyer(quality_liquid_assets_yuan=1_499_999.99),
    ),
    (
        f"{LOCAL}.liquidity",
        "passed",
        False,
        {"borrowed": 1.0, **buyer(quality_liquid_assets_yuan=1_000_000.0)},
    ),
    (
        f"{LOCAL}.liquidity",
        "cannot_be_judged",
        False,
        buyer(net_outflow_30d_yuan=None),
    ),
    # Business share: the bid of half a million comes on top of the third year.
    (f"{LOCAL}.financial_share", "passed", False, years(0.5, 0.5, 0.5)),
    (f"{LOCAL}.financial_share", "passed", False, years(0.3, 0.2, 0.1)),
    (f"{LOCAL}.financial_share", "breached", False, years(0.3, 0.1999, 0.1)),
    (
        f"{LOCAL}.financial_share",
        "breached",
        True,
        years(0.3, 0.2, 0.3, claims=[{"seller_type": "unlisted"}]),
    ),
    (
        f"{LOCAL}.financial_share",
        "cannot_be_judged",
        False,
        years(0.3, 0.2, 0.1, claims=[{"seller_type": None}]),
    ),
    (f"{LOCAL}.financial_share", "cannot_be_judged", False, buyer(years=None)),
    (f"{LOCAL}.no_promises", "duty", False, {}),
    (f"{LOCAL}.no_promises", "not_applicable", False, buyer(**NATIONAL)),
    (f"{LOCAL}.no_promises", "not_in_force", False, {"on": date(2025, 7, 12)}),
    # National companies.
    ("national_amc_2024.public_process", "duty", False, buyer(**NATIONAL)),
    ("national_amc_2024.public_process", "not_applicable", False, {}),
    (
        "national_amc_2024.public_process",
        "not_in_force",
        False,
        {"on": date(2024, 11, 10), **buyer(**NATIONAL)},
    ),
    ("national_amc_2024.no_sale_to_debtor", "duty", False, buyer(**NATIONAL)),
    ("national_amc_2024.no_sale_to_debtor", "not_applicable", False, {}),
    (
        "national_amc_2024.no_sale_to_debtor",
        "not_in_force",
        False,
        {"on": date(2024, 11, 10), **buyer(**NATIONAL)},
    ),
    # Interested parties.
    (f"{SIGNED}.buyer_is_close", "passed", False, {}),
    (f"{SIGNED}.buyer_is_close", "passed", False, buyer(related_party_ids=["B"])),
    (f"{SIGNED}.buyer_is_close", "breached", True, buyer(related_party_ids=["A"])),
    (
        f"{SIGNED}.buyer_is_close",
        "breached",
        True,
        {**claims({"group_id": "G"}), **buyer(related_party_ids=["G"])},
    ),
    (
        f"{SIGNED}.buyer_is_close",
        "breached",
        True,
        {
            "guarantees": [{"claim_id": "c0", "guarantor_id": "X"}],
            **buyer(related_party_ids=["X"]),
        },
    ),
    (
        f"{SIGNED}.buyer_is_close",
        "cannot_be_judged",
        False,
        buyer(related_party_ids=None),
    ),
    (
        f"{SIGNED}.buyer_is_close",
        "cannot_be_judged",
        False,
        {**claims({"obligor_id": None}), **buyer(related_party_ids=["B"])},
    ),
    # Personal loans: the pilot's scope decides while it lasts.
    (f"{BULK}.personal_loans", "passed", False, {}),
    (f"{BULK}.personal_loans", "not_applicable", False, person()),
    (
        f"{BULK}.personal_loans",
        "not_applicable",
        False,
        {**person(), "on": date(2026, 12, 31)},
    ),
    (
        f"{BULK}.personal_loans",
        "breached",
        True,
        {**person(), "on": date(2027, 1, 1)},
    ),
    (
        f"{BULK}.personal_loans",
        "breached",
        True,
        {**person(), "on": date(2020, 12, 31)},
    ),
    ("personal_pilot.scope", "passed", False, {**claims({}), "on": PILOT}),
    ("personal_pilot.scope", "passed", False, person()),
    ("personal_pilot.scope", "passed", False, person(product="business_loan")),
    (
        "personal_pilot.scope",
        "passed",
        False,
        person(product="credit_card", security_type=None),
    ),
    ("personal_pilot.scope", "breached", True, person(product="mortgage_loan")),
    ("personal_pilot.scope", "breached", True, person(product="auto_loan")),
    ("personal_pilot.scope", "breached", True, person(security_type="guaranteed")),
    (
        "personal_pilot.scope",
        "breached",
        True,
        {**person(security_type=None), "collateral": [ITEM]},
    ),
    ("personal_pilot.scope", "cannot_be_judged", False, person(security_type=None)),
    (
        "personal_pilot.scope",
        "cannot_be_judged",
        False,
        {**person(), "collateral": [ITEM]},
    ),
    ("personal_pilot.scope", "cannot_be_judged", False, person(product=None)),
    (
        "personal_pilot.scope",
        "not_in_force",
        False,
        {**person(), "on": date(2027, 1, 1)},
    ),
    ("personal_pilot.sellers", "passed", False, person()),
    ("personal_pilot.sellers", "passed", False, person(seller_type="trust")),
    ("personal_pilot.sellers", "breached", True, person(seller_type="amc")),
    ("personal_pilot.sellers", "cannot_be_judged", False, person(seller_type=None)),
    (
        "personal_pilot.sellers",
        "passed",
        False,
        {**claims({"seller_type": "amc"}), "on": PILOT},
    ),
    ("personal_pilot.licence", "passed", False, person()),
    (
        "personal_pilot.licence",
        "breached",
        True,
        {**person(), **buyer(pilot_licence=False)},
    ),
    (
        "personal_pilot.licence",
        "cannot_be_judged",
        False,
        {**person(), **buyer(pilot_licence=None)},
    ),
    (
        "personal_pilot.licence",
        "passed",
        False,
        {"on": PILOT, **buyer(pilot_licence=False)},
    ),
    ("personal_pilot.no_resale", "duty", False, person()),
    ("personal_pilot.no_resale", "not_applicable", False, {"on": PILOT}),
    (
        "personal_pilot.no_resale",
        "not_in_force",
        False,
        {**person(), "on": date(2027, 1, 1)},
    ),
    # Grades: the limit itself is still in the better class.
    *(
        ("five_class_2023.days_past_due", status, False, claims(facts))
        for status, facts in (
            ("passed", {"days_past_due": 90, "five_class": "special_mention"}),
            ("breached", {"days_past_due": 91, "five_class": "special_mention"}),
            ("passed", {"days_past_due": 270, "five_class": "substandard"}),
            ("breached", {"days_past_due": 271, "five_class": "substandard"}),
            ("passed", {"days_past_due": 360, "five_class": "doubtful"}),
            ("breached", {"days_past_due": 361, "five_class": "doubtful"}),
            ("cannot_be_judged", {"five_class": None}),
            ("cannot_be_judged", {"days_past_due": None}),
        )
    ),
    ("conduct.announcement", "duty", False, {}),
    ("conduct.announcement", "not_in_force", False, {"on": date(2021, 10, 31)}),
    ("conduct.announcement", "duty", False, {"on": date(2021, 11, 1)}),
    ("conduct.personal_information", "duty", False, person()),
    ("conduct.personal_information", "not_applicable", False, {}),
    (
        "conduct.personal_information",
        "not_in_force",
        False,
        {**person(), "on": date(2021, 10, 31)},
    ),
]
RULES = rules_of(own_packs())


@pytest.mark.parametrize(("rule", "status", "blocks", "scene"), SCENES)
def test_a_rule_says(
    said: Said, rule: str, status: str, blocks: bool, scene: dict[str, Any]
) -> None:
    result = said(rule, **scene)

    assert (result.status, result.blocks) == (status, blocks)


def test_every_rule_is_kept_broken_and_on_its_edge() -> None:
    kinds = {rule.name: rule.rule.kind for rule in RULES}
    seen = {name: [s for n, s, _, _ in SCENES if n == name] for name in kinds}

    for name, statuses in seen.items():
        assert len(statuses) >= 3, name
        assert kinds[name] == "duty" or {"passed", "breached"} <= {*statuses}, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_holds_from_its_first_day_to_its_last(rule: Any) -> None:
    first, last = rule.effective_from, rule.effective_until

    assert not rule.in_force(first - DAY)
    assert rule.in_force(first)
    assert rule.in_force(last or date(2199, 12, 31))
    assert last is None or not rule.in_force(last + DAY)


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


def test_what_is_missing_is_named(judged: Callable[..., Judgement]) -> None:
    nothing = dict.fromkeys(
        (
            "home_province",
            "net_assets_yuan",
            "borrowings_yuan",
            "quality_liquid_assets_yuan",
            "years",
            "holdings",
            "related_party_ids",
        )
    )
    judgement = judged(buyer=nothing)
    missing = {m for result in judgement.results for m in result.missing}

    assert judgement.verdict == "cannot_be_judged"
    assert {
        f"buyer/{name}" for name in nothing if name not in {"years", "holdings"}
    } <= (missing)
    assert {"buyer/years 2027", "buyer/years 2028", "buyer/years 2029"} <= missing
