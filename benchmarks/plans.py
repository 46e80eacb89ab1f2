"""What a plan of disposal paths takes, and how near to the best possible it comes.

python -m benchmarks.plans

Simulated corporate packages under limits of staff and cash, at shares of what the best
plan without limits asks for in its busiest quarter.
"""

from datetime import date
from time import perf_counter

import click
import numpy as np

from features.console import say
from features.sources.simulated import simulate_history, simulate_package
from models.pricing.assumptions import Assumptions
from models.pricing.paths.comparison import choices_of, compared
from models.pricing.paths.eligibility import eligibility
from models.pricing.paths.engine import engine_values
from models.pricing.paths.facts import facts_of
from models.pricing.paths.plan import Choices, Limits, best_plan
from models.pricing.paths.priors import declared_priors
from models.pricing.valuation import Valuation, value_package
from training.config import load_config
from training.pipeline import train

CUTOFF = date(2025, 12, 31)
SHARES = (0.7, 0.5)


def chosen(valuation: Valuation) -> Choices:
    """What a plan of a valuation can choose from."""
    engine = engine_values(facts_of(valuation), declared_priors())
    comparison = compared(engine, eligibility(valuation.package), None)
    return choices_of(comparison, engine)[1]


def asked(choices: Choices, share: float) -> Limits:
    """A share of what the best plan without limits takes in its busiest quarter."""
    path = best_plan(choices, Limits()).path
    rows = np.arange(len(path))
    hours = choices.hours[rows, path].sum(axis=0).max()
    cash = choices.advance_yuan[rows, path].sum(axis=0).max()
    return Limits(share * float(hours), share * float(cash))


def row(choices: Choices, share: float) -> str:
    """One plan as a row of the table of docs/disposal-paths.md."""
    limits, free = asked(choices, share), best_plan(choices, Limits())
    began = perf_counter()
    plan = best_plan(choices, limits)
    took = perf_counter() - began
    return (
        f"| {len(plan.path):,} | {share:.0%} | {took:.1f} | "
        f"{plan.value_yuan / free.value_yuan:.1%} | "
        f"{1 - plan.value_yuan / plan.bound_yuan:.2%} |"
    )


@click.command()
@click.option("--claims", multiple=True, default=(1_000, 5_000), help="Of a package.")
def main(claims: tuple[int, ...]) -> None:
    """Time plans of simulated packages."""
    say("Training on a small simulated market")
    model = train(simulate_history(claims=4_000, seed=1), load_config()).model
    click.echo(
        "| claims | limits | seconds | value kept | below the bound by at most |"
    )
    click.echo("|---:|---:|---:|---:|---:|")
    for count in claims:
        package = simulate_package(
            "corporate", claims=count, seed=3, cutoff_date=CUTOFF
        )
        choices = chosen(value_package(model, package, Assumptions()))
        for share in SHARES:
            click.echo(row(choices, share))


if __name__ == "__main__":
    main()
