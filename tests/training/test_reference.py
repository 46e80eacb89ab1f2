import numpy as np
import pytest

from models.recovery.chain_ladder import ChainLadder
from training.config import Config
from training.reference import (
    FEWEST_TELLING,
    FOLDS_OF_FEW,
    HALVES,
    Mature,
    Reference,
    mature,
)
from training.simulation.plain import PlainMarket, plain_history


def known(fold: list[int]) -> Mature:
    """Five mature claims, the last two of them the reference."""
    rows = np.arange(5)
    strangers = np.array([True, True, True, False, False])
    return Mature(rows, np.zeros(5), strangers, np.array(fold), 2)


@pytest.mark.parametrize("fold", [[0, 1, 0, 1, 0], [1, 1, 1, 1, 1], [4, 0, 2, 0, 3]])
def test_every_mature_claim_is_scored_once(fold: list[int]) -> None:
    lessons = known(fold).lessons()
    np.testing.assert_array_equal(np.sum([told for told, _, _ in lessons], axis=0), 1)
    assert all(learnt.any() for _, learnt, _ in lessons)
    assert not any(learnt[3:].any() for _, learnt, _ in lessons)


def test_older_claims_learn_nothing_from_their_own_fold() -> None:
    fold = np.array([0, 1, 2, 1, 0])
    for told, learnt, _ in known(fold.tolist()).lessons()[1:]:
        assert not set(fold[told]) & set(fold[learnt])


def scored(reference: int) -> Reference:
    """Claims in time order of which the older pay less, so many the reference."""
    mature = np.arange(500)
    score, rate = np.linspace(0.1, 0.9, 500), np.linspace(0.0, 1.0, 500)
    latest = slice(-reference, None)
    of_latest = (mature[latest], score[latest], rate[latest], mature[latest] // 50)
    return Reference(*of_latest, rate[latest].mean(), mature, score, rate)


@pytest.mark.parametrize(
    ("reference", "telling"),
    [
        pytest.param(100, FEWEST_TELLING, id="few, with older ones"),
        pytest.param(400, 400, id="enough by itself"),
    ],
)
def test_the_shape_is_told_by_enough_claims_and_the_latest(
    reference: int, telling: int
) -> None:
    shape = scored(reference).shape()
    rates = np.linspace(0.0, 1.0, 500)[-telling:]
    assert shape.overall[0] == pytest.approx(rates[0], abs=0.01)
    assert shape.overall.mean() == pytest.approx(rates.mean(), abs=0.01)


@pytest.mark.parametrize(
    ("claims", "is_few", "folds"),
    [pytest.param(420, True, FOLDS_OF_FEW), pytest.param(1_600, False, HALVES)],
)
def test_older_claims_are_scored_in_more_folds_where_there_are_few(
    config: Config, claims: int, is_few: bool, folds: int
) -> None:
    history = plain_history(PlainMarket(), claims, 1)
    ladder = ChainLadder({}, np.full(config.horizon.quarters, 0.01))
    found = mature(history, ladder, config)
    assert found.is_few == is_few
    assert len(found.lessons()) == 1 + folds
    assert set(found.fold.tolist()) == set(range(folds))
