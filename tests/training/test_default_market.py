import pytest

from training.config import load_config
from training.data import load_history
from training.evaluation import Evaluation, evaluate
from training.splits import test_years as chosen_years


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


def test_the_default_model_is_true_to_the_default_market() -> None:
    """One test: four of them would be stolen by as many workers, and train in each."""
    found = evaluation()
    missed = {
        segment: level.actual_to_expected
        for segment, level in found.levels().items()
        if abs(level.actual_to_expected - 1) > 0.10
    }

    assert found.crps_gain >= 0.15
    assert found.level().actual_to_expected == pytest.approx(1, abs=0.05)
    assert len(found.levels()) == 6
    assert not missed
    assert found.mean(lambda scores: scores.pit_distance) <= 0.05
