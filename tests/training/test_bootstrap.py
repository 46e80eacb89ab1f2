import numpy as np
import pytest

from training.bootstrap import paired_block_interval


def test_the_interval_of_blocks_is_that_of_the_mean_of_blocks() -> None:
    generator = np.random.default_rng(5)
    shock = generator.normal(0.0, 1.0, 400)
    block = np.repeat(np.arange(400), 25)
    difference = shock[block] + generator.normal(0.0, 0.1, len(block))
    found = paired_block_interval(difference, block, seed=1)
    half = 1.96 * shock.std() / np.sqrt(400)
    assert found.mean == pytest.approx(difference.mean())
    assert found.high - found.mean == pytest.approx(half, rel=0.1)
    assert found.mean - found.low == pytest.approx(half, rel=0.1)


def test_claims_that_move_together_widen_the_interval() -> None:
    shock = np.random.default_rng(6).normal(0.0, 1.0, 30)
    together = np.repeat(shock, 100)
    alone = np.arange(len(together))
    by_vintage = paired_block_interval(together, np.repeat(np.arange(30), 100), seed=2)
    by_claim = paired_block_interval(together, alone, seed=2)
    assert by_vintage.high - by_vintage.low > 5 * (by_claim.high - by_claim.low)


def test_one_vintage_is_drawn_claim_by_claim() -> None:
    difference = np.random.default_rng(7).normal(0.5, 1.0, 400)
    found = paired_block_interval(difference, np.zeros(400, np.int64), seed=3)
    width = 2 * 1.96 * difference.std() / 20
    assert found.high - found.low == pytest.approx(width, rel=0.1)


def test_a_seed_gives_the_same_interval() -> None:
    difference = np.random.default_rng(8).normal(size=50)
    block = np.arange(50) % 7
    assert paired_block_interval(difference, block, 4) == paired_block_interval(
        difference, block, 4
    )
