"""The years of a test out of time, printed for a person or as figures."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import click

from features.console import print_figures
from features.outcomes import History


def print_years(
    history: History,
    years: Sequence[Any],
    as_markdown: Callable[[Sequence[Any]], str],
    *,
    as_json: bool,
) -> None:
    """Print the years of a test on stdout.

    Args:
        history: What was tested on.
        years: Figures of each year, a dataclass.
        as_markdown: Makes a table of them.
        as_json: Whether to print figures instead.
    """
    if as_json:
        facts = {"source": history.name, "simulated": history.simulated}
        print_figures({**facts, "years": [asdict(year) for year in years]})
        return
    simulated = " (simulated data)" if history.simulated else ""
    click.echo(f"{history.name}{simulated}\n\n{as_markdown(years)}")
