"""What an answer warns of, and when it does not."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from features.beijing import BEIJING
from models.recovery.artefact import open_model
from models.recovery.contradicted import Contradicted
from models.recovery.large_claims import LargeClaims
from models.recovery.level_move import LevelMove, LevelMoves
from models.recovery.model import RecoveryModel
from models.recovery.out_of_time import LatestYear, OutOfTime, RangesHeld
from models.recovery.pace import Pace
from models.recovery.silence import Silence
from serving.champion import ServedModel
from serving.document import encode
from serving.intake import order_of_request, prices_of_request
from serving.prices import price_document
from serving.schemas import EXAMPLE
from serving.scorer import score

pytestmark = pytest.mark.unwatched

QUIET = {"simulated": False, "observed_until": date(2025, 6, 30)}


@pytest.fixture(scope="session")
def model(model_files: Path) -> RecoveryModel:
    return open_model(model_files)


def codes(
    model: RecoveryModel,
    cutoff: str = "2025-06-30",
    claim: dict[str, Any] | None = None,
    collateral: Sequence[dict[str, Any]] = EXAMPLE["collateral"],
    **record: Any,
) -> Sequence[str]:
    """Codes of the warnings about the package under a model with another record."""
    changed = model.record.model_copy(update={**QUIET, **record})
    other = replace(model, record=changed)
    order = order_of_request(
        encode(
            {
                **EXAMPLE,
                "package": {"cutoff_date": cutoff},
                "claims": [{**c, **(claim or {})} for c in EXAMPLE["claims"]],
                "collateral": collateral,
            }
        ),
        largest_claims=10,
    )
    answer = score(
        order.submission, order.assumptions, ServedModel("recovery", "1", other)
    )
    return [warning["code"] for warning in answer["warnings"]]


@pytest.mark.parametrize("route", ["valuations", "prices"])
def test_a_cutoff_date_that_is_still_to_come_is_told(
    client: TestClient, route: str
) -> None:
    def told(day: date) -> list[str]:
        request = {**EXAMPLE, "package": {"cutoff_date": day.isoformat()}}
        warnings = client.post(f"/v1/{route}", json=request).json()["warnings"]
        return [w["reason_zh"] for w in warnings if w["code"] == "cutoff_ahead"]

    today = datetime.now(BEIJING).date()
    (reason,) = told(today + timedelta(days=30))
    assert "晚于今日" in reason
    assert told(today - timedelta(days=30)) == []


def test_good_package_under_a_good_model_needs_no_warning(
    model: RecoveryModel,
) -> None:
    seen = {"corporate_secured": 100, "card": 100}

    found = codes(model, segment_claims=seen)

    assert set(found) <= {"completeness_low", "one_claim_dominates"}


def test_secured_claims_without_collateral_say_what_that_does(
    model: RecoveryModel,
) -> None:
    secured = {"security_type": "mortgaged"}

    assert "collateral_not_listed" in codes(model, claim=secured, collateral=[])
    assert "collateral_not_listed" not in codes(model)


@pytest.mark.parametrize(("factor", "doubted"), [(1, False), (1e-4, True), (1e4, True)])
def test_collateral_in_another_unit_than_the_claims_is_doubted(
    model: RecoveryModel, factor: float, doubted: bool
) -> None:
    items = [
        {**item, "appraised_value": item["appraised_value"] * factor}
        for item in EXAMPLE["collateral"]
    ]
    found = codes(model, collateral=items)
    assert ("collateral_unit_in_doubt" in found) is doubted


@pytest.mark.parametrize(
    ("claim", "code", "told"),
    [
        ({"origination_date": "2009-03-05"}, "facts_old", True),
        ({"origination_date": "2021-03-05"}, "facts_old", False),
        ({"principal": 8e9, "claim_total": None}, "amounts_unlikely", True),
        ({"principal": 300.0, "claim_total": None}, "amounts_unlikely", True),
        ({"principal": 300_000.0, "claim_total": None}, "amounts_unlikely", False),
    ],
)
def test_what_can_hardly_be_so_is_doubted(
    model: RecoveryModel, claim: dict[str, Any], code: str, told: bool
) -> None:
    bare = {"interest": None, "penalty_interest": None, "last_payment_date": None}
    bare |= {"default_date": None, "judgment_date": None, "enforcement_date": None}
    assert (code in codes(model, claim={**bare, **claim})) is told


def test_simulated_history_comes_first(model: RecoveryModel) -> None:
    assert codes(model, simulated=True)[0] == "simulated_history"


def test_declared_timing_is_told(model: RecoveryModel) -> None:
    quarters = model.record.horizon_quarters
    weights = tuple([1 / quarters] * quarters)

    found = codes(model, timing_observed=False, quarter_weights=weights)

    assert "timing_declared" in found


@pytest.mark.parametrize(
    ("observed_until", "code"),
    [
        (date(2023, 6, 30), None),
        (date(2023, 5, 31), "model_outdated"),
        (date(2025, 6, 30), None),
        (date(2025, 7, 1), "cutoff_before_history_end"),
    ],
)
def test_distance_between_history_and_cutoff(
    model: RecoveryModel, observed_until: date, code: str | None
) -> None:
    dated = {"model_outdated", "cutoff_before_history_end"}

    found = dated & set(codes(model, observed_until=observed_until))

    assert found == ({code} if code else set())


def test_rare_segments_are_named_once_each(model: RecoveryModel) -> None:
    found = codes(model, segment_claims={"corporate_secured": 49, "card": 50})

    assert found.count("segment_unseen") == 1


def test_provinces_that_the_model_hardly_saw_are_named(model: RecoveryModel) -> None:
    known = model.record.vocabulary
    without = {**known, "province": ("sichuan",)}
    of = {"claim": {"province": "zhejiang"}}

    assert "province_unseen" in codes(model, **of, vocabulary=without)
    assert "province_unseen" not in codes(
        model, **of, vocabulary={**known, "province": ("sichuan", "zhejiang")}
    )
    assert "province_unseen" not in codes(
        model, claim={"province": None}, vocabulary=without
    )
    assert "province_unseen" not in codes(
        model, **of, vocabulary={**known, "province": ()}
    )


def test_empty_tape_is_called_incomplete(model: RecoveryModel) -> None:
    bare = {
        "package": {"cutoff_date": "2025-06-30"},
        "claims": [{"claim_id": "1", "principal": 1000.0}],
    }
    order = order_of_request(encode(bare), largest_claims=10)

    answer = score(
        order.submission, order.assumptions, ServedModel("recovery", "1", model)
    )

    assert "completeness_low" in [w["code"] for w in answer["warnings"]]


@pytest.mark.parametrize(
    "claim",
    [
        {"state_organ_flag": True},
        {"transfer_restricted": True},
        {"product": "mortgage_loan", "legal_type": "person"},
    ],
    ids=["state organ", "restricted", "secured personal loan"],
)
def test_claims_that_nobody_may_buy_are_told_of(
    model: RecoveryModel, claim: dict[str, Any]
) -> None:
    assert "mandate_barred" not in codes(model)
    assert "mandate_barred" in codes(model, claim=claim)


def test_a_price_in_parts_says_what_it_does_to_the_bid(
    valued: Callable[[], dict[str, Any]], package: dict[str, Any]
) -> None:
    usual = valued()
    package["assumptions"]["payments"] = [
        {"month": 0, "share_rate": 0.3},
        {"month": 12, "share_rate": 0.7},
    ]
    later = valued()

    bids = [a["package"]["maximum_bid_yuan"] for a in (usual, later)]
    assert bids[0] < bids[1]
    assert "paid_later" in {w["code"] for w in later["warnings"]}
    assert "paid_later" not in {w["code"] for w in usual["warnings"]}


def test_the_bid_without_barred_claims_stands_beside_the_bid(
    valued: Callable[[], dict[str, Any]],
    package: dict[str, Any],
    client: TestClient,
) -> None:
    free = valued()["package"]["eligibility"]
    package["claims"][0]["state_organ_flag"] = True
    answer = valued()
    barred = answer["package"]["eligibility"]

    assert (free["barred_claims"], barred["barred_claims"]) == (0, 1)
    of_claim = answer["claims"][0]["present_value_yuan"]
    assert barred["barred_present_value_yuan"] == of_claim
    rest = answer["claims"][1]["present_value_yuan"] / 1.01
    assert barred["maximum_bid_without_yuan"] == pytest.approx(rest, abs=0.011)
    bid = client.post(f"/v1/packages/{answer['id']}/bid", json={}).json()
    assert bid["warnings"][0]["code"] == "barred_claims"


def told(
    held: float, latest: LatestYear | None = None, factor: float = 1.0
) -> OutOfTime:
    ranges = RangesHeld(
        first_year=2018,
        last_year=2020,
        claims=900,
        held=held,
        spread_factor=factor,
        held_since=held,
    )
    return OutOfTime(ranges=ranges, latest=latest)


def year(*, departs: bool) -> LatestYear:
    return LatestYear(
        until=date(2025, 6, 30),
        claims=700,
        ratio=0.6,
        low=0.8,
        high=1.2,
        earlier_years=8,
        departs=departs,
    )


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        (None, set()),
        (told(0.79), set()),
        (told(0.78, year(departs=False), factor=1.2), set()),
        (told(0.79, year(departs=True)), {"latest_year_departs"}),
        (told(0.66), {"ranges_narrow"}),
        (told(0.66, year(departs=True)), {"latest_year_departs", "ranges_narrow"}),
    ],
)
def test_a_model_that_failed_out_of_time_says_so_and_a_sound_one_nothing(
    model: RecoveryModel, known: OutOfTime | None, expected: set[str]
) -> None:
    about = {"latest_year_departs", "ranges_narrow"}
    assert about & set(codes(model, out_of_time=known)) == expected


def moves(factor: float) -> LevelMoves:
    overall = LevelMove(claims=900, ratio=factor, factor=factor, shift=factor - 1)
    return LevelMoves(until=date(2025, 6, 30), overall=overall, by_segment={})


@pytest.mark.parametrize(("factor", "warned"), [(0.8, True), (0.97, False)])
def test_a_level_that_was_moved_far_is_told(
    model: RecoveryModel, *, factor: float, warned: bool
) -> None:
    assert ("level_moved" in codes(model, level_moves=moves(factor))) is warned


def test_a_break_is_told_beside_what_the_level_holds_of_it(
    model: RecoveryModel, package: dict[str, Any]
) -> None:
    known = {"out_of_time": told(0.79, year(departs=True)), "level_moves": moves(0.8)}
    record = model.record.model_copy(update=known)
    served = ServedModel("recovery", "1", replace(model, record=record))
    order = prices_of_request(encode(package), 10)
    reasons = {w["code"]: w for w in price_document(order, served)["warnings"]}
    for words in reasons["latest_year_departs"].values():
        assert words == "latest_year_departs" or "0.75" in words


@pytest.mark.parametrize("contradicted", [True, False])
def test_a_direction_that_was_let_go_is_told(
    model: RecoveryModel, *, contradicted: bool
) -> None:
    features = ("days_past_due",)
    against = (
        Contradicted(features=features, saved_share=0.05) if contradicted else None
    )
    told_of = codes(model, contradicted=against)
    assert ("direction_contradicted" in told_of) is contradicted


@pytest.mark.parametrize(("realised", "warned"), [(0.2, True), (0.33, False)])
def test_cash_that_came_later_than_the_curve_says_is_told(
    model: RecoveryModel, *, realised: float, warned: bool
) -> None:
    pace = Pace(
        years=(2018, 2020),
        claims=900,
        expected_share=0.4,
        realised_share=realised,
        low=realised / 0.4 - 0.1,
        high=realised / 0.4 + 0.1,
        life_factor=1.3,
    )
    known = told(0.79).model_copy(update={"pace": pace})
    assert ("pace_departs" in codes(model, out_of_time=known)) is warned


@pytest.mark.parametrize(("paid", "warned"), [(0.6, True), (0.9, False)])
def test_large_claims_that_paid_otherwise_than_expected_are_told(
    model: RecoveryModel, *, paid: float, warned: bool
) -> None:
    large = LargeClaims(
        years=(2018, 2020),
        claims=90,
        large_ratio=paid,
        other_ratio=1.0,
        low=paid - 0.1,
        high=paid + 0.1,
    )
    known = told(0.79).model_copy(update={"large": large})
    assert ("large_claims_depart" in codes(model, out_of_time=known)) is warned


def test_a_field_whose_silence_tells_is_told_in_both_languages(
    model: RecoveryModel, package: dict[str, Any]
) -> None:
    silence = Silence(
        segment="corporate_secured",
        table="claims",
        field="legal_stage",
        claims=2_064,
        silent_share=0.5,
        multiple=1.92,
    )
    known = told(0.79).model_copy(update={"silences": (silence,)})
    assert "silence_tells" not in codes(model, out_of_time=told(0.79))
    record = model.record.model_copy(update={"out_of_time": known})
    order = prices_of_request(encode(package), 10)
    served = ServedModel("recovery", "1", replace(model, record=record))
    reasons = {w["code"]: w for w in price_document(order, served)["warnings"]}
    warned = reasons["silence_tells"]
    assert "stated claims.legal_stage paid 1.9 times" in warned["reason"]
    assert "(50% of 2,064)" in warned["reason"]
    assert "priced too high" in warned["reason"]
    assert "对公有抵押填写了诉讼状态的债权" in warned["reason_zh"]
    assert "1.9倍" in warned["reason_zh"]


def test_claims_priced_by_themselves_are_told_too(
    model: RecoveryModel, package: dict[str, Any]
) -> None:
    record = model.record.model_copy(
        update={"out_of_time": told(0.66, year(departs=True))}
    )
    order = prices_of_request(encode(package), 10)
    served = ServedModel("recovery", "1", replace(model, record=record))
    reasons = {w["code"]: w for w in price_document(order, served)["warnings"]}
    assert "0.60" in reasons["latest_year_departs"]["reason"]
    assert "66%" in reasons["ranges_narrow"]["reason_zh"]


def _assuming(client: TestClient, route: str, **assumptions: float) -> dict[str, str]:
    """Warnings about the package in Chinese, by code, under some assumptions."""
    request = {**EXAMPLE, "assumptions": assumptions}
    answer = client.post(f"/v1/{route}", json=request).json()
    return {warning["code"]: warning["reason_zh"] for warning in answer["warnings"]}


@pytest.mark.parametrize("route", ["valuations", "prices"])
def test_a_bid_of_nothing_that_assumptions_alone_explain_is_told(
    client: TestClient, route: str
) -> None:
    late = _assuming(client, route, start_delay_months=12, horizon_months=12)
    dear = _assuming(
        client,
        route,
        corporate_agency_rate=0.9,
        personal_agency_rate=0.9,
        servicing_fee_rate=0.3,
    )
    usual = _assuming(client, route, start_delay_months=11, horizon_months=12)

    assert "推迟12个月" in late["nothing_counted"]
    assert "资产服务" in dear["costs_take_all"]
    assert "costs_take_all" not in late
    assert not {"nothing_counted", "costs_take_all"} & {*usual}


@pytest.mark.parametrize(("value", "told"), [(11e6, False), (12e6, True)])
def test_one_item_that_counts_twice_is_told_of_the_package(
    model: RecoveryModel, value: float, told: bool
) -> None:
    (item,) = EXAMPLE["collateral"]
    other = {**item, "claim_id": "0002", "appraised_value": value}

    assert ("items_counted_apart" in codes(model, collateral=[item, other])) is told


def test_what_secured_a_claim_paid_in_full_is_in_no_doubt(model: RecoveryModel) -> None:
    def doubted(principal: float) -> bool:
        claim = {"principal": principal, "interest": 0.0}
        found = codes(model, claim=claim)
        return "collateral_unit_in_doubt" in found

    assert doubted(0.02)
    assert not doubted(0.01)


@pytest.mark.parametrize("route", ["valuations", "prices"])
@pytest.mark.parametrize(
    ("field", "factor", "code"),
    [
        ("principal", 1.0, None),
        ("principal", 1_000.0, "claims_larger"),
        ("principal", 0.001, "claims_smaller"),
        ("days_past_due", 20.0, "arrears_longer"),
        ("days_past_due", 0.01, "arrears_shorter"),
    ],
)
def test_a_package_beyond_what_the_model_learnt_from_is_told(
    client: TestClient,
    model: RecoveryModel,
    route: str,
    field: str,
    factor: float,
    code: str | None,
) -> None:
    usual = dict(model.record.feature_values["corporate_unsecured"])
    typical = {
        "principal": float(np.exp(usual["claim_size"][3][0])),
        "days_past_due": usual["days_past_due"][3][0],
    }
    typical[field] *= factor

    def told(claims: int) -> dict[str, dict[str, str]]:
        claim = {"product": "working_capital", "security_type": "unsecured", **typical}
        claim["days_past_due"] = round(typical["days_past_due"])
        request = {
            "package": {"cutoff_date": "2025-12-31"},
            "claims": [{**claim, "claim_id": str(n)} for n in range(claims)],
        }
        answer = client.post(f"/v1/{route}", json=request).json()
        return {w["code"]: w for w in answer["warnings"]}

    about = {"claims_larger", "claims_smaller", "arrears_longer", "arrears_shorter"}
    found = told(12)
    assert about & set(found) == ({code} if code else set())
    if code:
        assert "12 of 12 claims" in found[code]["reason"]
        assert "12笔债权中有12笔" in found[code]["reason_zh"]
    assert not about & set(told(9))
