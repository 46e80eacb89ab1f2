"""What to know of a valuation that comes out otherwise than it stands on record."""

from collections.abc import Iterator
from typing import Any

from serving.cautions.caution import Caution, caution
from serving.figures.package import yuan
from serving.record import Record
from serving.workbench.numbers import amount


def about_record(record: Record) -> list[Caution]:
    """That figures computed again by this release do not fit those on record.

    An answer computes the valuation again under the model of that time, but by the code
    of today; nothing is said where both give the same sums.

    Args:
        record: The valuation that was asked about.
    """
    differing = [sums for sums in _sums(record) if sums[-2] != sums[-1]]
    if not differing:
        return []
    told = "; ".join(
        f"{name} {_said(now)} yuan, on record {_said(then)}"
        for name, _, then, now in differing
    )
    told_zh = "；".join(
        f"{zh}{_said(now)}元，记录为{_said(then)}元" for _, zh, then, now in differing
    )
    return [
        caution(
            "computed_otherwise",
            "this release computes the valuation otherwise than it stands on record "
            f"({told}): the figures here are computed anew; value the package again "
            "before setting them beside those on record",
            f"本版本重算该估值的结果与记录不同（{told_zh}）：此处为重算数字；"
            "请重新估值后再与记录比较",
        )
    ]


def _said(yuan: float) -> str:
    return amount(yuan, "yuan")


def _sums(record: Record) -> Iterator[tuple[str, str, float, float]]:
    """Sums of the package in both languages, on record and computed again."""
    told, valuation = record.package_figures, record.valuation
    expected: dict[str, Any] = told["expected"]
    cash, value_fen = valuation.cash_flow, valuation.present_value_fen.sum()
    yield "claim", "债权", told["claim_yuan"], yuan(valuation.claim_fen.sum())
    yield "gross cash", "预期回款", expected["gross_yuan"], yuan(cash.gross_fen.sum())
    yield "net cash", "净回款", expected["net_yuan"], yuan(cash.net_fen.sum())
    yield "present value", "净现值", told["present_value_yuan"], yuan(value_fen)
    maximum_fen = valuation.maximum_bid_fen
    yield "maximum bid", "最高报价", told["maximum_bid_yuan"], yuan(maximum_fen)
