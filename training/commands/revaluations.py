"""revaluations: what was foretold of claims under work."""

from pathlib import Path

import click

from features.console import print_figures
from training.commands.telling import shown_years
from training.config import load_config
from training.data import load_history
from training.options import (
    config_option,
    json_option,
)
from training.simulation.revaluations import (
    as_markdown,
    asked,
    figures,
    worked_year,
)


@click.command()
@click.option(
    "--simulated",
    is_flag=True,
    required=True,
    expose_value=False,
    help="Say that the work-outs are simulated: no other history is read.",
)
@config_option
@json_option
def revaluations(config_path: Path | None, as_json: bool) -> None:
    """Test what is foretold of claims under work, 6, 12 and 24 months on."""
    config = load_config(config_path)
    history = load_history("simulated", config)
    worked = [worked_year(history, y, config) for y in shown_years(history, config)]
    found = list(asked(worked, config.evaluation.seed))
    if as_json:
        print_figures(figures(found, [year.year for year in worked]))
    else:
        click.echo(f"simulated history\n\n{as_markdown(found)}")
