"""Expected and realised cash by quarter since cut-off, and what they come to."""

from dataclasses import dataclass

import numpy as np

from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats

QUARTERS_PER_YEAR = 4


@dataclass(frozen=True)
class CurveFigures:
    """Expected and realised cash by quarter since cut-off.

    Attributes:
        expected_yuan: Shape (quarters,).
        realised_yuan: Shape (quarters,).
    """

    expected_yuan: Floats
    realised_yuan: Floats

    @property
    def first_year_ratio(self) -> float | None:
        """Realised over expected cash of the first year; None if none was expected."""
        year = slice(0, QUARTERS_PER_YEAR)
        expected = float(self.expected_yuan[year].sum())
        return float(self.realised_yuan[year].sum()) / expected if expected else None

    def figures(self) -> dict[str, float]:
        """Weighted lives in months and the error of the first year's cash, if any."""
        ratio = self.first_year_ratio
        return {
            "expected_life_months": weighted_life_months(self.expected_yuan),
            "realised_life_months": weighted_life_months(self.realised_yuan),
            **({} if ratio is None else {"first_year_actual_to_expected": ratio}),
        }

    def words(self) -> str:
        """The same in words."""
        lives, ratio = self.figures(), self.first_year_ratio
        first_year = (
            "no cash was expected of the first year"
            if ratio is None
            else f"first-year cash {ratio:.3f} of expected"
        )
        return (
            f"{lives['expected_life_months']:.1f} months expected, "
            f"{lives['realised_life_months']:.1f} realised; {first_year}"
        )


def weighted_life_months(quarters: Floats) -> float:
    """Mean months from cut-off to cash, the cash of a quarter at its middle."""
    middle = (np.arange(len(quarters)) + 0.5) * MONTHS_PER_QUARTER
    return float((quarters * middle).sum() / quarters.sum())
