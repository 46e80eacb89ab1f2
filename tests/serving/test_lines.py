"""The claims of a valuation as lines of a table."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient

from features.errors import NotFoundError
from serving.settings import Settings
from serving.storage.store import Store
from serving.submission import packed_table

Valued = Callable[[], dict[str, Any]]


@pytest.fixture
def store(settings: Settings) -> Store:
    return Store(settings.database_url)


def test_lines_repeat_the_answer_to_the_fen(valued: Valued, store: Store) -> None:
    answer = valued()
    lines = store.claim_lines(answer["id"]).to_pylist()
    assert [line["claim_id"] for line in lines] == [
        claim["claim_id"] for claim in answer["claims"]
    ]
    for line, claim in zip(lines, answer["claims"], strict=True):
        assert line["present_value_fen"] == round(claim["present_value_yuan"] * 100)
        assert line["mean_rate"] == claim["recovery_rate"]["mean"]
        assert line["driver"] == claim["drivers"][0]["feature"]
    total = round(answer["package"]["present_value_yuan"] * 100)
    assert sum(line["present_value_fen"] for line in lines) == total


def test_lines_name_the_facts_of_the_tape(
    valued: Valued, store: Store, package: dict[str, Any]
) -> None:
    package["claims"][0]["province"] = "zhejiang"
    lines = store.claim_lines(valued()["id"])
    assert lines["province"][0].as_py() == "zhejiang"
    assert lines["product"].to_pylist() == [c.get("product") for c in package["claims"]]


def test_a_record_without_lines_gives_the_same(
    valued: Valued, store: Store, tmp_path: Path
) -> None:
    identifier = valued()["id"]
    kept: pa.Table = store.claim_lines(identifier)
    engine = sa.create_engine(f"sqlite:///{tmp_path}/recoup.db")
    with engine.begin() as connection:
        connection.execute(sa.text("update valuations set claim_lines = null"))
    engine.dispose()
    assert store.claim_lines(identifier).equals(kept)


def test_a_valuation_that_is_not_there_has_no_lines(
    client: TestClient, store: Store
) -> None:
    assert client.get("/health/ready").status_code == 200
    with pytest.raises(NotFoundError):
        store.claim_lines("01M805V9TT14FKTWB5ZR61RQ9H")


def test_lines_older_than_a_column_are_made_anew(
    valued: Valued, store: Store, tmp_path: Path
) -> None:
    identifier = valued()["id"]
    kept: pa.Table = store.claim_lines(identifier)
    older = packed_table(kept.drop_columns(["liquidation_fen"]))
    engine = sa.create_engine(f"sqlite:///{tmp_path}/recoup.db")
    with engine.begin() as connection:
        connection.execute(
            sa.text("update valuations set claim_lines = :older"), {"older": older}
        )
    engine.dispose()
    assert store.claim_lines(identifier).equals(kept)
