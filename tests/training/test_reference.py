import numpy as np
import pytest

from training.reference import Mature


def known(half: list[int]) -> Mature:
    """Five mature claims, the last two of them the reference."""
    rows = np.arange(5)
    strangers = np.array([True, True, True, False, False])
    return Mature(rows, np.zeros(5), strangers, np.array(half), 2)


@pytest.mark.parametrize("half", [[0, 1, 0, 1, 0], [1, 1, 1, 1, 1]])
def test_every_mature_claim_is_scored_once(half: list[int]) -> None:
    lessons = known(half).lessons()
    np.testing.assert_array_equal(np.sum([told for told, _, _ in lessons], axis=0), 1)
    assert all(learnt.any() for _, learnt, _ in lessons)
    assert not any(learnt[3:].any() for _, learnt, _ in lessons)


def test_older_claims_learn_nothing_from_their_own_half() -> None:
    half = np.array([0, 1, 0, 1, 0])
    for told, learnt, _ in known(half.tolist()).lessons()[1:]:
        assert not set(half[told]) & set(half[learnt])
