"""Each rule of the project's packs: kept, broken, and exactly on the edge."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from models.pricing.mandate.judgement import Judgement, Result
from models.pricing.mandate.packs import own_packs, rules_of
from tests.models.pricing.mandate.local_scenes import LOCAL_SCENES
from tests.models.pricing.mandate.other_scenes import OTHER_SCENES
from tests.models.pricing.mandate.scenes import BULK, LOCAL, Scene, flag

Said = Callable[..., Result]
DAY = timedelta(days=1)
SCENES: list[Scene] = [
    *(
        scene
        for pack in (LOCAL, BULK)
        for rule, field in (
            ("state_organ", "state_organ_flag"),
            ("national_security", "national_security_flag"),
            ("transfer_restricted", "transfer_restricted"),
        )
        for scene in flag(f"{pack}.{rule}", field)
    ),
    *LOCAL_SCENES,
    *OTHER_SCENES,
]
RULES = rules_of(own_packs())


@pytest.mark.parametrize(("rule", "status", "blocks", "scene"), SCENES)
def test_a_rule_says(
    said: Said, rule: str, status: str, blocks: bool, scene: dict[str, Any]
) -> None:
    result = said(rule, **scene)

    assert (result.status, result.blocks) == (status, blocks)


def test_every_rule_is_kept_broken_and_on_its_edge() -> None:
    kinds = {rule.name: rule.rule.kind for rule in RULES}
    seen = {name: [s for n, s, _, _ in SCENES if n == name] for name in kinds}

    for name, statuses in seen.items():
        assert len(statuses) >= 3, name
        assert kinds[name] == "duty" or {"passed", "breached"} <= {*statuses}, name


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_holds_from_its_first_day_to_its_last(rule: Any) -> None:
    first, last = rule.effective_from, rule.effective_until

    assert not rule.in_force(first - DAY)
    assert rule.in_force(first)
    assert rule.in_force(last or date(2199, 12, 31))
    assert last is None or not rule.in_force(last + DAY)


def test_what_is_missing_is_named(judged: Callable[..., Judgement]) -> None:
    nothing = dict.fromkeys(
        (
            "home_province",
            "net_assets_yuan",
            "borrowings_yuan",
            "quality_liquid_assets_yuan",
            "years",
            "holdings",
            "related_party_ids",
        )
    )
    judgement = judged(buyer=nothing)
    missing = {m for result in judgement.results for m in result.missing}

    assert judgement.verdict == "cannot_be_judged"
    assert {
        f"buyer/{name}" for name in nothing if name not in {"years", "holdings"}
    } <= (missing)
    assert {"buyer/years 2027", "buyer/years 2028", "buyer/years 2029"} <= missing
