"""What a stream of cash is worth that ends when a plan fails.

With S(t) the chance that the plan still holds after month t, h(t) its hazard and DF the
worth today of one yuan at the end of a month::

    value = upfront + sum S(t) paid(t) DF(t) + sum S(t-1) h(t) recovered(t) DF(t + lag)

An instalment is missed before it is paid: a re-default in month t ends the payments of
month t, and what is then recovered comes ``lag`` months later.
"""

from dataclasses import dataclass

import numpy as np

from features.package import Floats
from models.pricing.bid import discount_factors

QUANTILES = (0.05, 0.5, 0.95)


@dataclass(frozen=True)
class Stream:
    """Cash of one party; amounts in one unit, rows and months as in a plan.

    Attributes:
        upfront: At the start, negative where it is paid out.
        paid: At the end of each month if the plan holds, shape (rows, months).
        recovered: Later on if it fails in that month, shape (rows, months).
        lag_months: How much later.
    """

    upfront: float
    paid: Floats
    recovered: Floats
    lag_months: int


@dataclass(frozen=True)
class Discounted:
    """A stream in money of today.

    Attributes:
        upfront: At the start.
        paid: What each month brings if the plan holds, shape (rows, months).
        recovered: What a re-default in each month brings, shape (rows, months).
    """

    upfront: float
    paid: Floats
    recovered: Floats

    @classmethod
    def of(cls, stream: Stream, yearly_rate: float) -> "Discounted":
        """The stream discounted at an effective yearly rate."""
        months = stream.paid.shape[1]
        factors = discount_factors(months + stream.lag_months, yearly_rate)
        return cls(
            stream.upfront,
            stream.paid * factors[:months],
            stream.recovered * factors[stream.lag_months :],
        )


@dataclass(frozen=True)
class Survival:
    """Chances over time of plans, shape (rows, months) each.

    Attributes:
        after: That the plan still holds after the month.
        failing: That it fails in the month.
    """

    after: Floats
    failing: Floats

    @classmethod
    def of(cls, hazard: Floats) -> "Survival":
        """Chances under a monthly hazard."""
        after = np.cumprod(1.0 - hazard, axis=1, dtype=np.float64)
        before = np.concatenate([np.ones((len(hazard), 1)), after[:, :-1]], axis=1)
        return cls(after, before * hazard)


def values(flows: Discounted, survival: Survival) -> Floats:
    """Expected present value of each row, shape (rows,)."""
    kept = np.einsum("rm,rm->r", survival.after, flows.paid)
    lost = np.einsum("rm,rm->r", survival.failing, flows.recovered)
    worth: Floats = flows.upfront + kept + lost
    return worth


@dataclass(frozen=True)
class Outcomes:
    """Every way a plan can end, ascending in what it is worth.

    Attributes:
        present_value: Present value of each, shape (ways,).
        probability: Its chance, shape (ways,).
    """

    present_value: Floats
    probability: Floats

    def quantile(self, level: float) -> float:
        """Least value whose chance, with all lower ones, reaches a level."""
        reached = np.searchsorted(np.cumsum(self.probability), level - 1e-12)
        return float(self.present_value[min(int(reached), len(self.probability) - 1)])

    def below(self, value: float) -> float:
        """Chance of less than a value."""
        return float(self.probability[self.present_value < value].sum())

    @property
    def mean(self) -> float:
        """Expected value."""
        return float(self.present_value @ self.probability)


def outcomes(flows: Discounted, survival: Survival, chance: Floats) -> Outcomes:
    """The exact distribution over the month of the re-default and the branches.

    Args:
        flows: Discounted stream.
        survival: Chances over time.
        chance: Chance of each row, shape (rows,), adding up to 1.
    """
    cumulated = np.cumsum(flows.paid, axis=1)
    failed = flows.upfront + cumulated - flows.paid + flows.recovered
    held = flows.upfront + cumulated[:, -1]
    worth = np.concatenate([failed.ravel(), held])
    weight = np.concatenate(
        [(survival.failing * chance[:, None]).ravel(), survival.after[:, -1] * chance]
    )
    possible = weight > 0
    order = np.argsort(worth[possible], kind="stable")
    return Outcomes(worth[possible][order], weight[possible][order])


def gain_of_failing(flows: Discounted, hazard: Floats) -> Floats:
    """What a re-default in each month brings beyond going on, (rows, months).

    Of a plan that has held so far, in money of today. Where none is above zero, no rise
    of any month's hazard raises the value, however large and in however many months:
    with U(t) the worth of what follows month t, V(t) = (1 - h) (paid + U(t)) + h
    recovered falls in h, and in U(t) it rises. Where one is, a rise in that month does.

    Args:
        flows: Discounted stream.
        hazard: Chance of a re-default in each month, shape (rows, months).
    """
    gain = np.zeros_like(hazard)
    follows = np.zeros(len(hazard))
    for month in reversed(range(hazard.shape[1])):
        held = flows.paid[:, month] + follows
        gain[:, month] = flows.recovered[:, month] - held
        follows = held + hazard[:, month] * gain[:, month]
    return gain
