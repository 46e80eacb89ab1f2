"""tune: a search for a better configuration."""

from datetime import datetime
from pathlib import Path

import click

from features.console import print_figures
from training.config import load_config
from training.data import known_history
from training.options import (
    config_option,
    json_option,
    known_on_option,
    source_option,
)
from training.tuning import search
from training.tuning.report import print_tuning, write_configuration


@click.command()
@source_option
@config_option
@known_on_option
@click.option(
    "--trials",
    default=30,
    show_default=True,
    type=click.IntRange(min=1),
    help="Judged trials of the study, earlier sittings included.",
)
@click.option(
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Begin no trial after so long.",
)
@click.option("--study", help="Name of a study to begin or to go on with.")
@click.option("--storage", help="SQLAlchemy URL of the database of studies.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the tuned configuration as TOML for --config.",
)
@json_option
def tune(
    source: str,
    config_path: Path | None,
    known_on: datetime | None,
    trials: int,
    minutes: float | None,
    study: str | None,
    storage: str | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Search [level] on all test years but the last, and judge on the last."""
    config = load_config(config_path)
    history = known_history(source, config, known_on)
    budget = search.Budget(trials, minutes)
    found = search.tune(history, config, budget, study, storage)
    if out:
        write_configuration(found, out)
    if as_json:
        print_figures(found.figures())
    else:
        print_tuning(found)
