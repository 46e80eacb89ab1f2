"""python -m training: simulate, fit, evaluate and look at recovery models."""

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path

import click

from features.console import check_port, print_figures, progress, run, say
from features.errors import HistoryError
from features.outcomes import MONTHS_PER_QUARTER, History
from features.sources.tables import write_history, write_tape
from training.cluster.grounds import open_source
from training.config import Config, load_config
from training.data import known_history, load_history
from training.evaluation import evaluate
from training.governance.program import verbs
from training.monitoring.program import backtest_command
from training.options import (
    DAY,
    cluster_options,
    config_option,
    json_option,
    known_on_option,
    source_option,
)
from training.paths.program import paths_command
from training.pipeline import train, with_paths
from training.report import print_evaluation
from training.splits import test_years, under_embargo

embargo_option = click.option(
    "--embargo-months",
    type=click.IntRange(0, 60),
    help="Months between what training knows and a test year, as configured if absent.",
)


@click.group()
def program() -> None:
    """Build, test and register recovery models from disposal history.

    --debug anywhere shows the traceback of an error.
    """


for verb in (*verbs, backtest_command, paths_command):
    program.add_command(verb)


@program.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--parts",
    default=0,
    type=click.IntRange(0, 9999),
    help="Parts to spread the obligors over, for clusters; single files if absent.",
)
@config_option
@json_option
def simulate(folder: Path, parts: int, config_path: Path | None, as_json: bool) -> None:
    """Write the simulated market into FOLDER as tables in catalogue names."""
    history = load_history("simulated", load_config(config_path))
    write_history(history, folder, parts)
    figures = {"folder": str(folder), **_summary(history)}
    _tell(figures, as_json, f"{len(history):,} simulated claims written to {folder}")


@program.command()
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
    from training.mlflow_store import open_store, tracking_uri
    from training.registry import register

    config = load_config(config_path)
    open_store()
    opened = open_source(source, config, known_on, cluster, sample_claims)
    with opened as (history, grounds):
        years = _years(history, config)
        evaluation = evaluate(history, config, years, grounds=grounds)
        say("Training on the whole history")
        trained = with_paths(train(history, config, grounds), history, config)
    say(f"Logging to MLflow at {tracking_uri()}")
    registered = register(trained, evaluation, history, config)
    if as_json:
        print_figures(
            {**_summary(history), **asdict(registered), **evaluation.figures()}
        )
        return
    print_evaluation(evaluation)
    standing = "champion" if registered.champion else "not promoted"
    click.echo(
        f"Registered {registered.name} version {registered.version} ({standing}), "
        f"model {registered.sha256[:12]}, trained on "
        f"{'simulated data' if history.simulated else history.name}"
    )


@program.command("evaluate")
@source_option
@config_option
@known_on_option
@embargo_option
@cluster_options
@json_option
def evaluate_command(
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
        years = _years(history, config)
        evaluation = evaluate(history, config, years, grounds=grounds)
    if as_json:
        print_figures(evaluation.figures())
    else:
        print_evaluation(evaluation)


@program.command()
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
    from training.comparison.compare import chosen_learners, compared
    from training.report import print_comparison

    config = under_embargo(load_config(config_path), embargo_months)
    learners, absent = chosen_learners(names)
    history = known_history(source, config, known_on)
    evaluation = evaluate(history, config, _years(history, config), learners)
    comparison = compared(evaluation, config.evaluation.embargo_months, absent)
    if as_json:
        print_figures(comparison.figures())
    else:
        print_comparison(comparison)


@program.command()
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
    """Search [curve] on all test years but the last, and judge on the last."""
    from training.tuning import search
    from training.tuning.report import print_tuning, write_configuration

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


@program.command()
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
    from training.simulation.markets import many_markets
    from training.simulation.report import print_markets

    seeds = list(range(first_seed, first_seed + count))
    shown = progress(seeds, "Simulating, training, testing, market")
    config = load_config(config_path)
    size = config.simulated.model_copy(update={"claims": claims})
    found = many_markets(shown, config.model_copy(update={"simulated": size}), oracle)
    if as_json:
        print_figures(found.figures())
    else:
        print_markets(found)


@program.command()
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
    from training.simulation.revaluations import (
        as_markdown,
        asked,
        figures,
        worked_year,
    )

    config = load_config(config_path)
    history = load_history("simulated", config)
    worked = [worked_year(history, y, config) for y in _years(history, config)]
    found = list(asked(worked, config.evaluation.seed))
    if as_json:
        print_figures(figures(found, [year.year for year in worked]))
    else:
        click.echo(f"simulated history\n\n{as_markdown(found)}")


@program.command()
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
    from training.simulation.auction_report import print_auctions
    from training.simulation.auctions import Plan, many_auctions

    shown = progress(range(count), "Bidding in simulated auctions, market")
    found = many_auctions(shown, Plan(observed), seed)
    if as_json:
        print_figures(found.figures())
    else:
        print_auctions(found)


@program.command()
@click.argument("out", type=click.Path(path_type=Path, dir_okay=False))
@source_option
@click.option("--first", type=DAY, required=True, help="Earliest cut-off date.")
@click.option("--last", type=DAY, required=True, help="Latest cut-off date.")
@config_option
@json_option
def tape(
    out: Path,
    source: str,
    first: datetime,
    last: datetime,
    config_path: Path | None,
    as_json: bool,
) -> None:
    """Write the claims of a history that were cut off between two dates as a tape."""
    history = load_history(source, load_config(config_path))
    chosen = history.between(first.date(), last.date())
    if not len(chosen):
        raise HistoryError(
            f"{history.name} holds no claim cut off from {first:%Y-%m-%d} to "
            f"{last:%Y-%m-%d}"
        )
    write_tape(chosen.package, out)
    figures = {"tape": str(out), **_summary(chosen)}
    _tell(figures, as_json, f"{len(chosen):,} claims written to {out}")


@program.command("costs")
@source_option
@config_option
@json_option
def costs_command(source: str, config_path: Path | None, as_json: bool) -> None:
    """Set what a history paid to recover beside what a price assumes."""
    from models.pricing.assumptions import Assumptions
    from training.costs import as_figures, as_markdown, history_costs

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


@program.command()
@click.option("--port", default=5000, show_default=True, help="Port on 127.0.0.1.")
def mlflow(port: int) -> None:
    """Open MLflow's own page on the same store."""
    from training.mlflow_store import tracking_uri

    host = "127.0.0.1"
    check_port(host, port)
    arguments = ["--backend-store-uri", tracking_uri(), "--host", host]
    command = [sys.executable, "-m", "mlflow", "ui", *arguments, "--port", str(port)]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, no shell  # nosec B606


def _years(history: History, config: Config) -> Iterator[int]:
    return progress(test_years(history, config), "Testing out of time, year")


def _summary(history: History) -> dict[str, int | str | bool | date]:
    return {
        "source": history.name,
        "simulated": history.simulated,
        "claims": len(history),
        "observed_until": history.observed_until,
    }


def _tell(figures: Mapping[str, object], as_json: bool, sentence: str) -> None:
    if as_json:
        print_figures(figures)
    else:
        click.echo(sentence)


if __name__ == "__main__":
    run(program)
