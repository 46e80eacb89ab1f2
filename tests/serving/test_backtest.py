"""From a model to a verdict: priced, recorded, exported, and set against the cash."""

import json
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.console import run
from features.outcomes import History
from features.package import Package, claim_rows
from features.sources.simulated import simulate_history
from features.sources.tables import write_history
from models.recovery.artefact import save_model
from serving.__main__ import program as serving
from serving.champion import ModelCache
from serving.desk import Desk
from serving.intake import order_of_request
from serving.settings import read_settings
from training.__main__ import program as training
from training.config import Config
from training.pipeline import train

YEARS = (2019, 2020, 2021)
FAILED = ("2021", "working_capital")


@dataclass(frozen=True)
class Sold:
    """Packages of three years, priced by a model that knew none of them.

    Attributes:
        history: What became of them.
        forecasts: Export of their valuations.
    """

    history: History
    forecasts: Path


def leave(program: Any, *arguments: str) -> int:
    with pytest.raises(SystemExit) as left:
        run(program, arguments)
    return int(left.value.code or 0)


def as_request(package: Package) -> bytes:
    """The package as a bank's system would send it, collateral and all."""
    tables = {
        "claims": package.claims,
        "collateral": package.collateral,
        "guarantees": package.guarantees,
    }
    rows = {
        name: [
            {field: value for field, value in row.items() if value is not None}
            for row in table.to_pylist()
        ]
        for name, table in tables.items()
    }
    return orjson.dumps({**rows, "assumptions": {"simulations": 100}})


@pytest.fixture(scope="module")
def sold(small_config: Config, tmp_path_factory: pytest.TempPathFactory) -> Sold:
    folder = tmp_path_factory.mktemp("sold")
    history = simulate_history(
        claims=6_000,
        seed=3,
        first_cutoff=date(2012, 1, 1),
        last_cutoff=date(YEARS[-1], 12, 31),
    )
    known = train(history.known_on(date(YEARS[0] - 1, 12, 31)), small_config)
    save_model(known.model, known.table, folder / "model")
    cache = ModelCache(folder / "models")
    cache.remember("champion", cache.add("recovery", "1", folder / "model"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RECOUP_DATABASE_URL", f"sqlite:///{folder}/recoup.db")
        patch.setenv("RECOUP_MODEL_CACHE", str(folder / "models"))
        patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/absent/mlflow.db")
        with closing(Desk(read_settings())) as desk:
            desk.refresh()
            for year in YEARS:
                told = history.between(date(year, 1, 1), date(year, 12, 31)).package
                desk.value(order_of_request(as_request(told), len(told)), "json")
        assert leave(serving, "forecasts", str(folder / "forecasts.parquet")) == 0
    return Sold(history, folder / "forecasts.parquet")


def with_half_the_cash(history: History, vintage: str, product: str) -> History:
    """The history had one vintage of a product paid half."""
    claims = history.package.claims
    year = pc.equal(pc.year(claims["cutoff_date"]), int(vintage))
    hit = np.asarray(pc.and_(year, pc.equal(claims["product"], product)))
    rows = claim_rows(history.package, history.ledger)
    paid = np.asarray(history.ledger["amount"]) * np.where(hit[rows], 0.5, 1.0)
    at = history.ledger.schema.get_field_index("amount")
    return replace(
        history, ledger=history.ledger.set_column(at, "amount", pa.array(paid))
    )


def backtest(sold: Sold, history: History, folder: Path, *more: str) -> int:
    write_history(history, folder / "history")
    # What 3,000 claims teach is off by more than a tenth in single products.
    rule = folder / "tolerant.toml"
    rule.write_text("[monitoring]\ntolerance_rate = 0.25\n", "utf-8")
    source = ("--source", str(folder / "history"), "--config", str(rule))
    return leave(training, "backtest", str(sold.forecasts), *source, *more)


def test_a_sound_model_keeps_its_place(
    sold: Sold, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = backtest(sold, sold.history, tmp_path, "--json")

    figures = json.loads(capsys.readouterr().out)
    whole = figures["cells"][0]
    assert status == 0
    assert (figures["verdict"], figures["reasons"]) == ("keep", [])
    assert 0.8 < whole["actual_to_expected"] < 1.2
    assert whole["drawn_by"] == "vintage"
    assert whole["low"] < whole["actual_to_expected"] < whole["high"]
    assert figures["left_out"] == {}
    assert figures["simulated"] is True
    assert figures["drift"]["domain_auc"] > 0.5
    card = figures["segments"]["card"]["2019"]
    assert card["claims"][0] >= card["claims"][-1]
    assert card["realised_rate"] == sorted(card["realised_rate"])


def test_a_failure_rings_for_its_own_cell_only(
    sold: Sold, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failed = with_half_the_cash(sold.history, *FAILED)
    out, metrics = tmp_path / "out", tmp_path / "deep" / "recoup.prom"

    status = backtest(
        sold, failed, tmp_path, "--out", str(out), "--metrics", str(metrics)
    )

    printed = capsys.readouterr().out
    assert status == 3
    assert "RETRAIN" in printed
    assert "SIMULATED DATA" in printed
    told, _, written = printed.rpartition("Written: ")
    assert written
    assert max(len(line) for line in told.splitlines()) <= 118
    lines = metrics.read_text().splitlines()
    ringing = [x for x in lines if x.startswith("recoup_backtest_alarm{") and " 1" in x]
    vintage, product = FAILED
    labels = f'{{product="{product}",region="all",vintage="{vintage}"}}'
    assert ringing == [f"recoup_backtest_alarm{labels} 1.0"]
    assert "recoup_retrain 1.0" in lines
    page, summary = ((out / f"backtest.{s}").read_text("utf-8") for s in ("html", "md"))
    for text in (page, summary):
        assert "SIMULATED DATA 模拟数据" in text
        assert f"{vintage} × {product}: " in text
        assert "RETRAIN 需要重新训练 (1)" in text


def test_cash_known_later_is_left_to_later(
    sold: Sold, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = backtest(
        sold, sold.history, tmp_path, "--json", "--known-on", "2019-12-31"
    )

    figures = json.loads(capsys.readouterr().out)
    assert status == 0
    assert figures["observed_until"] == "2019-12-31"
    assert {c["vintage"] for c in figures["cells"]} == {"all", "2019"}
    assert len(figures["triangle"]["2019"]["claims"]) <= 4
    assert figures["left_out"]["not in the disposal history"] > 0
