"""Options that several training programs share, each in the same words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])
DAY = click.DateTime(["%Y-%m-%d"])
source_option = click.option(
    "--source",
    default="simulated",
    show_default=True,
    help="simulated, sba, or a directory of your own tables.",
)
config_option = click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="TOML file whose keys replace those of training/config.toml.",
)
known_on_option = click.option(
    "--known-on",
    type=DAY,
    help="Use only what was known on this day.",
)
embargo_option = click.option(
    "--embargo-months",
    type=click.IntRange(0, 60),
    help="Months between what training knows and a test year, as configured if absent.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")


def cluster_options(command: Command) -> Command:
    """Options of a cluster, for a command that grows trees."""
    where = click.option(
        "--cluster",
        metavar="local[:N]|tcp://HOST:PORT",
        help="Grow trees on Dask workers: N processes here, or those of a scheduler.",
    )
    sample = click.option(
        "--sample-claims",
        default=500_000,
        show_default=True,
        type=click.IntRange(min=1),
        help="Claims of a partitioned history held here, in whole parts; the workers "
        "read the others.",
    )
    return where(sample(command))
