"""The embedded market: histories and tapes of claims that never existed.

A story, not a regression with noise: ``docs/simulated-market.md`` tells it, and
``market.toml`` declares every figure in it.
"""

import json
from dataclasses import asdict
from datetime import date

import click
import numpy as np

from features.errors import HistoryError
from features.outcomes import DAYS_PER_MONTH, History, validated
from features.package import Package, canonical_table
from features.sources.market.chance import streams
from features.sources.market.offering import (
    EPOCH,
    draw_climate,
    offer_one,
    offer_over_time,
)
from features.sources.market.pools import as_markdown, pool_figures
from features.sources.market.priors import PackageKind, declared_market
from features.sources.market.scene import Scene, set_scene, tape_of
from features.sources.market.tape import as_table, named, only
from features.sources.market.workout import Workouts, path_names, work_out

FIRST_CUTOFF = date(2013, 1, 1)
LAST_CUTOFF = date(2025, 9, 30)
OBSERVED_UNTIL = date(2025, 12, 31)


def simulate_history(
    *,
    claims: int = 24_000,
    seed: int = 7,
    first_cutoff: date = FIRST_CUTOFF,
    observed_until: date = OBSERVED_UNTIL,
    last_cutoff: date = LAST_CUTOFF,
) -> History:
    """Packages sold over years and what became of their claims.

    Args:
        claims: Number of claims.
        seed: The same seed gives the same tables.
        first_cutoff: Earliest cut-off date, a first of a month.
        observed_until: Last day of the ledger; later cash is not known.
        last_cutoff: Latest cut-off date.

    Raises:
        HistoryError: No claims, or dates that do not follow each other.
    """
    if claims < 1 or not first_cutoff <= last_cutoff <= observed_until:
        raise HistoryError(
            f"cannot simulate {claims} claims cut off from {first_cutoff} to "
            f"{last_cutoff} and observed until {observed_until}: ask for at least one "
            "claim and put the dates in this order",
            zh=f"无法模拟{claims}笔基准日自{first_cutoff}至{last_cutoff}、观察至"
            f"{observed_until}的债权：至少一笔，且日期须依此顺序",
        )
    market, sources = declared_market(), streams(seed)
    offering = offer_over_time(
        market, claims, first_cutoff, last_cutoff, sources["offering"]
    )
    quarters = int(offering.quarter.max()) + 1
    climate = draw_climate(market, quarters, sources["climate"])
    scene = set_scene(market, offering, sources)
    package = tape_of(market, scene, sources)
    workouts = work_out(market, scene, climate, sources)
    return validated(_observed(scene, package, workouts, observed_until))


def simulate_package(
    kind: PackageKind, *, claims: int, seed: int, cutoff_date: date
) -> Package:
    """A tape to be priced, from the same market.

    Args:
        kind: ``corporate``, ``mortgage`` or ``personal`` (cards, consumer credit and
            business credit of persons, as the transfer pilot allows).
        claims: Number of claims.
        seed: The same seed gives the same tape.
        cutoff_date: Cut-off date of all claims.
    """
    market, sources = declared_market(), streams(seed)
    offering = offer_one(market, kind, claims, cutoff_date, sources["offering"])
    return tape_of(market, set_scene(market, offering, sources), sources)


def _observed(
    scene: Scene, package: Package, workouts: Workouts, until: date
) -> History:
    """What is known on a day of work-outs that go on after it."""
    last = float((until - EPOCH).days)
    cutoff = scene.loans.cutoff
    cash = workouts.cash.take(workouts.cash.days(cutoff) <= last)
    end = cutoff + 2.0 + np.floor(workouts.end_months * DAYS_PER_MONTH)
    closed = end <= last
    ledger = as_table("ledger", cash.columns(scene.claim_id, cutoff))
    status = {
        "claim_id": scene.claim_id,
        "status": named(("open", "closed"), closed.astype(np.int64)),
        "status_date": np.minimum(end, last),
        "disposal_path": only(closed, path_names(workouts)),
    }
    tried = workouts.attempts.take(workouts.attempts.days(cutoff) <= last)
    sales = tried.columns(scene.items.tape(scene.claim_id), scene.claim_id, cutoff)
    return History(
        name="simulated",
        simulated=True,
        timing_observed=True,
        observed_until=until,
        package=package,
        ledger=canonical_table("ledger", ledger),
        workouts=canonical_table("workouts", as_table("workouts", status)),
        sales=canonical_table("sales", as_table("sales", sales)),
    )


@click.command()
@click.option("--claims", default=24_000, show_default=True, help="Number of claims.")
@click.option("--seed", default=7, show_default=True, help="Seed of all chance.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(claims: int, seed: int, as_json: bool) -> None:
    """Print the pool figures of the simulated market."""
    figures = pool_figures(simulate_history(claims=claims, seed=seed))
    rows = [asdict(f) for f in figures]
    click.echo(json.dumps(rows, indent=2) if as_json else as_markdown(figures))


if __name__ == "__main__":
    main()
