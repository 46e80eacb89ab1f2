"""Options that several training programs share, each in the same words."""

from pathlib import Path

import click

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
json_option = click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
