"""Histories and models that tests of several packages share."""

import gc
import os
import shutil
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

# Trees as small as these grow fastest on one thread, beside whatever else runs; where
# a test asks for more, they wait for each other without burning a busy core.
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["OMP_WAIT_POLICY"] = "passive"
# What clients that are no browser call a service which they hold in their hands.
os.environ["RECOUP_HOSTS"] = "testserver"

import pyarrow as pa
import pytest
from hypothesis import settings

from features import catalogue
from features.errors import HistoryError
from features.outcomes import History
from features.package import Package, canonical_table
from features.sources import sba
from features.sources.simulated import simulate_history
from models.recovery.model import RecoveryModel
from training.config import Config, load_config
from training.data import sba_path
from training.pipeline import Trained, train

# Tests judge behaviour, never speed, and fail alike on every run.
settings.register_profile("recoup", deadline=None, derandomize=True)
settings.load_profile("recoup")

pytest_plugins = (
    "tests.plugins.rows",
    "tests.plugins.sqlite",
    "tests.plugins.postgresql",
    "tests.plugins.house",
    "tests.plugins.models",
    "tests.plugins.traces",
    "tests.plugins.watching",
    "tests.plugins.sharing",
)

# Nothing that is imported is ever let go of.
gc.disable()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Tests are looked through for what may be forgotten, imports and tests are not."""
    try:
        return (yield)
    finally:
        gc.freeze()
        # A service that ends thaws what is frozen: to look through it takes long.
        gc.set_threshold(10_000, 20, 10)
        gc.enable()


CUTOFF = date(2020, 1, 1)
Rows = Sequence[Mapping[str, Any]]


def _table(name: str, rows: Rows) -> pa.Table:
    """A canonical table from rows that name only the fields they mean."""
    fields = catalogue.kept_fields(name)
    used = {field for row in rows for field in row}
    columns = {
        field: pa.array([row.get(field) for row in rows], fields[field].arrow_type)
        for field in fields
        if field in used
    }
    return canonical_table(name, pa.table(columns) if columns else None)


@pytest.fixture(scope="session")
def untestable() -> Callable[[str], NoReturn]:
    """Skips a test for want of something on this machine, which it names.

    Where CI is true nothing may be skipped: there the test fails.
    """

    def leave(what: str) -> NoReturn:
        reason = f"{what} is not installed, so this was not tested"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)

    return leave


@pytest.fixture(scope="session")
def required_program(
    untestable: Callable[[str], NoReturn],
) -> Callable[[str], str]:
    """Finds a program of the system by its name; a test cannot do without it."""

    def find(name: str) -> str:
        return shutil.which(name) or untestable(f"the program {name}")

    return find


@pytest.fixture(scope="session")
def make_package() -> Callable[..., Package]:
    """Builds a package; each claim owes 1,000 yuan unless it says otherwise."""

    def build(claims: Rows, collateral: Rows = (), guarantees: Rows = ()) -> Package:
        common = {"cutoff_date": CUTOFF, "principal": 1_000.0}
        numbered = [
            {"claim_id": f"c{i}", **common, **claim} for i, claim in enumerate(claims)
        ]
        return Package(
            _table("claims", numbered),
            _table("collateral", collateral),
            _table("guarantees", guarantees),
        )

    return build


@pytest.fixture(scope="session")
def make_history(make_package: Callable[..., Package]) -> Callable[..., History]:
    """Builds a history; each work-out is open unless ``closed`` dates its end."""

    def build(
        claims: Rows,
        cash: Sequence[tuple[str, date, float, str]] = (),
        closed: Mapping[str, date] | None = None,
        observed_until: date = date(2022, 1, 1),
        timing_observed: bool = True,
    ) -> History:
        package = make_package(claims)
        ended = closed or {}
        names = ("claim_id", "date", "amount", "kind")
        status = [
            {
                "claim_id": claim,
                "status": "closed" if claim in ended else "open",
                "status_date": ended.get(claim, observed_until),
                "disposal_path": "litigation" if claim in ended else None,
            }
            for claim in package.claim_ids
        ]
        return History(
            name="by hand",
            simulated=False,
            timing_observed=timing_observed,
            observed_until=observed_until,
            package=package,
            ledger=_table("ledger", [dict(zip(names, c, strict=True)) for c in cash]),
            workouts=_table("workouts", status),
        )

    return build


@pytest.fixture(scope="session")
def history() -> History:
    """A small simulated market."""
    return simulate_history(claims=2_400, seed=3)


@pytest.fixture(scope="session")
def config() -> Config:
    """The default configuration with few trees and few packages."""
    default = load_config()
    few = {"trees": 30}
    level = default.level.model_copy(update=few)
    curve = default.curve.model_copy(update=few)
    evaluation = default.evaluation.model_copy(update={"years": 2, "packages": 20})
    return default.model_copy(
        update={"level": level, "curve": curve, "evaluation": evaluation}
    )


@pytest.fixture(scope="session")
def trained(history: History, config: Config) -> Trained:
    """What training on the small market gives."""
    return train(history, config)


@pytest.fixture(scope="session")
def model(trained: Trained) -> RecoveryModel:
    """A model of the small market."""
    return trained.model


@pytest.fixture(scope="session")
def untimed_model(history: History, config: Config) -> RecoveryModel:
    """A model of the same market where nobody noted when cash came."""
    return train(replace(history, timing_observed=False), config).model


@pytest.fixture(scope="session")
def sba_csv() -> Path:
    """The real charge-offs, which do not travel with the project."""
    try:
        return sba_path()
    except HistoryError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def sba_history(sba_csv: Path) -> History:
    """The real charge-offs as a history."""
    return sba.read_history(sba_csv)
