"""Ranges as a model would have been registered, beside what came a year on."""

import json

import numpy as np
import pytest

from features.outcomes import realised
from training.config import Config
from training.simulation.plain import CARDS, PlainMarket, plain_history
from training.simulation.ranges import STATED, Trial, trials
from training.simulation.ranges_report import by_market, figures_of, ranges_table


@pytest.fixture(scope="module")
def found(config: Config) -> list[Trial]:
    rule = config.evaluation.model_copy(update={"years": 1})
    short = config.model_copy(update={"evaluation": rule})
    history = plain_history(PlainMarket(noise=2.0), 1_300, 4)
    return list(trials("plain", history, short, short))


def test_a_year_is_judged_with_the_factor_that_was_known_before(
    found: list[Trial],
) -> None:
    (trial,) = found
    assert trial.year == 2020
    assert trial.factor >= 1
    assert trial.learnt.held.shape == (len(STATED), len(trial.vintage))
    if trial.factor == 1:
        assert trial.widened is trial.learnt


def test_figures_are_plain_and_a_market_has_a_line(found: list[Trial]) -> None:
    named = {name: some for name, some in by_market(found).items() if some}
    figures = {name: figures_of(some) for name, some in named.items()}
    assert json.loads(json.dumps(figures)).keys() == figures.keys() >= {"plain", "all"}
    assert figures["plain"]["claims"] == len(found[0].vintage)
    assert ranges_table(found).row_count == len(figures)


def test_plain_markets_have_atoms_and_shocks_of_their_own() -> None:
    loans, cards = (plain_history(m, 800, 3) for m in (PlainMarket(), CARDS))
    paid, little = (realised(h, 60).gross_rate for h in (loans, cards))
    assert 0.25 < (paid == 0).mean() < 0.5
    assert (paid == 1).any()
    assert little.mean() < paid.mean() / 3
    assert not len(cards.package.collateral)
    again = plain_history(CARDS, 800, 3)
    assert again.ledger.equals(cards.ledger)
    assert not plain_history(CARDS, 800, 4).ledger.equals(cards.ledger)
    assert np.unique(
        loans.package.claims["product"].to_numpy(zero_copy_only=False)
    ).size
