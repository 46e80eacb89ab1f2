"""evaluate: a model is tested out of time."""

from datetime import datetime
from pathlib import Path

import click

from features.console import print_figures
from training.cluster.grounds import open_source
from training.commands.telling import shown_years
from training.config import load_config
from training.evaluation import evaluate as evaluated
from training.options import (
    cluster_options,
    config_option,
    embargo_option,
    json_option,
    known_on_option,
    source_option,
)
from training.report import print_evaluation
from training.splits import under_embargo


@click.command()
@source_option
@config_option
@known_on_option
@embargo_option
@cluster_options
@json_option
def evaluate(
    source: str,
    config_path: Path | None,
    known_on: datetime | None,
    embargo_months: int | None,
    cluster: str | None,
    sample_claims: int,
    as_json: bool,
) -> None:
    """Train before each of the latest observed years and test on it."""
    config = under_embargo(load_config(config_path), embargo_months)
    opened = open_source(source, config, known_on, cluster, sample_claims)
    with opened as (history, grounds):
        years = shown_years(history, config)
        evaluation = evaluated(history, config, years, grounds=grounds)
    if as_json:
        print_figures(evaluation.figures())
    else:
        print_evaluation(evaluation)
