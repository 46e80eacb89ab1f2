"""What makes a purchase miss a hurdle with the least that is implausible.

Each driver is measured in steps of its own: 0 at rest, 1 at the bad end of what is
plausible. Of all points at which the hurdle is missed the one nearest to rest is the
most plausible combination, if the drivers turn out bad independently of each other: the
design point of reliability theory (Hasofer and Lind 1974), found by sequential least
squares from where the steepest way meets the hurdle.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import brentq, minimize

from features.package import Floats
from models.pricing.levers import Levers
from models.pricing.stress.purchase import Hurdle, Purchase
from models.pricing.stress.tornado import Ends

# Steps small against a driver and large against the kinks of whole months.
STEP = 1e-3
ROUNDS = 12
CLOSE_ENOUGH = 1e-4
TOLERANCE = 1e-6
# Part of the outlay that rounding to the fen may miss.
ROUNDING_RATE = 1e-9


@dataclass(frozen=True)
class Combination:
    """The most plausible way to miss a hurdle.

    Attributes:
        values: Value of each driver.
        steps: Distance of each from rest in its own steps; 0 where it plays no part.
        distance: Length of all of them: 1 is as implausible as one driver at its bad
            end with all others at rest; 0 if at rest the hurdle is missed or just met.
    """

    values: Mapping[str, float]
    steps: Mapping[str, float]
    distance: float

    @property
    def levers(self) -> Levers:
        """All drivers at once."""
        return Levers.of(self.values, "levers")


@dataclass(frozen=True)
class Search:
    """The drivers that may combine and what they have to miss.

    Attributes:
        purchase: The purchase.
        hurdle: What is to be missed.
        ends: What is plausible of each driver.
    """

    purchase: Purchase
    hurdle: Hurdle
    ends: Sequence[Ends]

    def nearest(self) -> Combination | None:
        """The nearest combination that misses the hurdle; None if none does."""
        nowhere = np.zeros(len(self.ends))
        if self._surplus(nowhere) <= ROUNDING_RATE:
            return self._combination(nowhere)
        starts = [self._along(way) for way in self._ways()]
        reached = [start for start in starts if start is not None]
        if not reached:
            return None
        start = min(reached, key=_length)
        refined = self._along(self._refined(start))
        found = start if refined is None else min(start, refined, key=_length)
        return self._combination(found)

    @cached_property
    def _rest(self) -> Floats:
        return np.array([float(e.driver.rest or 0.0) for e in self.ends])

    @cached_property
    def _width(self) -> Floats:
        return np.array([e.adverse for e in self.ends]) - self._rest

    @cached_property
    def _most(self) -> Floats:
        """Steps from rest to the bad bound of each driver."""
        bounds = np.array([[e.driver.least, e.driver.most] for e in self.ends])
        worst = np.where(self._width > 0, bounds[:, 1], bounds[:, 0])
        most: Floats = (worst - self._rest) / self._width
        return most

    def _values(self, steps: Floats) -> Mapping[str, float]:
        values = self._rest + np.clip(steps, 0.0, self._most) * self._width
        bounded = zip(self.ends, values.tolist(), strict=True)
        return {
            e.driver.lever: min(max(value, e.driver.least), e.driver.most)
            for e, value in bounded
        }

    def _surplus(self, steps: Floats) -> float:
        levers = Levers.of(self._values(steps), "levers")
        surplus = self.purchase.surplus_yuan(levers, self.hurdle)
        return surplus / self.hurdle.outlay_yuan

    def _ways(self) -> Sequence[Floats]:
        """Each driver alone, and the steepest way down from rest."""
        alone = np.eye(len(self.ends))
        rest = self._surplus(np.zeros(len(self.ends)))
        fall = np.array([rest - self._surplus(STEP * way) for way in alone])
        steepest = np.maximum(fall, 0.0)
        ways = list(alone)
        return [*ways, steepest / _length(steepest)] if steepest.any() else ways

    def _along(self, way: Floats) -> Floats | None:
        """Where a way from rest meets the hurdle; None if it never does."""
        if not way.any():
            return None
        # A driver that hardly moves would make the way endless to its bad bound.
        way = np.where(way > TOLERANCE * way.max(), way, 0.0)
        moved = way > 0
        farthest = float(np.max(self._most[moved] / way[moved]))

        def surplus(length: float) -> float:
            return self._surplus(np.minimum(length * way, self._most))

        if surplus(farthest) >= 0:
            return None
        length = float(brentq(surplus, 0.0, farthest, xtol=TOLERANCE))
        return np.minimum(length * way, self._most)

    def _refined(self, start: Floats) -> Floats:
        found = minimize(
            lambda steps: float(steps @ steps),
            start,
            jac=lambda steps: 2.0 * steps,
            bounds=[(0.0, most) for most in self._most],
            constraints={"type": "ineq", "fun": lambda steps: -self._surplus(steps)},
            method="SLSQP",
            options={"maxiter": ROUNDS, "ftol": CLOSE_ENOUGH, "eps": STEP},
        )
        steps: Floats = np.clip(found.x, 0.0, self._most)
        return steps

    def _combination(self, steps: Floats) -> Combination:
        levers = [e.driver.lever for e in self.ends]
        return Combination(
            self._values(steps),
            dict(zip(levers, steps.tolist(), strict=True)),
            _length(steps),
        )


def _length(steps: Floats) -> float:
    return float(np.sqrt(steps @ steps))
