"""What the verbs tell while they work and when they have."""

from collections.abc import Iterator, Mapping
from datetime import date

import click

from features.console import print_figures, progress
from features.outcomes import History
from training.config import Config
from training.splits import test_years


def shown_years(history: History, config: Config) -> Iterator[int]:
    """The test years of a history, each told as its turn comes."""
    return progress(test_years(history, config), "Testing out of time, year")


def summary(history: History) -> dict[str, int | str | bool | date]:
    """What a history is."""
    return {
        "source": history.name,
        "simulated": history.simulated,
        "claims": len(history),
        "observed_until": history.observed_until,
    }


def tell(figures: Mapping[str, object], as_json: bool, sentence: str) -> None:
    """Figures for machines, or a sentence."""
    if as_json:
        print_figures(figures)
    else:
        click.echo(sentence)
