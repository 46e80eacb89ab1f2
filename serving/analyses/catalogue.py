"""Every question that may be asked of a valuation on record."""

from serving.analyses import (
    bid,
    comparables,
    mandate,
    paths,
    restructurings,
    revaluations,
    scenarios,
)
from serving.analyses.analysis import Analysis

ANALYSES: tuple[Analysis, ...] = (
    bid.ANALYSIS,
    comparables.ANALYSIS,
    mandate.ANALYSIS,
    paths.ANALYSIS,
    restructurings.ANALYSIS,
    revaluations.ANALYSIS,
    scenarios.ANALYSIS,
)


def named(name: str) -> Analysis:
    """The question of a name.

    Raises:
        KeyError: There is none.
    """
    return {a.name: a for a in ANALYSES}[name]
