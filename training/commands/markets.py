"""markets: many simulated markets."""

from pathlib import Path

import click

from features.console import print_figures, progress
from training.config import load_config
from training.options import (
    config_option,
    json_option,
)
from training.simulation.markets import many_markets
from training.simulation.report import print_markets


@click.command()
@click.option(
    "--markets", "count", default=20, show_default=True, type=click.IntRange(min=1)
)
@click.option("--claims", default=20_000, show_default=True, help="Of each market.")
@click.option("--first-seed", default=101, show_default=True, help="Of the first one.")
@click.option("--oracle/--no-oracle", default=True, help="Train an oracle for each.")
@config_option
@json_option
def markets(
    count: int,
    claims: int,
    first_seed: int,
    oracle: bool,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Test on many simulated markets, each with shocks of its own."""
    seeds = list(range(first_seed, first_seed + count))
    shown = progress(seeds, "Simulating, training, testing, market")
    config = load_config(config_path)
    size = config.simulated.model_copy(update={"claims": claims})
    found = many_markets(shown, config.model_copy(update={"simulated": size}), oracle)
    if as_json:
        print_figures(found.figures())
    else:
        print_markets(found)
