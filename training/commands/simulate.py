"""simulate: the simulated market as tables."""

from pathlib import Path

import click

from features.sources.tables import write_history
from training.commands.telling import summary, tell
from training.config import load_config
from training.data import load_history
from training.options import (
    config_option,
    json_option,
)


@click.command()
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
    figures = {"folder": str(folder), **summary(history)}
    tell(figures, as_json, f"{len(history):,} simulated claims written to {folder}")
