"""What an answer says of the package: sums, worth, range and cash by month."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from features.package import Floats
from features.segment import SEGMENTS
from models.pricing.cash_flow import CashFlow
from models.pricing.cost import COSTS
from models.pricing.fen import FEN_PER_YUAN, Fen
from models.pricing.package import LEVELS, SHORTFALL_LEVEL
from models.pricing.sources import SOURCES
from models.pricing.valuation import Valuation
from serving.submission import Notes

RATE_DIGITS = 6
PERCENTILES = tuple(f"P{round(level * 100)}" for level in LEVELS)

Figures = dict[str, Any]


def yuan(fen: int) -> float:
    """Whole fen as yuan, the nearest number to two decimals."""
    return int(fen) / FEN_PER_YUAN


def yuans(fen: Fen) -> list[Any]:
    """Whole fen as yuan, in lists of the same shape."""
    listed: list[Any] = (fen / FEN_PER_YUAN).tolist()
    return listed


def rate(value: float) -> float:
    """A share to six decimals."""
    return round(float(value), RATE_DIGITS)


def known_rate(value: float | None) -> float | None:
    """A share to six decimals, as far as it is known."""
    return None if value is None else rate(value)


def package_figures(valuation: Valuation, notes: Notes) -> Figures:
    """The figures of a package; amounts are the exact sums of its claims.

    Args:
        valuation: The priced package.
        notes: Notes of the reading.
    """
    every = np.ones(len(valuation.package), dtype=np.bool_)
    cash = valuation.cash_flow
    return {
        "package_id": valuation.package.header.get("package_id"),
        "package_name": valuation.package.header.get("package_name"),
        "cutoff_date": valuation.package.cutoff_date.isoformat(),
        **_sums(valuation, every),
        "maximum_bid_yuan": yuan(valuation.maximum_bid_fen),
        "at_price": _at_price(valuation),
        "percentiles": percentiles(
            valuation.range.gross_yuan, valuation.range.present_value_yuan
        ),
        "expected_shortfall": {
            "level": SHORTFALL_LEVEL,
            "gross_yuan": round(valuation.range.gross_shortfall_yuan, 2),
            "present_value_yuan": round(
                valuation.range.present_value_shortfall_yuan, 2
            ),
        },
        "downturn": {
            "level": valuation.assumptions.downturn_level,
            "gross_yuan": round(valuation.downturn.gross_yuan, 2),
            "present_value_yuan": round(valuation.downturn.present_value_yuan, 2),
        },
        "factor_correlation": rate(valuation.range.factors.systematic),
        "factors": {
            name: rate(share)
            for name, share in valuation.range.factors.model_dump().items()
        },
        "simulations": valuation.range.simulations,
        "completeness_rate": rate(float(np.mean(notes["completeness"]))),
        "sources": _parts(SOURCES, cash.source_fen.sum(axis=1)),
        "costs": _parts(COSTS, cash.kind_fen.sum(axis=1)),
        "cash_flow": _months(cash),
        "segments": _segments(valuation),
    }


def _sums(valuation: Valuation, chosen: "np.typing.NDArray[np.bool_]") -> Figures:
    gross = int(valuation.cash_flow.gross_fen[chosen].sum())
    cost = int(valuation.cash_flow.cost_fen[chosen].sum())
    claim = int(valuation.claim_fen[chosen].sum())
    return {
        "claims": int(chosen.sum()),
        "claim_yuan": yuan(claim),
        "expected": {
            "gross_yuan": yuan(gross),
            "cost_yuan": yuan(cost),
            "net_yuan": yuan(gross - cost),
        },
        "recovery_rate": rate(gross / claim),
        "present_value_yuan": yuan(valuation.present_value_fen[chosen].sum()),
    }


def _at_price(valuation: Valuation) -> Figures | None:
    returns = valuation.returns_at(valuation.price_yuan)
    if returns is None:
        return None
    irr = returns.irr_rate
    return {
        "price_yuan": round(returns.price_yuan, 2),
        "irr_rate": None if irr is None else rate(irr),
        "multiple": rate(returns.multiple),
        "payback_months": returns.payback_months,
    }


def percentiles(gross_yuan: Floats, present_value_yuan: Floats) -> Figures:
    """Gross cash and present value of the package at each of LEVELS, by name."""
    amounts = zip(
        PERCENTILES, gross_yuan.tolist(), present_value_yuan.tolist(), strict=True
    )
    return {
        name: {"gross_yuan": round(gross, 2), "present_value_yuan": round(value, 2)}
        for name, gross, value in amounts
    }


def _months(cash: CashFlow) -> list[Figures]:
    gross, cost = cash.gross_fen.sum(axis=0), cash.cost_fen.sum(axis=0)
    sources = parts_of_each(SOURCES, cash.monthly_source_fen)
    costs = parts_of_each(COSTS, cash.monthly_kind_fen)
    rows = zip(
        yuans(gross), yuans(cost), yuans(gross - cost), sources, costs, strict=True
    )
    return [
        {
            "month": month,
            "gross_yuan": g,
            "cost_yuan": c,
            "net_yuan": n,
            "sources": s,
            "costs": k,
        }
        for month, (g, c, n, s, k) in enumerate(rows, 1)
    ]


def _parts(names: Sequence[str], fen: Fen) -> Figures:
    return dict(zip(names, yuans(fen), strict=True))


def parts_of_each(names: Sequence[str], fen: Fen) -> list[Figures]:
    """Parts of an amount by name, for each claim or month.

    Args:
        names: Of the parts.
        fen: Shape (parts, claims or months).
    """
    return [dict(zip(names, row, strict=True)) for row in yuans(fen.T)]


def _segments(valuation: Valuation) -> list[Figures]:
    kinds = valuation.forecast.segments
    present = [s for s in SEGMENTS if (kinds == s).any()]
    return [{"segment": s, **_sums(valuation, kinds == s)} for s in present]
