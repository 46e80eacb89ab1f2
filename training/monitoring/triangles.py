"""Development triangles: what vintages have paid by each quarter since cut-off."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from features.outcomes import Bools
from features.package import Floats, Ints
from features.segment import SEGMENTS
from training.monitoring.backtest import Comparison


@dataclass(frozen=True)
class Triangle:
    """Cumulated recovery of vintages by quarter since cut-off.

    A quarter's rate is that of the claims observed through it; cumulated rates add
    these up, as a chain ladder does, so that a claim cut off late in its vintage
    counts as far as it was observed.

    Attributes:
        vintages: Names of the vintages, oldest first.
        claims: Claims observed through each quarter, shape (vintages, quarters).
        expected_rate: Expected recovery so far over claim, NaN where too few claims
            were observed, shape (vintages, quarters).
        realised_rate: Realised recovery likewise.
    """

    vintages: tuple[str, ...]
    claims: Ints
    expected_rate: Floats
    realised_rate: Floats

    def figures(self) -> dict[str, Any]:
        """The same as a mapping, vintage by vintage, as far as each was observed."""
        return {
            vintage: {
                "claims": self.claims[i, : self.reach(i)].tolist(),
                "expected_rate": self.expected_rate[i, : self.reach(i)].tolist(),
                "realised_rate": self.realised_rate[i, : self.reach(i)].tolist(),
            }
            for i, vintage in enumerate(self.vintages)
        }

    def reach(self, vintage: int) -> int:
        """Quarters that a vintage shows."""
        return int(np.isfinite(self.realised_rate[vintage]).sum())


def triangle(
    compared: Comparison, fewest_claims: int, segment: str | None = None
) -> Triangle | None:
    """The triangle of one segment or of all claims.

    Args:
        compared: Forecasts against cash, by quarter.
        fewest_claims: Claims that a cell must hold to be shown.
        segment: Name of the segment; None for all claims.

    Returns:
        The triangle; None where timing is not observed or no cell can be shown.
    """
    if not compared.timing_observed:
        return None
    kinds = compared.labels["segment"]
    chosen = np.flatnonzero(kinds == segment) if segment else np.arange(len(compared))
    names, group = np.unique(compared.labels["vintage"][chosen], return_inverse=True)
    indicator = (group[:, None] == np.arange(len(names))).astype(np.float64).T
    observed = compared.observed[chosen]
    claims = indicator @ observed
    owed = indicator @ (compared.claim_yuan[chosen, None] * observed)
    shown = np.logical_and.accumulate(claims >= fewest_claims, axis=1)
    rows = shown[:, 0]
    if not rows.any():
        return None
    return Triangle(
        tuple(names[rows].tolist()),
        claims[rows].astype(np.int64),
        *(
            _cumulated(indicator @ cash[chosen], owed, shown)[rows]
            for cash in (compared.expected_yuan, compared.realised_yuan)
        ),
    )


def _cumulated(cash_yuan: Floats, owed_yuan: Floats, shown: Bools) -> Floats:
    rate = np.cumsum(cash_yuan / np.where(owed_yuan > 0, owed_yuan, np.inf), axis=1)
    return np.where(shown, rate, np.nan)


def segment_triangles(compared: Comparison, fewest_claims: int) -> dict[str, Triangle]:
    """The triangle of each segment that has one, personal claims first."""
    found = {
        kind: triangle(compared, fewest_claims, kind)
        for kind in sorted(SEGMENTS, key=lambda kind: kind.startswith("corporate"))
    }
    return {kind: drawn for kind, drawn in found.items() if drawn is not None}
