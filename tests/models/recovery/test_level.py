from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from features.outcomes import History
from features.package import Floats
from features.segment import segments
from features.table import FeatureTable, without
from models.recovery.explanation import level_effects
from models.recovery.forest import Forest
from models.recovery.growth import fit_level
from models.recovery.level import (
    FORESTS,
    PRIOR_CLAIMS,
    SegmentLevel,
    fit_segment_level,
    level_rate,
)
from models.recovery.model import LISTED, RecoveryModel
from training.config import Config
from training.pipeline import Trained


@pytest.fixture
def known(trained: Trained) -> FeatureTable:
    """Features of the mature claims, in time order."""
    return FeatureTable(
        trained.table.names, trained.table.values[trained.reference.mature]
    )


@pytest.fixture
def start(trained: Trained, history: History) -> Floats:
    """Where the trees started, before cash of the latest years moved it."""
    kinds = segments(history.package)[trained.reference.mature]
    learnt = trained.model.record.segment_level
    return SegmentLevel(learnt.by_segment, learnt.overall).log_odds(kinds)


@pytest.fixture
def fitted(
    trained: Trained, known: FeatureTable, start: Floats, config: Config
) -> Callable[..., tuple[str, ...]]:
    """Grows forests on the mature claims of the small market and gives their text."""

    def fit(**changed: object) -> tuple[str, ...]:
        parameters = replace(config.level.parameters(), **changed)
        taught = without(known, LISTED)
        return fit_level(taught, trained.reference.mature_rate, start, parameters)

    return fit


@pytest.mark.parametrize("threads", [1, 2])
def test_one_seed_gives_identical_trees_on_any_number_of_threads(
    model: RecoveryModel, fitted: Callable[..., tuple[str, ...]], threads: int
) -> None:
    with threadpool_limits(threads, user_api="openmp"):
        assert fitted() == model.level_trees
    assert not set(fitted(seed=1)) & set(model.level_trees)
    assert len(set(model.level_trees)) == FORESTS


def test_the_forests_are_averaged_as_log_odds(
    model: RecoveryModel, known: FeatureTable, start: Floats
) -> None:
    forests = [Forest.of(text) for text in model.level_trees]
    alone = [logit(level_rate(forest, known, start)) for forest in forests]
    together = logit(level_rate(model.level, known, start))
    np.testing.assert_allclose(together, np.mean(alone, axis=0), rtol=1e-9)
    assert np.std(alone, axis=0).max() > 0.05


def test_the_level_is_that_of_the_claims_it_learnt_from(
    trained: Trained, known: FeatureTable, start: Floats
) -> None:
    rate = trained.reference.mature_rate
    expected = level_rate(trained.model.level, known, start)
    assert expected.mean() == pytest.approx(rate.mean(), rel=0.03)
    assert np.mean((expected - rate) ** 2) < 0.8 * rate.var()


def test_effects_add_up_to_the_log_odds(
    model: RecoveryModel, known: FeatureTable, start: Floats
) -> None:
    effects = level_effects(model, known)
    assert effects.shape == (len(known.values), len(known.names) + 1)
    rate = expit(start + effects.sum(axis=1))
    np.testing.assert_allclose(rate, level_rate(model.level, known, start), rtol=1e-9)


def test_segments_start_from_their_mean_and_others_from_that_of_all() -> None:
    kinds = np.repeat(["card", "auto"], [300, 3])
    rate = np.repeat([0.1, 0.9], [300, 3])
    level = fit_segment_level(kinds, rate)
    overall = rate.mean()
    found = expit(level.log_odds(np.array(["card", "auto", "mortgage"])))
    weight = PRIOR_CLAIMS * overall
    assert found[0] == pytest.approx((30 + weight) / (300 + PRIOR_CLAIMS))
    assert found[1] == pytest.approx((2.7 + weight) / (3 + PRIOR_CLAIMS))
    assert found[2] == pytest.approx(overall)


def test_a_segment_that_never_pays_has_a_finite_start() -> None:
    level = fit_segment_level(np.array(["card"] * 5), np.zeros(5))
    assert np.isfinite(level.log_odds(np.array(["card"]))).all()


def test_a_moved_level_starts_elsewhere_and_others_where_all_together_do() -> None:
    level = SegmentLevel({"card": 0.1, "mortgage": 0.5}, 0.3)
    kinds = np.array(["card", "mortgage", "auto"])
    moved = level.moved({"card": 0.7}, -0.4)
    by = moved.log_odds(kinds) - level.log_odds(kinds)
    np.testing.assert_allclose(by, [0.7, -0.4, -0.4])
