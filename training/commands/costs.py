"""costs: what a history paid beside what a price assumes."""

from pathlib import Path

import click

from features.console import print_figures
from features.outcomes import MONTHS_PER_QUARTER
from models.pricing.assumptions import Assumptions
from training.config import load_config
from training.costs import as_figures, as_markdown, history_costs
from training.data import load_history
from training.options import (
    config_option,
    json_option,
    source_option,
)


@click.command()
@source_option
@config_option
@json_option
def costs(source: str, config_path: Path | None, as_json: bool) -> None:
    """Set what a history paid to recover beside what a price assumes."""
    config = load_config(config_path)
    months = config.horizon.quarters * MONTHS_PER_QUARTER
    history = load_history(source, config)
    rows = history_costs(history, Assumptions(), months)
    if as_json:
        print_figures({"history": history.name, **as_figures(rows)})
    else:
        told = "simulated history" if history.simulated else "history"
        click.echo(f"{history.name} ({told}), costs over gross cash")
        click.echo(as_markdown(rows))
