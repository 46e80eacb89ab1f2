"""Workbooks: the figures of the answer, and a template that reads back."""

import getpass
from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient

from features import catalogue
from features.catalogue import TAPE_TABLES, Field, Language
from features.family import FAMILIES, FAMILY_ZH
from features.tape import read_tape
from serving.sheets.explanation import reasons_of_claim
from serving.sheets.forms import asked_fields
from serving.sheets.rules import header
from serving.sheets.template import template_workbook
from serving.sheets.workbook import valuation_workbook
from serving.workbench.labels import segment_label

pytestmark = pytest.mark.unwatched

Post = Callable[[], dict[str, Any]]
Rows = list[tuple[Any, ...]]


def sheets(content: bytes) -> dict[str, Rows]:
    """Cells of every sheet by the English part of its name."""
    book = openpyxl.load_workbook(BytesIO(content))
    return {
        name.partition(" ")[2] or name: list(book[name].iter_rows(values_only=True))
        for name in book.sheetnames
    }


@pytest.fixture
def exported(
    client: TestClient, valued: Post
) -> tuple[dict[str, Any], dict[str, Rows]]:
    answer = valued()
    response = client.get(f"/v1/valuations/{answer['id']}.xlsx")
    assert response.status_code == 200
    assert answer["id"] in response.headers["content-disposition"]
    return answer, sheets(response.content)


Exported = tuple[dict[str, Any], dict[str, Rows]]


def test_summary_holds_the_figures_of_the_package(exported: Exported) -> None:
    answer, book = exported
    summary = {row[1]: row[2] for row in book["Summary"]}
    package = answer["package"]

    assert "SIMULATED DATA" in summary
    assert summary["valuation"] == answer["id"]
    assert summary["claim (yuan)"] == package["claim_yuan"]
    assert summary["net cash (yuan)"] == package["expected"]["net_yuan"]
    assert summary["maximum bid (yuan)"] == package["maximum_bid_yuan"]
    assert (
        summary["present value P95 (yuan)"]
        == package["percentiles"]["P95"]["present_value_yuan"]
    )


def test_claims_hold_the_figures_of_the_answer(exported: Exported) -> None:
    answer, book = exported
    heading, *rows = book["Claims"]
    names = [h.split("\n")[1] for h in heading]

    assert len(rows) == len(answer["claims"])
    for row, claim in zip(rows, answer["claims"], strict=True):
        cells = dict(zip(names, row, strict=True))
        assert cells["claim"] == claim["claim_id"]
        assert cells["gross (yuan)"] == claim["gross_yuan"]
        assert cells["present value (yuan)"] == claim["present_value_yuan"]
        assert cells["P10"] == claim["recovery_rate"]["p10"]
        segment = claim["segment"]
        assert cells["segment"] == " ".join(
            segment_label(segment, language) for language in ("zh", "en")
        )
        told = "；".join(f"{w['reason_zh']} {w['reason']}" for w in claim["warnings"])
        assert (cells["warnings"] or "") == told
        strongest = claim["drivers"][0]
        told = f"{strongest['title_zh']} {strongest['title']} = "
        assert cells["driver 1"].startswith(told)
        drivers = [
            float(cells[f"driver {i}"].rpartition(" ")[2].rstrip("%")) / 100
            for i in range(1, 6)
        ]
        total = cells["baseline rate"] + sum(drivers) + cells["other drivers"]
        assert total == pytest.approx(cells["recovery rate"], abs=5e-4)


def test_families_add_up_from_the_baseline_to_the_gross_cash(
    exported: Exported,
) -> None:
    answer, book = exported
    heading, *rows = book["Claims"]
    names = [h.split("\n")[1] for h in heading]
    for row in rows:
        cells = dict(zip(names, row, strict=True))
        effects = sum(cells[f"{family} (yuan)"] for family in FAMILIES)
        shares = sum(cells[f"{family} (effect)"] for family in FAMILIES)
        assert cells["baseline (yuan)"] + effects == pytest.approx(
            cells["gross (yuan)"]
        )
        reached = cells["baseline rate"] + shares
        assert reached == pytest.approx(cells["recovery rate"], abs=1e-5)

    start, *families, end = book["Families"][1:]
    assert start[3] + sum(row[3] for row in families) == pytest.approx(end[3])
    assert end[3] == answer["package"]["expected"]["gross_yuan"]
    assert [row[1] for row in families] == list(FAMILY_ZH.values())


def test_what_to_ask_for_is_that_of_the_answer(exported: Exported) -> None:
    answer, book = exported
    heading, *rows = book["Ask first"]
    asked = answer["package"]["ask_first"]
    assert [row[0] for row in rows] == [field["field"] for field in asked]
    assert [row[6] for row in rows] == [field["narrowing_yuan"] for field in asked]
    assert all("\n" in title for title in heading)
    claims = book["Claims"]
    column = [h.split("\n")[1] for h in claims[0]].index("missing field 1")
    for row, claim in zip(claims[1:], answer["claims"], strict=True):
        first = claim["missing_fields"][0]
        assert row[column].startswith(f"{first['title_zh']} {first['title']}: ")


@pytest.mark.parametrize(
    ("points", "told"), [(4e-6, "> −0.01%"), (5.1e-5, "−0.01%"), (0.12, "−12.00%")]
)
def test_a_narrowing_is_never_told_as_nothing(
    exported: Exported, points: float, told: str
) -> None:
    claim = exported[0]["claims"][0]
    missing = {"title": "city", "title_zh": "城市", "low_rate": 0.1, "high_rate": 0.2}
    asked = {**claim, "missing_fields": [{**missing, "narrowing_points": points}]}
    cells = reasons_of_claim(asked)
    assert cells[-3] == f"城市 city: 10.00%–20.00%, P10–P90 {told}"


@pytest.mark.parametrize(
    ("feature", "value", "told"),
    [
        ("dishonest_flag", True, "是 yes"),
        ("legal_stage", None, "缺失 missing"),
        ("lawsuit_count", 2.0, "2"),
    ],
)
def test_a_value_behind_a_driver_is_told_in_both_languages_once(
    exported: Exported, feature: str, value: object, told: str
) -> None:
    answer = exported[0]
    driver = {
        "feature": feature,
        "title": "English",
        "title_zh": "中文",
        "value": value,
        "points": -0.05,
    }
    claim = {**answer["claims"][0], "drivers": [driver]}
    content = valuation_workbook({**answer, "claims": [claim]})
    heading, row = sheets(content)["Claims"]
    cells = dict(zip([h.split("\n")[1] for h in heading], row, strict=True))
    assert cells["driver 1"] == f"中文 English = {told}: -5.00%"


def test_months_and_assumptions_are_those_of_the_answer(exported: Exported) -> None:
    answer, book = exported

    months = [
        (
            *[m[n] for n in ("month", "gross_yuan", "cost_yuan", "net_yuan")],
            *m["sources"].values(),
            *m["costs"].values(),
        )
        for m in answer["package"]["cash_flow"]
    ]
    heading, *rows = book["Assumptions"]
    used = {row[1]: row[2] for row in rows}
    open_ones = {
        "price_yuan": answer["package"]["at_price"]["price_yuan"],
        "factor_correlation": "模型各因子 the model's factors",
    }

    shown = [(*row[:4], *row[11:22]) for row in book["Cash flow"][13:]]
    assert shown[: len(months)] == months
    assert heading[2] == "取值\nvalue used"
    assert used == {**answer["assumptions"], **open_ones, "payments": "0: 100%"}


def test_liquidation_is_shown_by_claim_and_line_by_line(exported: Exported) -> None:
    answer, book = exported
    secured = answer["claims"][0]
    found = secured["liquidation"]
    (item,) = found["items"]

    heading, *claims = book["Liquidation"]
    shown = dict(zip((h.partition("\n")[2] for h in heading), claims[0], strict=True))
    assert shown["claim"] == secured["claim_id"]
    assert shown["liquidation gross (yuan)"] == found["gross_yuan"]
    assert shown["gap (yuan)"] == found["gap_yuan"]
    assert len(claims) == len(answer["claims"])

    heading, *items = book["Waterfall"]
    shown = dict(zip((h.partition("\n")[2] for h in heading), items[0], strict=True))
    assert len(items) == 1
    taken = [shown[n] for n in shown if n.endswith("(yuan)")][2:-1]
    assert shown["sale (yuan)"] - sum(taken) == pytest.approx(shown["lender (yuan)"])
    assert shown["lender (yuan)"] == item["lender_yuan"]
    assert book["Guarantors"][1:] == []


def test_scenarios_and_drivers_are_those_of_the_answer(exported: Exported) -> None:
    answer, book = exported
    stress = answer["package"]["stress"]

    base, *others = book["Scenarios"][1:]
    assert base[6] == answer["package"]["maximum_bid_yuan"]
    assert [row[0] for row in others] == [s["name"] for s in stress["scenarios"][1:]]
    assert [row[6] for row in others] == [
        s["maximum_bid_yuan"] for s in stress["scenarios"][1:]
    ]
    drivers = book["Tornado"][1:]
    assert [row[5] for row in drivers] == [
        d["adverse_change_yuan"] for d in stress["tornado"]
    ]
    widths = [row[6] - row[5] for row in drivers]
    assert widths == sorted(widths, reverse=True)


def test_headings_are_in_two_languages_and_stay_in_sight(valued: Post) -> None:
    book = openpyxl.load_workbook(BytesIO(valuation_workbook(valued())))

    assert book["债权 Claims"].freeze_panes == "B2"
    assert book["债权 Claims"]["A1"].value == "债权编号\nclaim"
    assert book["债权 Claims"].auto_filter.ref == "A1:AZ3"


def test_text_of_strangers_never_becomes_a_formula(
    client: TestClient, package: dict[str, Any]
) -> None:
    hostile = [
        '=HYPERLINK("http://x.example","y")',
        "@SUM(1)",
        "https://x.example",
        *("=1+1", "+cmd|' /C calc'!A0", "-2+3", "\t=2+2", "\r=3+3"),
        "\x01",
    ]
    first = package["claims"][1]
    package["claims"] += [{**first, "claim_id": text} for text in hostile]
    answer = client.post("/v1/valuations", json=package).json()

    book = openpyxl.load_workbook(BytesIO(valuation_workbook(answer)))

    for row, text in enumerate(hostile[:-1], 4):
        cell = book["债权 Claims"].cell(row, 1)
        assert (cell.data_type, cell.value) == ("s", text.strip())
        assert cell.hyperlink is None
    calculated = {
        sheet.title
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
    assert calculated == {"现金流 Cash flow"}
    assert len(book["摘要 Summary"]._charts) == 1


def test_rejected_rows_and_columns_are_listed(client: TestClient) -> None:
    tape = "债权编号,本金余额(元),星座\nA1,100000,狮子\nA2,-5,双鱼\n".encode("gb18030")
    answer = client.post(
        "/v1/valuations/upload",
        files={"file": ("tape.csv", tape)},
        data={"cutoff_date": "2025-06-30", "assumptions": '{"simulations": 100}'},
    ).json()

    book = sheets(valuation_workbook(answer))

    (rejected,) = book["Rejected rows"][1:]
    assert rejected[:4] == ("claims", 3, "principal", "本金余额(元)")
    assert ("claims", "星座", None, None, "否 no", "否 no", "否 no") in book["Columns"]
    assert answer["encoding"] == "gb18030"


def test_price_of_nothing_has_no_returns(valued: Post) -> None:
    answer = valued()
    answer["package"]["at_price"] = None

    summary = sheets(valuation_workbook(answer))["Summary"]

    assert "multiple" not in [row[1] for row in summary]


def sample(field: Field, language: Language, row: int) -> Any:
    """A value that the field accepts, as a person would enter it."""
    if field.name == "claim_id":
        return f"{row:05d}"
    if field.kind == "boolean" and field.refused:  # Claims that are gone are rejected.
        return "否" if language == "zh" else "no"
    if field.kind == "boolean":
        return "是" if language == "zh" else "yes"
    if field.values:
        return field.label(next(iter(field.values)), language)
    if field.kind == "date":
        return date(2024, 5, 6)
    if field.kind in catalogue.NUMERIC_KINDS:
        return max(field.minimum or 0, 1)
    return f"{field.name}-{row}"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_filled_template_reads_back_whole(language: Language) -> None:
    book = openpyxl.load_workbook(BytesIO(template_workbook(language)))
    package_sheet, *table_sheets = book.worksheets[:4]
    for line, field in enumerate(asked_fields("package"), 1):
        package_sheet.cell(line, 2, sample(field, language, 1))
    for table, sheet in zip(TAPE_TABLES, table_sheets, strict=True):
        for column, field in enumerate(asked_fields(table), 1):
            for row in (1, 2):
                sheet.cell(row + 1, column, sample(field, language, row))
    filled = BytesIO()
    book.save(filled)

    reading = read_tape(filled.getvalue(), "filled.xlsx")

    assert reading.rejected == ()
    assert reading.unmapped == ()
    assert reading.package.claim_ids == ["00001", "00002"]
    assert reading.package.header["package_id"] == "package_id-1"
    for table in TAPE_TABLES:
        data = getattr(reading.package, table)
        for field in asked_fields(table):
            assert data[field.name].null_count == 0, field.name


def cells(rule: Any) -> tuple[int, int]:
    """First column and last row of a rule."""
    [reach] = rule.sqref.ranges
    return reach.min_col, reach.max_row


@pytest.mark.parametrize("language", ["zh", "en"])
def test_template_marks_required_fields_and_offers_choices(language: Language) -> None:
    book = openpyxl.load_workbook(BytesIO(template_workbook(language)))
    claims = book.worksheets[1]
    headers = [cell.value for cell in claims[1]]
    rules = {str(rule.sqref): rule for rule in claims.data_validations.dataValidation}

    assert headers == [header(f, language) for f in asked_fields("claims")]
    assert [rule.type for rule in rules.values()].count("list") > 5
    assert all(rule.prompt and rule.error for rule in rules.values())
    columns = {field.name: i for i, field in enumerate(asked_fields("claims"), 1)}
    by_field = {
        name: next(r for r in rules.values() if cells(r)[0] == column)
        for name, column in columns.items()
    }
    assert by_field["principal"].formula1 == "0.01"
    assert by_field["days_past_due"].type == "whole"
    assert "ISNUMBER" in by_field["default_date"].formula2
    assert "ISNUMBER" not in by_field["maturity_date"].formula2
    assert "EXACT" in by_field["claim_id"].formula1
    assert book.worksheets[-1].sheet_state == "hidden"


def test_template_asks_for_no_personal_data() -> None:
    asked = {f.name for table in TAPE_TABLES for f in asked_fields(table)}

    assert not asked & {"obligor_name", "id_number", "phone", "guarantor_name"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_service_gives_the_template(
    shared_client: TestClient, language: Language
) -> None:
    response = shared_client.get("/v1/template.xlsx", params={"language": language})

    assert response.status_code == 200
    assert openpyxl.load_workbook(BytesIO(response.content)).sheetnames


def test_the_review_stands_beside_the_figures(client: TestClient, valued: Post) -> None:
    answer = valued()
    path = f"/v1/valuations/{answer['id']}"
    before = sheets(client.get(f"{path}.xlsx").content)
    assert "Review" not in before

    step = {"kind": "override", "reason": "=1+1", "claim_id": "0001"}
    review = client.post(
        f"{path}/reviews", json=step | {"present_value_yuan": 1_000_000.0}
    ).json()
    book = sheets(client.get(f"{path}.xlsx").content)

    summary = {row[1]: row[2] for row in book["Summary"]}
    figures = review["figures"]
    assert summary["review"] == "草稿 draft"
    assert summary["maximum bid with overrides (yuan)"] == figures["maximum_bid_yuan"]
    assert summary["maximum bid (yuan)"] == figures["model_maximum_bid_yuan"]
    (row,) = book["Review"][1:]
    assert row[2:6] == ("修正 override", getpass.getuser(), "=1+1", "0001")
    model = review["overrides"][0]["model_present_value_yuan"]
    assert row[6:] == (model, 1_000_000.0)
