"""The tables of the store, brought to what this release expects."""

import click

from features.console import say
from serving.access.local import opened_store
from serving.settings import read_settings


@click.command()
def upgrade() -> None:
    """Create or upgrade the tables of the store; the service does so as well."""
    with opened_store(read_settings()):
        say("The store is of this release 估值库已为当前版本")
