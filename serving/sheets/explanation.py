"""The reasons of an answer in its workbook: families, and what to ask for."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from features.family import FAMILIES, FAMILY_ZH
from serving.document import Document
from serving.figures.explanation import MOST_OF_CLAIM
from serving.sheets.cells import Cell, Column

REASONS_OF_CLAIM: tuple[Column, ...] = (
    *((f"{FAMILY_ZH[f]}（影响）", f"{f} (effect)", "rate") for f in FAMILIES),
    ("基准回款（元）", "baseline (yuan)", "yuan"),
    *((f"{FAMILY_ZH[f]}（元）", f"{f} (yuan)", "yuan") for f in FAMILIES),
    *(
        (f"待补充字段{i}", f"missing field {i}", "sentence")
        for i in range(1, MOST_OF_CLAIM + 1)
    ),
)


def reasons_of_claim(claim: Mapping[str, Any]) -> Sequence[Cell]:
    """Effects of the families on a claim, and the fields it should state."""
    missing = [_missing(field) for field in claim["missing_fields"] or ()]
    return (
        *(family["points"] for family in claim["families"]),
        claim["baseline_yuan"],
        *(family["yuan"] for family in claim["families"]),
        *missing,
        *[None] * (MOST_OF_CLAIM - len(missing)),
    )


def _missing(field: Mapping[str, Any]) -> str:
    low, high = field["low_rate"], field["high_rate"]
    narrowing = f"−{field['narrowing_points']:.2%}"
    # What rounds to nothing is told as less than the least that is shown.
    told = narrowing if narrowing != "−0.00%" else "> −0.01%"
    return f"{_title(field)}: {low:.2%}–{high:.2%}, P10–P90 {told}"


def _title(field: Mapping[str, Any]) -> str:
    return f"{field['title_zh']} {field['title']}"


FAMILY: tuple[Column, ...] = (
    ("因素", "family", "text"),
    ("名称", "name", "text"),
    ("影响", "effect", "rate"),
    ("影响（元）", "effect (yuan)", "yuan"),
)


def families_of_package(answer: Document) -> Iterator[Sequence[Cell]]:
    """From the baseline through the families to the gross cash."""
    package = answer["package"]
    claim = package["claim_yuan"]
    start, end = package["baseline_yuan"], package["expected"]["gross_yuan"]
    yield "baseline", "基准", start / claim, start
    for family in package["families"]:
        yield family["family"], family["title_zh"], family["points"], family["yuan"]
    yield "gross", "预期回款", end / claim, end


ASKED: tuple[Column, ...] = (
    ("字段", "field", "text"),
    ("名称", "name", "text"),
    ("表", "table", "text"),
    ("缺失笔数", "claims without it", "integer"),
    ("其债权（元）", "their claim (yuan)", "yuan"),
    ("补充后预期回款差异（元）", "spread of expected cash (yuan)", "yuan"),
    ("区间收窄（元）", "narrowing of P10–P90 (yuan)", "yuan"),
)


def asked_first(answer: Document) -> Iterator[Sequence[Cell]]:
    """The fields to ask the seller for, that which costs the most first."""
    for field in answer["package"]["ask_first"]:
        yield (
            field["field"],
            field["title_zh"],
            field["table"],
            field["claims"],
            field["claim_yuan"],
            field["spread_yuan"],
            field["narrowing_yuan"],
        )
