"""python -m training: simulate, fit, evaluate and look at recovery models."""

from collections.abc import Mapping
from types import MappingProxyType

import click

from features.console import Program, run

# A command is imported when it is asked for: MLflow, LightGBM and what they bring along
# take seconds.
MODULES: Mapping[str, str] = MappingProxyType(
    {
        "auctions": "training.commands.auctions",
        "backtest": "training.monitoring.program",
        "card": "training.governance.program",
        "champion": "training.governance.program",
        "compare": "training.commands.compare",
        "costs": "training.commands.costs",
        "decisions": "training.governance.program",
        "evaluate": "training.commands.evaluate",
        "fit": "training.commands.fit",
        "markets": "training.commands.markets",
        "mlflow": "training.commands.mlflow",
        "paths": "training.paths.program",
        "pin": "training.governance.program",
        "promote": "training.governance.program",
        "revaluations": "training.commands.revaluations",
        "rollback": "training.governance.program",
        "simulate": "training.commands.simulate",
        "tape": "training.commands.tape",
        "tune": "training.commands.tune",
    }
)


@click.group(cls=Program, modules=MODULES)
def program() -> None:
    """Build, test and register recovery models from disposal history.

    --debug anywhere shows the traceback of an error.
    """


if __name__ == "__main__":
    run(program)
