"""fit: a model is evaluated, trained, logged and registered."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from features.console import print_figures, say
from features.errors import without_login
from models.recovery.out_of_time import sentence
from training.cluster.grounds import open_source
from training.commands.telling import shown_years, summary
from training.config import load_config
from training.evaluation import evaluate as evaluated
from training.mlflow_store import open_store, tracking_uri
from training.options import (
    cluster_options,
    config_option,
    json_option,
    known_on_option,
    source_option,
)
from training.pipeline import as_tested, train, with_paths
from training.registry import register
from training.report import print_evaluation


@click.command()
@source_option
@config_option
@known_on_option
@cluster_options
@json_option
def fit(
    source: str,
    config_path: Path | None,
    known_on: datetime | None,
    cluster: str | None,
    sample_claims: int,
    as_json: bool,
) -> None:
    """Evaluate out of time, train on everything, log to MLflow and register."""
    config = load_config(config_path)
    open_store()
    opened = open_source(source, config, known_on, cluster, sample_claims)
    with opened as (history, grounds):
        years = shown_years(history, config)
        evaluation = evaluated(history, config, years, grounds=grounds)
        say("Training on the whole history")
        learnt = with_paths(train(history, config, grounds), history, config)
        trained = as_tested(learnt, evaluation.out_of_time)
    say(without_login(f"Logging to MLflow at {tracking_uri()}"))
    registered = register(trained, evaluation, history, config)
    if as_json:
        print_figures(
            {**summary(history), **asdict(registered), **evaluation.figures()}
        )
        return
    print_evaluation(evaluation)
    record = trained.model.record
    moves = record.level_moves
    for told in (moves if moves and moves.tells else None, record.contradicted):
        if told:
            click.echo(f"{sentence(told.words())}\n{told.words_zh()}。")
    promote = f"not promoted; try python -m training promote {registered.version}"
    standing = "champion" if registered.champion else promote
    click.echo(
        f"Registered {registered.name} version {registered.version} ({standing}), "
        f"model {registered.sha256[:12]}, trained on "
        f"{'simulated data' if history.simulated else history.name}"
    )
