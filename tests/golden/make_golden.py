"""Writes the small artefact that a release leaves behind and every later one must open.

python tests/golden/make_golden.py 0.1.0

A model of a small simulated market with few trees is saved as any model is and packed,
with a tape of claims that it did not see and the forecasts of them to the bit. A later
release opens the model, reads the tape and must forecast the same.
"""

import json
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_args

import click
import pyarrow as pa
import pyarrow.compute as pc

from features.console import run
from features.errors import InputError
from features.package import Package
from features.sources.market.priors import PackageKind
from features.sources.simulated import simulate_history, simulate_package
from features.tape import read_records
from models.recovery.artefact import open_model, save_model
from models.recovery.model import RecoveryModel
from training.config import Config, load_config
from training.pipeline import Trained, train

GOLDEN = Path(__file__).parent
MODEL = "model.zip"
TAPE = "tape.json"
FORECASTS = "forecasts.json"
HISTORY_CLAIMS = 1_500
TAPE_CLAIMS = 10
SEED = 20261122
SMALL = {"trees": 8, "leaves": 6}
CUTOFF = date(2026, 6, 30)


def opened(version: str) -> RecoveryModel:
    """The model that a version left behind."""
    with TemporaryDirectory() as files:
        shutil.unpack_archive(GOLDEN / version / MODEL, files)
        return open_model(Path(files))


def forecasts(model: RecoveryModel, package: Package) -> dict[str, Any]:
    """What a model says of each claim, numbers in hexadecimal to keep every bit."""
    forecast = model.forecast(package)
    return {
        claim: {
            "segment": str(forecast.segments[row]),
            "unseen": bool(forecast.unseen[row]),
            "mean_rate": float(forecast.mean_rate[row]).hex(),
            "points": [float(p).hex() for p in forecast.points[row, ::10]],
            "quarter_rate": [float(q).hex() for q in forecast.quarter_rate[row]],
        }
        for row, claim in enumerate(package.claim_ids)
    }


def tape() -> dict[str, Any]:
    """Claims of every kind of package, as a request holds them."""
    packages = [
        simulate_package(kind, claims=TAPE_CLAIMS, seed=SEED + i, cutoff_date=CUTOFF)
        for i, kind in enumerate(get_args(PackageKind))
    ]
    tables = ("claims", "collateral", "guarantees")
    joined = {n: _named([getattr(p, n) for p in packages]) for n in tables}
    return {"package": {"cutoff_date": CUTOFF.isoformat()}, **joined}


def _named(tables: list[pa.Table]) -> list[dict[str, Any]]:
    """Rows of tables, claims told apart by their package, without empty fields."""
    rows = []
    for number, table in enumerate(tables, 1):
        named = pc.binary_join_element_wise(f"{number}", table["claim_id"], "-")
        place = table.column_names.index("claim_id")
        rows += table.set_column(place, "claim_id", named).to_pylist()
    return [{n: _plain(v) for n, v in row.items() if v is not None} for row in rows]


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value


def _small(config: Config) -> Config:
    level = config.level.model_copy(update=SMALL)
    curve = config.curve.model_copy(update=SMALL)
    return config.model_copy(update={"level": level, "curve": curve})


def _trained() -> Trained:
    history = simulate_history(claims=HISTORY_CLAIMS, seed=SEED)
    return train(history, _small(load_config()))


def _write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")


@click.command()
@click.argument("version")
@click.option(
    "--replace", is_flag=True, help="Write one anew that is not released yet."
)
def program(version: str, replace: bool) -> None:
    """Write the golden artefact of VERSION.

    Raises:
        InputError: There is one, and a released one is never written again.
    """
    folder = GOLDEN / version
    if folder.exists() and not replace:
        raise InputError(
            f"{version} is there: one that was released is never rewritten"
        )
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    trained, request = _trained(), tape()
    with TemporaryDirectory() as files:
        save_model(trained.model, trained.table, Path(files))
        shutil.make_archive(str((folder / MODEL).with_suffix("")), "zip", files)
    _write(folder / TAPE, request)
    package = read_records(request).package
    _write(folder / FORECASTS, forecasts(opened(version), package))
    size = sum(f.stat().st_size for f in folder.rglob("*") if f.is_file())
    click.echo(f"{folder.name}: {len(package)} claims, {size:,} bytes")


if __name__ == "__main__":
    run(program)
