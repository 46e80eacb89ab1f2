import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from mlflow import MlflowClient

from features.console import run
from training.__main__ import program
from training.governance.decisions_log import (
    MOST_REASON_CHARACTERS,
    alias_version,
    read_log,
)
from training.mlflow_store import CHAMPION, MODEL_NAME

Answer = tuple[int, str, str]
Say = Callable[..., Answer]


@pytest.fixture
def say(two: MlflowClient, capsys: pytest.CaptureFixture[str]) -> Say:
    """Runs a verb on the store with a champion and a challenger."""
    assert alias_version(two) == 1

    def verb(*words: str) -> Answer:
        with pytest.raises(SystemExit) as left:
            run(program, words)
        told = capsys.readouterr()
        assert isinstance(left.value.code, int)
        return left.value.code, told.out, told.err

    return verb


def test_promote_shows_the_rules_and_what_was_decided(
    say: Say, two: MlflowClient
) -> None:
    status, shown, _ = say("promote", "2", "--by", "Wang Li")
    assert status == 0
    for head in ("rule", "champion", "challenger", "limit", "verdict", "CRPS"):
        assert head in shown
    assert "version 2" in shown
    assert "was promoted instead of version 1 on" in shown
    assert alias_version(two) == 2


def test_a_refusal_fails_with_the_figures(say: Say, enter: Callable[..., int]) -> None:
    worse = str(enter(nearer=-0.2))
    status, shown, error = say("promote", worse)
    assert status == 1
    assert "NOT MET" in shown
    assert "error: version 3 is not promoted: CRPS: challenger 0." in error
    status, shown, _ = say("promote", worse, "--json")
    assert status == 1
    told = json.loads(shown)
    assert told["promoted"] is False
    assert told["decision"]["kind"] == "refused"
    assert {rule["name"] for rule in told["decision"]["figures"]} >= {
        "CRPS",
        "Spearman",
    }


def test_force_needs_a_reason(
    say: Say, two: MlflowClient, enter: Callable[..., int]
) -> None:
    worse = str(enter(nearer=-0.2))
    status, _, error = say("promote", worse, "--force")
    assert status == 2
    assert "--force needs --reason" in error
    status, shown, _ = say("promote", worse, "--force", "--reason", "上线演练")
    assert status == 0
    assert "was promoted PAST THE GATE instead of version 1" in shown
    assert "上线演练" in shown
    assert read_log(two).decisions[0].reason == "上线演练"


def test_too_long_a_reason_is_refused(say: Say) -> None:
    long = "x" * (MOST_REASON_CHARACTERS + 1)
    assert say("promote", "2", "--reason", long)[0] == 2


def test_rollback_leads_back_and_is_kept(say: Say, two: MlflowClient) -> None:
    say("promote", "2")
    status, shown, _ = say("rollback", "--reason", "prices too high", "--json")
    assert status == 0
    told = json.loads(shown)
    assert (told["kind"], told["from_version"], told["version"]) == (
        "rolled_back",
        2,
        1,
    )
    assert alias_version(two) == 1
    status, _, error = say("rollback")
    assert status == 1
    assert "knows no champion before" in error


def test_decisions_are_listed_and_verified(say: Say, two: MlflowClient) -> None:
    say("promote", "2", "--by", "Wang Li")
    say("rollback", "--by", "Li Wang", "--reason", "complaints")
    status, shown, _ = say("decisions", "--verify")
    assert status == 0
    assert "1. version 2 (" in shown
    assert 'by Li Wang: "complaints"' in shown
    assert f"2 decisions, last {read_log(two).last_seal[:12]}" in shown
    two.set_registered_model_alias(MODEL_NAME, CHAMPION, "2")
    status, shown, error = say("decisions", "--verify", "--json")
    assert status == 1
    assert len(json.loads(shown)["problems"]) == 1
    assert "it was moved without a decision" in error


def test_the_champion_of_any_time_is_told(say: Say) -> None:
    say("promote", "2", "--by", "Wang Li")
    between = datetime.now(UTC).isoformat()
    say("rollback")
    status, shown, _ = say("champion", "--at", between, "--json")
    assert status == 0
    told = json.loads(shown)
    assert (told["version"], told["by"], told["at"]) == (2, "Wang Li", between)
    assert told["since"] < between
    assert "was returned to" in say("champion")[1]
    status, _, error = say("champion", "--at", "2020-01-01T00:00+08:00")
    assert status == 2
    assert "the log of decisions begins" in error


@pytest.mark.parametrize("when", ["2026-11-22", "2026-11-22T10:00", "yesterday"])
def test_a_time_without_a_zone_is_refused(say: Say, when: str) -> None:
    status, _, error = say("champion", "--at", when)
    assert status == 2
    assert "2026-11-22T10:00+00:00" in error


def test_a_version_without_a_card_is_promoted_with_a_warning(
    say: Say, two: MlflowClient
) -> None:
    status, _, error = say("promote", "2")
    assert status == 0
    assert "warning: no approved card was kept" in error
    assert alias_version(two) == 2
    assert say("card", "2")[0] == 2


def test_a_card_is_html_or_markdown(say: Say, tmp_path: Path) -> None:
    status, _, error = say("card", "1", "--out", str(tmp_path / "card.pdf"))
    assert status == 2
    assert "ends in neither .html nor .md" in error
