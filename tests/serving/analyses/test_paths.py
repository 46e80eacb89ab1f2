from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from features.sources.simulated import simulate_package
from features.table import FeatureTable
from models.paths.learnt import LearntPaths
from models.paths.path import PATHS
from models.recovery.artefact import open_model, save_model
from serving.analyses.paths import ANALYSIS
from tests.plugins.house import house
from training.config import Config
from training.paths.learning import learn_paths
from training.paths.simulated import simulate_paths

CUTOFF = date(2025, 6, 30)
CLAIMS = 24
Ask = Callable[..., dict[str, Any]]


def request_of(kind: Any) -> dict[str, Any]:
    """A simulated package as JSON."""
    package = simulate_package(kind, claims=CLAIMS, seed=5, cutoff_date=CUTOFF)
    tables = {
        name: [
            {
                n: v.isoformat() if isinstance(v, date) else v
                for n, v in row.items()
                if v is not None
            }
            for row in getattr(package, name).to_pylist()
        ]
        for name in ("claims", "collateral", "guarantees")
    }
    facts = {"package_id": kind, "cutoff_date": CUTOFF.isoformat()}
    return {"package": facts, **tables, "assumptions": {"simulations": 200}}


@pytest.fixture(scope="module")
def learnt(model_files: Path, small_config: Config) -> tuple[LearntPaths, FeatureTable]:
    """What simulated work-outs with chosen paths teach."""
    rule = small_config.paths.model_copy(update={"least_claims": 15, "folds": 2})
    market = simulate_paths(1_500, 11, yearly_rate=rule.yearly_rate)
    table = open_model(model_files).table(market.history.package)
    found = learn_paths(market.history, table, rule)
    assert found is not None
    return found, table


def client_of(
    folder: Path, files: Path, open_client: Callable[..., TestClient]
) -> Iterator[TestClient]:
    settings = house(folder, files)
    with open_client(settings, raise_server_exceptions=False) as client:
        for kind in ("corporate", "personal"):
            response = client.post("/v1/valuations", json=request_of(kind))
            assert response.status_code == 201, response.text
        yield client


@pytest.fixture(scope="module")
def taught_client(
    learnt: tuple[LearntPaths, FeatureTable],
    model_files: Path,
    tmp_path_factory: pytest.TempPathFactory,
    open_client: Callable[..., TestClient],
) -> Iterator[TestClient]:
    """A service whose model has learnt of paths."""
    folder = tmp_path_factory.mktemp("taught")
    model = replace(open_model(model_files), paths=learnt[0])
    save_model(model, learnt[1], folder / "files")
    yield from client_of(folder, folder / "files", open_client)


@pytest.fixture(scope="module")
def untaught_client(
    model_files: Path,
    tmp_path_factory: pytest.TempPathFactory,
    open_client: Callable[..., TestClient],
) -> Iterator[TestClient]:
    """A service whose model knows nothing of paths."""
    folder = tmp_path_factory.mktemp("untaught")
    yield from client_of(folder, model_files, open_client)


def ask(
    client: TestClient, package: str = "corporate", status: int = 200, **request: Any
) -> dict[str, Any]:
    response = client.post(f"/v1/packages/{package}/paths", json=request)
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    if status == 200:
        ANALYSIS.answer.model_validate(answer)
    return answer


def test_the_example_is_answered(untaught_client: TestClient) -> None:
    answer = ask(untaught_client, **ANALYSIS.example)
    assert answer["plan"]["claims"] == CLAIMS
    assert answer["listed_claims"] == 20
    assert len(answer["plan"]["lots"]) == 2


def test_without_a_history_of_paths_the_engine_speaks_and_says_so(
    untaught_client: TestClient,
) -> None:
    answer = ask(untaught_client)
    assert answer["learnt"] is None
    assert "paths_not_learnt" in [w["code"] for w in answer["warnings"]]
    for choice in answer["choices"]:
        assert choice["basis"] == "engine"
        assert choice["sensitivity"] is None
        assert [p["path"] for p in choice["paths"]] == list(PATHS)
        assert {p["basis"] for p in choice["paths"]} == {"engine"}
        compared = {
            p["path"]: p["npv_yuan"]
            for p in choice["paths"]
            if p["status"] == "compared"
        }
        assert choice["recommended"] == max(compared, key=lambda p: compared[p])
        assert "declared priors" in choice["reason"]


def test_learnt_paths_are_compared_with_learnt_ones_only(
    taught_client: TestClient,
) -> None:
    answer = ask(taught_client)
    assert answer["learnt"]["evidence"] == "observational"
    assert "nothing computed from these data can tell" in answer["learnt"]["statement"]
    by_history = [c for c in answer["choices"] if c["basis"] == "learnt"]
    assert by_history
    for choice in by_history:
        compared = {p["path"]: p for p in choice["paths"] if p["status"] == "compared"}
        assert len(compared) > 1
        for figures in compared.values():
            assert figures["basis"] == "learnt"
            assert figures["propensity_rate"] >= answer["learnt"]["overlap_rate"]
            assert figures["effective_sample"] > 1
            assert figures["low_yuan"] < figures["npv_yuan"] < figures["high_yuan"]
        best = max(compared, key=lambda p: compared[p]["npv_yuan"])
        assert choice["recommended"] == best


def test_paths_hardly_taken_are_not_recommended(taught_client: TestClient) -> None:
    rare = [
        path
        for package in ("corporate", "personal")
        for choice in ask(taught_client, package)["choices"]
        for path in choice["paths"]
        if path["status"] == "rare"
    ]
    assert rare
    for path in rare:
        assert path["propensity_rate"] < 0.05
        assert path["basis"] == "engine"
        assert "no recommendation" in path["reason"]
        assert "不作推荐" in path["reason_zh"]


def test_a_personal_package_may_not_be_sold_on(taught_client: TestClient) -> None:
    for choice in ask(taught_client, "personal")["choices"]:
        sale = choice["paths"][PATHS.index("sell_on")]
        assert sale["status"] == "barred"
        assert "may not" in sale["reason"]
        assert choice["planned"] != "sell_on"


def test_the_plan_is_the_sum_of_its_claims_and_stays_within_limits(
    taught_client: TestClient,
) -> None:
    free = ask(taught_client)["plan"]
    most = {"sue": 3}
    answer = ask(taught_client, case_handlers=0.9, most_claims=most)
    plan = answer["plan"]
    assert plan["value_yuan"] <= free["value_yuan"] == free["unlimited_yuan"]
    assert sum(p["planned_claims"] for p in plan["paths"]) == CLAIMS
    total = sum(p["planned_yuan"] for p in plan["paths"])
    assert total == pytest.approx(plan["value_yuan"], abs=0.05)
    assert plan["paths"][PATHS.index("sue")]["planned_claims"] <= 3
    assert plan["limits"]
    for limit in plan["limits"]:
        assert limit["used"] <= limit["most"] + 0.01
    assert plan["case_handler_yuan"] >= 0
    assert "one more case handler is worth" in plan["sentences"][0]
    assert plan["learnt_claims"] + plan["engine_claims"] == CLAIMS


def test_an_impossible_limit_is_named(taught_client: TestClient) -> None:
    refused = ask(taught_client, status=422, case_handlers=0.01)
    (error, *_) = refused["errors"]
    assert error["code"] == "limit_too_tight"
    assert "hours of staff in quarter 1" in error["detail"]
    assert "人工工时" in error["detail_zh"]


def test_lots_are_drawn_alike_and_kept_in_the_plan(
    taught_client: TestClient, untaught_client: TestClient
) -> None:
    first, again, other = (
        ask(taught_client, randomise_share=0.1, seed=seed) for seed in (1, 1, 2)
    )
    assert first["plan"]["lots"] == again["plan"]["lots"] != other["plan"]["lots"]
    drawn = {d["claim_id"]: d["path"] for d in first["plan"]["lots"]}
    assert len(drawn) == 3
    for choice in first["choices"]:
        if choice["drawn_by_lot"]:
            assert choice["planned"] == drawn[choice["claim_id"]]
    by_priors = ask(untaught_client, randomise_share=0.1)["plan"]
    without = ask(untaught_client)["plan"]
    cost = without["value_yuan"] - by_priors["value_yuan"]
    assert by_priors["lots_cost_yuan"] == pytest.approx(cost, abs=0.02)
    assert cost >= 0


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"randomise_share": 0.5}, "randomise_share"),
        ({"most_claims": {"wait": 3}}, "most_claims"),
        ({"most_claims": {"sue": -1}}, "most_claims"),
        ({"case_handlers": 0}, "case_handlers"),
    ],
)
def test_a_wrong_question_is_refused_by_field(
    untaught_client: TestClient, given: dict[str, Any], field: str
) -> None:
    refused = ask(untaught_client, status=422, **given)
    assert field in str(refused["errors"][0])


def test_only_the_largest_are_listed(untaught_client: TestClient) -> None:
    few = ask(untaught_client, listed_claims=3)
    largest = [c["claim_yuan"] for c in few["choices"]]
    assert len(largest) == 3
    assert largest == sorted(largest, reverse=True)
    assert few["plan"] == ask(untaught_client)["plan"]


def test_a_plan_of_too_many_claims_is_refused_only_under_limits(
    untaught_client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("serving.analyses.paths.MOST_LIMITED", CLAIMS - 1)
    refused = ask(untaught_client, status=422, case_handlers=5.0)
    assert refused["errors"][0]["code"] == "too_many_to_plan"
    assert ask(untaught_client)["plan"]["claims"] == CLAIMS
