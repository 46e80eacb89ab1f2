"""What a model has learnt of sales, written to JSON and read back."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from features.collateral.sale_learning import learn_prices
from features.collateral.value import SalePrices, declared_prices
from features.outcomes import History
from models.recovery.artefact import open_model, save_model
from models.recovery.model import RecoveryModel
from models.recovery.sale_record import SalePricesRecord
from training.pipeline import Trained


def assert_same_bits(one: SalePrices, other: SalePrices) -> None:
    for field in fields(SalePrices):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        np.testing.assert_array_equal(ours, theirs, err_msg=field.name)


def test_sale_prices_survive_json_to_the_bit(model: RecoveryModel) -> None:
    for prices in (model.sale_prices, declared_prices()):
        written = SalePricesRecord.of(prices).model_dump_json()
        assert_same_bits(SalePricesRecord.model_validate_json(written).prices(), prices)


def test_a_model_holds_what_its_history_taught(
    model: RecoveryModel, history: History
) -> None:
    assert_same_bits(model.sale_prices, learn_prices(history))
    assert model.sale_prices.sales > 100


def test_an_opened_model_prices_collateral_as_the_saved_one(
    trained: Trained, tmp_path: Path
) -> None:
    save_model(trained.model, trained.table, tmp_path)
    assert_same_bits(open_model(tmp_path).sale_prices, trained.model.sale_prices)


def test_other_sale_prices_make_another_model(model: RecoveryModel) -> None:
    declared = SalePricesRecord.of(declared_prices())
    record = model.record.model_copy(update={"sale_prices": declared})
    assert replace(model, record=record).sha256 != model.sha256


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"price_columns": ("intercept",)}, "learnt for other columns: train again"),
        ({"sale_columns": ()}, "learnt for other columns: train again"),
        ({"price_mean": (0.0,)}, "effects on price do not fit their columns"),
        ({"price_spread": ((0.0,),)}, "effects on price do not fit their columns"),
        ({"sale_mean": (0.0,)}, "effects on the chance of a sale do not fit"),
    ],
)
def test_effects_of_other_columns_are_refused(
    change: dict[str, Any], words: str
) -> None:
    written = SalePricesRecord.of(declared_prices()).model_dump()
    with pytest.raises(ValidationError, match=words):
        SalePricesRecord.model_validate({**written, **change})
