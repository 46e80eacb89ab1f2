"""tape: claims of a history as a seller would hand them over."""

from datetime import datetime
from pathlib import Path

import click

from features.errors import HistoryError
from features.sources.tables import write_tape
from training.commands.telling import summary, tell
from training.config import load_config
from training.data import load_history
from training.options import (
    DAY,
    config_option,
    json_option,
    source_option,
)


@click.command()
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
            f"{last:%Y-%m-%d}; name other days",
            zh=f"{history.name}中没有基准日在{first:%Y-%m-%d}至{last:%Y-%m-%d}之间的债权；"
            "请另指定日期",
        )
    write_tape(chosen.package, out)
    figures = {"tape": str(out), **summary(chosen)}
    tell(figures, as_json, f"{len(chosen):,} claims written to {out}")
