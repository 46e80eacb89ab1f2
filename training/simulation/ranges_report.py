"""What widened ranges held, market by market, as a table."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from rich.table import Table

from training.bootstrap import Interval, paired_block_interval
from training.simulation.ranges import STATED, Judged, Trial

YEARS_APART = 1_000_000
SEED = 11


def by_market(found: Sequence[Trial]) -> dict[str, list[Trial]]:
    """The trials of each market, those whose ranges were widened, and all of them."""
    markets = dict.fromkeys(t.market for t in found)
    told = {name: [t for t in found if t.market == name] for name in markets}
    return {**told, "widened": [t for t in found if t.factor > 1], "all": list(found)}


def figures_of(some: Sequence[Trial]) -> dict[str, Any]:
    """What ranges held before and after, pooled over the claims of some trials."""
    loss = crps_difference(some)
    return {
        "years": len(some),
        "widened": sum(t.factor > 1 for t in some),
        "claims": sum(len(t.vintage) for t in some),
        "factor": float(np.mean([t.factor for t in some])),
        "held": _held(some),
        "crps": _both(some, lambda j: j.crps),
        "crps_difference": [loss.mean, loss.low, loss.high],
        "packages": sum(len(t.learnt.packages_held) for t in some),
        "packages_held": _both(some, lambda j: j.packages_held),
    }


def _held(some: Sequence[Trial]) -> dict[str, tuple[float, float]]:
    """Share of claims within their ranges, by what the ranges state."""

    def of(place: int) -> tuple[float, float]:
        return _both(some, lambda judged: judged.held[place])

    return {f"{stated:.0%}": of(place) for place, stated in enumerate(STATED)}


def crps_difference(some: Sequence[Trial]) -> Interval:
    """CRPS with the factor less CRPS without, and its 95% interval over vintages."""
    difference = np.concatenate([t.widened.crps - t.learnt.crps for t in some])
    vintage = np.concatenate([t.vintage + i * YEARS_APART for i, t in enumerate(some)])
    return paired_block_interval(difference, vintage, SEED)


def _both(some: Sequence[Trial], of: Callable[[Judged], Any]) -> tuple[float, float]:
    """A mean without the factor and with it."""
    learnt = np.concatenate([of(t.learnt) for t in some])
    widened = np.concatenate([of(t.widened) for t in some])
    return float(learnt.mean()), float(widened.mean())


def ranges_table(found: Sequence[Trial]) -> Table:
    """A line for each market, before and after."""
    table = Table(title="Ranges of claims, a year ahead, as learnt → as widened")
    table.add_column("market", no_wrap=True)
    heads = ("years", "widened", "claims", "factor", "50%", "80%", "90%")
    for head in (*heads, "CRPS", "difference (95%)", "packages, 90%"):
        table.add_column(head, justify="right", no_wrap=True)
    for name, some in by_market(found).items():
        if some:
            table.add_row(name, *_cells(figures_of(some)))
    return table


def _cells(figures: dict[str, Any]) -> Sequence[str]:
    mean, low, high = (1e4 * x for x in figures["crps_difference"])
    before, after = figures["packages_held"]
    return (
        *(f"{figures[name]:,}" for name in ("years", "widened", "claims")),
        f"{figures['factor']:.2f}",
        *(f"{a:.1%} → {b:.1%}" for a, b in figures["held"].values()),
        "{:.4f} → {:.4f}".format(*figures["crps"]),
        f"{mean:+.1f}e-4 ({low:+.1f}, {high:+.1f})",
        f"{before:.0%} → {after:.0%} of {figures['packages']}",
    )
