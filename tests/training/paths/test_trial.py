"""The lines that the learning of paths must hold, on SIMULATED markets."""

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from features.sources.tables import write_history
from training.__main__ import program
from training.config import Config, load_config
from training.paths.report import print_trials
from training.paths.simulated import LABELS, simulate_paths
from training.paths.trial import SETTINGS, Trial, Trials, trial

CLAIMS = 6_000


@pytest.fixture(scope="module")
def rules() -> Config:
    default = load_config()
    return default.model_copy(
        update={"paths": default.paths.model_copy(update={"folds": 2})}
    )


@pytest.fixture(scope="module")
def trials(rules: Config) -> list[Trial]:
    """Open choices; hidden ones; hidden ones with lots."""
    return [trial(SETTINGS[i], CLAIMS, 1, rules) for i in (0, 2, 3)]


def test_recommended_paths_reach_most_of_the_best_value(trials: list[Trial]) -> None:
    assert trials[0].best_share >= 0.95
    assert trials[0].owners_share < 0.90
    assert abs(trials[0].errors) < 3


def test_without_lots_a_hidden_fact_cannot_be_seen_and_it_says_so(
    trials: list[Trial],
) -> None:
    hidden = trials[1]
    assert hidden.errors > 5
    assert hidden.evidence == "observational"
    assert hidden.sensitivity is not None
    assert hidden.sensitivity < 1.5


def test_lots_find_the_hidden_fact_and_recommendations_are_withdrawn(
    trials: list[Trial],
) -> None:
    assert trials[2].evidence == "confounded"
    assert trials[2].recommended_share == 0
    assert trials[2].best_share == pytest.approx(trials[2].owners_share)


def test_a_table_holds_every_kind_of_market(
    trials: list[Trial], capsys: pytest.CaptureFixture[str]
) -> None:
    print_trials(Trials(CLAIMS, tuple(trials)))
    shown = capsys.readouterr().out
    assert "SIMULATED DATA" in shown
    assert "1 confounded" in shown


def test_the_truth_is_what_claims_came_to_on_average() -> None:
    market = simulate_paths(8_000, 3, yearly_rate=0.0, randomised_share=1.0)
    history = market.history
    chosen = history.workouts["chosen_path"].to_pylist()
    path = np.array([LABELS.index(label) for label in chosen])
    claim = dict(
        zip(history.package.claim_ids, history.package.claim_yuan(), strict=True)
    )
    net = dict.fromkeys(claim, 0.0)
    for row in history.ledger.to_pylist():
        sign = 1.0 if row["kind"] == "recovery" else -1.0
        net[row["claim_id"]] += sign * row["amount"] / claim[row["claim_id"]]
    rate = np.array(list(net.values()))
    for place in range(len(LABELS)):
        took = path == place
        expected = market.mean_rate[took, place].mean()
        error = rate[took].std() / np.sqrt(took.sum())
        assert rate[took].mean() == pytest.approx(expected, abs=4 * error)
        assert market.open[took, place].all()


def test_the_verb_says_when_a_history_teaches_nothing(tmp_path: Path) -> None:
    small = tmp_path / "small.toml"
    small.write_text("[simulated]\nclaims = 300\n")
    shown = CliRunner().invoke(program, ["paths", "--config", str(small)])
    assert shown.exit_code == 0, shown.output
    assert "nothing is learnt of paths" in shown.output


def test_the_verb_tells_what_a_history_of_choices_teaches(tmp_path: Path) -> None:
    market = simulate_paths(1_500, 2, yearly_rate=0.15, randomised_share=0.1)
    write_history(market.history, tmp_path / "mine")
    small = tmp_path / "small.toml"
    small.write_text("[paths]\nleast_claims = 20\nfolds = 2\n")
    words = ["paths", "--source", str(tmp_path / "mine"), "--config", str(small)]
    told = json.loads(CliRunner().invoke(program, [*words, "--json"]).stdout)
    assert told["simulated"]
    assert told["learnt"]["randomised_claims"] > 100
    assert told["out_of_time"]["first"] == "2020-01-01"
    shown = CliRunner().invoke(program, words).output
    assert "SIMULATED DATA" in shown
    assert "of them by lot" in shown
