"""Bids under the rules on local companies."""

from datetime import date

from tests.models.pricing.mandate.scenes import (
    ITEM,
    LOCAL,
    NATIONAL,
    OUT,
    PERSON,
    Scene,
    buyer,
    claims,
    years,
)

LOCAL_SCENES: list[Scene] = [
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
]
