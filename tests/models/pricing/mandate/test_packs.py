"""Packs are data: a new file is a new pack, a broken one says which key is wrong."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from features.errors import AssumptionError, ConfigError
from models.pricing.mandate.case import Case
from models.pricing.mandate.judgement import judge
from models.pricing.mandate.packs import (
    own_packs,
    pack_of,
    read_pack,
    read_packs,
    rules_of,
    with_pack,
)
from models.pricing.mandate.rules import Pack

HOUSE = """
id = "house"
title = "House limits"
title_zh = "内部限额"
source = "Board, 1 January 2026"
effective_from = 2026-01-01

[[rules]]
id = "one_client"
kind = "ratio_max"
figure = "single_client"
limit_rate = 0.04
title = "One client at most 4%"
title_zh = "单一客户不超过4%"
reading = "Stricter than the supervisor."
reading_zh = "严于监管。"
"""
RULE = {
    "id": "flagged",
    "kind": "forbidden_flag",
    "field": "written_off",
    "title": "t",
    "title_zh": "t",
    "reading": "r",
    "reading_zh": "r",
}


def pack(*rules: dict[str, Any], **keys: Any) -> dict[str, Any]:
    head = {
        "id": "house",
        "title": "t",
        "title_zh": "t",
        "source": "s",
        "effective_from": "2026-01-01",
    }
    return {**head, "rules": list(rules or (RULE,)), **keys}


def test_the_own_packs_hold_together() -> None:
    packs = own_packs()

    assert {p.id for p in packs} >= {
        "local_amc_2025",
        "national_amc_2024",
        "bulk_transfer_2012",
        "personal_pilot",
        "five_class_2023",
        "conduct",
    }
    assert len({rule.name for rule in rules_of(packs)}) == len(rules_of(packs))


def test_a_new_file_is_a_new_pack(tmp_path: Path, case_of: Callable[..., Case]) -> None:
    (tmp_path / "house.toml").write_text(HOUSE, "utf-8")

    packs = with_pack(own_packs(), *read_packs(tmp_path))
    judgement = judge(case_of(), packs)
    result = judgement.results[-1]

    assert result.rule.name == "house.one_client"
    assert result.status == "breached"
    assert result.blocks
    assert judgement.verdict == "blocked"
    assert judgement.largest_price_yuan == 400_000.0
    assert judge(case_of(), own_packs()).verdict == "may_bid"


def test_a_pack_of_the_same_name_takes_the_place_of_the_other() -> None:
    newer = pack_of(pack(id="local_amc_2025"))

    packs = with_pack(own_packs(), newer)

    assert len(packs) == len(own_packs())
    assert newer in packs


@pytest.mark.parametrize(
    ("line", "broken", "key"),
    [
        ("limit_rate = 0.04", "limit_rate = 0", "limit_rate"),
        ("limit_rate = 0.04", 'limit_rate = "4%"', "limit_rate"),
        ("limit_rate = 0.04", "limit_rate = nan", "limit_rate"),
        ("limit_rate = 0.04", "limit = 0.04", "limit"),
        ('kind = "ratio_max"', 'kind = "ratio"', "rules/0"),
        ('figure = "single_client"', 'figure = "clients"', "figure"),
        ('id = "one_client"', 'id = "one client"', "rules/0/ratio_max/id"),
        ("effective_from = 2026-01-01", 'effective_from = "soon"', "effective_from"),
        ("effective_from = 2026-01-01", "", "effective_from"),
        ('source = "Board, 1 January 2026"', "", "source"),
        ("[[rules]]", "[[rule]]", "rules"),
    ],
)
def test_a_broken_pack_names_file_and_key(
    tmp_path: Path, line: str, broken: str, key: str
) -> None:
    assert HOUSE.count(line) == 1
    path = tmp_path / "house.toml"
    path.write_text(HOUSE.replace(line, broken), "utf-8")

    with pytest.raises(ConfigError, match=r"house\.toml") as refused:
        read_pack(path)

    assert any(key in (finding.field or "") for finding in refused.value.findings)
    assert all(finding.reason_zh for finding in refused.value.findings)


@pytest.mark.parametrize("content", [b"id = ", b"\xff\xfe"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "house.toml"
    path.write_bytes(content)

    with pytest.raises(ConfigError, match=r"house\.toml"):
        read_pack(path)


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (pack(RULE, RULE), "flagged stands twice"),
        (pack({**RULE, "field": "principal"}), "principal"),
        (pack(effective_until="2025-12-31"), "effective_until lies before"),
        (pack({**RULE, "transition_until": "2025-01-01"}), "transition_until"),
        (
            pack(
                {**RULE, "kind": "seller_scope", "seller_types": ["x"], "claims": "all"}
                | {"field": None}
            ),
            "seller_type",
        ),
        (pack(rules=[]), "1 or more"),
        (pack({**RULE, "kind": "flag"}), "'kind' must be one of 'forbidden_flag'"),
        (pack({k: v for k, v in RULE.items() if k != "kind"}), "'kind' is needed"),
    ],
)
def test_a_pack_that_contradicts_itself_is_refused(
    document: dict[str, Any], told: str
) -> None:
    with pytest.raises(AssumptionError) as refused:
        pack_of(document)

    assert any(told in finding.reason for finding in refused.value.findings)
    assert all(finding.reason_zh != "取值无效" for finding in refused.value.findings)


def test_a_rule_waits_on_one_that_there_is() -> None:
    waiting = pack_of(pack({**RULE, "suspended_while": "personal_pilot.nothing"}))

    with pytest.raises(ConfigError, match=r"personal_pilot\.nothing"):
        with_pack(own_packs(), waiting)


@pytest.mark.parametrize("waits", [{"a": "a"}, {"a": "b", "b": "c", "c": "a"}])
def test_rules_that_wait_on_each_other_are_refused(waits: dict[str, str]) -> None:
    rules = [
        {**RULE, "id": name, "suspended_while": f"house.{other}"}
        for name, other in waits.items()
    ]

    with pytest.raises(ConfigError, match="leads back") as refused:
        with_pack(own_packs(), pack_of(pack(*rules)))

    assert refused.value.findings[0].field == "suspended_while"


def test_two_packs_of_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(HOUSE, "utf-8")

    with pytest.raises(ConfigError, match="twice"):
        read_packs(tmp_path)


def test_a_rule_has_its_own_days_where_it_states_them() -> None:
    own = {**RULE, "effective_from": "2027-01-01", "effective_until": "2027-12-31"}
    (rule,) = rules_of([pack_of(pack(own))])

    assert not rule.in_force(date(2026, 12, 31))
    assert rule.in_force(date(2027, 1, 1))
    assert rule.in_force(date(2027, 12, 31))
    assert not rule.in_force(date(2028, 1, 1))


def test_exposure_may_be_the_face_of_a_claim(case_of: Callable[..., Case]) -> None:
    face = pack_of(
        pack(
            {
                **{k: v for k, v in RULE.items() if k != "field"},
                "kind": "ratio_max",
                "figure": "single_client",
                "limit_rate": 0.1,
                "exposure": "claim",
            }
        )
    )

    kept = judge(case_of(), [face]).results[0]
    broken = judge(case_of(claims=[{"principal": 1_000_000.01}]), [face]).results[0]

    assert kept.status == "passed"
    assert broken.status == "breached"
    assert broken.indicator is not None
    assert broken.indicator.largest_price_yuan == 0.0
    assert broken.indicator.exposure_yuan == 500_000.0


def test_a_pack_in_force_may_bind_some_buyers(case_of: Callable[..., Case]) -> None:
    document = pack({**RULE, "field": "state_organ_flag"}, applies_to=["national_amc"])
    flagged = [{"state_organ_flag": True}]
    binding: Pack = pack_of(document)

    local = judge(case_of(claims=flagged), [binding])
    national = judge(case_of(claims=flagged, buyer={"kind": "national_amc"}), [binding])

    assert local.results[0].status == "not_applicable"
    assert national.verdict == "blocked"
