"""Print every rule as it stands on a day, and how long a bid takes to judge.

python -m models.pricing.mandate --on 2026-03-31
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from pathlib import Path
from time import process_time
from typing import Any

import click
import numpy as np
import pyarrow as pa

from features.console import print_figures
from features.errors import ConfigError
from features.network import network
from features.package import Package
from features.sources.simulated import simulate_history
from models.pricing.mandate.buyer import Buyer
from models.pricing.mandate.case import Bid, Case
from models.pricing.mandate.judgement import judge
from models.pricing.mandate.packs import (
    PackRule,
    own_packs,
    read_pack,
    rules_of,
    with_pack,
)
from models.pricing.mandate.rules import Pack

BUYER = {
    "kind": "local_amc",
    "home_province": "zhejiang",
    "net_assets_yuan": 1e10,
    "borrowings_yuan": 1e10,
    "quality_liquid_assets_yuan": 1e10,
    "net_outflow_30d_yuan": 1e9,
    "holdings": [],
    "related_party_ids": [],
    "related_exposure_yuan": 0.0,
}
PRICE_YUAN = 1e9
SEED = 20_250_630
Figures = dict[str, Any]


def rule_figures(packs: tuple[Pack, ...], on: date) -> list[Figures]:
    """Every rule with its dates and what a breach of it does on a day."""
    rules = rules_of(packs)
    in_force = {rule.name for rule in rules if rule.in_force(on)}
    return [_rule(rule, on, in_force) for rule in rules]


def _rule(rule: PackRule, on: date, in_force: Collection[str]) -> Figures:
    return {
        "rule": rule.name,
        "kind": rule.rule.kind,
        "source": rule.source,
        "binds": ", ".join(rule.pack.applies_to) or "all",
        "from": rule.effective_from,
        "until": rule.effective_until or "",
        "transition": rule.transition_until or "",
        "stops a bid": _stops(rule, on, in_force),
    }


def _stops(rule: PackRule, on: date, in_force: Collection[str]) -> str:
    if rule.name not in in_force:
        return "not in force"
    if rule.rule.suspended_while in in_force:
        return "suspended"
    return "duty" if rule.rule.kind == "duty" else rule.blocking(on)


def timed(claims: int) -> Figures:
    """Seconds of one core to link and judge simulated claims, obligors signing too."""
    package = _signed(simulate_history(claims=claims, seed=SEED).package)
    start = process_time()
    circles = network(package).circles
    linked = process_time()
    owed = package.claim_yuan()
    bid = Bid(PRICE_YUAN, owed / owed.sum(), 0.5, date(2026, 3, 31))
    judged = judge(Case(package, Buyer.of(BUYER, "buyer"), bid), own_packs())
    return {
        "claims": len(package),
        "guarantees": package.guarantees.num_rows,
        "circles": len(circles),
        "rules": len(judged.results),
        "seconds to link": round(linked - start, 2),
        "seconds to judge": round(process_time() - linked, 2),
    }


def _signed(package: Package) -> Package:
    """The same package with obligors drawn by lot in place of its guarantors."""
    obligors = package.claims["obligor_id"].drop_null().unique()
    drawn = np.random.default_rng(SEED).integers(
        len(obligors), size=package.guarantees.num_rows
    )
    column = package.guarantees.schema.get_field_index("guarantor_id")
    signed = package.guarantees.set_column(
        column, "guarantor_id", obligors.take(pa.array(drawn))
    )
    return Package(package.claims, package.collateral, signed, package.header)


def _lines(rows: list[Figures]) -> Iterator[str]:
    yield f"| {' | '.join(rows[0])} |"
    yield "|---" * len(rows[0]) + "|"
    for row in rows:
        yield f"| {' | '.join(str(value) for value in row.values())} |"


@click.command()
@click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    required=True,
    help="Day of the bid.",
)
@click.option(
    "--pack",
    "files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A further rule pack; may be given several times.",
)
@click.option("--claims", default=0, help="Time a bid for so many simulated claims.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def main(on: datetime, files: tuple[Path, ...], claims: int, as_json: bool) -> None:
    """Print every rule as it stands on a day; a broken pack is refused by its key."""
    try:
        packs = with_pack(own_packs(), *(read_pack(path) for path in files))
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
    rules, timing = rule_figures(packs, on.date()), timed(claims) if claims else None
    if as_json:
        print_figures({"rules": rules, "timing": timing})
        return
    click.echo("\n".join(_lines(rules)))
    if timing:
        click.echo("\n" + "\n".join(_lines([timing])))


if __name__ == "__main__":
    main()
