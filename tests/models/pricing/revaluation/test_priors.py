import pytest
from pydantic import ValidationError

from models.pricing.revaluation.priors import Condition, declared


def test_an_ordinary_condition_changes_no_price() -> None:
    assert declared().condition.price_factor(3) == 1


def test_a_better_condition_that_costs_less_is_refused() -> None:
    with pytest.raises(ValidationError, match="better condition"):
        Condition(price_factors=(0.7, 0.9, 1.0, 0.95, 1.1))
