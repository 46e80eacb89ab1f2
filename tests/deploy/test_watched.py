"""Alerts and the dashboard name metrics that exist, and every alert has its section."""

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from features.errors import (
    ForbiddenError,
    SignInNeededError,
    SignOnRefusedError,
    TooManyRequestsError,
)
from serving.observing.metrics import COUNTED

ROOT = Path(__file__).resolve().parents[2]
PROMETHEUS = ROOT / "deploy/prometheus"
NAMED = re.compile(r"\brecoup_[a-z_]+\b")
SUFFIXES = ("_bucket", "_count", "_sum", "_total")


def rules() -> list[dict[str, Any]]:
    content = yaml.safe_load((PROMETHEUS / "alerts.yml").read_text("utf-8"))
    return [rule for group in content["groups"] for rule in group["rules"]]


def expressions(node: Any) -> Iterator[str]:
    """Every ``expr`` of a dashboard."""
    if isinstance(node, dict):
        yield from (v for k, v in node.items() if k == "expr")
        node = list(node.values())
    if isinstance(node, list):
        for inner in node:
            yield from expressions(inner)


@pytest.fixture(scope="module")
def known() -> set[str]:
    """What the code counts, asks at the moment, and what a back-test writes."""
    counted = {family.name for family in COUNTED.collect()}
    return counted | named_in("serving/observing") | named_in("training/monitoring")


def named_in(folder: str) -> set[str]:
    return {
        name
        for path in (ROOT / folder).glob("*.py")
        for name in re.findall(r'"(recoup_[a-z_]+)"', path.read_text("utf-8"))
    }


def stem(name: str, known: set[str]) -> str:
    bare = [name.removesuffix(suffix) for suffix in SUFFIXES]
    return next((n for n in [name, *bare] if n in known), name)


def test_alerts_name_metrics_that_exist(known: set[str]) -> None:
    named = {n for rule in rules() for n in NAMED.findall(rule["expr"])}

    assert len(named) >= 15
    assert {n for n in named if stem(n, known) not in known} == set()


def test_series_whose_increase_rings_stand_from_the_start() -> None:
    """From nothing to 1 is no increase to Prometheus: the first event rang nothing."""
    begun = [s for family in COUNTED.collect() for s in family.samples]
    increases = [
        found
        for rule in rules()
        for found in re.findall(r'increase\((\w+){(\w+)=~?"([^"]+)"}', rule["expr"])
    ]

    assert len(increases) >= 2
    for name, label, pattern in increases:
        values = [s.labels[label] for s in begun if s.name == name]
        for each in pattern.split("|"):
            assert any(re.fullmatch(each, value) for value in values), (name, each)


def test_the_alarm_of_refusals_names_kinds_as_they_are_counted() -> None:
    (rule,) = (rule for rule in rules() if rule["alert"] == "RecoupRefusals")
    (pattern,) = re.findall(r'code=~"([^"]+)"', rule["expr"])

    assert set(pattern.split("|")) == {
        kind("").kind
        for kind in (
            SignInNeededError,
            SignOnRefusedError,
            ForbiddenError,
            TooManyRequestsError,
        )
    }


def test_the_dashboard_names_metrics_that_exist(known: set[str]) -> None:
    board = orjson.loads((ROOT / "deploy/grafana/recoup.json").read_bytes())
    named = {n for text in expressions(board) for n in NAMED.findall(text)}

    assert len(named) >= 20
    assert {n for n in named if stem(n, known) not in known} == set()
    assert len({p["id"] for p in board["panels"]}) == len(board["panels"])


def test_every_metric_is_documented(known: set[str]) -> None:
    document = (ROOT / "docs/observability.md").read_text("utf-8")
    told = {stem(name, known) for name in NAMED.findall(document)}

    assert known - named_in("training/monitoring") <= told


def test_every_alert_has_its_section_and_words_in_both_languages() -> None:
    runbook = (ROOT / "docs/runbook.md").read_text("utf-8")
    sections = {h.lower() for h in re.findall(r"^#+ (\w+)$", runbook, re.MULTILINE)}

    for rule in rules():
        told = rule["annotations"]
        assert rule["alert"].lower() in sections, rule["alert"]
        assert told["runbook"] == f"docs/runbook.md#{rule['alert'].lower()}"
        assert re.search(r"[\u4e00-\u9fff]", told["summary_zh"])
        assert rule["labels"]["severity"] in ("page", "ticket")


@pytest.mark.parametrize(
    "arguments",
    [("check", "rules", "alerts.yml"), ("test", "rules", "alerts_test.yml")],
)
def test_alerts_ring_when_they_should(
    required_program: Callable[[str], str], arguments: tuple[str, ...]
) -> None:
    promtool = required_program("promtool")

    told = subprocess.run(  # noqa: S603
        [promtool, *arguments], cwd=PROMETHEUS, capture_output=True, text=True
    )

    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: rule["alert"])
def test_each_alert_is_tested_ringing_and_silent(rule: dict[str, Any]) -> None:
    tests = yaml.safe_load((PROMETHEUS / "alerts_test.yml").read_text("utf-8"))
    asked = [
        bool(case["exp_alerts"])
        for test in tests["tests"]
        for case in test["alert_rule_test"]
        if case["alertname"] == rule["alert"]
    ]

    assert sorted(asked) == [False, True]
