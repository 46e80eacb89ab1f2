"""How far a work-out has come, and what of a curve is left by then."""

from dataclasses import dataclass
from datetime import date
from typing import Self

import numpy as np

from features.outcomes import MONTHS_PER_QUARTER, months_between
from features.package import Floats
from models.pricing.assumptions import Assumptions

EPOCH = date(1970, 1, 1)


# A quarter without cash has no shape of its own: any will do.
AT_ONCE = (1.0, 0.0, 0.0)


def months_since(first: date, last: date) -> float:
    """Months from a day to another."""
    numbers = np.array([(first - EPOCH).days, (last - EPOCH).days], np.float64)
    return float(months_between(numbers[:1], numbers[1:])[0])


@dataclass(frozen=True)
class Clock:
    """How far the work-out of a package has come.

    Attributes:
        months: Months since the cut-off date.
        assumptions: As they were stated at the cut-off date.
    """

    months: float
    assumptions: Assumptions

    @classmethod
    def between(cls, cutoff: date, on: date, assumptions: Assumptions) -> Self:
        """The clock on a day after the cut-off date."""
        return cls(months_since(cutoff, on), assumptions)

    def ended(self, curve_months: int) -> bool:
        """Whether no month of the horizon, or of a curve, is left."""
        counted = self.months >= self.assumptions.horizon_months
        return counted or self.worked_months >= curve_months

    @property
    def worked_months(self) -> float:
        """Months of the curve that have passed: time less the delay of the start."""
        return max(self.months - self.assumptions.start_delay_months, 0.0)

    @property
    def unspent_rate(self) -> float:
        """Share of what is spent in the first month that is not spent yet."""
        return max(1.0 - self.worked_months, 0.0)

    @property
    def left(self) -> Assumptions:
        """The assumptions on the months that are left, from now on.

        What was agreed on the price belongs to the purchase and is left out.
        """
        stated, months = self.assumptions, self.months
        return stated.model_copy(
            update={
                "horizon_months": max(1, round(stated.horizon_months - months)),
                "start_delay_months": round(
                    max(stated.start_delay_months - months, 0.0)
                ),
                "payments": [],
                "price_yuan": None,
            }
        )


def advanced(
    rates: Floats, month_shape: Floats, months: float
) -> tuple[Floats, Floats]:
    """What is left of quarters after some months, and the months within them.

    Args:
        rates: By quarter, shape (…, quarters).
        month_shape: Share of each quarter's in each of its months, (quarters, 3).
        months: Months that have passed, fewer than there are.
    """
    every = month_shape.size
    left = int(-(-(every - months) // MONTHS_PER_QUARTER))
    ends: Floats = months + np.arange(left * MONTHS_PER_QUARTER + 1, dtype=np.float64)
    monthly = (rates[..., None] * month_shape).reshape(*rates.shape[:-1], every)
    quarters = np.diff(_reached(monthly, ends[::MONTHS_PER_QUARTER]))
    shape = np.diff(_reached(month_shape.ravel(), ends))
    shape = shape.reshape(-1, MONTHS_PER_QUARTER)
    shape[shape.sum(axis=1) <= 0] = AT_ONCE
    return quarters, shape / shape.sum(axis=1, keepdims=True)


def _reached(monthly: Floats, ends: Floats) -> Floats:
    """Sums of the months up to each end, shape (…, ends)."""
    nothing = np.zeros((*monthly.shape[:-1], 1))
    cumulated = np.concatenate([nothing, np.cumsum(monthly, axis=-1)], axis=-1)
    ends = np.minimum(ends, monthly.shape[-1])
    before = np.minimum(ends.astype(np.int64), monthly.shape[-1] - 1)
    part = ends - before
    reached: Floats = (
        cumulated[..., before] * (1 - part) + cumulated[..., before + 1] * part
    )
    return reached
