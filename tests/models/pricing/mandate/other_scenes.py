"""Bids under the other rules: national companies, persons, grades, conduct."""

from datetime import date

from tests.models.pricing.mandate.scenes import (
    BULK,
    ITEM,
    NATIONAL,
    PILOT,
    SIGNED,
    Scene,
    buyer,
    claims,
    person,
)

_OLD = {"origination_date": date(2023, 6, 30)}

OTHER_SCENES: list[Scene] = [
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
            ("passed", {"five_class": None, "days_past_due": 90}),
            ("cannot_be_judged", {"days_past_due": None, "five_class": "doubtful"}),
            ("passed", {"days_past_due": None}),
        )
    ),
    # Claims that a bank may class anew until 2026 are held to the first limit.
    *(
        ("five_class_2023.days_past_due", status, False, claims(facts))
        for status, facts in (
            ("passed", _OLD | {"days_past_due": 400, "five_class": "substandard"}),
            ("breached", _OLD | {"days_past_due": 91, "five_class": "special_mention"}),
            ("passed", {"origination_date": None, "five_class": "substandard"}),
            (
                "breached",
                _OLD | {"five_class": "doubtful", "cutoff_date": date(2026, 1, 1)},
            ),
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
