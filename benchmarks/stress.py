"""What stress does to simulated packages at their maximum bid, and what asking takes.

python -m benchmarks.stress

Prints the tables of docs/scenarios.md. The model is small and learnt from a simulated
market: the figures show how the tool answers, not what packages pay.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from time import process_time
from typing import Any

import click

from features.console import say
from features.sources.market.priors import KINDS, PackageKind
from features.sources.simulated import simulate_history, simulate_package
from models.pricing.assumptions import Assumptions
from models.pricing.valuation import Valuation, value_package
from models.recovery.model import RecoveryModel
from serving.figures.stress import Stress, standard_stress
from training.config import load_config
from training.pipeline import train

CUTOFF = date(2025, 12, 31)
Figures = dict[str, Any]


@dataclass(frozen=True)
class Part:
    """A part of the answer and what it takes.

    Attributes:
        name: What is timed.
        work: The work, from a valuation that is at hand.
    """

    name: str
    work: Callable[[Valuation], object]


def _stress(valuation: Valuation) -> Stress:
    return Stress(valuation, valuation.price_yuan)


PARTS = (
    Part("scenarios and tornado", standard_stress),
    Part("break-evens", lambda v: _stress(v).break_evens),
    Part("reverse stress", lambda v: _stress(v).reverse_figures("money_back")),
)


def valued(model: RecoveryModel, kind: PackageKind, claims: int) -> Valuation:
    """A simulated package, priced with few scenarios of its range."""
    package = simulate_package(kind, claims=claims, seed=5, cutoff_date=CUTOFF)
    return value_package(model, package, Assumptions.of({"simulations": 2_000}))


def seconds(work: Callable[[Valuation], object], valuation: Valuation) -> float:
    """Median time of the processor over three turns, once it is warm."""
    work(valuation)
    taken = []
    for _ in range(3):
        began = process_time()
        work(valuation)
        taken.append(process_time() - began)
    return median(taken)


def scenario_lines(valuations: Sequence[Valuation]) -> list[str]:
    """Change of the bid and return at the base bid, by scenario and package."""
    tables = [standard_stress(valuation)["scenarios"] for valuation in valuations]
    return [
        _line(rows[0]["name"], *(_bid_and_return(row) for row in rows))
        for rows in zip(*tables, strict=True)
    ]


def _bid_and_return(row: Figures) -> str:
    irr = row["at_price"]["irr_rate"]
    shown = "none" if irr is None else f"{irr:.1%}"
    return f"{row['change']['maximum_bid_rate']:+.1%} | {shown}"


def break_even_lines(valuations: Sequence[Valuation]) -> list[str]:
    """Value of each driver that just returns the money, by package."""
    tables = [_money_back(valuation) for valuation in valuations]
    return [
        _line(rows[0]["lever"], *(_value(row) for row in rows))
        for rows in zip(*tables, strict=True)
    ]


def _money_back(valuation: Valuation) -> list[Figures]:
    stress = _stress(valuation)
    found = [b for b in stress.break_evens if b.hurdle == "money_back"]
    return stress.break_even_figures(found)


def _value(row: Figures) -> str:
    return row["why"] if row["value"] is None else f"{row['value']:.3f}"


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


@click.command()
@click.option("--claims", default=1_000, show_default=True, type=click.IntRange(min=1))
@click.option("--kind", type=click.Choice(KINDS), multiple=True, help="All by default.")
def program(claims: int, kind: tuple[PackageKind, ...]) -> None:
    """Stress simulated packages at their maximum bid and time it."""
    say("Training a small model on a simulated market")
    model = train(simulate_history(claims=6_000, seed=3), load_config()).model
    kinds = kind or KINDS
    valuations = [valued(model, each, claims) for each in kinds]
    for lines in (scenario_lines(valuations), break_even_lines(valuations)):
        click.echo("\n".join([f"\nSimulated: {', '.join(kinds)}", *lines]))
    for each, valuation in zip(kinds, valuations, strict=True):
        reverse = _stress(valuation).reverse_figures("money_back")
        click.echo(f"\n{each}: {reverse['reason']}\n{reverse['reason_zh']}")
    click.echo(f"\n{claims:,} claims, {kinds[0]}")
    for part in PARTS:
        click.echo(f"{part.name}: {1e3 * seconds(part.work, valuations[0]):,.0f} ms")


if __name__ == "__main__":
    program()
