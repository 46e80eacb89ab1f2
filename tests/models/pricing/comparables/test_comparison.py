from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pricing.comparables.classes import (
    DealClass,
    classes_of,
    deals_of_class,
    largest,
)
from models.pricing.comparables.comparison import Comparison, Found, Wanted, compare
from models.pricing.comparables.declared import declared
from models.pricing.comparables.facts import Subject

MakeDeals = Callable[..., pa.Table]
CLEARING = DealClass("clearing", "claim_total", "CNY", block_transfer=False)


def found(comparison: Comparison) -> Found:
    assert comparison.refusal is None
    assert comparison.found is not None
    return comparison.found


def test_deals_that_agree_are_the_price(
    make_deals: MakeDeals, subject: Subject
) -> None:
    told = found(compare(make_deals([{}] * 8), subject))

    assert told.rate == pytest.approx(0.3)
    assert told.low_rate < 0.3 < told.high_rate


def test_prices_of_another_class_change_nothing(
    simulated_deals: MakeDeals, make_deals: MakeDeals, subject: Subject
) -> None:
    deals = simulated_deals()
    near = {"product": "working_capital", "claims": 40, "mean_days_past_due": 700.0}
    others = make_deals(
        [
            {**near, "deal_id": "kind", "price_kind": "start", "price_rate": 0.9},
            {**near, "deal_id": "usd", "currency": "USD", "price_rate": 0.9},
            {**near, "deal_id": "block", "block_transfer": True, "price_rate": 0.7},
            {
                **near,
                "deal_id": "upb",
                "rate_base": "unpaid_balance",
                "price_rate": 0.9,
            },
            {**near, "deal_id": "later", "deal_date": date(2025, 6, 1)},
            {**near, "deal_id": "unpriced", "price_rate": None, "own_bid": 1e7},
        ]
    )
    alone = compare(deals, subject)
    mixed = compare(pa.concat_tables([others, deals]), subject)

    assert found(mixed).rate == found(alone).rate
    assert found(mixed).half_range == found(alone).half_range
    assert mixed.chosen == alone.chosen == CLEARING
    assert set(alone.classes) < set(mixed.classes)


def test_the_order_of_the_store_changes_nothing(
    simulated_deals: MakeDeals, subject: Subject
) -> None:
    deals = simulated_deals()
    shuffled = deals.take(np.random.default_rng(1).permutation(len(deals)))
    one, other = found(compare(deals, subject)), found(compare(shuffled, subject))

    assert one.rate == pytest.approx(other.rate)
    assert one.half_range == pytest.approx(other.half_range)


@settings(max_examples=15)
@given(st.floats(0.2, 3.0))
def test_dearer_deals_make_a_dearer_package(
    simulated_deals: MakeDeals, factor: float
) -> None:
    subject = Subject(date(2025, 1, 31), {"claim_total": 1e8}, {})
    deals = simulated_deals(deals=20)
    at = deals.schema.get_field_index("price_rate")
    rates = pa.array(np.asarray(deals["price_rate"]) * factor)
    scaled = deals.set_column(at, "price_rate", rates)
    one, other = found(compare(deals, subject)), found(compare(scaled, subject))

    assert other.rate == pytest.approx(one.rate * factor)
    assert other.half_range == pytest.approx(one.half_range)


@pytest.mark.parametrize("missing", ["mean_days_past_due", "claims", "product"])
def test_knowing_less_never_narrows_the_range(
    simulated_deals: MakeDeals, subject: Subject, missing: str
) -> None:
    less = replace(
        subject,
        numbers={n: v for n, v in subject.numbers.items() if n != missing},
        compositions={n: v for n, v in subject.compositions.items() if n != missing},
    )
    told, unsure = (
        found(compare(simulated_deals(), given)) for given in (subject, less)
    )

    assert unsure.half_range >= told.half_range
    assert unsure.estimate.compared_share < told.estimate.compared_share


def test_a_package_without_its_product_has_a_wide_range(
    simulated_deals: MakeDeals, subject: Subject
) -> None:
    told = found(compare(simulated_deals(), subject))
    unsure = found(compare(simulated_deals(), replace(subject, compositions={})))

    assert unsure.half_range > 2.0 * told.half_range
    assert unsure.confidence == "low"


def test_a_silent_deal_is_farther_than_one_that_agrees(
    make_deals: MakeDeals, subject: Subject
) -> None:
    agree = {"product": "working_capital", "claims": 40}
    deals = make_deals([{**agree, "mean_days_past_due": 700.0}, agree, {}] * 3)
    told = found(compare(deals, subject)).estimate
    distance = told.distances.distance

    assert distance[0] < distance[1] < distance[2]
    assert sorted(told.used[:3].tolist()) == [0, 3, 6]
    assert (np.diff(told.kernel) <= 0).all()


def test_shares_of_the_estimate_add_up(
    simulated_deals: MakeDeals, subject: Subject
) -> None:
    told = found(compare(simulated_deals(), subject)).estimate
    mean_share = told.class_mean_deals / (told.evidence + told.class_mean_deals)

    assert told.shares.sum() + mean_share == pytest.approx(1.0)
    assert told.log_rate == pytest.approx(
        told.shares @ told.adjusted + mean_share * told.class_mean
    )
    assert told.effective_deals <= len(told.used)


def test_lots_of_one_sale_count_as_one(make_deals: MakeDeals, subject: Subject) -> None:
    lots = make_deals([{"seller": "某银行"}] * 10)
    apart = make_deals([{}] * 10)

    assert compare(lots, subject).refusal == "one_sale"
    days = [
        {"seller": "某银行", "deal_date": date(2024, 6, 1 + i % 2)} for i in range(10)
    ]
    two = found(compare(make_deals(days), subject)).estimate
    assert two.effective_deals == pytest.approx(2.0, abs=0.01)
    assert found(compare(apart, subject)).estimate.effective_deals == pytest.approx(
        10.0
    )


def test_too_few_deals_are_refused(make_deals: MakeDeals, subject: Subject) -> None:
    fewest = declared().method.minimum_deals
    few = compare(make_deals([{}] * (fewest - 1)), subject)

    assert few.refusal == "too_few_deals"
    assert few.chosen == CLEARING
    assert few.found is None
    assert found(compare(make_deals([{}] * fewest), subject)).confidence == "low"


@pytest.mark.parametrize(
    "wanted",
    [
        Wanted(currency="USD"),
        Wanted(block_transfer=True),
        Wanted(price_kind="start"),
        Wanted(rate_base="principal"),
    ],
)
def test_a_class_without_deals_is_refused(
    make_deals: MakeDeals, subject: Subject, wanted: Wanted
) -> None:
    comparison = compare(make_deals([{}] * 20), subject, wanted)

    assert comparison.refusal == "no_deals"
    assert comparison.chosen is None
    assert comparison.classes == {CLEARING: 20}


def test_the_kind_with_most_deals_is_taken(make_deals: MakeDeals) -> None:
    deals = make_deals(
        [
            *[{"price_kind": "start"}] * 7,
            *[{"principal": 5e7}] * 6,
            *[{"currency": "USD", "price_kind": "runner_up"}] * 9,
        ]
    )
    classes = classes_of(deals)

    assert list(classes.values()) == [9, 7, 6, 6]
    assert largest(classes, "CNY", block_transfer=False) == DealClass(
        "start", "claim_total", "CNY", block_transfer=False
    )
    clearing = largest(classes, "CNY", block_transfer=False, price_kind="clearing")
    assert clearing == CLEARING
    of_principal = replace(CLEARING, rate_base="principal")
    assert deals_of_class(deals, of_principal).rates == pytest.approx([0.6] * 6)


def test_a_package_of_several_products_is_between_their_deals(
    make_deals: MakeDeals, subject: Subject
) -> None:
    kinds = [("credit_card", 0.05), ("mortgage_loan", 0.45)]
    rows = [{"product": p, "price_rate": r} for p, r in kinds for _ in range(8)]
    shares = {"credit_card": 0.5, "mortgage_loan": 0.5}
    mixed = replace(subject, compositions={"product": shares})
    cards = replace(subject, compositions={"product": {"credit_card": 1.0}})
    told = found(compare(make_deals(rows), mixed))

    assert np.ptp(told.estimate.distances.distance) == pytest.approx(0.0)
    assert found(compare(make_deals(rows), cards)).rate < told.rate


def test_a_package_worth_nothing_is_compared_without_its_value(
    simulated_deals: MakeDeals, subject: Subject
) -> None:
    worthless = replace(subject, numbers={**subject.numbers, "value_rate": -0.02})
    told = found(compare(simulated_deals(), worthless))

    assert told.rate == found(compare(simulated_deals(), subject)).rate


def test_confidence_follows_what_is_declared(
    simulated_deals: MakeDeals, subject: Subject
) -> None:
    rich = replace(
        subject,
        numbers={**subject.numbers, "value_rate": 0.2, "secured_share": 0.5},
    )
    sure = found(compare(simulated_deals(300, noise=0.02), rich))
    asked = declared().confidence["medium"]

    assert sure.estimate.effective_deals >= asked.effective_deals
    assert sure.confidence == "medium"
    far = replace(rich, day=date(2060, 1, 1), numbers={"claim_total": 1.0})
    unsure = found(compare(simulated_deals(300, noise=0.02), far))
    assert unsure.confidence == "low"
    assert unsure.half_range > sure.half_range
