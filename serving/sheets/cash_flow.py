"""The cash flow of a package as a sheet that calculates: price and return may be moved.

Formulas follow ``models.pricing.bid``: cash of month m comes at its end and is worth
``(1 + rate) ** (-m / 12)``; later payments of the price are discounted at what money
costs. Beside each result stands the figure on record, and what differs. The value on
record is the sum of the claims, each rounded to the fen, so that the little by which
their sum differs from the rounded value of the package is stated as a line.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from features.columns import Floats
from models.pricing.assumptions import Assumptions
from models.pricing.bid import PriceTerms, discount_factors
from serving.sheets.book import Sheets
from serving.sheets.cells import Cell, Column, Kind
from serving.sheets.live import LiveCells
from serving.sheets.parts import PARTS, parts
from serving.sheets.rate_table import RATES, RateTable

NAME = "现金流 Cash flow"
# Lines of the sheet, from 1 as Excel counts them.
_HEADER = 12
FIRST = _HEADER + 1
_ROUNDING, _UNIT_COST = 8, 9
_TOTALS, _RECORDED = 10, 11
_NONE = "无 none"
_TITLE = "现金流测算 Cash flow, live"
_NOTE = (
    "改动黄色单元格，公式随之重算；“存档”为估值记录，不变。 "
    "Change the yellow cells and the formulas follow; what is on record stays."
)
_COLUMNS: tuple[Column, ...] = (
    ("月", "month", "integer"),
    ("预期回款（元）", "gross (yuan)", "yuan"),
    ("费用（元）", "cost (yuan)", "yuan"),
    ("净回款（元）", "net (yuan)", "yuan"),
    ("折现系数", "discount factor", "plain"),
    ("现值（元）", "present value (yuan)", "yuan"),
    ("付款比例", "share of the price paid", "rate"),
    ("每元价格支出", "paid per yuan of price", "plain"),
    ("支付（元）", "paid (yuan)", "yuan"),
    ("净现金流（元）", "net of payments (yuan)", "yuan"),
    ("累计（元）", "cumulated (yuan)", "yuan"),
    *PARTS,
)
_OF_MONTH = ("month", "gross_yuan", "cost_yuan", "net_yuan")


@dataclass(frozen=True)
class _Result:
    """A line of results: a formula, its value as on record, and its precision."""

    zh: str
    en: str
    kind: Kind
    formula: str
    recorded: Cell
    digits: int


@dataclass(frozen=True)
class _Input:
    """A cell that may be changed."""

    zh: str
    en: str
    kind: Kind
    value: float


@dataclass(frozen=True)
class CashFlowSheet:
    """The sheet of an answer in the making.

    Attributes:
        answer: The valuation, as JSON has it.
    """

    answer: Mapping[str, Any]

    @cached_property
    def _package(self) -> Mapping[str, Any]:
        package: Mapping[str, Any] = self.answer["package"]
        return package

    @cached_property
    def _assumptions(self) -> Assumptions:
        return Assumptions.of(self.answer["assumptions"])

    @cached_property
    def _terms(self) -> PriceTerms:
        return PriceTerms.of(self._assumptions)

    @cached_property
    def _price(self) -> float:
        asked, at_price = self._assumptions.price_yuan, self._package["at_price"]
        if asked is not None:
            return asked
        return 0.0 if at_price is None else float(at_price["price_yuan"])

    @property
    def months(self) -> int:
        """The last month on the sheet: of the cash or of the last payment."""
        paid = len(self._terms.monthly) - 1
        return max(len(self._package["cash_flow"]), paid)

    @property
    def last(self) -> int:
        """The last line."""
        return FIRST + self.months

    def add(self, sheets: Sheets) -> None:
        """Add the sheet to a workbook."""
        sheet = sheets.add(NAME)
        sheet.freeze_panes(_HEADER, 1)
        writer = LiveCells(sheets, sheet)
        writer.text(1, 0, _TITLE, "bold")
        writer.text(2, 0, _NOTE, "plain")
        self._block(writer)
        rates = RateTable(self._flows, self._rows("A"), self._rows("J"), FIRST)
        self._totals(writer, rates)
        sheets.head(sheet, _HEADER - 1, _COLUMNS)
        rates.head(writer, _HEADER)
        sheet.set_column(len(_COLUMNS) + 1, len(_COLUMNS) + 2, 22)
        sheet.print_area(0, 0, self.last - 1, len(_COLUMNS) - 1)
        sheet.fit_to_pages(2, 0)
        for row in range(max(self.months + 1, len(RATES))):
            if row <= self.months:
                self._month(writer, row)
            if row < len(RATES):
                rates.line(writer, row)

    def _block(self, writer: LiveCells) -> None:
        """Inputs on the left, results on the right, a line of each beside the other."""
        for column, text in (
            *((0, "输入 inputs"), (3, "取值 value"), (4, "存档 recorded")),
            *((6, "结果 results"), (8, "公式 live"), (9, "存档 recorded")),
            (10, "差异 difference"),
        ):
            writer.text(3, column, text, "heading")
        for line, (given, result) in enumerate(
            zip(self._inputs(), self._results(), strict=True), 4
        ):
            if given is not None:
                writer.text(line, 0, f"{given.zh} {given.en}", "plain")
                changeable = given.kind if line < _ROUNDING else f"kept {given.kind}"
                writer.number(line, 3, given.value, changeable)
                writer.number(line, 4, given.value, f"kept {given.kind}")
            else:
                writer.text(line, 0, "核对 check", "plain")
                writer.formula(line, 3, self._check(), "一致 agrees", "bold")
            self._result(writer, line, result)

    def _result(self, writer: LiveCells, line: int, result: _Result) -> None:
        recorded = _NONE if result.recorded is None else result.recorded
        writer.text(line, 6, f"{result.zh} {result.en}", "plain")
        kept = f"kept {result.kind}"
        writer.formula(line, 8, result.formula, recorded, kept)
        writer.cell(line, 9, recorded, kept)
        live = f"I{line}"
        numbers = f"AND(ISNUMBER({live}),ISNUMBER(J{line}))"
        gap = f"ROUND({live}-J{line},{result.digits})"
        differs = f"=IF({numbers},{gap},IF({live}=J{line},0,1))"
        writer.formula(line, 10, differs, 0, "difference")

    def _inputs(self) -> Iterator[_Input | None]:
        """The inputs; the line without one holds the check."""
        stated = self._assumptions
        yield _Input(
            "目标年化收益率", "target return", "rate", stated.target_return_rate
        )
        yield _Input("价格（元）", "price (yuan)", "yuan", self._price)
        rate = stated.acquisition_cost_rate
        yield _Input("收购费用率", "costs of buying", "rate", rate)
        yield _Input("后续付款折现率", "funding rate", "rate", stated.funding_rate)
        rounding = self._rounding
        yield _Input("逐笔取整差（元）", "claims rounded (yuan)", "yuan", rounding)
        yield None

    def _results(self) -> Iterator[_Result]:
        package, at_price = self._package, self._package["at_price"] or {}
        value = f"=ROUND(SUM({self._rows('F')}),2)+$D${_ROUNDING}"
        recorded = package["present_value_yuan"]
        yield _Result("净现值（元）", "present value", "yuan", value, recorded, 2)
        recorded = package["maximum_bid_yuan"]
        bid = self._bid()
        yield _Result("最高报价（元）", "maximum bid", "yuan", bid, recorded, 2)
        irr = at_price.get("irr_rate")
        yield _Result("内部收益率", "IRR", "rate", self._irr(), irr, 6)
        multiple = (
            f'=IF($D$5>0,SUM({self._rows("D")})/SUM({self._rows("I")}),"{_NONE}")'
        )
        recorded = at_price.get("multiple")
        yield _Result("回收倍数", "multiple", "plain", multiple, recorded, 6)
        payback = at_price.get("payback_months")
        yield _Result("回收期（月）", "payback", "integer", self._payback(), payback, 0)
        cost = self._terms.unit_cost
        unit = f"=SUMPRODUCT({self._rows('H')},(1+$D$7)^(-{self._rows('A')}/12))"
        yield _Result("每元价格现值成本", "cost of a yuan", "plain", unit, cost, 12)

    def _rows(self, column: str) -> str:
        return f"${column}${FIRST}:${column}${self.last}"

    def _bid(self) -> str:
        """Rounded down to the fen, as on record; ROUNDDOWN loses fen of billions."""
        return f"=INT(ROUND(MAX($I$4,0)*100,0)/$I${_UNIT_COST})/100"

    def _irr(self) -> str:
        """The monthly return of the flows, as a yearly one, where there is just one."""
        guess = f"(1+$Y${_RECORDED})^(1/12)-1"
        irr = f"(1+IRR({self._rows('J')},{guess}))^12-1"
        return f'=IF($Y${_TOTALS}=1,IFERROR({irr},"{_NONE}"),"{_NONE}")'

    def _payback(self) -> str:
        owed, months = self._rows("K"), self._rows("A")
        return (
            f'=IF($D$5<=0,"{_NONE}",IF(COUNTIF({owed},"<0")=0,0,'
            f'IF($K${self.last}<0,"{_NONE}",'
            f"SUMPRODUCT(MAX(({owed}<0)*({months}+1))))))"
        )

    def _check(self) -> str:
        """Whether the formulas give what is on record, while inputs are as recorded."""
        inputs = f"SUMPRODUCT(--($D$4:$D${_ROUNDING}<>$E$4:$E${_ROUNDING}))"
        live, kept = (f"$B${line}:$D${line}" for line in (_TOTALS, _RECORDED))
        totals = f"SUMPRODUCT(ABS(ROUND({live}-{kept},2)))"
        return (
            f'=IF({inputs}>0,"输入已改动 inputs changed",'
            f'IF(SUMSQ($K$4:$K$9)+{totals}=0,"一致 agrees","不一致 DIFFERS"))'
        )

    @cached_property
    def _rounding(self) -> float:
        """What the claims' values, each rounded to the fen, add up to beyond theirs."""
        worth = 0.0
        for net, factor in zip(self._net, self._factors, strict=True):
            worth += net * factor
        recorded = float(self._package["present_value_yuan"])
        return round(recorded - round(worth, 2), 2)

    @cached_property
    def _net(self) -> list[float]:
        """Net cash at the end of months from 0."""
        cash = [float(m["net_yuan"]) for m in self._package["cash_flow"]]
        return [0.0, *cash, *[0.0] * (self.months - len(cash))]

    @cached_property
    def _factors(self) -> list[float]:
        rate = self._assumptions.target_return_rate
        return [1.0, *discount_factors(self.months, rate).tolist()]

    @cached_property
    def _paid(self) -> list[float]:
        """What a yuan of the price costs at the end of months from 0."""
        paid = self._terms.monthly.tolist()
        return [*paid, *[0.0] * (self.months + 1 - len(paid))]

    @cached_property
    def _shares(self) -> Mapping[int, float]:
        shares: dict[int, float] = {}
        for month, share in zip(
            self._terms.months.tolist(), self._terms.shares.tolist(), strict=True
        ):
            shares[month] = shares.get(month, 0.0) + share
        return shares

    @cached_property
    def _flows(self) -> Floats:
        return np.array(self._net) - self._price * np.array(self._paid)

    @cached_property
    def _cumulated(self) -> Sequence[float]:
        cumulated: Sequence[float] = np.cumsum(self._flows).tolist()
        return cumulated

    def _totals(self, writer: LiveCells, rates: RateTable) -> None:
        """Sums of the months, and the same as on record."""
        package = self._package
        expected = package["expected"]
        sums = [expected[f"{kind}_yuan"] for kind in ("gross", "cost", "net")]
        recorded = {
            **dict(enumerate(sums, 1)),
            **dict(enumerate(parts(package), len(_COLUMNS) - len(PARTS))),
        }
        writer.text(_TOTALS, 0, "合计 total", "bold")
        for column, total in recorded.items():
            letter = _letter(column)
            formula = f"=SUM({letter}{FIRST}:{letter}{self.last})"
            writer.formula(_TOTALS, column, formula, total, "total")
        rates.count(writer, _TOTALS)
        writer.text(_RECORDED, 0, "存档 recorded", "plain")
        for column, total in recorded.items():
            writer.cell(_RECORDED, column, total, "kept yuan")
        rates.start(writer, _RECORDED)

    def _month(self, writer: LiveCells, month: int) -> None:
        """The cash of a month, constants, and what follows from it, formulas."""
        line, cash = FIRST + month, self._package["cash_flow"]
        known = 0 < month <= len(cash)
        figures = cash[month - 1] if known else {"month": month}
        for column, name in enumerate(_OF_MONTH):
            kind: Kind = "integer" if column == 0 else "yuan"
            writer.cell(line, column, figures.get(name, 0), f"kept {kind}")
        self._formulas(writer, line, month)
        for column, amount in enumerate(
            parts(figures) if known else (), len(_COLUMNS) - len(PARTS)
        ):
            writer.cell(line, column, amount, "kept yuan")

    def _formulas(self, writer: LiveCells, line: int, month: int) -> None:
        net, factor, paid = self._net[month], self._factors[month], self._paid[month]
        spent, kept = self._price * paid, "kept yuan"
        writer.formula(line, 4, f"=(1+$D$4)^(-A{line}/12)", factor, "factor")
        writer.formula(line, 5, f"=D{line}*E{line}", net * factor, kept)
        if month in self._shares:
            writer.number(line, 6, self._shares[month], "rate")
        first = f"AND(G{line}>0,SUM(G${_HEADER}:G{line - 1})=0)"
        formula = f"=N(G{line})+IF({first},$D$6,0)"
        writer.formula(line, 7, formula, paid, "factor")
        writer.formula(line, 8, f"=$D$5*H{line}", spent, kept)
        writer.formula(line, 9, f"=D{line}-I{line}", net - spent, kept)
        formula = f"=N(K{line - 1})+J{line}"
        writer.formula(line, 10, formula, self._cumulated[month], kept)


def _letter(column: int) -> str:
    return chr(ord("A") + column)
