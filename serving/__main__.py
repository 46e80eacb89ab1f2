"""python -m serving: serve valuations, value a tape, replay what was valued."""

import logging
from collections.abc import Mapping
from types import MappingProxyType

import click

from features.console import Program, Verb, run
from serving.observing.program_lines import FirstLine
from serving.settings import unknown

log = logging.getLogger("serving")

# A command is imported when it is asked for: a book needs no web server, and a server
# none of the workbooks.
VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "access": Verb(
            "serving.access.program",
            "Say who may use the service: everything is printed as JSON.",
        ),
        "announcement": Verb(
            "serving.commands.papers",
            "Draft the sale announcement of IDENTIFIER to OUT, a .pdf or .html.",
        ),
        "ask": Verb(
            "serving.commands.ask",
            "Ask a QUESTION about valuation or package IDENTIFIER, as JSON in REQUEST.",
        ),
        "audit": Verb(
            "serving.audit.program",
            "Show what was done, and check that the log of it is what was appended.",
        ),
        "backup": Verb(
            "serving.commands.backup",
            "Back the store up, check a backup, and put it back.",
        ),
        "batch": Verb(
            "serving.commands.batch",
            "Have books valued in the background by workers, and see how far they are.",
        ),
        "deals": Verb(
            "serving.deals.program",
            "Keep past deals, list them, and see how well they tell each "
            "other's prices.",
        ),
        "demo": Verb(
            "serving.commands.demo",
            "Value the example tapes and show their figures.",
        ),
        "forecasts": Verb(
            "serving.commands.forecasts",
            "Write what was forecast of every claim on record to OUT, a parquet file.",
        ),
        "openapi": Verb(
            "serving.commands.serve",
            "Print the OpenAPI schema of the service.",
        ),
        "personal": Verb(
            "serving.personal.program",
            "Keys of personal data, and its destruction.",
        ),
        "replay": Verb(
            "serving.commands.replay",
            "Value a recorded package again and compare every byte.",
        ),
        "retention": Verb(
            "serving.commands.retention",
            "Show what is older than it is kept, or remove it for ever.",
        ),
        "report": Verb(
            "serving.commands.papers",
            "Write the committee report of valuation or package "
            "IDENTIFIER to OUT, a .pdf.",
        ),
        "score": Verb(
            "serving.commands.score",
            "Value SOURCE and write OUT.",
        ),
        "serve": Verb(
            "serving.commands.serve",
            "Serve valuations over HTTP until stopped.",
        ),
        "template": Verb(
            "serving.commands.template",
            "Write the Excel template of a tape to OUT.",
        ),
        "upgrade": Verb(
            "serving.commands.upgrade",
            "Create or upgrade the tables of the store; the service does so as well.",
        ),
        "work": Verb(
            "serving.commands.work",
            "Work on batches until stopped.",
        ),
    }
)


@click.group(cls=Program, verbs=VERBS)
def program() -> None:
    """Value packages of claims with the registered model.

    --debug anywhere shows the traceback of an error.
    """
    for variable in unknown():
        log.warning("%s", variable)


if __name__ == "__main__":
    logging.getLogger().addHandler(FirstLine())
    run(program)
