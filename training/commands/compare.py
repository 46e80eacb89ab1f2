"""compare: the learners of others beside ours."""

from datetime import datetime
from pathlib import Path

import click

from features.console import print_figures
from training.commands.telling import shown_years
from training.comparison.compare import chosen_learners, compared
from training.config import load_config
from training.data import known_history
from training.evaluation import evaluate as evaluated
from training.options import (
    config_option,
    embargo_option,
    json_option,
    known_on_option,
    source_option,
)
from training.report import print_comparison
from training.splits import under_embargo


@click.command()
@source_option
@config_option
@known_on_option
@embargo_option
@click.option(
    "--learner",
    "names",
    multiple=True,
    help="Learner to set beside ours, as often as wanted; all if absent.",
)
@json_option
def compare(
    source: str,
    config_path: Path | None,
    known_on: datetime | None,
    embargo_months: int | None,
    names: tuple[str, ...],
    as_json: bool,
) -> None:
    """Set the learners that others would try beside ours, under one protocol."""
    config = under_embargo(load_config(config_path), embargo_months)
    learners, absent = chosen_learners(names)
    history = known_history(source, config, known_on)
    evaluation = evaluated(history, config, shown_years(history, config), learners)
    comparison = compared(evaluation, config.evaluation.embargo_months, absent)
    if as_json:
        print_figures(comparison.figures())
    else:
        print_comparison(comparison)
