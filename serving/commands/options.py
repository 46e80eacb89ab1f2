"""Options and arguments that several commands have."""

from pathlib import Path

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Figures as JSON.")
FilePath = click.Path(path_type=Path, dir_okay=False)
