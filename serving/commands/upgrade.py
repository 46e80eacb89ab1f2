"""The tables of the store, brought to what this release expects."""

import click

from features.console import say
from serving.commands.desk import open_desk


@click.command()
def upgrade() -> None:
    """Create or upgrade the tables of the store; the service does so as well."""
    with open_desk(model=False) as desk:
        desk.open_store()
    say("The store is of this release 估值库已为当前版本")
