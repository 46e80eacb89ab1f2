"""ranges: what ranges hold a year ahead, as learnt and as widened."""

from pathlib import Path

import click
from rich.console import Console

from features.console import print_figures, say
from training.config import load_config
from training.data import load_history
from training.options import config_option, json_option
from training.simulation.ranges import MARKETS, Trial, trials
from training.simulation.ranges_report import by_market, figures_of, ranges_table

WIDTH = 190


@click.command()
@click.option(
    "--source",
    "sources",
    multiple=True,
    help="sba or a directory of your own tables; may be given several times.",
)
@click.option("--seeds", default=2, show_default=True, help="Of each market.")
@click.option("--first-seed", default=1, show_default=True, help="Of the first ones.")
@click.option("--years", default=5, show_default=True, help="Latest years of each.")
@config_option
@json_option
def ranges(
    sources: tuple[str, ...],
    seeds: int,
    first_seed: int,
    years: int,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Set ranges of claims as learnt and as widened beside what came a year on."""
    config = load_config(config_path)
    rule = config.evaluation.model_copy(update={"years": years})
    longer = config.model_copy(update={"evaluation": rule})
    found: list[Trial] = []
    for name, simulated in MARKETS.items():
        for seed in range(first_seed, first_seed + seeds):
            say(f"Testing {name}, seed {seed} (simulated)")
            found += trials(name, simulated(seed), longer, config)
    for source in sources:
        say(f"Testing {source}")
        found += trials(source, load_history(source, config), longer, config)
    if as_json:
        print_figures({n: figures_of(t) for n, t in by_market(found).items() if t})
    else:
        Console(width=WIDTH).print(ranges_table(found))
