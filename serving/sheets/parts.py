"""Columns of a workbook for who pays and what it costs."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.pricing.cost import COST_ZH, COSTS
from models.pricing.sources import SOURCE_ZH, SOURCES
from serving.sheets.cells import Cell, Column

PARTS: tuple[Column, ...] = (
    *((f"其中{SOURCE_ZH[s]}（元）", f"from {s} (yuan)", "yuan") for s in SOURCES),
    *((f"{COST_ZH[c]}（元）", f"{c.replace('_', ' ')} (yuan)", "yuan") for c in COSTS),
)


def parts(figures: Mapping[str, Any]) -> Sequence[Cell]:
    """The cells of a claim or a month, in the order of PARTS."""
    return (*figures["sources"].values(), *figures["costs"].values())
