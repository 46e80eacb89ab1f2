import pytest

from training.config import load_config
from training.data import load_history
from training.evaluation import Evaluation, evaluate
from training.splits import test_years as chosen_years


@pytest.fixture(scope="module")
def evaluation() -> Evaluation:
    """The default level on two years of the default simulated market, out of time.

    Of the time that it takes half would go into the curve, which none of this asks for.
    """
    default = load_config()
    changed = {
        "evaluation": default.evaluation.model_copy(
            update={"years": 2, "packages": 20}
        ),
        "curve": default.curve.model_copy(update={"trees": 40}),
    }
    config = default.model_copy(update=changed)
    history = load_history("simulated", config)
    return evaluate(history, config, chosen_years(history, config))


def test_the_model_beats_the_segment_table_clearly(evaluation: Evaluation) -> None:
    assert evaluation.crps_gain >= 0.15


def test_the_level_of_cash_is_met_over_three_years(evaluation: Evaluation) -> None:
    assert evaluation.level().actual_to_expected == pytest.approx(1, abs=0.05)


def test_the_level_of_each_segment_is_met(evaluation: Evaluation) -> None:
    levels = evaluation.levels()
    assert len(levels) == 6
    missed = {
        segment: level.actual_to_expected
        for segment, level in levels.items()
        if abs(level.actual_to_expected - 1) > 0.10
    }
    assert not missed


def test_the_distributions_are_true_to_what_came(evaluation: Evaluation) -> None:
    assert evaluation.mean(lambda scores: scores.pit_distance) <= 0.05
