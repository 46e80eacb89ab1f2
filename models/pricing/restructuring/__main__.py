"""Print what well-known kinds of restructuring are worth, beside one liquidation.

python -m models.pricing.restructuring
"""

from collections.abc import Iterator, Mapping
from time import perf_counter
from typing import Any

import click
import numpy as np

from features.console import print_figures
from models.pricing.restructuring.break_even import (
    BreakEven,
    haircut_break_even,
    hazard_break_even,
)
from models.pricing.restructuring.liquidation_value import LiquidationValue
from models.pricing.restructuring.restructuring import (
    Basis,
    Restructuring,
    grid_values_yuan,
    restructure,
)
from models.pricing.restructuring.terms import RestructuringTerms

CLAIM_YUAN = 1_000_000.0
BASIS = Basis(discount_rate=0.10)
# What everything is held against: 45% of the claim, net, after two years.
LIQUIDATION = LiquidationValue.of(np.array([450_000.0]), np.array([24.0]), 0.10)
HAZARDS = (0.0, 0.005, 0.015, 0.03)
RE_DEFAULT = {"monthly_rate": 0.015, "recovery_rate": 0.3, "lag_months": 12}
SOLD = {"prepayment_yuan": 400_000.0, "schedule": {"months": 24}}
NEW_MONEY = {"amount_yuan": 100_000.0, "months": 24, "interest_rate": 0.12}
PROPOSALS: Mapping[str, Mapping[str, Any]] = {
    "36 equal instalments": {},
    "a fifth written off, annuity of 60 at 6%": {
        "haircut_rate": 0.2,
        "schedule": {"kind": "annuity", "months": 60, "interest_rate": 0.06},
    },
    "a year of grace, then 36": {"schedule": {"grace_months": 12}},
    "all after 36 months": {"schedule": {"kind": "bullet"}},
    "half into equity, worth 300,000 after 36": {
        "equity": {"converted_rate": 0.5, "value_yuan": 300_000.0, "exit_month": 36}
    },
    "sale by month 12 at 60%, else 48 more": {
        "schedule": {"months": 60},
        "milestones": [
            {
                "name": "sale",
                "month": 12,
                "probability": 0.6,
                "met": SOLD,
                "missed": {"schedule": {"months": 48}},
            }
        ],
    },
    "new money of 100,000 ahead": {"new_money": NEW_MONEY},
    "the same, if it halves the hazard": {
        "new_money": {**NEW_MONEY, "hazard_factor": 0.5}
    },
}
Figures = dict[str, Any]


def worked_example() -> list[Figures]:
    """36 equal instalments without interest, under several hazards."""
    return [_figures(f"{h:.1%} a month", {}, h) for h in HAZARDS]


def proposals() -> list[Figures]:
    """Kinds of restructuring at one hazard."""
    return [_figures(name, terms, 0.015) for name, terms in PROPOSALS.items()]


def grid_seconds() -> Figures:
    """How long a chart takes: haircut by rate by number of instalments."""
    terms = RestructuringTerms.of({"name": "grid", "re_default": RE_DEFAULT})
    axes = np.linspace(0, 0.5, 21), np.linspace(0, 0.1, 11), np.arange(12.0, 61.0, 4)
    start = perf_counter()
    found = grid_values_yuan(terms, CLAIM_YUAN, BASIS, *axes)
    return {"proposals": found.size, "seconds": perf_counter() - start}


def _figures(name: str, given: Mapping[str, Any], hazard: float) -> Figures:
    re_default = {**RE_DEFAULT, "monthly_rate": hazard}
    terms = RestructuringTerms.of({"name": name, "re_default": re_default, **given})
    found = restructure(terms, CLAIM_YUAN, BASIS)
    worth = LIQUIDATION.present_value_yuan
    return {
        "proposal": name,
        **_range(found, worth),
        "hazard_break_even": _rate(hazard_break_even(found, worth)),
        "haircut_break_even": _rate(haircut_break_even(found, worth)),
    }


def _range(found: Restructuring, liquidation_yuan: float) -> Figures:
    ways = found.outcomes
    shares = (found.value_yuan, *(ways.quantile(level) for level in (0.05, 0.5)))
    names = ("value_rate", "p05_rate", "p50_rate")
    figures = {n: s / CLAIM_YUAN for n, s in zip(names, shares, strict=True)}
    return {**figures, "below_liquidation_rate": ways.below(liquidation_yuan)}


def _rate(found: BreakEven) -> float | str:
    return found.why if found.rate is None else found.rate


def _lines(rows: list[Figures]) -> Iterator[str]:
    yield (
        "| proposal | value | P5 | P50 | below liquidation | hazard that makes it even "
        "| haircut that does |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|"
    for row in rows:
        values = (f"{row[n]:.3f}" for n in ("value_rate", "p05_rate", "p50_rate"))
        rest = (row["below_liquidation_rate"], *_evens(row))
        shown = (
            r.replace("_", " ") if isinstance(r, str) else f"{r:.1%}" for r in rest
        )
        yield f"| {row['proposal']} | {' | '.join([*values, *shown])} |"


def _evens(row: Figures) -> tuple[float | str, float | str]:
    return row["hazard_break_even"], row["haircut_break_even"]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(as_json: bool) -> None:
    """Print what kinds of restructuring are worth, as shares of the claim."""
    example, kinds, grid = worked_example(), proposals(), grid_seconds()
    if as_json:
        print_figures({"worked_example": example, "proposals": kinds, "grid": grid})
        return
    for rows in (example, kinds):
        click.echo("\n".join(_lines(rows)) + "\n")
    click.echo(f"{grid['proposals']:,} proposals in {grid['seconds']:.2f} s")


if __name__ == "__main__":
    main()
