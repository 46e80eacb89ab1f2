"""Fields that tell of the outcome only together are told so by whole trees."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.outcomes import History
from features.package import claim_rows, numbers
from training.config import Config, load_config
from training.pipeline import train
from training.simulation.plain import PlainMarket, plain_history

MARKET = PlainMarket(nothing_share=0.1, secured_share=0.3, shock=0.1, noise=0.5)


@pytest.fixture(scope="module")
def plain() -> History:
    return plain_history(MARKET, 4_000, 12)


@pytest.fixture(scope="module")
def settings(config: Config) -> Config:
    """As a run is made, with a curve of few trees."""
    few = config.curve.model_copy(update={"trees": 3})
    return config.model_copy(update={"level": load_config().level, "curve": few})


def by_parity(history: History) -> History:
    """The same, where claims pay much or little by three fields that say nothing apart.

    Cash keeps its days, and who paid nothing pays nothing.
    """
    claims = history.package.claims
    days = claims["days_past_due"].to_numpy()
    some = [np.unique(claims[n].to_pylist())[::2] for n in ("province", "product")]
    fields = [
        np.isin(claims[name].to_pylist(), known)
        for name, known in zip(("province", "product"), some, strict=True)
    ]
    much = fields[0] ^ fields[1] ^ (days > np.median(days))
    owed = history.package.claim_yuan()
    rows = claim_rows(history.package, history.ledger)
    amounts = numbers(history.ledger, "amount")
    paid = np.bincount(rows, amounts, len(history))
    wanted = owed * np.where(much, 0.7, 0.1)
    scaled = amounts * (wanted / np.maximum(paid, 1.0))[rows]
    place = history.ledger.schema.get_field_index("amount")
    ledger = history.ledger.set_column(place, "amount", pa.array(scaled))
    return replace(history, ledger=ledger)


def test_trees_see_every_field_where_fields_tell_together(
    plain: History, settings: Config
) -> None:
    trained = train(by_parity(plain), settings)
    assert trained.level_column_share == 1.0
    assert "[feature_fraction: 1]" in trained.model.level_trees[0]


def test_trees_see_some_where_fields_tell_apart(
    plain: History, settings: Config
) -> None:
    trained = train(plain, settings)
    assert trained.level_column_share == settings.level.column_share < 1
    assert "[feature_fraction: 0.5]" in trained.model.level_trees[0]
