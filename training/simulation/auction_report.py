"""The figures of simulated auctions for people."""

from rich.console import Console
from rich.table import Table

from training.simulation.auctions import WAYS, Summary, Trials


def print_auctions(trials: Trials) -> None:
    """Print tables and one sentence on what they are."""
    console = Console()
    console.print(by_auctions(trials))
    console.print(by_habit(trials))
    console.print(
        f"{trials.markets} simulated markets, seed {trials.seed}; profit per yuan of "
        "estimate and auction; excess: stated less realised over best, by market"
    )


def by_auctions(trials: Trials) -> Table:
    """All markets by auctions observed, for each way of bidding."""
    table = Table(title="After so many auctions (simulated)")
    for head in ("auctions", "way", *_HEADS):
        table.add_column(head, justify="left" if head == "way" else "right")
    for auctions in trials.checkpoints:
        for way in WAYS:
            table.add_row(str(auctions), way, *_cells(trials.summary(auctions, way)))
    return table


def by_habit(trials: Trials) -> Table:
    """The tool's advice by the habit of the rivals."""
    table = Table(title="By habit of the rivals (simulated)")
    for head in ("rivals", "auctions", *_HEADS):
        table.add_column(head, justify="left" if head == "rivals" else "right")
    for habit in trials.habits:
        for auctions in trials.checkpoints:
            found = trials.summary(auctions, habit=habit)
            table.add_row(habit, str(auctions), *_cells(found))
    return table


_HEADS = ("of best", "stated / realised", "best profit", "excess P10", "P90")


def _cells(summary: Summary) -> tuple[str, ...]:
    return (
        f"{summary.best_share:.3f}",
        f"{summary.stated_to_realised:.3f}",
        f"{summary.best_rate:.3%}",
        f"{summary.excess_p10:+.2f}",
        f"{summary.excess_p90:+.2f}",
    )
