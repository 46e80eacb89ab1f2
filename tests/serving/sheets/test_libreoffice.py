"""A real spreadsheet opens every export and reckons what is on record."""

from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

import numpy as np
import openpyxl
import pytest
from fastapi.testclient import TestClient

from features.tape import read_tape
from models.pricing.assumptions import Assumptions
from models.pricing.bid import PriceTerms, present_value, returns_at
from serving.analyses.catalogue import ANALYSES
from serving.schemas import EXAMPLE
from serving.sheets.template import template_workbook

pytestmark = pytest.mark.unwatched
CASH = "现金流 Cash flow"
INPUTS = {"target_return_rate": "D4", "price_yuan": "D5"}
MOVED = {"target_return_rate": 0.2, "price_yuan": 8_000_000.0}
CASES: Mapping[str, Mapping[str, Any]] = {
    "defaults": {},
    "price": {"price_yuan": 1_234_567.89, "target_return_rate": 0.0825},
    "dear": {"price_yuan": 9e9},
    "instalments": {
        "payments": [
            {"month": 0, "share_rate": 0.3},
            {"month": 30, "share_rate": 0.2},
            {"month": 72, "share_rate": 0.5},
        ],
        "funding_rate": 0.045,
        "acquisition_cost_rate": 0.0213,
    },
    "later": {
        "payments": [{"month": 3, "share_rate": 1.0}],
        "horizon_months": 7,
        "acquisition_cost_rate": 0.0,
    },
}
ODD = ("billions", "nothing")
Books = dict[str, bytes]
Opened = dict[str, Any]


@pytest.fixture(scope="module")
def answers(service: TestClient) -> dict[str, dict[str, Any]]:
    """A valuation under the assumptions of each case, and those of odd packages."""
    given = {}
    for name, principal in zip(ODD, (9e11, 0.01), strict=True):
        claim = {"claim_id": "1", "principal": principal}
        request = {"package": {"cutoff_date": "2025-06-30"}, "claims": [claim]}
        given[name] = service.post("/v1/valuations", json=request).json()
    for name, stated in CASES.items():
        request = {**EXAMPLE, "assumptions": {"simulations": 200, **stated}}
        response = service.post("/v1/valuations", json=request)
        assert response.status_code == 201, response.text
        given[name] = response.json()
    return given


@pytest.fixture(scope="module")
def exports(
    service: TestClient, answers: dict[str, dict[str, Any]], on_record: str
) -> Books:
    """Every workbook that the service gives."""

    def valuation(answer: Mapping[str, Any]) -> bytes:
        return service.get(f"/v1/valuations/{answer['id']}.xlsx").content

    def answered(name: str, request: Mapping[str, Any]) -> bytes:
        path = f"/v1/packages/{on_record}/{name}"
        return service.post(path, params={"form": "xlsx"}, json=dict(request)).content

    def rejected() -> bytes:
        tape = "债权编号,本金余额,交易基准日\n1,0,2025-06-30\n2,100,2025-06-30\n"
        files = {"file": ("rejected.csv", tape.encode())}
        dropped = service.post("/zh/new", files=files, follow_redirects=False)
        address = dropped.headers["location"].partition("?")[0]
        return service.get(f"{address}/rejected.xlsx").content

    lines = f"/valuations/{on_record}/claims.xlsx"
    return {
        **{name: valuation(answer) for name, answer in answers.items()},
        "claims-zh": service.get(f"/zh{lines}").content,
        "claims-en": service.get(f"/en{lines}?group=province").content,
        "rejected": rejected(),
        **{f"answer-{a.name}": answered(a.name, a.example) for a in ANALYSES},
        "template-zh": template_workbook("zh"),
        "template-en": template_workbook("en"),
    }


@pytest.fixture(scope="module")
def saved(exports: Books, recalculated: Callable[[Books], Books]) -> Books:
    """The same as LibreOffice saves them, and one whose price and return were moved."""
    book = openpyxl.load_workbook(BytesIO(exports["instalments"]))
    for name, value in MOVED.items():
        book[CASH][INPUTS[name]] = value
    changed = BytesIO()
    book.save(changed)
    return recalculated({**exports, "moved": changed.getvalue()})


@pytest.fixture(scope="module")
def opened(saved: Books) -> Opened:
    """What LibreOffice reckons."""
    return {
        name: openpyxl.load_workbook(BytesIO(book), data_only=True)
        for name, book in saved.items()
    }


def results(sheet: Any) -> dict[str, tuple[Any, Any]]:
    """Results by English name: what the formula gives, and what is on record."""
    return {
        sheet.cell(line, 7).value.split(" ", 1)[1]: (
            sheet.cell(line, 9).value,
            sheet.cell(line, 10).value,
        )
        for line in range(4, 10)
    }


def errors(book: Any) -> Iterator[str]:
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            yield from (f"{sheet.title}!{c.coordinate}" for c in row if is_error(c))


def is_error(cell: Any) -> bool:
    return cell.data_type == "e" or str(cell.value).startswith(("#", "Err:"))


def test_every_export_opens_without_an_error(opened: Opened, exports: Books) -> None:
    assert set(opened) == {*exports, "moved"}
    assert {name: list(errors(book)) for name, book in opened.items()} == {
        name: [] for name in opened
    }


@pytest.mark.parametrize("case", [*CASES, *ODD])
def test_formulas_give_what_is_on_record_to_the_fen(
    opened: Opened, answers: dict[str, dict[str, Any]], case: str
) -> None:
    package = answers[case]["package"]
    sheet = opened[case][CASH]
    found = results(sheet)

    live, kept = found["present value"]
    assert (live, kept) == (package["present_value_yuan"],) * 2
    live, kept = found["maximum bid"]
    assert (live, kept) == (package["maximum_bid_yuan"],) * 2
    assert [cell.value for cell in sheet[10][1:4]] == [
        pytest.approx(package["expected"][f"{kind}_yuan"], abs=1e-3)
        for kind in ("gross", "cost", "net")
    ]
    assert sheet["D9"].value == "一致 agrees"


@pytest.mark.parametrize("case", CASES)
def test_returns_are_those_of_the_model(
    opened: Opened, answers: dict[str, dict[str, Any]], case: str
) -> None:
    answer = answers[case]
    terms = PriceTerms.of(Assumptions.of(answer["assumptions"]))
    price = opened[case][CASH]["D5"].value
    exact = returns_at(net_yuan(answer), price, terms)
    found = results(opened[case][CASH])

    assert exact is not None
    assert found["IRR"][0] == told(exact.irr_rate)
    assert found["multiple"][0] == pytest.approx(exact.multiple, rel=1e-12)
    assert found["payback"][0] == told(exact.payback_months)
    stated = answer["package"]["at_price"]
    for name, field in (("IRR", "irr_rate"), ("payback", "payback_months")):
        assert found[name][1] == told(stated[field])


def told(figure: float | None) -> Any:
    return "无 none" if figure is None else pytest.approx(figure, abs=1e-9)


def net_yuan(answer: Mapping[str, Any]) -> Any:
    return np.array([m["net_yuan"] for m in answer["package"]["cash_flow"]])


def test_another_price_and_return_are_reckoned_at_once(
    opened: Opened, answers: dict[str, dict[str, Any]]
) -> None:
    stated = Assumptions.of(answers["instalments"]["assumptions"])
    sheet = opened["moved"][CASH]
    cash, terms = net_yuan(answers["instalments"]), PriceTerms.of(stated)
    exact = returns_at(cash, MOVED["price_yuan"], terms)

    assert exact is not None
    found = results(sheet)
    assert found["IRR"][0] == told(exact.irr_rate)
    # Claims are rounded to the fen one by one.
    worth = float(present_value(cash, MOVED["target_return_rate"]))
    assert found["present value"][0] == pytest.approx(worth, abs=0.01 * 4)
    assert sheet["D9"].value == "输入已改动 inputs changed"


def test_a_viewer_that_does_not_reckon_shows_the_same(
    exports: Books, opened: Opened
) -> None:
    for case in CASES:
        written = openpyxl.load_workbook(BytesIO(exports[case]), data_only=True)
        for kept, live in zip(
            written[CASH].iter_rows(values_only=True),
            opened[case][CASH].iter_rows(values_only=True),
            strict=True,
        ):
            assert [shown(cell) for cell in live[: len(kept)]] == [
                shown(cell) for cell in kept
            ]


def shown(cell: Any) -> Any:
    """A cell as it is seen; results on record have six decimals."""
    if isinstance(cell, int | float):
        return pytest.approx(cell, rel=1e-6, abs=1e-6)
    return cell


def test_a_workbook_that_was_opened_and_saved_is_the_same_tape(
    exports: Books, saved: Books
) -> None:
    before = read_tape(exports["defaults"], "before.xlsx").package
    after = read_tape(saved["defaults"], "after.xlsx").package

    assert after.claims == before.claims
    assert after.collateral == before.collateral
    assert after.guarantees == before.guarantees
    assert after.header == before.header
