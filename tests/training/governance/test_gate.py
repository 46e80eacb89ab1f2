from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

from features.package import Floats
from training.config import Evaluation as Protocol
from training.governance.gate import (
    FEWEST_MAJOR_CLAIMS,
    Candidate,
    Judgement,
    Rule,
    judge,
)

PROTOCOL = Protocol(years=2, embargo_months=0, package_claims=50, packages=40, seed=1)
CLAIMS = 1_200
VINTAGE = np.arange(CLAIMS) % 8 + 192
SEGMENT = np.where(np.arange(CLAIMS) < 900, "card", "mortgage")
CLAIM_YUAN = np.linspace(1e4, 1e6, CLAIMS)
GENERATOR = np.random.default_rng(5)
TRUE = GENERATOR.uniform(0.2, 0.6, CLAIMS)
REALISED = np.clip(TRUE + GENERATOR.normal(0, 0.05, CLAIMS), 0, 1)


def claims(expected: Floats, crps: Floats, **columns: object) -> pa.Table:
    known = {
        "claim_id": [f"c{i}" for i in range(CLAIMS)],
        "year": 2018 + (VINTAGE - 192) // 4,
        "vintage": VINTAGE,
        "segments": SEGMENT,
        "claim_yuan": CLAIM_YUAN,
        "realised_rate": REALISED,
    }
    return pa.table({**known, "expected_rate": expected, "crps": crps, **columns})


CHAMPION = Candidate(1, "bank", False, claims(TRUE + 0.01, np.full(CLAIMS, 0.08)))
BETTER = Candidate(2, "bank", False, claims(TRUE, np.full(CLAIMS, 0.07)))


def challenger(expected: Floats, crps: float = 0.07) -> Candidate:
    return replace(BETTER, claims=claims(expected, np.full(CLAIMS, crps)))


def rule(judgement: Judgement, name: str) -> Rule:
    return next(r for r in judgement.rules if r.name == name)


def unmet(judgement: Judgement) -> list[str]:
    return [r.name for r in judgement.rules if not r.passed]


def test_a_challenger_that_is_better_in_all_passes() -> None:
    judged = judge(CHAMPION, BETTER, PROTOCOL)
    assert judged.passed
    assert judged.claims == CLAIMS
    assert [r.name for r in judged.rules] == [
        "data",
        "claims tested",
        "CRPS",
        "package error",
        "Spearman",
        "actual / expected, card",
        "actual / expected, mortgage",
    ]
    assert rule(judged, "CRPS").challenger == pytest.approx(0.07)
    assert rule(judged, "CRPS").champion == pytest.approx(0.08)


def test_the_same_model_again_is_no_better() -> None:
    assert unmet(judge(CHAMPION, replace(CHAMPION, version=2), PROTOCOL)) == ["CRPS"]


def test_a_gain_in_one_vintage_alone_is_luck() -> None:
    crps = np.where(VINTAGE == 192, 0.02, 0.0801)
    lucky = replace(BETTER, claims=claims(TRUE, crps))
    judged = judge(CHAMPION, lucky, PROTOCOL)
    assert crps.mean() < 0.08
    assert unmet(judged) == ["CRPS"]


def test_a_worse_package_error_is_refused() -> None:
    low = TRUE * 0.96
    assert unmet(judge(CHAMPION, challenger(low), PROTOCOL)) == ["package error"]
    slightly = challenger(TRUE * 0.999)
    assert judge(CHAMPION, slightly, PROTOCOL).passed


def test_a_worse_ranking_is_refused() -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, CLAIMS)
    unsorted = TRUE + noise - noise.mean()
    judged = judge(CHAMPION, challenger(unsorted), PROTOCOL)
    assert "Spearman" in unmet(judged)
    assert rule(judged, "Spearman").champion == pytest.approx(
        judge(CHAMPION, BETTER, PROTOCOL).rules[4].champion
    )


def test_a_wrong_level_of_a_major_segment_is_refused() -> None:
    wrong = np.where(SEGMENT == "mortgage", TRUE / 1.1, TRUE)
    judged = judge(CHAMPION, challenger(wrong), PROTOCOL)
    assert "actual / expected, mortgage" in unmet(judged)
    assert "actual / expected, card" not in unmet(judged)
    name = "actual / expected, mortgage"
    right = rule(judge(CHAMPION, BETTER, PROTOCOL), name).challenger
    assert isinstance(right, float)
    assert rule(judged, name).challenger == pytest.approx(1.1 * right)


def level_of_mortgage(champion: Floats, challenger: Floats, paid: Floats) -> Rule:
    tested = [
        replace(c, claims=claims(e, np.full(CLAIMS, crps), realised_rate=paid))
        for c, e, crps in ((CHAMPION, champion, 0.08), (BETTER, challenger, 0.07))
    ]
    return rule(judge(*tested, PROTOCOL), "actual / expected, mortgage")


def test_a_wrong_level_that_one_vintage_explains_passes() -> None:
    """One vintage of a whole segment paid nothing, whatever a model expects."""
    paid = np.where((SEGMENT == "mortgage") & (VINTAGE == 195), 0.0, REALISED)
    excused = level_of_mortgage(TRUE * 0.9, TRUE, paid)
    assert excused.passed
    assert isinstance(excused.challenger, float)
    assert excused.challenger < 0.95
    assert "luck of vintages" in excused.note


def test_a_wrong_level_passes_where_the_champion_is_further_off() -> None:
    nearer = level_of_mortgage(TRUE * 0.8, TRUE * 0.9, REALISED)
    assert nearer.passed
    assert nearer.note == "beyond the limit, the champion no nearer"
    further = level_of_mortgage(TRUE * 0.9, TRUE * 0.8, REALISED)
    assert not further.passed
    assert further.note == ""


def test_a_small_segment_is_not_judged() -> None:
    few = np.where(np.arange(CLAIMS) < 1_100, "card", "mortgage")
    pair = [
        replace(c, claims=claims(TRUE, np.full(CLAIMS, crps), segments=few))
        for c, crps in ((CHAMPION, 0.08), (BETTER, 0.07))
    ]
    names = [r.name for r in judge(*pair, PROTOCOL).rules]
    assert "actual / expected, card" in names
    assert "actual / expected, mortgage" not in names


def test_a_segment_of_few_vintages_is_not_judged() -> None:
    short = np.where((VINTAGE < 195) & (np.arange(CLAIMS) < 900), "card", "mortgage")
    pair = [
        replace(c, claims=claims(TRUE, np.full(CLAIMS, crps), segments=short))
        for c, crps in ((CHAMPION, 0.08), (BETTER, 0.07))
    ]
    assert (short == "card").sum() > FEWEST_MAJOR_CLAIMS
    names = [r.name for r in judge(*pair, PROTOCOL).rules]
    assert "actual / expected, card" not in names
    assert "actual / expected, mortgage" in names


@pytest.mark.parametrize(
    ("kept", "told"),
    [
        (np.arange(CLAIMS) < 150, "150 in 8 vintages were"),
        (VINTAGE < 199, "1,050 in 7 vintages were"),
        (VINTAGE[0] == VINTAGE, "150 in 1 vintage were"),
    ],
)
def test_too_few_claims_tested_by_both_are_refused(
    kept: npt.NDArray[np.bool_], told: str
) -> None:
    assert BETTER.claims is not None
    judged = judge(
        CHAMPION, replace(BETTER, claims=BETTER.claims.filter(kept)), PROTOCOL
    )
    assert unmet(judged) == ["claims tested"]
    facts, remedy = judged.rules[-1].note.split("; ")
    assert facts == told
    assert "evaluation.years" in remedy
    assert "--force" in remedy


def test_a_claim_whose_outcome_differs_is_another_claim() -> None:
    other = claims(TRUE, np.full(CLAIMS, 0.07), realised_rate=REALISED[::-1])
    judged = judge(CHAMPION, replace(BETTER, claims=other), PROTOCOL)
    assert unmet(judged) == ["claims tested"]
    assert judged.claims == 0


def test_claims_that_were_not_kept_are_told() -> None:
    judged = judge(replace(CHAMPION, claims=None), BETTER, PROTOCOL)
    assert unmet(judged) == ["claims tested"]
    assert judged.rules[-1].champion == "not kept"


def test_models_of_different_data_are_not_compared() -> None:
    simulated = replace(BETTER, source="simulated", simulated=True)
    judged = judge(CHAMPION, simulated, PROTOCOL)
    assert judged.failures() == [
        "data: challenger simulated data, champion bank, asked the same source "
        "(simulated data would replace a model of real disposals)"
    ]
    first_real = judge(replace(simulated, version=1), BETTER, PROTOCOL)
    assert unmet(first_real) == ["data"]
    assert "cannot be compared" in first_real.rules[0].note


def test_without_a_champion_nothing_is_compared() -> None:
    assert unmet(judge(None, BETTER, PROTOCOL)) == ["champion"]
