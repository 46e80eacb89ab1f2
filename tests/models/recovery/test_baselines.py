import numpy as np
import pytest

from models.recovery.baselines import FEWEST_CLAIMS, fit_segment_table
from models.recovery.distribution import POINTS


def test_a_segment_has_its_own_recoveries_and_a_rare_one_those_of_all() -> None:
    segments = np.array(["card"] * 60 + ["auto"] * (FEWEST_CLAIMS - 1))
    realised = np.concatenate([np.zeros(60), np.ones(FEWEST_CLAIMS - 1)])
    table = fit_segment_table(segments, realised)
    points = table.at(np.array(["card", "auto", "mortgage"]))
    assert points.shape == (3, POINTS)
    assert points[0].max() == 0.0
    np.testing.assert_array_equal(points[1], table.overall)
    np.testing.assert_array_equal(points[2], table.overall)
    assert table.overall.mean() == pytest.approx(realised.mean(), abs=1 / POINTS)
