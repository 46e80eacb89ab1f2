"""Figures of a package as rows of tables."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from features.outcomes import MONTHS_PER_QUARTER
from models.pricing.assumptions import Assumptions
from models.pricing.sources import SOURCES
from serving.workbench.numbers import NOTHING, share
from serving.workbench.view import View

Figures = Mapping[str, Any]
_AMOUNTS = ("gross_yuan", "cost_yuan", "net_yuan")


def quarters(months: Sequence[Figures]) -> Sequence[Figures]:
    """Gross cash by source, cost, net cash and net cash so far of each quarter.

    Args:
        months: Cash flow of a package by month.
    """
    starts = range(0, len(months), MONTHS_PER_QUARTER)
    parts = [months[start : start + MONTHS_PER_QUARTER] for start in starts]
    rows = [
        {
            **{name: _sum(m[name] for m in part) for name in _AMOUNTS},
            **{name: _sum(m["sources"][name] for m in part) for name in SOURCES},
        }
        for part in parts
    ]
    reached = accumulate(row["net_yuan"] for row in rows)
    both = zip(rows, reached, strict=True)
    return [row | {"reached_yuan": round(so_far, 2)} for row, so_far in both]


def _sum(yuan: Iterable[float]) -> float:
    return round(sum(yuan), 2)


def ranges(package: Figures, view: View) -> Sequence[tuple[str, Figures]]:
    """Percentiles of a package and its tails, by their titles."""
    downturn, shortfall = package["downturn"], package["expected_shortfall"]
    tails = [
        (view.text("risk.downturn", level=view.share(downturn["level"], 0)), downturn),
        (
            view.text("risk.shortfall", level=view.share(shortfall["level"], 0)),
            shortfall,
        ),
    ]
    return [*package["percentiles"].items(), *tails]


def stated_assumptions(values: Figures, view: View) -> Iterator[Figures]:
    """Every assumption with its value and, in both languages, what it stands for."""
    for name, field in Assumptions.model_fields.items():
        extra = field.json_schema_extra
        chinese = extra.get("description_zh") if isinstance(extra, dict) else None
        yield {
            "name": name,
            "value": _shown(name, values.get(name), view),
            "why": field.description,
            "why_zh": chinese,
        }


def _shown(name: str, value: Any, view: View) -> str:
    if value in (None, [], {}):
        return NOTHING
    if name.endswith(("_rate", "_level")):
        return share(value, 2)
    if name.endswith("_yuan"):
        return f"{view.amount(value)} {view.text(f'common.unit_{view.unit}')}"
    if name == "payments":
        return ", ".join(f"{p['month']}: {share(p['share_rate'], 2)}" for p in value)
    # A seed is no quantity.
    return str(value) if name == "seed" else f"{value:,}"
