"""The verb of python -m training that sets stored forecasts against cash."""

from datetime import datetime
from pathlib import Path

import click

from features.console import print_figures, say
from features.errors import InputError
from features.forecasts import read_forecasts
from training.config import Config, load_config
from training.data import load_history
from training.monitoring import alarms
from training.monitoring.alarms import RETRAIN_STATUS, Backtest, write_metrics
from training.options import config_option, json_option, source_option

FilePath = click.Path(path_type=Path, dir_okay=False)
FolderPath = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("forecasts", type=FilePath)
@source_option
@click.option(
    "--known-on",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Use only cash known on this day.",
)
@click.option(
    "--first",
    is_flag=True,
    help="The first valuation of a claim counts instead of the latest.",
)
@config_option
@click.option(
    "--out", type=FolderPath, help="Folder for backtest.html and backtest.md."
)
@click.option(
    "--metrics", type=FilePath, help="File for Prometheus' textfile collector."
)
@json_option
def backtest(
    forecasts: Path,
    source: str,
    known_on: datetime | None,
    first: bool,
    config_path: Path | None,
    out: Path | None,
    metrics: Path | None,
    as_json: bool,
) -> int:
    """Set FORECASTS of stored valuations against the cash that came since.

    FORECASTS is the file that python -m serving forecasts writes. Leaves with status 3
    where a vintage of a product asks for retraining.
    """
    config = load_config(config_path)
    table = read_forecasts(forecasts)
    say(f"Reading disposal history: {source}")
    history = load_history(source, config)
    known = history.known_on(known_on.date()) if known_on else history
    tested = alarms.backtest(table, known, config, first=first)
    if out:
        _write(tested, config, out)
    if metrics:
        write_metrics(tested, metrics)
    _tell(tested, out, as_json)
    return RETRAIN_STATUS if tested.retrain else 0


def _write(tested: Backtest, config: Config, folder: Path) -> None:
    """Write the page and the summary.

    Raises:
        InputError: The folder cannot be written to.
    """
    from training.monitoring.page import html
    from training.monitoring.report import markdown

    page = html(tested, config.monitoring.tolerance_rate)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "backtest.html").write_text(page, "utf-8")
        (folder / "backtest.md").write_text(markdown(tested), "utf-8")
    except OSError as error:
        raise InputError(f"cannot write to {folder}: {error.strerror}") from None


def _tell(tested: Backtest, out: Path | None, as_json: bool) -> None:
    if as_json:
        print_figures({**tested.figures(), "out": out and str(out)})
        return
    from training.monitoring.report import print_backtest

    print_backtest(tested)
    if out:
        click.echo(f"Written: {out / 'backtest.html'}, {out / 'backtest.md'}")
