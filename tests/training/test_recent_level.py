"""Cash of two years moves a level that older claims had taught, luck does not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.columns import Bools
from features.outcomes import History, quarter_panel
from features.segment import segments
from models.recovery.level_move import LevelMoves
from models.recovery.model import ModelRecord, RecoveryModel
from training.config import Config
from training.pipeline import Trained, train
from training.recent_level import follow_cash
from training.simulation.plain import PlainMarket, plain_history

TWO_YEARS, YEAR = 24, 12


def paying(history: History, share: float, chosen: Bools) -> History:
    """The history with some rows of its ledger at a share of their amount."""
    amount = history.ledger["amount"].to_numpy() * np.where(chosen, share, 1.0)
    place = history.ledger.column_names.index("amount")
    return replace(
        history, ledger=history.ledger.set_column(place, "amount", pa.array(amount))
    )


def late(history: History, months: int) -> Bools:
    """Rows of the ledger within the latest months."""
    until = history.observed_until
    month = until.year * 12 + until.month - months
    since = date((month - 1) // 12, (month - 1) % 12 + 1, 28)
    rows: Bools = pc.greater(history.ledger["date"], pa.scalar(since)).to_numpy()
    return rows


Followed = Callable[[History], RecoveryModel]


@pytest.fixture(scope="module")
def history() -> History:
    """A plain market, some claims of which are cut off in every quarter."""
    return plain_history(PlainMarket(), 3_000, seed=6)


@pytest.fixture(scope="module")
def plain(history: History, config: Config) -> Trained:
    """What training on it gives."""
    return train(history, config)


@pytest.fixture(scope="module")
def followed(plain: Trained, config: Config) -> Followed:
    """Its model, the level moved by what another history paid."""

    def model(history: History) -> RecoveryModel:
        panel = quarter_panel(history, config.horizon.quarters)
        return follow_cash(plain.model, history, plain.table, panel, config)

    return model


def moves_of(model: RecoveryModel) -> LevelMoves:
    assert model.record.level_moves is not None
    return model.record.level_moves


def test_a_market_that_pays_as_before_moves_nothing(plain: Trained) -> None:
    assert plain.model.record.level_moves is None


def test_two_years_of_half_the_cash_halve_what_is_expected(
    history: History, plain: Trained, followed: Followed
) -> None:
    model = followed(paying(history, 0.5, late(history, TWO_YEARS)))
    moves = moves_of(model)
    assert moves.tells
    assert moves.overall.factor == pytest.approx(moves.overall.ratio, abs=0.05)
    assert moves.overall.factor < 0.65
    before = plain.model.mean_rate(history.package)
    after = model.mean_rate(history.package)
    kinds = segments(history.package)
    for kind in np.unique(kinds).tolist():
        of_kind = kinds == kind
        factor = after[of_kind].mean() / before[of_kind].mean()
        assert factor == pytest.approx(moves.by_segment[kind].factor, rel=0.01)


def test_a_better_market_moves_it_up(history: History, followed: Followed) -> None:
    better = paying(history, 1.5, late(history, TWO_YEARS))
    assert moves_of(followed(better)).overall.factor > 1.25


def test_a_stop_moves_less_than_a_lower_level_of_as_much_cash(
    history: History, followed: Followed
) -> None:
    amount = history.ledger["amount"].to_numpy()
    stop, two_years = late(history, YEAR), late(history, TWO_YEARS)
    left = 1 - amount[stop].sum() / amount[two_years].sum()
    lower = moves_of(followed(paying(history, left, two_years)))
    stopped = followed(paying(history, 0.0, stop)).record.level_moves
    factor = stopped.overall.factor if stopped else 1.0
    assert factor > lower.overall.factor + 0.03


def test_one_segment_that_breaks_is_moved_apart(
    history: History, followed: Followed
) -> None:
    ids, kinds = history.package.claim_ids, segments(history.package)
    kind_of = dict(zip(ids, kinds, strict=True))
    paid = np.array([kind_of[i] for i in history.ledger["claim_id"].to_pylist()])
    broken = late(history, TWO_YEARS) & (paid == "mortgage")
    moves = moves_of(followed(paying(history, 0.2, broken)))
    assert moves.by_segment["mortgage"].factor < 0.6
    assert moves.by_segment["corporate_secured"].factor > 0.85
    assert "auto" not in moves.by_segment


@pytest.mark.parametrize("why", ["no timing", "few claims"])
def test_where_nothing_can_be_told_the_model_is_itself(
    history: History, plain: Trained, config: Config, why: str
) -> None:
    broken = paying(history, 0.5, late(history, TWO_YEARS))
    panel = quarter_panel(broken, config.horizon.quarters)
    few = config.monitoring.model_copy(update={"fewest_claims": 10**6})
    if why == "few claims":
        config = config.model_copy(update={"monitoring": few})
    known = replace(broken, timing_observed=why != "no timing")
    model = plain.model
    assert follow_cash(model, known, plain.table, panel, config) is model


def test_moves_are_kept_with_the_record(history: History, followed: Followed) -> None:
    record = followed(paying(history, 0.5, late(history, TWO_YEARS))).record
    assert ModelRecord.model_validate_json(record.model_dump_json()) == record
