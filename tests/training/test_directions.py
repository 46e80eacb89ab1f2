"""A direction is held until the history contradicts it, and then it is told."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest

from features.columns import Bools
from features.outcomes import History
from models.recovery.contradicted import Contradicted
from training.config import Config, load_config
from training.pipeline import Trained, train
from training.simulation.plain import PlainMarket, plain_history

LONGEST_DAYS = 2_200
MARKET = PlainMarket(nothing_share=0.1, secured_share=0.3, shock=0.1, noise=0.5)


@pytest.fixture(scope="module")
def plain() -> History:
    return plain_history(MARKET, 2_400, 11)


def counted_down(history: History, some: Bools) -> History:
    """The same, where some of the claims state how many days are left to go."""
    claims = history.package.claims
    place = claims.schema.get_field_index("days_past_due")
    days = claims["days_past_due"].to_numpy()
    stated = np.where(some, LONGEST_DAYS - days, days)
    column = pa.array(stated, claims.schema.field(place).type)
    told = claims.set_column(place, claims.schema.field(place), column)
    return replace(history, package=replace(history.package, claims=told))


@pytest.fixture(scope="module")
def settings(config: Config) -> Config:
    """As a run is made, with a curve of few trees."""
    few = config.curve.model_copy(update={"trees": 3})
    return config.model_copy(update={"level": load_config().level, "curve": few})


def of_persons(history: History) -> Bools:
    products = history.package.claims["product"].to_numpy(zero_copy_only=False)
    found: Bools = np.isin(products, ("consumer_loan", "mortgage_loan"))
    return found


@pytest.fixture(scope="module")
def mixed(plain: History, settings: Config) -> Trained:
    return train(counted_down(plain, of_persons(plain)), settings)


def constraints(trained: Trained) -> dict[str, int]:
    """Direction of each feature in the trees of the level."""
    names, held = trained.model.record.features, trained.model.level_trees[0]
    line = next(x for x in held.splitlines() if x.startswith("[monotone_constraints"))
    directions = map(int, line[:-1].split(" ")[1].split(","))
    known = dict(zip(_taught(held), directions, strict=True))
    assert set(known) <= set(names)
    return known


def _taught(trees: str) -> list[str]:
    line = next(x for x in trees.splitlines() if x.startswith("feature_names="))
    return line.removeprefix("feature_names=").split(" ")


def test_a_direction_that_some_products_contradict_is_let_go_and_no_other(
    mixed: Trained,
) -> None:
    against = mixed.model.record.contradicted
    assert against is not None
    assert against.features == ("days_past_due",)
    assert against.saved_share > 0.01
    held = constraints(mixed)
    assert held["days_past_due"] == 0
    assert held["coverage"] == held["gross_coverage"] == held["sale_coverage"] == 1


def test_its_figures_follow_the_history(mixed: Trained, plain: History) -> None:
    some = of_persons(plain)
    claims = counted_down(plain, some).package
    rate = mixed.model.forecast(claims).mean_rate
    stated = claims.claims["days_past_due"].to_numpy()
    assert np.corrcoef(rate[some], stated[some])[0, 1] > 0.2
    assert np.corrcoef(rate[~some], stated[~some])[0, 1] < -0.2


def test_a_history_that_bears_them_out_keeps_every_direction(
    plain: History, settings: Config
) -> None:
    trained = train(plain, settings)
    assert trained.model.record.contradicted is None
    assert "contradicted" not in trained.model.record.model_dump()
    held = constraints(trained)
    assert held["days_past_due"] == -1
    assert held["coverage"] == 1


def test_nothing_is_contradicted_where_nothing_is_held(
    plain: History, settings: Config
) -> None:
    free = settings.level.model_copy(update={"monotone": False})
    told = settings.model_copy(update={"level": free})
    trained = train(counted_down(plain, of_persons(plain)), told)
    assert trained.model.record.contradicted is None


def test_words_name_feature_and_side_in_both_languages() -> None:
    against = Contradicted(features=("days_past_due", "coverage"), saved_share=0.051)
    assert "less the higher their days_past_due" in against.words()
    assert "more the higher their coverage" in against.words()
    assert "5.1%" in against.words()
    assert "回收越低" in against.words_zh()
    assert "回收越高" in against.words_zh()
    assert "5.1%" in against.words_zh()
