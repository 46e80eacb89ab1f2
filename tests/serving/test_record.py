"""What is on record of a valuation, opened part by part."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import sqlalchemy as sa

from features.errors import NotFoundError
from serving.desk import Desk
from serving.record import claim_of
from serving.settings import Settings

Post = Callable[[], dict[str, Any]]


def test_every_part_of_a_record_is_that_of_the_answer(valued: Post, desk: Desk) -> None:
    answer = valued()
    record = desk.record(answer["id"])
    assert record.id == answer["id"]
    assert record.package_figures == answer["package"]
    assert record.document["claims"] == answer["claims"]
    assert record.assumptions.model_dump(mode="json") == answer["assumptions"]
    assert record.submission.package.claim_ids == ["0001", "0002"]
    value = record.valuation.present_value_fen.sum() / 100
    assert value == answer["package"]["present_value_yuan"]
    assert record.served.version == answer["model"]["version"]
    again = desk.record(answer["id"]).valuation
    assert again is record.valuation


def test_a_claim_is_read_without_the_others(
    package: dict[str, Any], valued: Post, desk: Desk
) -> None:
    package["claims"][0]["claim_id"] = '{"claim_id":"0002","row":1'
    package["collateral"].clear()
    answer = valued()
    record = desk.record(answer["id"])
    content = desk.store.document(answer["id"]).content
    for size in (7, 100, len(content)):
        parts = [content[i : i + size] for i in range(0, len(content), size)]
        for claim in answer["claims"]:
            assert claim_of(parts, claim["claim_id"]) == claim
        with pytest.raises(NotFoundError, match="no claim 0003"):
            claim_of(parts, "0003")
    assert record.claim("0002") == answer["claims"][1]


def test_the_latest_of_a_package_is_meant(
    valued: Post, package: dict[str, Any], desk: Desk
) -> None:
    package["package"]["package_id"] = "包-7"
    earlier, later = valued()["id"], valued()["id"]
    assert desk.record("包-7").id == later
    assert desk.record(earlier).id == earlier
    with pytest.raises(NotFoundError, match="there is no valuation 包-8"):
        desk.record("包-8")


def test_a_record_from_before_the_section_was_kept_apart_is_read_whole(
    valued: Post, desk: Desk, settings: Settings
) -> None:
    answer = valued()
    engine = sa.create_engine(settings.database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE valuations SET package_document = NULL"))
    engine.dispose()
    assert desk.record(answer["id"]).package_figures == answer["package"]


def test_a_recomputed_valuation_is_the_recorded_one(valued: Post, desk: Desk) -> None:
    answer = valued()
    cash = desk.record(answer["id"]).valuation.cash_flow
    months = answer["package"]["cash_flow"]
    np.testing.assert_array_equal(
        cash.net_fen.sum(axis=0) / 100, [m["net_yuan"] for m in months]
    )
