"""Stored valuations as a table of forecasts, through the real store and scorer."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from features.console import run
from features.forecasts import QUARTERS, SCHEMA, read_forecasts
from serving.__main__ import program

Answer = dict[str, Any]


def leave(*arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        run(program, arguments)
    return int(left.value.code or 0)


def answers(client: TestClient, package: Answer, *ids: str) -> list[Answer]:
    found = []
    for package_id in ids:
        package["package"]["package_id"] = package_id
        found.append(client.post("/v1/valuations", json=package).json())
    return found


def test_export_repeats_every_answer(
    client: TestClient, package: Answer, installed: Path
) -> None:
    given = {a["id"]: a for a in answers(client, package, "A", "B")}
    out = installed / "deep" / "forecasts.parquet"

    assert leave("forecasts", str(out)) == 0

    table = read_forecasts(out)
    assert table.schema.equals(SCHEMA)
    rows = table.to_pylist()
    assert len(rows) == 4
    assert [r["package_id"] for r in rows] == ["B", "B", "A", "A"]
    for row in rows:
        answer = given[row["valuation_id"]]
        (claim,) = [c for c in answer["claims"] if c["claim_id"] == row["claim_id"]]
        assert row[QUARTERS] == claim[QUARTERS]
        assert row["expected_rate"] == claim["recovery_rate"]["mean"]
        assert row["p90_rate"] == claim["recovery_rate"]["p90"]
        assert row["model_sha256"] == answer["model"]["sha256"]
        assert (
            row["model_observed_until"].isoformat()
            == (answer["model"]["observed_until"])
        )
        assert (
            row["valued_at"].isoformat(timespec="milliseconds")
            == (answer["created_at"])
        )
        assert row["cutoff_date"].isoformat() == "2025-06-30"
    card = next(r for r in rows if r["claim_id"] == "0002")
    assert (card["product"], card["province"]) == ("credit_card", None)
    assert np.isclose(sum(card[QUARTERS]), card["expected_rate"] * 51_100, atol=1)


def test_export_keeps_to_the_days_asked_for(
    client: TestClient,
    package: Answer,
    installed: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (answer,) = answers(client, package, "A")
    day, out = answer["created_at"][:10], str(installed / "f.parquet")

    assert leave("forecasts", out, "--from", day, "--to", day, "--json") == 0
    assert json.loads(capsys.readouterr().out)["claims"] == 2
    assert leave("forecasts", out, "--to", "2020-01-01") == 2
    assert "widen --from and --to" in capsys.readouterr().err


def test_every_page_of_the_store_is_exported(
    client: TestClient,
    package: Answer,
    installed: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("serving.forecasts.VALUATIONS_AT_ONCE", 2)
    given = answers(client, package, *"ABCDE")

    assert leave("forecasts", str(installed / "f.parquet")) == 0

    valued = read_forecasts(installed / "f.parquet")["valuation_id"].to_pylist()
    assert set(valued) == {a["id"] for a in given}
