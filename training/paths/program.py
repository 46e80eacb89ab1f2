"""The verb of python -m training that learns what disposal paths are worth."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from features.console import print_figures, progress, say
from features.outcomes import History
from features.table import build_table, learn_vocabulary
from training.config import Config, load_config
from training.data import load_history
from training.options import config_option, json_option, known_on_option, source_option


@click.command()
@source_option
@click.option(
    "--simulated",
    "on_trial",
    is_flag=True,
    help="Try the learning on simulated markets whose every path is known.",
)
@click.option(
    "--claims",
    default=12_000,
    show_default=True,
    type=click.IntRange(min=1_000),
    help="Of each such market.",
)
@click.option(
    "--markets",
    default=3,
    show_default=True,
    type=click.IntRange(min=1),
    help="Such markets of each kind.",
)
@click.option("--first-seed", default=1, show_default=True, help="Of the first one.")
@known_on_option
@config_option
@json_option
def paths(
    source: str,
    on_trial: bool,
    claims: int,
    markets: int,
    first_seed: int,
    known_on: datetime | None,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Learn what each disposal path is worth, and how far that can be trusted."""
    config = load_config(config_path)
    if on_trial:
        seeds = range(first_seed, first_seed + markets)
        _try(claims, seeds, config, as_json)
        return
    say(f"Reading disposal history: {source}")
    history = load_history(source, config)
    known = history.known_on(known_on.date()) if known_on else history
    _learn(known, config, as_json)


def _try(claims: int, seeds: range, config: Config, as_json: bool) -> None:
    from training.paths.report import print_trials
    from training.paths.trial import run_trials

    shown = progress(list(seeds), "Simulating and learning, market")
    trials = run_trials(claims, shown, config)
    if as_json:
        print_figures(trials.figures())
    else:
        print_trials(trials)


def _learn(history: History, config: Config, as_json: bool) -> None:
    from training.paths.learning import learn_paths
    from training.paths.policy import out_of_time
    from training.paths.report import NOTHING_LEARNT, print_learnt

    vocabulary = learn_vocabulary(history.package, config.vocabulary.minimum_count)
    learnt = learn_paths(
        history, build_table(history.package, vocabulary), config.paths
    )
    record = None if learnt is None else learnt.record
    later = None if learnt is None else out_of_time(history, config)
    if not as_json:
        print_learnt(record, later, history.simulated)
        return
    figures: dict[str, Any] = {
        "source": history.name,
        "simulated": history.simulated,
        "reason": NOTHING_LEARNT if record is None else None,
        "learnt": None if record is None else record.model_dump(mode="json"),
        "out_of_time": None if later is None else asdict(later),
    }
    print_figures(figures)
