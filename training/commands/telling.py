"""What the verbs tell while they work and when they have."""

from collections.abc import Iterator, Mapping
from datetime import date

import click

from features.console import print_figures, progress, say
from features.outcomes import History
from training.config import Config
from training.splits import test_years


def shown_years(history: History, config: Config) -> Iterator[int]:
    """The test years of a history, each told as its turn comes."""
    years, wanted = test_years(history, config), config.evaluation.years
    if len(years) < wanted:
        say(
            f"Of {wanted} years wanted {len(years)} can be tested: of the others the "
            "outcome is not known yet, or too few claims before them had shown theirs"
        )
    return progress(years, "Testing out of time, year")


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
