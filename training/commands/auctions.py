"""auctions: bids where the truth is known."""

import click

from features.console import print_figures, progress
from training.options import (
    json_option,
)
from training.simulation.auction_report import print_auctions
from training.simulation.auctions import Plan, many_auctions


@click.command()
@click.option(
    "--auctions",
    "observed",
    default=100,
    show_default=True,
    type=click.IntRange(1, 1_000),
    help="Auctions that the tool observes in each market.",
)
@click.option(
    "--markets", "count", default=24, show_default=True, type=click.IntRange(min=1)
)
@click.option("--seed", default=1, show_default=True, type=click.IntRange(min=0))
@json_option
def auctions(observed: int, count: int, seed: int, as_json: bool) -> None:
    """Bid in simulated auctions with a known truth, against the best possible."""
    shown = progress(range(count), "Bidding in simulated auctions, market")
    found = many_auctions(shown, Plan(observed), seed)
    if as_json:
        print_figures(found.figures())
    else:
        print_auctions(found)
