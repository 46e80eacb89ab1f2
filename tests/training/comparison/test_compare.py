import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from features.errors import ConfigError
from features.outcomes import History
from features.package import Floats, obligors
from features.table import FeatureTable
from models.recovery.distribution import POINTS
from training.__main__ import program
from training.bootstrap import Interval
from training.comparison import learners
from training.comparison.compare import (
    MODEL,
    Comparison,
    Standing,
    baseline_standings,
    beaten_words,
    chosen_learners,
    compared,
)
from training.comparison.learners import LEARNERS, Learner
from training.comparison.lesson import (
    Lesson,
    Score,
    lesson_of,
    taught_segment_table,
    teach,
)
from training.comparison.rivals import BASELINES
from training.config import Config
from training.evaluation import Evaluation, evaluate
from training.metrics import crps
from training.pipeline import Trained
from training.report import print_comparison, print_evaluation
from training.splits import under_embargo


def _constant(table: FeatureTable, rate: Floats, seed: int) -> Score:
    assert seed >= 0
    assert table.values.shape[0] == len(rate)
    return lambda asked: np.full(len(asked.values), rate.mean())


def _two_points(table: FeatureTable, rate: Floats, seed: int) -> Score:
    del table, rate, seed
    ends = np.repeat([0.0, 1.0], POINTS // 2)
    return lambda asked: np.tile(ends, (len(asked.values), 1))


CONSTANT = Learner("constant", "numpy", "the mean", _constant)
TWO_POINTS = Learner("two points", "numpy", "all or nothing", _two_points, True)
GHOST = Learner("ghost", "no_such_package_here", "never fitted", _constant)
INSTALLED = [learner.name for learner in LEARNERS.values() if learner.present]


@pytest.fixture(scope="module")
def judged(history: History, config: Config) -> Evaluation:
    """The small market with learners beside the model."""
    rivals = [LEARNERS["lightgbm"], CONSTANT, TWO_POINTS]
    return evaluate(history, config, [2019, 2020], rivals)


@pytest.fixture(scope="module")
def comparison(judged: Evaluation) -> Comparison:
    return compared(judged, 0, [GHOST])


@pytest.fixture(scope="module")
def lesson(history: History, trained: Trained, config: Config) -> Lesson:
    return lesson_of(history, trained, config)


def test_every_rival_is_judged_on_the_claims_the_model_is_judged_on(
    judged: Evaluation, comparison: Comparison
) -> None:
    names = [MODEL, *BASELINES, "lightgbm", "constant", "two points"]
    assert [s.name for s in comparison.standings] == names
    for tested in judged.windows:
        for rival in tested.rivals.values():
            assert len(rival.crps) == len(tested.claim_id)
            assert rival.scores.claims == len(tested.claim_id)
            assert rival.crps.mean() == pytest.approx(rival.scores.crps)


def test_a_standing_holds_the_figures_of_all_years(
    judged: Evaluation, comparison: Comparison
) -> None:
    ours, *rivals = comparison.standings
    assert ours.difference is None
    assert ours.crps == np.mean([w.model.crps for w in judged.windows])
    for one in rivals:
        results = [w.rivals[one.name] for w in judged.windows]
        assert one.rmse == np.mean([r.scores.rmse for r in results])
        paid = sum(w.claim_yuan @ w.realised_rate for w in judged.windows)
        expected = sum(
            w.claim_yuan @ r.expected_rate
            for w, r in zip(judged.windows, results, strict=True)
        )
        assert one.actual_to_expected == pytest.approx(paid / expected)
        assert one.difference is not None
        difference = np.concatenate(
            [r.crps - w.crps for w, r in zip(judged.windows, results, strict=True)]
        )
        assert one.difference.mean == pytest.approx(difference.mean())
        assert one.difference.low < one.difference.mean < one.difference.high


def test_learners_worse_beyond_luck_are_told(comparison: Comparison) -> None:
    standing = {s.name: s for s in comparison.standings}
    assert standing["two points"].worse
    assert not standing["two points"].better
    assert standing["constant"].spearman == 0.0
    assert "two points" not in comparison.verdict()


def _standing(name: str, low: float, high: float) -> Standing:
    between = Interval((low + high) / 2, low, high)
    return Standing(name, 0.2, 0.5, 0.1, 1.0, 0.05, 1.0, between)


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (-0.02, -0.01, "better than ours in CRPS beyond its 95% interval: rival"),
        (-0.02, 0.01, "no peer's CRPS is better than ours beyond its 95% interval"),
        (0.01, 0.02, "no peer's CRPS is better than ours beyond its 95% interval"),
    ],
)
def test_the_verdict_rests_on_the_interval(
    comparison: Comparison, low: float, high: float, told: str
) -> None:
    rival = _standing("rival", low, high)
    found = replace(comparison, standings=(comparison.standings[0], rival))
    assert found.verdict() == told


def _with_crps(evaluation: Evaluation, added: float) -> Evaluation:
    """The evaluation with the model's distributions that much worse."""
    worse = [replace(w, crps=w.crps + added) for w in evaluation.windows]
    return replace(evaluation, windows=tuple(worse))


def test_baselines_that_beat_the_model_are_told(
    judged: Evaluation, capsys: pytest.CaptureFixture[str]
) -> None:
    words, words_zh = beaten_words(_with_crps(judged, 1.0)) or ("", "")
    assert words.startswith(f"beaten out of time by {', '.join(BASELINES)}, whose CRPS")
    print_evaluation(_with_crps(judged, 1.0))
    shown = "".join(capsys.readouterr().out.split())
    assert "".join(f"B{words[1:]}.{words_zh}。".split()) in shown
    assert beaten_words(_with_crps(judged, -1.0)) is None
    print_evaluation(_with_crps(judged, -1.0))
    assert "eaten out of time" not in capsys.readouterr().out


def test_the_segment_table_stands_at_the_level_of_the_reference(
    lesson: Lesson, trained: Trained
) -> None:
    of_reference = lesson.segments[lesson.reference]
    table = taught_segment_table(lesson)
    level = table.at(of_reference).mean()
    realised = lesson.rate[lesson.reference].mean()
    older = lesson.rate[lesson.others].mean()
    low, high = sorted([older, realised])
    assert low - 0.02 <= level <= high + 0.02
    np.testing.assert_array_equal(lesson.rate[lesson.reference], trained.reference.rate)


def test_a_lesson_keeps_the_reference_from_what_scores_it(
    lesson: Lesson, history: History, trained: Trained
) -> None:
    rows = trained.reference.mature
    obligor = obligors(history.package)[rows]
    assert not set(obligor[lesson.others]) & set(obligor[lesson.reference])
    np.testing.assert_array_equal(rows[lesson.reference], trained.reference.rows)
    np.testing.assert_array_equal(lesson.table.values, trained.table.values[rows])


def test_a_score_becomes_a_distribution_at_the_level_of_the_reference(
    lesson: Lesson,
) -> None:
    seen: list[int] = []

    def fit(table: FeatureTable, rate: Floats, seed: int) -> Score:
        seen.append(len(rate))
        return LEARNERS["lightgbm"].fit(table, rate, seed)

    rival = teach(lesson, fit)
    assert seen == [len(lesson.others), len(lesson.rate)]
    asked = lesson.rows(lesson.reference)
    none_unseen = np.zeros(len(asked.values), np.bool_)
    points = rival.points(asked, none_unseen)
    assert points.shape == (len(asked.values), POINTS)
    own = rival.points(asked, ~none_unseen)
    assert own.std(axis=0).mean() < points.std(axis=0).mean()
    rate = lesson.rate[lesson.reference]
    alike = np.tile(np.sort(rate)[:: max(len(rate) // POINTS, 1)], (len(rate), 1))
    assert crps(points, rate).mean() < crps(alike, rate).mean()


@pytest.mark.parametrize("name", INSTALLED)
def test_an_installed_learner_learns_and_repeats_itself(
    lesson: Lesson, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in ("STEPS", "SLOW_STEPS"):
        monkeypatch.setattr(learners, steps, 30)
    learner = LEARNERS[name]
    some = lesson.others[:: max(len(lesson.others) // 200, 1)]
    table, rate = lesson.rows(some), lesson.rate[some]
    found, again = (learner.fit(table, rate, 5)(table) for _ in range(2))
    np.testing.assert_array_equal(found, again)
    shape = (len(some), POINTS) if learner.own_distribution else (len(some),)
    assert found.shape == shape
    assert found.dtype == np.float64
    assert ((found >= 0) & (found <= 1)).all()
    expected = found.mean(axis=1) if learner.own_distribution else found
    assert np.corrcoef(expected, rate)[0, 1] > 0.3


def test_learners_that_need_no_more_than_this_project_are_installed() -> None:
    assert {"lightgbm", "hist_boosting", "random_forest"} <= set(INSTALLED)


def test_an_absent_learner_is_named_and_no_error() -> None:
    registry = {"ghost": GHOST, "constant": CONSTANT}
    present, absent = chosen_learners((), registry)
    assert (present, absent) == ([CONSTANT], [GHOST])
    assert chosen_learners(("ghost",), registry) == ([], [GHOST])


def test_an_unknown_learner_is_refused() -> None:
    with pytest.raises(ConfigError, match="no learner 'oracle'; name one of lightgbm"):
        chosen_learners(("oracle",))


def test_the_printed_table_says_what_it_rests_on(
    comparison: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    print_comparison(comparison)
    shown = capsys.readouterr().out
    assert "Out of time, 2019-2020, embargo 0 months (SIMULATED DATA)" in shown
    assert "ghost is absent: no_such_package_here is not installed" in shown
    for one in comparison.standings:
        assert one.name in shown
        assert f"{one.crps:.4f}" in shown
    assert shown.rstrip().endswith(comparison.verdict())


def test_figures_are_json(comparison: Comparison) -> None:
    figures = comparison.figures()
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert figures["simulated"] is True
    assert figures["absent"] == ["ghost"]
    assert figures["standings"][MODEL]["difference"] is None


def test_baselines_stand_beside_the_model_in_every_evaluation(
    evaluation: Evaluation,
) -> None:
    standings = baseline_standings(evaluation)
    assert [s.name for s in standings] == [MODEL, *BASELINES]
    for tested in evaluation.windows:
        assert tuple(tested.rivals) == BASELINES
        assert tested.baseline is tested.rivals["segment_table"].scores
    ladder, realised = evaluation.ladder_curve(), evaluation.curve()
    assert ladder is not None
    assert realised is not None
    np.testing.assert_array_equal(ladder.realised_yuan, realised.realised_yuan)
    life = ladder.figures()
    assert life["expected_life_months"] == pytest.approx(
        life["realised_life_months"], rel=0.3
    )


def test_the_command_compares_under_another_embargo(tmp_path: Path) -> None:
    small = tmp_path / "small.toml"
    small.write_text(
        "[curve]\ntrees = 10\n[evaluation]\nyears = 1\npackages = 5\n"
        "[simulated]\nclaims = 1500\n"
    )
    words = ["compare", "--config", str(small), "--learner", "lightgbm"]
    ended = CliRunner().invoke(program, [*words, "--embargo-months", "12", "--json"])
    assert ended.exit_code == 0, ended.output
    figures = json.loads(ended.stdout)
    assert figures["embargo_months"] == 12
    assert list(figures["standings"]) == [MODEL, *BASELINES, "lightgbm"]


def test_an_embargo_is_that_of_the_configuration_unless_named(config: Config) -> None:
    assert under_embargo(config, None) is config
    assert under_embargo(config, 24).evaluation.embargo_months == 24
    assert under_embargo(config, 24).curve == config.curve
