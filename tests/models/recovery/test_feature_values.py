import numpy as np
import pytest

from features.table import FeatureTable
from models.recovery.feature_values import FEWEST_STATED, MOST_VALUES, feature_values
from training.pipeline import Trained

RARE = FEWEST_STATED - 1


def _table(**columns: "np.typing.NDArray[np.float64]") -> FeatureTable:
    return FeatureTable(tuple(columns), np.column_stack(list(columns.values())))


def test_few_values_keep_their_frequency() -> None:
    flag = np.array([1.0] * 5 + [0.0] * 95)
    of_card = feature_values(_table(flag=flag), np.full(100, "card"))["card"]
    assert of_card["flag"] == ((0.0, 0.95), (1.0, 0.05))


def test_many_values_are_the_middles_of_sevenths() -> None:
    amount = np.arange(1.0, 701.0)
    of_card = feature_values(_table(amount=amount), np.full(700, "card"))["card"]
    values, likely = zip(*of_card["amount"], strict=True)
    middles = [50.0, 150.0, 250.0, 350.0, 450.0, 550.0, 650.0]
    assert values == pytest.approx(middles, abs=1.0)
    assert likely == pytest.approx([1 / MOST_VALUES] * MOST_VALUES)


def test_what_a_segment_hardly_states_is_left_out() -> None:
    kinds = np.array(["card"] * 50 + ["auto"] * 50)
    age = np.where(np.arange(100) < 50 + RARE, 40.0, np.nan)
    learnt = feature_values(_table(age=age), kinds)
    assert "age" in learnt["card"]
    assert "age" not in learnt["auto"]


def test_training_notes_the_values_of_its_claims(trained: Trained) -> None:
    record = trained.model.record
    assert set(record.feature_values) == set(record.segment_claims)
    for of_segment in record.feature_values.values():
        for name, pairs in of_segment.items():
            column = trained.table.column(name)
            assert len(pairs) <= MOST_VALUES
            assert sum(likely for _, likely in pairs) == pytest.approx(1)
            for value, _ in pairs:
                assert np.isclose(column, value, rtol=1e-5).any()
