from dataclasses import replace

import numpy as np
import pytest

from features.court_fees import acceptance_fee_yuan, preservation_fee_yuan
from models.paths.path import PATHS
from models.pricing.paths.engine import QUARTERS, PathFacts, _schedule, engine_values
from models.pricing.paths.priors import PathPriors, declared_priors

COLLECT, SETTLE, SUE, RESTRUCTURE, EQUITY, SELL = range(len(PATHS))
CLAIM = 1_000_000.0


def facts(**changed: object) -> PathFacts:
    """One unsecured corporate claim that pays 30% evenly over three years, and more."""
    gross = np.zeros((1, 60))
    gross[0, :36] = 0.3 * CLAIM / 36
    known = PathFacts(
        claim_yuan=np.array([CLAIM]),
        gross_yuan=gross,
        value_yuan=np.array([180_000.0]),
        low_rate=np.array([0.2]),
        high_rate=np.array([2.0]),
        segments=np.array(["corporate_unsecured"]),
        stages=np.array(["not_sued"]),
        fee_rate=np.array([0.1]),
        yearly_rate=0.12,
    )
    return replace(known, **changed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def priors() -> PathPriors:
    return declared_priors()


def test_collection_brings_its_share_when_the_claim_would_pay(
    priors: PathPriors,
) -> None:
    known = facts()
    found = engine_values(known, priors)
    worth = (0.3 * CLAIM / 36 * 1.12 ** (-np.arange(1, 37) / 12)).sum()
    share = priors.collect.share_rate.corporate_unsecured
    cost = priors.collect.advance_rate.corporate_unsecured * CLAIM
    assert found.npv_yuan[0, COLLECT] == pytest.approx(share * worth * 0.9 - cost)
    assert found.months[0, COLLECT] == pytest.approx(18.5)


def test_a_settlement_that_is_refused_falls_back_on_collection(
    priors: PathPriors,
) -> None:
    found = engine_values(facts(), priors)
    prior = priors.settle
    accepted = prior.acceptance_rate.corporate_unsecured
    offer = (1 - prior.discount_rate.corporate_unsecured) * 0.3 * CLAIM * 0.9
    later = 1.12 ** (-prior.months / 12)
    collected = found.npv_yuan[0, COLLECT]
    cost = prior.advance_rate.corporate_unsecured * CLAIM
    expected = (accepted * offer + (1 - accepted) * collected) * later - cost
    assert found.npv_yuan[0, SETTLE] == pytest.approx(expected)


def test_a_suit_advances_statutory_fees_unless_it_was_filed(priors: PathPriors) -> None:
    fee = acceptance_fee_yuan(np.array([CLAIM])) + preservation_fee_yuan(
        np.array([CLAIM])
    )
    unsued = engine_values(facts(), priors)
    sued = engine_values(facts(stages=np.array(["sued"])), priors)
    assert unsued.advance_yuan[0, SUE, 0] == pytest.approx(float(fee[0]))
    assert sued.advance_yuan[0, SUE, 0] == 0
    assert sued.months[0, SUE] < unsued.months[0, SUE]
    assert sued.npv_yuan[0, SUE] > unsued.npv_yuan[0, SUE] + float(fee[0])


@pytest.mark.parametrize(
    ("hazard", "worth"), [(0.0, 0.866), (0.005, 0.816), (0.015, 0.730), (0.03, 0.632)]
)
def test_instalments_are_worth_what_the_worked_example_says(
    priors: PathPriors, hazard: float, worth: float
) -> None:
    """36 instalments at 10% a year; at re-default 30% of the balance a year later."""
    prior = priors.restructure.model_copy(
        update={"hazard_rate": hazard, "negotiation_months": 0, "grace_months": 0}
    )
    some = priors.model_copy(update={"restructure": prior})
    found, months = _schedule(facts(yearly_rate=0.10), 36, some)
    assert found == pytest.approx(worth, abs=5e-4)
    assert 12 < months < 24


def test_nobody_pays_for_a_claim_that_is_worth_nothing(priors: PathPriors) -> None:
    found = engine_values(facts(value_yuan=np.array([-5.0])), priors)
    assert found.npv_yuan[0, SELL] == 0


@pytest.mark.parametrize("path", range(len(PATHS)))
def test_a_higher_return_lowers_every_path(priors: PathPriors, path: int) -> None:
    low, high = (
        engine_values(facts(yearly_rate=r), priors).npv_yuan[0, path]
        for r in (0.08, 0.20)
    )
    assert high < low


def test_no_path_is_worth_more_than_the_claim(priors: PathPriors) -> None:
    gross = np.full((1, 60), CLAIM / 60)
    found = engine_values(
        facts(gross_yuan=gross, value_yuan=np.array([CLAIM]), yearly_rate=0.0), priors
    )
    assert (found.npv_yuan <= CLAIM).all()
    assert (found.high_yuan <= CLAIM).all()


def test_ranges_hold_the_expectation_and_hours_all_work(priors: PathPriors) -> None:
    found = engine_values(facts(), priors)
    assert (found.low_yuan <= found.npv_yuan).all()
    assert (found.npv_yuan <= found.high_yuan).all()
    assert found.hours.shape == (1, len(PATHS), QUARTERS)
    assert found.hours[0, SUE].sum() == priors.sue.case_hours.corporate_unsecured
    assert found.hours[0, EQUITY].sum() == priors.debt_to_equity.case_hours


def test_claims_do_not_know_of_each_other(priors: PathPriors) -> None:
    one = facts()
    segments = ("corporate_secured", "card", "mortgage", "auto")
    stages = ("judgment", "unknown", "insolvency", "enforcement")
    many = PathFacts(
        claim_yuan=np.array([1e6, 2e4, 8e5, 1e5]),
        gross_yuan=np.repeat(one.gross_yuan, 4, axis=0),
        value_yuan=np.array([1e5, 2e3, 3e5, 1e4]),
        low_rate=np.full(4, 0.5),
        high_rate=np.full(4, 1.5),
        segments=np.array(segments),
        stages=np.array(stages),
        fee_rate=np.full(4, 0.15),
        yearly_rate=0.15,
    )
    together = engine_values(many, priors)
    for row in range(4):
        alone = engine_values(_row(many, row), priors)
        for name in ("npv_yuan", "low_yuan", "months", "hours", "advance_yuan"):
            np.testing.assert_allclose(
                getattr(together, name)[row], getattr(alone, name)[0], rtol=1e-12
            )


def _row(known: PathFacts, row: int) -> PathFacts:
    names = [n for n in PathFacts.__dataclass_fields__ if n != "yearly_rate"]
    return replace(known, **{n: getattr(known, n)[row : row + 1] for n in names})
