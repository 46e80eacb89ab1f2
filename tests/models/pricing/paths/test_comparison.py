from dataclasses import replace

import numpy as np
import pytest

from models.paths.path import PATHS
from models.pricing.paths.comparison import (
    NOTHING,
    Standing,
    Taught,
    Verdict,
    choices_of,
    compared,
    lots,
)
from models.pricing.paths.eligibility import OPEN, Eligibility, declared_rules
from models.pricing.paths.engine import QUARTERS, EngineValues

COLLECT, SETTLE, SUE, *_, SELL = range(len(PATHS))
NAN = np.nan


def engine(*values: list[float]) -> EngineValues:
    npv = np.array(values)
    spent = np.ones((*npv.shape, QUARTERS))
    return EngineValues(npv, npv - 1, npv + 1, np.full(npv.shape, 9.0), spent, spent)


def eligible(*is_open: list[bool]) -> Eligibility:
    barred = np.where(np.array(is_open), OPEN, 0).astype(np.int64)
    return Eligibility(declared_rules(), barred)


def known(values: list[float], chance: list[float], withdrawn: bool = False) -> Taught:
    npv = np.array([values])
    return Taught(
        npv,
        np.full(npv.shape, 0.5),
        np.full(npv.shape, 4.0),
        np.array([chance]),
        np.full(npv.shape, 80.0),
        withdrawn,
        0.05,
    )


ALL = [True] * len(PATHS)
BY_ENGINE = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
EVEN = [1 / 6] * 6


def test_without_a_history_the_engine_compares_all_that_is_open() -> None:
    found = compared(engine(BY_ENGINE), eligible([*ALL[:5], False]), None)
    assert found.verdict.tolist() == [Verdict.ENGINE]
    assert found.recommended.tolist() == [4]
    assert found.runner_up.tolist() == [3]
    assert found.standing[0, SELL] == Standing.BARRED
    assert not found.learnt.any()


def test_learnt_paths_are_compared_among_themselves_only() -> None:
    """The engine's sale looks best, and is not set beside what was learnt."""
    taught = known([9.0, 1.5, 2.5, NAN, NAN, NAN], EVEN)
    found = compared(engine(BY_ENGINE), eligible(ALL), taught)
    assert found.verdict.tolist() == [Verdict.LEARNT]
    assert found.recommended.tolist() == [COLLECT]
    assert found.runner_up.tolist() == [SUE]
    assert found.learnt[0].tolist() == [True] * 3 + [False] * 3
    assert found.npv_yuan[0].tolist() == [9.0, 1.5, 2.5, 4.0, 5.0, 6.0]
    assert found.standing[0, SELL] == Standing.NOT_LEARNT
    assert found.plannable[0].tolist() == [True] * 3 + [False] * 3


def test_a_path_hardly_taken_is_not_recommended_however_good_it_looks() -> None:
    taught = known([99.0, 1.0, 2.0, NAN, NAN, NAN], [0.04, 0.5, 0.4, 0.02, 0.02, 0.02])
    found = compared(engine(BY_ENGINE), eligible(ALL), taught)
    assert found.standing[0, COLLECT] == Standing.RARE
    assert found.recommended.tolist() == [SUE]
    assert not found.learnt[0, COLLECT]
    assert found.npv_yuan[0, COLLECT] == BY_ENGINE[COLLECT]


def test_with_one_path_left_there_is_nothing_to_compare() -> None:
    taught = known([9.0, 1.0, 2.0, NAN, NAN, NAN], [0.97, 0.02, 0.01, 0.0, 0.0, 0.0])
    found = compared(engine(BY_ENGINE), eligible(ALL), taught)
    assert found.verdict.tolist() == [Verdict.RARE]
    assert found.recommended.tolist() == [NOTHING]
    assert found.plannable[0].tolist() == [True] + [False] * 5


def test_lots_that_contradict_withdraw_what_was_learnt() -> None:
    taught = known([9.0, 1.0, 2.0, NAN, NAN, NAN], EVEN, withdrawn=True)
    found = compared(engine(BY_ENGINE), eligible(ALL), taught)
    assert found.verdict.tolist() == [Verdict.CONFOUNDED]
    assert found.recommended.tolist() == [NOTHING]
    assert not found.learnt.any()
    assert set(found.standing[0].tolist()) == {Standing.CONFOUNDED}
    assert found.plannable.all()


def test_a_segment_without_cells_is_the_engines() -> None:
    found = compared(
        engine(BY_ENGINE), eligible(ALL), known([NAN] * 6, [1.0] + [0.0] * 5)
    )
    assert found.verdict.tolist() == [Verdict.ENGINE]
    assert found.recommended.tolist() == [SELL]


def test_a_claim_that_only_costs_is_left_alone_and_out_of_a_plan() -> None:
    losing = [-6.0, -5.0, -4.0, -3.0, -2.0, 0.0]
    values = engine(losing, BY_ENGINE)
    found = compared(values, eligible(ALL, ALL), None)
    assert found.verdict.tolist() == [Verdict.LOSING, Verdict.ENGINE]
    assert found.recommended.tolist() == [NOTHING, SELL]
    assert choices_of(found, values)[0].tolist() == [1]

    taught = known(losing, EVEN)
    found = compared(engine(BY_ENGINE), eligible(ALL), taught)
    assert found.verdict.tolist() == [Verdict.LOSING]
    assert found.recommended.tolist() == [NOTHING]


def test_a_claim_without_an_open_path_is_left_out_of_a_plan() -> None:
    both = eligible([False] * 6, ALL)
    found = compared(engine(BY_ENGINE, BY_ENGINE), both, None)
    assert found.verdict.tolist() == [Verdict.BARRED, Verdict.ENGINE]
    assert found.recommended.tolist() == [NOTHING, SELL]
    rows, choices = choices_of(found, engine(BY_ENGINE, BY_ENGINE))
    assert rows.tolist() == [1]
    assert choices.allowed.shape == (1, 6)


def test_nothing_of_a_history_moves_claims_it_says_nothing_of() -> None:
    taught = known([9.0, 1.0, 2.0, NAN, NAN, NAN], EVEN)
    two = replace(
        taught,
        **{
            name: np.vstack([getattr(taught, name), np.full((1, 6), NAN)])
            for name in ("npv_yuan", "half_yuan", "months", "effective_sample")
        },
        chance=np.array([EVEN, EVEN]),
    )
    found = compared(engine(BY_ENGINE, BY_ENGINE), eligible(ALL, ALL), two)
    assert found.verdict.tolist() == [Verdict.LEARNT, Verdict.ENGINE]
    assert found.recommended.tolist() == [COLLECT, SELL]


@pytest.mark.parametrize("share", [0.0, 0.05, 0.1])
def test_lots_are_open_paths_of_so_many_claims(share: float) -> None:
    generator = np.random.default_rng(4)
    is_open = generator.random((1_000, len(PATHS))) < 0.5
    rows, paths = lots(is_open, share, seed=1)
    several = (is_open.sum(axis=1) > 1).sum()
    assert len(rows) == np.ceil(share * several)
    assert is_open[rows, paths].all()
    assert len(set(rows.tolist())) == len(rows)


def test_each_open_path_is_as_likely_to_be_drawn() -> None:
    is_open = np.tile([True, True, True, False, False, False], (20_000, 1))
    _, paths = lots(is_open, 0.1, seed=2)
    counts = np.bincount(paths, minlength=6)
    assert counts[3:].sum() == 0
    assert (np.abs(counts[:3] - 2_000 / 3) < 5 * np.sqrt(2_000 * 2 / 9)).all()
