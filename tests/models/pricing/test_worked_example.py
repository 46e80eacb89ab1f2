"""The package of docs/worked-example.md, valued by the code: the page and it agree."""

import ast
import operator
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features import catalogue
from features.collateral.value import declared_prices
from features.package import Package, canonical_table
from features.segment import segments
from models.pricing.assumptions import Assumptions
from models.pricing.bid import PriceTerms, discount_factors, maximum_bid
from models.pricing.cash_flow import CashFlow
from models.pricing.cost import COSTS, proceedings
from models.pricing.liquidation.cash import liquidation_cash, liquidation_value_fen
from models.pricing.liquidation.terms import LiquidationTerms, liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation, liquidate

PAGE = Path(__file__).resolve().parents[3] / "docs" / "worked-example.md"
Row = dict[str, str]
EQUATION = re.compile(r"`([^`]+) = ([\d,.]+)`")
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@pytest.fixture(scope="module")
def page() -> str:
    return PAGE.read_text("utf-8")


def rows(page: str, *headings: str) -> list[Row]:
    """The table that begins with these headings, one mapping for each row."""
    start = "| " + " | ".join(headings) + " |"
    lines = iter(page.splitlines())
    names = cells(next(line for line in lines if line.startswith(start)))
    next(lines)
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        found.append(dict(zip(names, cells(line), strict=True)))
    return found


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def number(cell: str) -> float:
    return float(cell.replace(",", "").replace("−", "-"))


def amounts(table: list[Row], *columns: str) -> list[list[int]]:
    """Whole yuan of some columns, without the row of sums."""
    return [
        [round(number(row[column])) for column in columns]
        for row in table
        if row.get("claim") != "all"
    ]


def canonical(name: str, table: list[Row], **everywhere: Any) -> pa.Table:
    """A table of the tape from one of the page."""
    fields = catalogue.kept_fields(name)
    columns = {
        field: pa.array(
            [value(row[field], fields[field].arrow_type) for row in table],
            fields[field].arrow_type,
        )
        for field in table[0]
    }
    same = {
        field: pa.array([given] * len(table), fields[field].arrow_type)
        for field, given in everywhere.items()
    }
    return canonical_table(name, pa.table({**columns, **same}))


def value(cell: str, kind: pa.DataType) -> Any:
    if not cell:
        return None
    if pa.types.is_boolean(kind):
        return cell == "yes"
    if pa.types.is_date(kind):
        return date.fromisoformat(cell)
    return cell if pa.types.is_string(kind) else kind.to_pandas_dtype()(number(cell))


@pytest.fixture(scope="module")
def package(page: str) -> Package:
    (cutoff,) = re.findall(r"cut-off date is (\d{4}-\d\d-\d\d)", page)
    return Package(
        canonical(
            "claims",
            rows(page, "claim_id", "principal"),
            cutoff_date=date.fromisoformat(cutoff),
        ),
        canonical("collateral", rows(page, "collateral_id", "claim_id")),
        canonical("guarantees", rows(page, "guarantor_id", "claim_id")),
    )


@pytest.fixture(scope="module")
def terms(page: str) -> LiquidationTerms:
    stated: dict[str, Any] = {}
    for row in rows(page, "term", "kind", "value"):
        name, kind, figure = row["term"], row["kind"], number(row["value"])
        if kind:
            stated.setdefault(name, {})[kind] = figure
        else:
            stated[name] = figure
    return liquidation_terms(stated)


@pytest.fixture(scope="module")
def assumptions(page: str) -> Assumptions:
    stated = {r["assumption"]: r["value"] for r in rows(page, "assumption", "value")}
    return Assumptions.of(
        {n: int(v) if n.endswith("_months") else number(v) for n, v in stated.items()}
    )


@pytest.fixture(scope="module")
def found(package: Package, terms: LiquidationTerms) -> Liquidation:
    return liquidate(package, declared_prices(), terms)


@pytest.fixture(scope="module")
def cash(found: Liquidation, package: Package, assumptions: Assumptions) -> CashFlow:
    known = proceedings(package, segments(package), assumptions)
    return liquidation_cash(found, known, assumptions)


@pytest.fixture(scope="module")
def value_fen(cash: CashFlow, assumptions: Assumptions) -> list[int]:
    fen: list[int] = liquidation_value_fen(cash, assumptions).tolist()
    return fen


def whole(*columns: Any) -> list[list[int]]:
    """Columns in yuan as rows of whole yuan."""
    listed: list[list[int]] = np.rint(np.column_stack(columns)).astype(int).tolist()
    return listed


def test_every_equation_of_the_page_holds(page: str) -> None:
    equations = EQUATION.findall(page)
    assert len(equations) > 60
    for left, right in equations:
        decimals = len(right.partition(".")[2])
        assert worked_out(left) == pytest.approx(
            number(right), abs=0.5001 * 10**-decimals
        ), left


def worked_out(text: str) -> float:
    """The number that an expression of the page comes to."""
    plain = text.replace(",", "").replace("×", "*").replace("−", "-").replace("^", "**")

    def of(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return OPERATORS[type(node.op)](of(node.left), of(node.right))
        assert isinstance(node, ast.Constant), ast.dump(node)
        return float(str(node.value))

    return of(ast.parse(plain, mode="eval").body)


def test_each_item_leaves_what_the_page_says(page: str, found: Liquidation) -> None:
    steps, table = found.items, rows(page, "item", "row of")
    listed = found.package.collateral.select(["collateral_id", "claim_id"])
    assert [[r["item"], r["row of"]] for r in table] == [
        list(row.values()) for row in listed.to_pylist()
    ]
    assert amounts(table, *list(table[0])[2:]) == whole(
        *(steps.sale_yuan, steps.cost_yuan, steps.tax_yuan, steps.reserved_yuan),
        *(steps.arrears_yuan, steps.senior_yuan, steps.above_maximum_yuan),
        *(steps.elsewhere_yuan, steps.lender_yuan, steps.months),
    )


def test_each_guarantor_pays_what_the_page_says(page: str, found: Liquidation) -> None:
    steps, table = found.guarantees, rows(page, "guarantor", "signed for")
    listed = found.package.guarantees.select(["guarantor_id", "claim_id"])
    assert [[r["guarantor"], r["signed for"]] for r in table] == [
        list(row.values()) for row in listed.to_pylist()
    ]
    assert amounts(table, "called", "paid") == whole(steps.called_yuan, steps.paid_yuan)
    months = [number(r["month"]) for r in table if r["month"]]
    assert months == steps.months[steps.paid_yuan > 0].tolist()


def test_each_claim_brings_what_the_page_says(page: str, found: Liquidation) -> None:
    table = rows(page, "claim", "collateral")
    assert amounts(table, *list(table[0])[1:]) == whole(
        found.collateral_yuan,
        found.guarantor_yuan,
        found.cash_yuan,
        found.other_yuan,
        found.total_yuan,
    )


def test_each_claim_costs_what_the_page_says(page: str, cash: CashFlow) -> None:
    kinds = dict(zip(COSTS, cash.kind_fen / 100, strict=True))
    table = rows(page, "claim", "acceptance and preservation")
    assert amounts(table, *list(table[0])[1:]) == whole(
        kinds["acceptance_fee"] + kinds["preservation_fee"],
        kinds["enforcement_fee"],
        kinds["agency_fee"],
        kinds["servicing_fee"],
        cash.cost_fen.sum(axis=1) / 100,
    )


def test_each_month_is_worth_what_the_page_says(
    page: str, package: Package, cash: CashFlow, assumptions: Assumptions
) -> None:
    claim, month = np.nonzero(cash.net_fen)
    net = cash.net_fen[claim, month] / 100
    factors = discount_factors(
        assumptions.horizon_months, assumptions.target_return_rate
    )
    worth = factors[month]
    table = rows(page, "claim", "in month")
    assert [row["claim"] for row in table] == [package.claim_ids[c] for c in claim]
    assert amounts(table, "in month", "net cash", "present value") == whole(
        month + 1, net, net * worth
    )
    assert [number(row["worth of a yuan"]) for row in table] == worth.round(8).tolist()


def test_each_claim_is_worth_what_the_page_says(
    page: str, cash: CashFlow, value_fen: list[int]
) -> None:
    table = rows(page, "claim", "gross", "costs")
    assert amounts(table, *list(table[0])[1:]) == whole(
        cash.gross_fen.sum(axis=1) / 100,
        cash.cost_fen.sum(axis=1) / 100,
        cash.net_fen.sum(axis=1) / 100,
        np.array(value_fen) / 100,
    )


@pytest.mark.parametrize(
    "headings",
    [
        ("claim", "collateral"),
        ("claim", "acceptance and preservation"),
        ("claim", "gross", "costs"),
    ],
)
def test_sums_of_the_page_are_those_of_its_rows(
    page: str, headings: tuple[str, ...], value_fen: list[int]
) -> None:
    table = rows(page, *headings)
    columns = list(table[0])[1:]
    stated = [round(number(table[-1][column])) for column in columns]
    summed = np.sum(amounts(table, *columns), axis=0).tolist()
    if columns[-1] == "present value":
        summed[-1] = round(sum(value_fen) / 100)
    assert stated == summed


def test_the_package_is_worth_and_may_cost_what_the_page_says(
    page: str, value_fen: list[int], assumptions: Assumptions
) -> None:
    bid = maximum_bid(float(sum(value_fen)), PriceTerms.of(assumptions))
    (worth,) = re.findall(r"fen behind the yuan, ([\d,.]+):", page)
    (highest,) = re.findall(r"\*\*([\d,.]+) yuan\*\*", page)
    assert round(number(worth) * 100) == sum(value_fen)
    assert round(number(highest) * 100) == int(np.floor(bid))
