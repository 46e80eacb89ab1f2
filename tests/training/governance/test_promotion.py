import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow import MlflowClient

from features.errors import (
    ModelDamagedError,
    ModelUnavailableError,
    NotFoundError,
    PromotionRefusedError,
)
from models.recovery.artefact import FILES_TAG
from training.evaluation import Evaluation
from training.governance.decisions_log import alias_version, read_log
from training.governance.promotion import Promotion, promote, roll_back
from training.governance.versions import MODEL_FILES, pin_version
from training.mlflow_store import CHAMPION, MODEL_NAME
from training.pipeline import Trained

Enter = Callable[..., int]


def decide(client: MlflowClient, version: int, force: bool = False) -> Promotion:
    return promote(client, version, "Wang Li", "quarterly retraining", force)


def test_a_better_version_becomes_champion(two: MlflowClient, trained: Trained) -> None:
    before = datetime.now(UTC)
    outcome = decide(two, 2)
    outcome.check()
    assert alias_version(two) == 2
    (decision,) = read_log(two).decisions
    assert decision == outcome.decision
    assert (decision.kind, decision.by) == ("promoted", "Wang Li")
    assert (decision.from_version, decision.version) == (1, 2)
    assert decision.sha256 == decision.from_sha256 == trained.model.sha256
    assert decision.reason == "quarterly retraining"
    assert before <= decision.at <= datetime.now(UTC)
    assert [r["name"] for r in decision.figures[:3]] == [
        "data",
        "claims tested",
        "CRPS",
    ]
    assert all(r["passed"] for r in decision.figures)


def test_a_worse_version_is_refused_and_the_refusal_is_kept(
    two: MlflowClient, enter: Enter
) -> None:
    worse = enter(nearer=-0.2)
    outcome = decide(two, worse)
    assert not outcome.made
    with pytest.raises(PromotionRefusedError, match="version 3 is not promoted: CRPS"):
        outcome.check()
    assert alias_version(two) == 1
    (decision,) = read_log(two).decisions
    assert decision.kind == "refused"
    assert not all(r["passed"] for r in decision.figures)
    assert json.loads(json.dumps(outcome.figures()))["promoted"] is False


def test_force_promotes_what_the_gate_refuses_and_says_so(
    two: MlflowClient, enter: Enter
) -> None:
    worse = enter(nearer=-0.2)
    outcome = decide(two, worse, force=True)
    assert outcome.made
    assert not outcome.judgement.passed
    assert alias_version(two) == 3
    assert [d.kind for d in read_log(two).decisions] == ["forced"]


def test_force_that_was_not_needed_is_a_promotion(two: MlflowClient) -> None:
    assert decide(two, 2, force=True).decision.kind == "promoted"


def test_simulated_data_replace_real_ones_by_force_only(
    client: MlflowClient, enter: Enter
) -> None:
    real, simulated = enter(source="bank"), enter(nearer=0.2)
    client.set_registered_model_alias(MODEL_NAME, CHAMPION, str(real))
    refused = decide(client, simulated)
    assert refused.judgement.failures() == [
        "data: challenger simulated data, champion bank, asked the same source "
        "(simulated data would replace a model of real disposals)"
    ]
    assert alias_version(client) == real
    decide(client, simulated, force=True)
    assert [d.kind for d in read_log(client).decisions] == ["refused", "forced"]


def test_the_champion_is_not_promoted_again(two: MlflowClient) -> None:
    with pytest.raises(PromotionRefusedError, match="champion already"):
        decide(two, 1)
    assert read_log(two).decisions == ()


def test_an_unknown_version_is_told(two: MlflowClient) -> None:
    with pytest.raises(NotFoundError, match="no version 7 of the model recovery"):
        decide(two, 7)


def test_a_damaged_version_is_not_promoted_even_by_force(two: MlflowClient) -> None:
    uri = two.get_model_version(MODEL_NAME, "2").source
    trees = Path(uri.removeprefix("file://")) / MODEL_FILES / "level-0.txt"
    trees.write_text(trees.read_text().replace("0.1", "0.2"))
    with pytest.raises(ModelDamagedError):
        decide(two, 2, force=True)
    trees.unlink()
    with pytest.raises(ModelUnavailableError):
        decide(two, 2, force=True)
    assert alias_version(two) == 1
    assert read_log(two).decisions == ()


def test_files_of_another_model_are_not_promoted(
    two: MlflowClient, enter: Enter
) -> None:
    other = enter(sha256="0" * 64)
    with pytest.raises(ModelDamagedError, match="not those of the model that was"):
        decide(two, other, force=True)


def test_a_version_that_would_not_be_served_is_no_champion(two: MlflowClient) -> None:
    two.delete_model_version_tag(MODEL_NAME, "2", FILES_TAG)
    with pytest.raises(PromotionRefusedError, match="python -m training pin 2, then"):
        decide(two, 2, force=True)
    assert read_log(two).decisions == ()
    pin_version(two, 2)
    assert decide(two, 2).made
    two.delete_model_version_tag(MODEL_NAME, "1", FILES_TAG)
    with pytest.raises(PromotionRefusedError, match="version 1 has no pin"):
        roll_back(two, "Wang Li", "complaints")
    assert alias_version(two) == 2


def test_a_champion_that_does_not_open_can_be_replaced(two: MlflowClient) -> None:
    uri = two.get_model_version(MODEL_NAME, "1").source
    (Path(uri.removeprefix("file://")) / MODEL_FILES / "level-0.txt").unlink()
    assert decide(two, 2).made


def test_without_a_champion_only_force_promotes(two: MlflowClient) -> None:
    two.delete_registered_model_alias(MODEL_NAME, CHAMPION)
    assert not decide(two, 2).made
    assert decide(two, 2, force=True).made
    assert alias_version(two) == 2


def test_roll_back_returns_to_the_champion_before(
    two: MlflowClient, enter: Enter
) -> None:
    decide(two, 2)
    decide(two, enter(nearer=0.4))
    first, second = (roll_back(two, "Li Wang", "complaints") for _ in range(2))
    assert (first.from_version, first.version) == (3, 2)
    assert (second.from_version, second.version) == (2, 1)
    assert (second.kind, second.by, second.reason) == (
        "rolled_back",
        "Li Wang",
        "complaints",
    )
    assert alias_version(two) == 1
    with pytest.raises(PromotionRefusedError, match="no champion before"):
        roll_back(two, "Li Wang", "")
    assert read_log(two).problems == ()


def test_roll_back_undoes_an_alias_moved_by_hand(two: MlflowClient) -> None:
    decide(two, 2)
    two.set_registered_model_alias(MODEL_NAME, CHAMPION, "1")
    decision = roll_back(two, "Li Wang", "moved by hand")
    assert (decision.from_version, decision.version) == (1, 2)
    assert alias_version(two) == 2


def test_roll_back_to_a_version_that_does_not_open_is_refused(
    two: MlflowClient,
) -> None:
    decide(two, 2)
    uri = two.get_model_version(MODEL_NAME, "1").source
    (Path(uri.removeprefix("file://")) / MODEL_FILES / "level-0.txt").unlink()
    with pytest.raises(ModelUnavailableError):
        roll_back(two, "Li Wang", "")
    assert alias_version(two) == 2


def test_claims_of_few_vintages_cannot_be_judged(
    two: MlflowClient, enter: Enter, evaluation: Evaluation
) -> None:
    short = replace(evaluation, windows=evaluation.windows[:1]).claims()
    outcome = decide(two, enter(short))
    assert "claims tested" in outcome.judgement.failures()[0]
