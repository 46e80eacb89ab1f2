"""The review of a valuation in its workbook: the steps, and figures with overrides."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from serving.sheets.cells import Cell, Column, Kind
from serving.workbench.numbers import clock

STEP: tuple[Column, ...] = (
    ("序号", "number", "integer"),
    ("北京时间", "time in Beijing", "text"),
    ("操作", "step", "text"),
    ("操作人", "person", "text"),
    ("理由", "reason", "text"),
    ("债权编号", "claim_id", "text"),
    ("模型净现值（元）", "model's present value (yuan)", "yuan"),
    ("修正净现值（元）", "override (yuan)", "yuan"),
)
_ZH: Mapping[str, str] = MappingProxyType(
    {
        "draft": "草稿",
        "reviewed": "已复核",
        "approved": "已批准",
        "returned": "退回",
        "override": "修正",
        "override_withdrawn": "撤销修正",
    }
)


def review_steps(review: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    """Every step of a review, in order.

    Args:
        review: The answer about it.
    """
    for event in review["events"]:
        yield (
            event["number"],
            clock(event["at"]),
            _worded(event["kind"]),
            *(event[name] for name in ("person", "reason", "claim_id")),
            event["model_present_value_yuan"],
            event["present_value_yuan"],
        )


def review_summary(
    review: Mapping[str, Any],
) -> Iterator[tuple[str, str, Cell, Kind]]:
    """The state of a review, and figures with overrides where any stands."""
    yield "评审状态", "review", _worded(review["status"]), "text"
    if review["overrides"]:
        value = review["figures"]["present_value_yuan"]
        yield (
            "净现值，含修正（元）",
            "present value with overrides (yuan)",
            value,
            "yuan",
        )
        bid = review["figures"]["maximum_bid_yuan"]
        yield "最高报价，含修正（元）", "maximum bid with overrides (yuan)", bid, "yuan"


def _worded(word: str) -> str:
    return f"{_ZH[word]} {word.replace('_', ' ')}"
