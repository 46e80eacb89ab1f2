from collections.abc import Callable
from typing import Any, get_args

import numpy as np
import pytest

from features.outcomes import History
from features.package import Package
from features.segment import (
    SEGMENT_ZH,
    SEGMENTS,
    Segment,
    segment_places,
    segments,
)

ITEM = {"claim_id": "c0", "collateral_id": "x"}


@pytest.mark.parametrize(
    ("claim", "items", "segment"),
    [
        ({"product": "credit_card", "legal_type": "small"}, [], "card"),
        ({"product": "mortgage_loan"}, [], "mortgage"),
        ({"product": "auto_loan"}, [ITEM], "auto"),
        ({"product": "business_loan"}, [ITEM], "personal_business"),
        ({"product": "consumer_loan"}, [], "personal_consumer"),
        ({"legal_type": "person"}, [ITEM], "personal_consumer"),
        ({"package_type": "personal_bulk"}, [], "personal_consumer"),
        ({"age": 44}, [], "personal_consumer"),
        ({"age": 44}, [ITEM], "personal_consumer"),
        ({"age": 44, "legal_type": "small"}, [], "corporate_unsecured"),
        ({"age": 44, "product": "working_capital"}, [], "corporate_unsecured"),
        ({"security_type": "mortgaged"}, [], "corporate_secured"),
        ({"security_type": "combined"}, [], "corporate_secured"),
        ({}, [ITEM], "corporate_secured"),
        ({"collateral_value": 5.0}, [], "corporate_secured"),
        ({"collateral_value": 0.0}, [], "corporate_unsecured"),
        ({"security_type": "guaranteed"}, [ITEM], "corporate_unsecured"),
        ({"product": "working_capital"}, [], "corporate_unsecured"),
        ({}, [], "corporate_unsecured"),
    ],
)
def test_product_then_person_then_security_decide(
    make_package: Callable[..., Package],
    claim: dict[str, Any],
    items: list[dict[str, Any]],
    segment: Segment,
) -> None:
    assert segments(make_package([claim], items)).tolist() == [segment]


def test_every_segment_has_a_chinese_name() -> None:
    assert get_args(Segment) == SEGMENTS == tuple(SEGMENT_ZH)
    assert len(set(SEGMENT_ZH.values())) == len(SEGMENTS)


def test_a_market_holds_only_known_segments(history: History) -> None:
    assert set(segments(history.package).tolist()) <= set(SEGMENTS)


@pytest.mark.parametrize("others", [(), ("",), ("cards", "car", "corporate_secured_")])
def test_a_segment_has_a_place_and_all_others_have_one_beyond(
    others: tuple[str, ...],
) -> None:
    labels = np.array([*SEGMENTS, *others])
    beyond = [len(SEGMENTS)] * len(others)
    assert segment_places(labels).tolist() == [*range(len(SEGMENTS)), *beyond]
    assert not len(segment_places(labels[:0]))
