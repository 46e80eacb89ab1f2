"""What is foretold of claims under work, on simulated work-outs."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from features.outcomes import History
from training.__main__ import program
from training.config import Config
from training.simulation.revaluations import (
    WAYS,
    Asked,
    WorkedYear,
    as_markdown,
    asked,
    figures,
    foretold,
    worked_year,
)
from training.splits import test_years as chosen_years


@pytest.fixture(scope="module")
def worked(history: History, config: Config) -> list[WorkedYear]:
    return [worked_year(history, y, config) for y in chosen_years(history, config)]


@pytest.fixture(scope="module")
def found(worked: list[WorkedYear]) -> list[Asked]:
    return list(asked(worked, seed=1))


def crps_of(one: Asked) -> dict[str, float]:
    return {way.way: way.crps for way in one.ways}


@pytest.mark.parametrize("position", [2, 4])
def test_telling_time_and_cash_foretells_better_than_the_other_ways(
    found: list[Asked], position: int
) -> None:
    assert found[position].closings_told
    told = crps_of(found[position])

    assert told["revalued"] < told["original_less_cash"]
    assert told["revalued"] < told["original_curve"]
    assert told["revalued"] < told["afresh"]


def test_closings_told_leave_fewer_claims(found: list[Asked]) -> None:
    for told, untold in zip(found[::2], found[1::2], strict=True):
        assert told.claims < untold.claims
        assert told.silent >= untold.silent


def test_no_way_foretells_more_than_is_left(worked: list[WorkedYear]) -> None:
    for year in worked:
        for way, points in foretold(year, 12).items():
            assert way in WAYS
            assert (points >= 0).all()
            assert (points.max(axis=1) <= 1 - year.received(12) + 1e-9).all() or (
                way == "original_curve"
            )


def test_what_came_is_within_the_claim(worked: list[WorkedYear]) -> None:
    for year in worked:
        assert (np.diff(year.paid, axis=1) >= 0).all()
        assert year.paid.max() <= 1


def test_the_table_has_a_row_for_each_way(found: list[Asked]) -> None:
    assert len(as_markdown(found).splitlines()) == 2 + len(found) * len(WAYS)
    assert json.loads(json.dumps(figures(found, [2020])))["simulated"] is True


def test_the_verb_wants_it_said_that_work_outs_are_simulated() -> None:
    result = CliRunner().invoke(program, ["revaluations"])

    assert result.exit_code == 2
    assert "--simulated" in result.output
