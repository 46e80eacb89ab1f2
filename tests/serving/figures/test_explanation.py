"""Why a claim is expected to pay what it pays, and what to ask for."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features import catalogue
from features.family import FAMILIES, FAMILY_ZH
from serving.figures import explanation as explanation_figures

pytestmark = pytest.mark.unwatched

Post = Callable[[], dict[str, Any]]


def _exact(amounts: list[float]) -> Decimal:
    return sum((Decimal(str(a)) for a in amounts), Decimal(0))


def test_baseline_and_families_are_the_gross_cash_to_the_fen(valued: Post) -> None:
    answer = valued()
    for figures in (answer["package"], *answer["claims"]):
        gross = figures.get("gross_yuan") or figures["expected"]["gross_yuan"]
        effects = [family["yuan"] for family in figures["families"]]
        assert _exact([figures["baseline_yuan"], *effects]) == Decimal(str(gross))


def test_families_of_the_package_are_those_of_its_claims(valued: Post) -> None:
    answer = valued()
    for position, family in enumerate(answer["package"]["families"]):
        of_claims = [claim["families"][position]["yuan"] for claim in answer["claims"]]
        assert _exact(of_claims) == Decimal(str(family["yuan"]))
        share = family["yuan"] / answer["package"]["claim_yuan"]
        assert family["points"] == pytest.approx(share, abs=1e-6)


def test_families_hold_all_drivers(valued: Post) -> None:
    for claim in valued()["claims"]:
        listed = sum(driver["points"] for driver in claim["drivers"])
        families = sum(family["points"] for family in claim["families"])
        total = listed + claim["other_drivers_points"]
        assert families == pytest.approx(total, abs=1e-5)
        assert [family["family"] for family in claim["families"]] == list(FAMILIES)
        names = [family["title_zh"] for family in claim["families"]]
        assert names == list(FAMILY_ZH.values())


def test_missing_fields_are_missing_and_the_most_telling_come_first(
    valued: Post, package: dict[str, Any]
) -> None:
    answer = valued()
    asked = [claim["missing_fields"] for claim in answer["claims"]]
    assert any(asked)
    for claim, fields in zip(package["claims"], asked, strict=True):
        assert len(fields) <= explanation_figures.MOST_OF_CLAIM
        points = [field["narrowing_points"] for field in fields]
        assert points == sorted(points, reverse=True)
        for field in fields:
            assert field["low_rate"] <= field["high_rate"]
            if field["table"] == "claims":
                assert field["field"] not in claim
            known = catalogue.field(field["table"], field["field"])
            assert (field["title"], field["title_zh"]) == (
                known.title("en"),
                known.zh,
            )


def test_a_stated_field_is_asked_for_no_more(
    client: TestClient, valued: Post, package: dict[str, Any]
) -> None:
    before = {(f["table"], f["field"]) for f in valued()["package"]["ask_first"]}
    assert ("claims", "payments_12m") in before
    for claim in package["claims"]:
        claim["payments_12m"] = 0.0
    answer = client.post("/v1/valuations", json=package).json()
    after = {(f["table"], f["field"]) for f in answer["package"]["ask_first"]}
    assert ("claims", "payments_12m") not in after


def test_what_to_ask_first_adds_up_over_the_claims(valued: Post) -> None:
    answer = valued()
    package = answer["package"]
    costs = [field["narrowing_yuan"] for field in package["ask_first"]]
    assert costs == sorted(costs, reverse=True)
    assert len(costs) <= explanation_figures.MOST_OF_PACKAGE
    assert package["examined_claims"] == len(answer["claims"])
    assert package["examined_claim_yuan"] == package["claim_yuan"]
    first = package["ask_first"][0]
    of_claims = [
        field["narrowing_yuan"]
        for claim in answer["claims"]
        for field in claim["missing_fields"]
        if (field["table"], field["field"]) == (first["table"], first["field"])
    ]
    assert _exact(of_claims) == Decimal(str(first["narrowing_yuan"]))


def test_small_claims_are_not_examined(
    client: TestClient, package: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation_figures, "MOST_EXAMINED", 1)
    answer = client.post("/v1/valuations", json=package).json()
    large, small = answer["claims"]
    assert large["claim_yuan"] > small["claim_yuan"]
    assert large["missing_fields"] is not None
    assert small["missing_fields"] is None
    assert answer["package"]["examined_claims"] == 1
    assert answer["package"]["examined_claim_yuan"] == large["claim_yuan"]
