"""What an answer says of an assumed liquidation, beside what the model expects."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np

from features import catalogue
from features.package import Floats, Ints
from models.pricing.bid import maximum_bid_fen
from models.pricing.cash_flow import CashFlow
from models.pricing.fen import Fen, to_fen, to_yuan
from models.pricing.liquidation.cash import liquidation_cash, liquidation_value_fen
from models.pricing.liquidation.reasons import Reason, gap_reasons
from models.pricing.liquidation.terms import LiquidationTerms, liquidation_terms
from models.pricing.liquidation.waterfall import Liquidation, liquidate
from models.pricing.valuation import Valuation
from serving.figures.package import RATE_DIGITS, Figures, rate, yuan, yuans

# The lines of an item's waterfall between its sale and the lender's part.
LINES = (
    *("cost_yuan", "tax_yuan", "reserved_yuan", "arrears_yuan", "senior_yuan"),
    *("barred_yuan", "above_maximum_yuan", "unsold_yuan", "elsewhere_yuan"),
)
MONTH_DIGITS = 1


@dataclass(frozen=True)
class AssumedLiquidation:
    """The liquidation of a priced package, in whole fen.

    Attributes:
        valuation: The priced package.
        terms: What the liquidation rests on.
        found: What it brings.
        cash: Its cash by month, within the horizon, with costs.
        value_fen: Present value of its net cash, shape (n,).
    """

    valuation: Valuation
    terms: LiquidationTerms
    found: Liquidation
    cash: CashFlow
    value_fen: Fen

    @classmethod
    def of(cls, valuation: Valuation, terms: LiquidationTerms | None = None) -> Self:
        """The liquidation of a priced package on declared or given terms."""
        terms = terms or liquidation_terms()
        assumptions = valuation.assumptions
        prices = valuation.model.sale_prices
        found = liquidate(valuation.package, prices, terms)
        cash = liquidation_cash(found, valuation.proceedings, assumptions)
        return cls(
            valuation, terms, found, cash, liquidation_value_fen(cash, assumptions)
        )

    @cached_property
    def lines_fen(self) -> dict[str, Fen]:
        """The waterfall of each item; lines and lender add up to the sale, (k,) each.

        What is left after each line is rounded, not the line.
        """
        items = self.found.items
        lender = to_fen(items.lender_yuan)
        left, lines = items.sale_yuan, {"sale_yuan": to_fen(items.sale_yuan)}
        for name in LINES[:-1]:
            after = left - getattr(items, name)
            lines[name] = to_fen(left) - to_fen(after)
            left = after
        return {**lines, LINES[-1]: to_fen(left) - lender, "lender_yuan": lender}

    @cached_property
    def source_fen(self) -> dict[str, Fen]:
        """What each source brings each claim, shape (n,) each."""
        items, guarantees = self.found.items, self.found.guarantees
        return {
            "collateral_yuan": self._by_claim(
                items.claim, self.lines_fen["lender_yuan"]
            ),
            "guarantor_yuan": self._by_claim(
                guarantees.claim, to_fen(guarantees.paid_yuan)
            ),
            "obligor_yuan": to_fen(self.found.cash_yuan)
            + to_fen(self.found.other_yuan),
        }

    @cached_property
    def gross_fen(self) -> Fen:
        """What all sources bring each claim, shape (n,)."""
        gross: Fen = np.sum(list(self.source_fen.values()), axis=0)
        return gross

    @cached_property
    def expected_fen(self) -> Fen:
        """What the model expects of each claim within the horizon, shape (n,)."""
        expected: Fen = self.valuation.cash_flow.gross_fen.sum(axis=1)
        return expected

    @cached_property
    def months(self) -> Floats:
        """Months until the cash comes, weighted by yuan, NaN for none, shape (n,)."""
        found = self.found
        pairs = [
            (found.collateral_yuan, found.collateral_months),
            (found.guarantor_yuan, found.guarantor_months),
            (found.cash_yuan, found.cash_months),
            (found.other_yuan, found.other_months),
        ]
        weighted = np.sum([yuan * np.nan_to_num(months) for yuan, months in pairs], 0)
        total = found.total_yuan
        months: Floats = weighted / np.where(total > 0, total, np.nan)
        return months

    @cached_property
    def reasons(self) -> list[dict[str, Reason]]:
        """Why each claim's liquidation is far from what is expected, by code."""
        return gap_reasons(
            self.found,
            to_yuan(self.expected_fen),
            self.terms,
            self.valuation.assumptions.horizon_months,
        )

    def _by_claim(self, claim: Ints, fen: Fen) -> Fen:
        summed = np.zeros(len(self.found.claim_yuan), np.int64)
        np.add.at(summed, claim, fen)
        return summed


def liquidation_of_claims(assumed: AssumedLiquidation) -> list[Figures]:
    """The liquidation of every claim, in the order of the package.

    Args:
        assumed: The liquidation.
    """
    found = assumed.found
    items = _grouped(found, found.items.claim, _items(assumed))
    guarantors = _grouped(found, found.guarantees.claim, _guarantors(found))
    gap = assumed.gross_fen - assumed.expected_fen
    columns = {
        **{name: yuans(fen) for name, fen in _amounts(assumed).items()},
        "gap_rate": (gap / assumed.valuation.claim_fen).round(RATE_DIGITS).tolist(),
        "months": _months(assumed.months),
        "items": items,
        "guarantors": guarantors,
        "reasons": [_told(given) for given in assumed.reasons],
    }
    return _rows(columns)


def liquidation_of_package(assumed: AssumedLiquidation) -> Figures:
    """The liquidation of the whole package; amounts are the exact sums of its claims.

    Args:
        assumed: The liquidation.
    """
    found, valuation = assumed.found, assumed.valuation
    sums = {name: int(fen.sum()) for name, fen in _amounts(assumed).items()}
    bid = maximum_bid_fen(sums["present_value_yuan"], valuation.terms)
    prices = valuation.model.sale_prices
    return {
        **{name: yuan(fen) for name, fen in sums.items()},
        "gap_rate": rate(sums["gap_yuan"] / int(valuation.claim_fen.sum())),
        "maximum_bid_yuan": yuan(bid),
        "items": int(found.items.item.max(initial=-1)) + 1,
        "guarantees": len(found.guarantees.claim),
        "guarantees_in_force": int(found.guarantees.in_force.sum()),
        "sales_learnt_from": round(prices.sales, 1),
        "basis": "mixed" if prices.sales > 0 else "declared prior",
        "reasons": _counted(assumed.reasons),
    }


def _amounts(assumed: AssumedLiquidation) -> dict[str, Fen]:
    """Amounts of each claim, shape (n,) each; a package has their sums."""
    cost = assumed.cash.cost_fen.sum(axis=1)
    gross = assumed.cash.gross_fen.sum(axis=1)
    return {
        **assumed.source_fen,
        "gross_yuan": assumed.gross_fen,
        "expected_gross_yuan": assumed.expected_fen,
        "gap_yuan": assumed.gross_fen - assumed.expected_fen,
        "gross_within_horizon_yuan": gross,
        "cost_yuan": cost,
        "net_yuan": gross - cost,
        "present_value_yuan": assumed.value_fen,
    }


def _items(assumed: AssumedLiquidation) -> list[Figures]:
    steps, table = assumed.found.items, assumed.found.package.collateral
    kind = catalogue.field("collateral", "collateral_type")
    kinds = table["collateral_type"].to_pylist()
    return _rows(
        {
            "collateral_id": table["collateral_id"].to_pylist(),
            "collateral_type": kinds,
            "collateral_type_zh": [k and kind.label(k, "zh") for k in kinds],
            "appraised_yuan": steps.appraised_yuan.round(2).tolist(),
            **{name: yuans(fen) for name, fen in assumed.lines_fen.items()},
            "months": _months(steps.months),
        }
    )


def _guarantors(found: Liquidation) -> list[Figures]:
    steps, table = found.guarantees, found.package.guarantees
    kind = catalogue.field("guarantees", "guarantor_type")
    kinds = table["guarantor_type"].to_pylist()
    return _rows(
        {
            "guarantor_id": table["guarantor_id"].to_pylist(),
            "guarantor_type": kinds,
            "guarantor_type_zh": [k and kind.label(k, "zh") for k in kinds],
            "in_force": steps.in_force.tolist(),
            "called_yuan": yuans(to_fen(steps.called_yuan)),
            "paid_yuan": yuans(to_fen(steps.paid_yuan)),
            "months": _months(steps.months),
        }
    )


def _rows(columns: dict[str, list[Any]]) -> list[Figures]:
    rows = zip(*columns.values(), strict=True)
    return [dict(zip(columns, row, strict=True)) for row in rows]


def _grouped(found: Liquidation, claim: Ints, rows: list[Figures]) -> list[list[Any]]:
    """Rows by the claim that they belong to."""
    grouped: list[list[Any]] = [[] for _ in found.claim_yuan]
    for position, row in zip(claim.tolist(), rows, strict=True):
        grouped[position].append(row)
    return grouped


def _months(months: Floats) -> list[float | None]:
    rounded = months.round(MONTH_DIGITS).tolist()
    return [None if np.isnan(m) else m for m in rounded]


def _told(given: Mapping[str, Reason]) -> list[Figures]:
    return [
        {"code": code, "reason": reason.en, "reason_zh": reason.zh}
        for code, reason in given.items()
    ]


def _counted(reasons: Iterable[Mapping[str, Reason]]) -> list[Figures]:
    """Every reason with the number of claims that it is given for, most first."""
    words = {code: reason for given in reasons for code, reason in given.items()}
    count = Counter(code for given in reasons for code in given)
    return [
        {**told, "claims": claims}
        for code, claims in count.most_common()
        for told in _told({code: words[code]})
    ]
