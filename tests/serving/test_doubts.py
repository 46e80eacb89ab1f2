"""What an answer says of a tape whose words, amounts or units are in doubt."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from models.recovery.artefact import open_model
from serving.champion import ServedModel
from serving.intake import order_of_tape
from serving.sandbox.opening import OWN_FILES
from serving.scorer import score
from serving.terminal import print_answer

Value = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def value(model_files: Path) -> Value:
    """Values a tape in csv."""
    served = ServedModel("recovery", "1", open_model(model_files))

    def valued(tape: str) -> dict[str, Any]:
        order = order_of_tape(
            OWN_FILES,
            tape.encode(),
            "tape.csv",
            {"cutoff_date": "2025-06-30"},
            {"simulations": 100},
            largest_claims=100,
        )
        return score(order.submission, order.assumptions, served)

    return valued


def reasons(answer: dict[str, Any]) -> dict[str, str]:
    """Reason of each caution by its code; every one has a Chinese reason too."""
    assert all(w["reason_zh"] for w in answer["warnings"])
    return {w["code"]: w["reason"] for w in answer["warnings"]}


STRANGE = "债权编号,本金余额,产品,担保方式,星座\n" + "\n".join(
    f"A{i},{800 + i},{product},{security},狮子"
    for i, (product, security) in enumerate(
        [("水晶贷", "玄学"), *[("水晶贷", "信用")] * 2, *[("信用卡", "信用")] * 3]
    )
)


STAGES = ("玄学", "卜卦", "执行中", "终本")


def test_words_that_were_not_understood_are_counted_and_quoted(value: Value) -> None:
    found = reasons(value(STRANGE))

    assert "3 claims was not understood (水晶贷)" in found["product_not_understood"]
    assert "1 claim was" in found["security_type_not_understood"]
    assert "product_absent" not in found


def test_any_other_word_that_was_not_understood_is_said_to_be_left_out(
    value: Value,
) -> None:
    rows = "\n".join(f"A{i},{800 + i},信用,{stage}" for i, stage in enumerate(STAGES))
    found = reasons(value(f"债权编号,本金余额,担保方式,诉讼状态\n{rows}"))

    told = found["legal_stage_not_understood"]
    assert "2 claims was not understood (卜卦, 玄学)" in told
    assert "as if it were not stated" in told


def test_assumed_unit_names_the_column_and_the_median(value: Value) -> None:
    found = reasons(value(STRANGE))

    assert found["unit_assumed_yuan"] == (
        "no unit stated for 本金余额: read as yuan (元), median principal 802.50"
    )


@pytest.mark.parametrize(
    ("worths", "code"),
    [
        ((1500000, 1400000, 1600000), None),
        ((150, 1400000, 1600000), "collateral_of_claims_in_doubt"),
        ((1500000, 1400000, 16e9), "collateral_unit_in_doubt"),
        ((150, 140, 160), "collateral_unit_in_doubt"),
    ],
)
def test_collateral_stated_beside_claims_in_another_unit_is_doubted(
    value: Value, worths: tuple[float, ...], code: str | None
) -> None:
    rows = "\n".join(f"A{i},1000000,抵押,{worth}" for i, worth in enumerate(worths))
    found = reasons(value(f"债权编号,本金余额(元),担保方式,抵押物价值(元)\n{rows}"))

    told = [c for c in found if c.startswith("collateral_") and "doubt" in c]
    assert told == ([code] if code else [])
    if code == "collateral_of_claims_in_doubt":
        assert "1 claim" in found[code]
        assert "(A0)" in found[code]


@pytest.mark.parametrize("header", ["本金余额(元)", "本金余额(万元)", "principal"])
def test_stated_unit_needs_no_word(value: Value, header: str) -> None:
    answer = value(f"债权编号,{header},产品\n1,800,信用卡\n2,900,信用卡\n")

    assert "unit_assumed_yuan" not in reasons(answer)


def test_unknown_columns_are_named_up_to_ten(value: Value) -> None:
    headers = [f"怪列{chr(0x7532 + i)}" for i in range(12)]
    one = reasons(value(STRANGE))["columns_unmapped"]
    answer = value(f"债权编号,本金余额,{','.join(headers)}\n1,900{',x' * 12}\n")
    many = reasons(answer)["columns_unmapped"]

    assert one == "1 column not recognised and not used: 星座"
    assert headers[9] in many
    assert headers[10] not in many
    assert many.endswith("…")


def test_tape_without_products_is_told(value: Value) -> None:
    answer = value("债权编号,本金余额(元)\n1,800\n2,900\n")

    assert "obligor and security" in reasons(answer)["product_absent"]


def test_claim_of_most_of_the_value_is_named(value: Value) -> None:
    tape = "债权编号,本金余额(元),产品\nSMALL,800,信用卡\nHUGE,90000,信用卡\n"

    assert "claim HUGE alone" in reasons(value(tape))["one_claim_dominates"]


@pytest.mark.parametrize(
    "tape",
    ["1,800,信用卡\n2,800,信用卡\n3,800,信用卡\n", "1,800,信用卡\n"],
)
def test_even_or_single_claims_do_not_dominate(value: Value, tape: str) -> None:
    answer = value(f"债权编号,本金余额(元),产品\n{tape}")

    assert "one_claim_dominates" not in reasons(answer)


def test_doubted_amount_is_told_where_it_weighs(value: Value) -> None:
    rows = "\n".join(f"A{i},10000,0,10000,信用卡" for i in range(20))
    heading = "债权编号,本金余额(元),利息(元),债权合计(元),产品\n"

    heavy = value(f"{heading}{rows}\nBAD,10000,0,90000,信用卡\n")
    light = value(f"{heading}{rows}\nBAD,10000,0,12000,信用卡\n")

    assert "claim BAD makes" in reasons(heavy)["amount_in_doubt"]
    assert "amount_in_doubt" not in reasons(light)


def test_terminal_counts_the_warnings_of_claims_by_rule(
    value: Value, capsys: pytest.CaptureFixture[str]
) -> None:
    print_answer("tape", value(STRANGE))

    printed = " ".join(capsys.readouterr().out.split())
    assert "! 3 claims 3笔: product has a value that is not on the list" in printed
    assert "! 1 claim 1笔: security_type has a value that is not on the" in printed
    assert "! 1 row" not in printed
    assert "水晶贷" in printed
    assert "星座" in printed


def test_terminal_names_segments_in_words(
    value: Value, capsys: pytest.CaptureFixture[str]
) -> None:
    print_answer("tape", value("债权编号,本金余额(元),产品\n1,8000000,流动资金贷款\n"))

    printed = capsys.readouterr().out
    assert "对公无抵押" in printed
    assert "Corporate unsecured" in printed
    assert "corporate_unsecured" not in printed


def test_facts_later_than_the_cutoff_are_set_aside_and_counted(value: Value) -> None:
    head = "债权编号,本金余额(元),产品,最近还款日,近12月还款\n"
    later = value(f"{head}1,800,信用卡,2025-07-01,90\n2,900,信用卡,2025-06-30,90\n")
    silent = value(f"{head}1,800,信用卡,,\n2,900,信用卡,2025-06-30,90\n")

    assert "1 row with dates after" in reasons(later)["later_facts_set_aside"]
    assert later["claims"][0]["warnings"][0]["code"] == "set_aside"
    assert later["claims"][0]["gross_yuan"] == silent["claims"][0]["gross_yuan"]
    assert "later_facts_set_aside" not in reasons(silent)
