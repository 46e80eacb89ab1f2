"""A segment has a shape of its own where its claims say so, and only there."""

from dataclasses import replace

import numpy as np
import pytest

from models.recovery.distribution import fit_distribution
from models.recovery.model import DistributionRecord
from models.recovery.recalibration import distribution_around
from training.metrics import crps
from training.segment_shapes import FEWEST_CLAIMS, FOLDS, Told, own_shapes

BOTH = ("corporate_secured", "corporate_unsecured")


def told(claims: int, seed: int, *, alike: bool = False) -> Told:
    """Claims of two segments with one mean at each score.

    Those with collateral pay nothing or .8, the others a steady part, unless all do.
    """
    chance = np.random.default_rng(seed)
    score = chance.uniform(0.1, 0.6, claims)
    secured = np.arange(claims) % 2 == 0
    two = 0.8 * (chance.random(claims) < score / 0.8)
    steady = np.clip(score + chance.normal(0, 0.05, claims), 0, 1)
    rate = np.where(secured | alike, two, steady)
    kind = np.where(secured, *BOTH)
    return Told(
        score, rate, kind, np.arange(claims) % 9, np.arange(claims) // 2 % FOLDS
    )


def test_segments_of_one_mean_and_unlike_shapes_are_told_apart() -> None:
    known, later = told(1_200, 1), told(2_000, 2)
    found = own_shapes(known, 0.0)
    assert set(found) == set(BOTH)
    of_all = fit_distribution(known.score, known.rate)
    for kind, shape in found.items():
        some = later.of(later.kind == kind)
        points = shape.at(some.score)
        mixed = crps(of_all.at(some.score), some.rate).mean()
        assert crps(points, some.rate).mean() < 0.9 * mixed
        assert points.mean(axis=1) == pytest.approx(some.score, abs=1e-9)
    steady = found["corporate_unsecured"].at(np.array([0.4]))[0]
    secured = found["corporate_secured"].at(np.array([0.4]))[0]
    assert np.ptp(steady) < 0.5
    assert np.isin(secured.round(6), (0.0, 0.8)).mean() >= 0.95


@pytest.mark.parametrize("seed", range(5))
def test_segments_that_are_alike_share_their_neighbours(seed: int) -> None:
    assert not own_shapes(told(1_200, seed, alike=True), 0.0)


def test_few_claims_of_a_segment_have_none() -> None:
    known = told(2 * FEWEST_CLAIMS - 4, 1)
    assert not own_shapes(known, 0.0)


def test_claims_of_one_obligor_tell_no_shape() -> None:
    known = told(1_200, 1)
    one = known.kind == BOTH[0]
    fold = np.where(one, 0, known.fold)
    assert set(own_shapes(replace(known, fold=fold), 0.0)) == {BOTH[1]}


def test_one_segment_alone_has_none() -> None:
    known = told(1_200, 1)
    assert not own_shapes(replace(known, kind=np.full(1_200, "card")), 0.0)


def test_a_record_keeps_shapes_and_is_written_as_before_without() -> None:
    known = told(1_200, 1)
    shape = fit_distribution(known.score, known.rate)
    plain = distribution_around(shape, known.score, float(known.rate.mean()))
    own = replace(plain, by_segment=own_shapes(known, plain.shift))
    assert "by_segment" not in DistributionRecord.of(plain).model_dump_json()
    text = DistributionRecord.of(own).model_dump_json()
    opened = DistributionRecord.model_validate_json(text).distribution()
    asked = known.score, known.kind, np.zeros(1_200, np.bool_)
    assert opened.of_claims(*asked).tolist() == own.of_claims(*asked).tolist()
