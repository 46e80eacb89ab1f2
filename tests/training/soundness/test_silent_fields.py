"""A field filled in where claims paid is told; one left out by chance is not."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.columns import Bools
from features.outcomes import History, realised
from features.sources.simulated import simulate_history
from training import splits
from training.config import Config
from training.evaluation import evaluate
from training.report import print_evaluation
from training.soundness.silent_fields import silences


@pytest.fixture(scope="module")
def history() -> History:
    return simulate_history(claims=3_000, seed=3)


def without_arrears(history: History, silent: Bools) -> History:
    """The history in which some claims do not say since when they are overdue."""
    return without(without(history, "days_past_due", silent), "default_date", silent)


def without(history: History, name: str, silent: Bools) -> History:
    """The history in which some claims leave a field out."""
    claims = history.package.claims
    place = claims.column_names.index(name)
    kept = pc.if_else(
        pa.array(silent), pa.scalar(None, claims[name].type), claims[name]
    )
    changed = claims.set_column(place, claims.schema.field(name), kept)
    return replace(history, package=replace(history.package, claims=changed))


def filled_in(history: History) -> History:
    """Days past due were noted of four in five that paid and one in five others."""
    paid = realised(history, 60).gross_rate > 0
    noted = np.random.default_rng(1).random(len(history)) < np.where(paid, 0.8, 0.2)
    return without_arrears(history, ~noted)


def test_what_was_noted_of_those_that_paid_is_told_everywhere(
    history: History, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    found = evaluate(filled_in(history), config, splits.test_years(history, config))
    assert {s.field for s in found.silences} == {"days_past_due", "default_date"}
    for silence in found.silences:
        assert silence.multiple > 1.5
        assert 0.2 < silence.silent_share < 0.8
    assert found.out_of_time.silences == found.silences
    assert found.figures()["silent_fields"][0]["multiple"] > 1.5
    print_evaluation(found)
    told = "".join(capsys.readouterr().out.split())
    assert "thatstatedclaims.days_past_duepaid" in told
    assert "填写了逾期天数的债权，回收为未填写者" in told
    assert "ispricedtoohigh" in told


def test_what_is_left_out_by_chance_is_not(history: History, config: Config) -> None:
    silent = np.random.default_rng(1).random(len(history)) < 0.5
    assert not silences(history, config)
    assert not silences(without_arrears(history, silent), config)


def test_the_strongest_of_each_field_comes_first_and_three_are_told(
    history: History, config: Config
) -> None:
    paid = realised(history, 60).gross_rate > 0
    noted = np.random.default_rng(1).random(len(history)) < np.where(paid, 0.8, 0.2)
    names = ("legal_stage", "province", "industry", "city_tier", "five_class")
    for name in names:
        history = without(history, name, ~noted)
    found = silences(history, config)
    assert len({s.field for s in found}) == len(found) == 3
    multiples = [s.multiple for s in found]
    assert multiples == sorted(multiples, reverse=True)
