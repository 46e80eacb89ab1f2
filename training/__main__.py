"""python -m training: simulate, fit, evaluate and look at recovery models."""

import signal
from collections.abc import Mapping
from types import MappingProxyType

import click

from features.console import Program, Verb, run

# A command is imported when it is asked for: MLflow, LightGBM and what they bring along
# take seconds.
VERBS: Mapping[str, Verb] = MappingProxyType(
    {
        "auctions": Verb(
            "training.commands.auctions",
            "Bid in simulated auctions with a known truth, against the best possible.",
        ),
        "backtest": Verb(
            "training.monitoring.program",
            "Set FORECASTS of stored valuations against the cash that came since.",
        ),
        "card": Verb(
            "training.governance.program",
            "Show the model card of VERSION with every decision taken on it.",
        ),
        "champion": Verb(
            "training.governance.program",
            "Tell which version priced at a time, since when and by whose decision.",
        ),
        "compare": Verb(
            "training.commands.compare",
            "Set the learners that others would try beside ours, under one protocol.",
        ),
        "costs": Verb(
            "training.commands.costs",
            "Set what a history paid to recover beside what a price assumes.",
        ),
        "decisions": Verb(
            "training.governance.program",
            "List every decision on the champion and check that none was altered.",
        ),
        "evaluate": Verb(
            "training.commands.evaluate",
            "Train before each of the latest observed years and test on it.",
        ),
        "fit": Verb(
            "training.commands.fit",
            "Evaluate out of time, train on everything, log to MLflow and register.",
        ),
        "markets": Verb(
            "training.commands.markets",
            "Test on many simulated markets, each with shocks of its own.",
        ),
        "mlflow": Verb(
            "training.commands.mlflow",
            "Open MLflow's own page on the same store.",
        ),
        "paths": Verb(
            "training.paths.program",
            "Learn what each disposal path is worth, and how far that can be trusted.",
        ),
        "pin": Verb(
            "training.governance.program",
            "Check VERSION and note the hash of its files, without which "
            "none serves it.",
        ),
        "promote": Verb(
            "training.governance.program",
            "Make VERSION champion if it passes the gate against the present one.",
        ),
        "ranges": Verb(
            "training.commands.ranges",
            "Set ranges of claims as learnt and as widened beside what came a year on.",
        ),
        "revaluations": Verb(
            "training.commands.revaluations",
            "Test what is foretold of claims under work, 6, 12 and 24 months on.",
        ),
        "rollback": Verb(
            "training.governance.program",
            "Return to the champion before the present one, at once.",
        ),
        "simulate": Verb(
            "training.commands.simulate",
            "Write the simulated market into FOLDER as tables in catalogue names.",
        ),
        "tape": Verb(
            "training.commands.tape",
            "Write the claims of a history that were cut off between two "
            "dates as a tape.",
        ),
        "tune": Verb(
            "training.commands.tune",
            "Search [level] on all test years but the last, and judge on the last.",
        ),
    }
)


@click.group(cls=Program, verbs=VERBS)
def program() -> None:
    """Build, test and register recovery models from disposal history.

    --debug anywhere shows the traceback of an error.
    """


if __name__ == "__main__":
    # Whoever ends it from outside ends it as ctrl-C does: runs of MLflow are told as
    # failed, and half a file is taken back.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    run(program)
