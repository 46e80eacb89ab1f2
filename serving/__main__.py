"""python -m serving: serve valuations, value a tape, replay what was valued."""

import logging
from collections.abc import Mapping
from types import MappingProxyType

import click

from features.console import Program, run
from serving.observing.program_lines import FirstLine

# A command is imported when it is asked for: a book needs no web server, and a server
# none of the workbooks.
MODULES: Mapping[str, str] = MappingProxyType(
    {
        "access": "serving.access.program",
        "announcement": "serving.commands.papers",
        "ask": "serving.commands.ask",
        "audit": "serving.audit.program",
        "backup": "serving.commands.backup",
        "batch": "serving.commands.batch",
        "deals": "serving.deals.program",
        "demo": "serving.commands.demo",
        "forecasts": "serving.commands.forecasts",
        "openapi": "serving.commands.serve",
        "personal": "serving.personal.program",
        "replay": "serving.commands.replay",
        "retention": "serving.commands.retention",
        "report": "serving.commands.papers",
        "score": "serving.commands.score",
        "serve": "serving.commands.serve",
        "template": "serving.commands.template",
        "upgrade": "serving.commands.upgrade",
        "work": "serving.commands.work",
    }
)


@click.group(cls=Program, modules=MODULES)
def program() -> None:
    """Value packages of claims with the registered model.

    --debug anywhere shows the traceback of an error.
    """


if __name__ == "__main__":
    logging.getLogger().addHandler(FirstLine())
    run(program)
