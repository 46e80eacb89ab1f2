"""Many simulated markets as a table and the sentences that sum them up."""

import numpy as np
from rich.console import Console
from rich.table import Table

from training.report import WIDTH, segment_table
from training.simulation.markets import KINDS, Markets


def print_markets(markets: Markets) -> None:
    """Print what the markets say together, on stdout."""
    console = Console(width=WIDTH)
    console.print(segment_table(markets.pooled))
    console.print(package_table(markets))
    for sentence in sentences(markets):
        console.print(sentence, highlight=False)


def package_table(markets: Markets) -> Table:
    """Coverage of the 90% ranges of packages by kind."""
    table = Table(title="Packages of 200 claims, 90% range (SIMULATED DATA)")
    heads = ("kind", "packages", "covered", "covered if independent", "mean A/E", "sd")
    for head in heads:
        table.add_column(head, justify="left" if head == "kind" else "right")
    for kind in (*KINDS, "all"):
        chosen = [p for p in markets.packages if kind in (p.kind, "all")]
        if chosen:
            ratio = np.array([p.realised_yuan / p.expected_yuan for p in chosen])
            table.add_row(
                kind,
                str(len(chosen)),
                f"{np.mean([p.covered for p in chosen]):.1%}",
                f"{np.mean([p.covered_if_independent for p in chosen]):.1%}",
                f"{ratio.mean():.3f}",
                f"{ratio.std():.3f}",
            )
    return table


def sentences(markets: Markets) -> list[str]:
    """The figures that a table does not hold."""
    pooled, curve = markets.pooled, markets.pooled.curve()
    told = [
        f"{len(markets.markets)} simulated markets of {markets.claims:,} claims, each "
        "tested on the last year observed to the horizon",
        f"CRPS {pooled.crps_gain:.1%} below the recalibrated segment table, PIT "
        f"distance {pooled.mean(lambda s: s.pit_distance):.3f} on average",
    ]
    if markets.oracle_ratio is not None:
        told.append(
            f"RMSE {markets.oracle_ratio:.4f} times that of an oracle that learnt from "
            "complete outcomes"
        )
    if curve is not None:
        told.append(f"Weighted life {curve.words()}")
    return told
