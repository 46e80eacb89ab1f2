"""What cash flows are worth: present value, return, multiple, payback, maximum bid.

Cash of month m comes at its end; money grows at an effective yearly rate, so that it
is worth ``(1 + rate) ** (-m / 12)`` at the cut-off date. Parts of the price that are
paid later are a debt to the seller, certain as the cash is not: they are discounted at
what money costs the buyer, never at the return it asks for.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from math import floor

import numpy as np

from features.package import Floats, Ints
from models.pricing.assumptions import Assumptions

LOWEST_RETURN = -0.999
HIGHEST_RETURN = 1e6
# Rates tried where flows change their sign more than once: closer roots are not told
# apart, and no return is stated where there are several.
RATES_TRIED = 2000


@lru_cache(maxsize=1_024)
def discount_factors(months: int, yearly_rate: float) -> Floats:
    """Discount factors to the cut-off date for cash at month ends 1…, (months,)."""
    factors: Floats = (1.0 + yearly_rate) ** (-np.arange(1, months + 1) / 12)
    factors.setflags(write=False)
    return factors


def present_value(cash: Floats, yearly_rate: float) -> Floats:
    """Present value of monthly cash along its last axis, in the unit of the cash."""
    value: Floats = cash @ discount_factors(cash.shape[-1], yearly_rate)
    return value


@dataclass(frozen=True)
class PriceTerms:
    """How a price is paid.

    Attributes:
        months: Months from the cut-off date to each payment, shape (payments,).
        shares: Share of the price in each, shape (payments,); they add up to 1.
        acquisition_cost_rate: Costs of buying over the price, due with the first.
        funding_rate: Effective yearly rate that money costs the buyer.
    """

    months: Ints
    shares: Floats
    acquisition_cost_rate: float
    funding_rate: float

    @classmethod
    def of(cls, assumptions: Assumptions) -> "PriceTerms":
        """Payment terms of the assumptions; all at the cut-off date by default."""
        paid = sorted((p.month, p.share_rate) for p in assumptions.payments)
        return _terms(
            tuple(paid) or ((0, 1.0),),
            assumptions.acquisition_cost_rate,
            assumptions.funding_rate,
        )

    @cached_property
    def monthly(self) -> Floats:
        """Outlay for a price of 1 at month ends from 0, acquisition costs included."""
        paid = np.zeros(int(self.months[-1]) + 1)
        np.add.at(paid, self.months, self.shares)
        paid[self.months[0]] += self.acquisition_cost_rate
        return paid

    @cached_property
    def unit_cost(self) -> float:
        """Present value of that outlay, later payments at the funding rate."""
        paid = self.monthly
        return float(paid[0] + present_value(paid[1:], self.funding_rate))

    def flows(self, cash: Floats, price: float) -> Floats:
        """Cash less what is paid for it, at the end of months from 0.

        Args:
            cash: Net cash at the end of months from 1, shape (months,).
            price: In the unit of the cash.
        """
        flows = np.zeros(max(len(cash) + 1, len(self.monthly)))
        flows[1 : len(cash) + 1] = cash
        flows[: len(self.monthly)] -= price * self.monthly
        return flows


# Most requests pay alike: what their price costs is worked out once.
@lru_cache(maxsize=256)
def _terms(
    paid: tuple[tuple[int, float], ...], acquisition_cost_rate: float, funding: float
) -> PriceTerms:
    months, shares = zip(*paid, strict=True)
    known = np.array(months, np.int64), np.array(shares)
    return PriceTerms(*known, acquisition_cost_rate, funding)


def maximum_bid(value: float, terms: PriceTerms) -> float:
    """Highest price that leaves the target return; never below zero.

    Args:
        value: Present value of net cash at the target return, in yuan or fen; the
            bid is in the same unit.
        terms: How the price is paid.
    """
    return max(value, 0.0) / terms.unit_cost


def maximum_bid_fen(value_fen: int, terms: PriceTerms) -> int:
    """The same in whole fen, rounded down: never a fen above what may be paid."""
    return floor(maximum_bid(float(value_fen), terms))


def internal_rate_of_return(flows: Floats) -> float | None:
    """Effective yearly return of flows.

    Args:
        flows: At the end of months from 0, shape (months + 1,); payments are below 0.

    Returns:
        The rate at which the flows are worth nothing; None where there is none
        between -99.9% and a million, as when nothing comes back, and where there are
        several, as when large payments follow the cash.
    """

    def worth(rate: float) -> float:
        return float(flows[0] + present_value(flows[1:], rate))

    tried = RATES_TRIED if _sign_changes(flows) > 1 else 2
    rates, factors = _rates_tried(tried, len(flows))
    found = _changes(rates, factors @ flows)
    if len(found) != 1:
        return None
    # A tenth of a second that a book of means need not wait for.
    from scipy.optimize import brentq

    return float(brentq(worth, *found[0], xtol=1e-12))


def _sign_changes(flows: Floats) -> int:
    signs = np.sign(flows[flows != 0])
    return int((signs[1:] != signs[:-1]).sum())


# Two thousand rates are 16 kB for every month: only the lengths last used are kept.
@lru_cache(maxsize=8)
def _rates_tried(count: int, months: int) -> tuple[Floats, Floats]:
    """Rates from the lowest to the highest, and their factors (count, months)."""
    growth = np.geomspace(1 + LOWEST_RETURN, 1 + HIGHEST_RETURN, count)
    return growth - 1, growth[:, None] ** (-np.arange(months) / 12)


def _changes(rates: Floats, worths: Floats) -> list[tuple[float, float]]:
    """The steps between rates over which the worth of flows changes its sign."""
    above = worths > 0
    return [
        (float(rates[i]), float(rates[i + 1]))
        for i in np.flatnonzero(above[1:] != above[:-1])
    ]


@dataclass(frozen=True)
class Returns:
    """Return of a purchase at a price, acquisition costs included.

    Attributes:
        price_yuan: The price.
        irr_rate: Effective yearly return; None where there is none.
        multiple: Net cash over price and costs.
        payback_months: Month from whose end on all that was paid is back, 0 for the
            cut-off date; None if never.
    """

    price_yuan: float
    irr_rate: float | None
    multiple: float
    payback_months: int | None


def returns_at(cash: Floats, price_yuan: float, terms: PriceTerms) -> Returns | None:
    """Returns of buying monthly cash at a price; None at a price of nothing.

    Args:
        cash: Net cash in yuan at the end of months from 1, shape (months,).
        price_yuan: The price.
        terms: How it is paid.
    """
    if price_yuan <= 0:
        return None
    flows = terms.flows(cash, price_yuan)
    return Returns(
        price_yuan,
        internal_rate_of_return(flows),
        float(cash.sum()) / (price_yuan * float(terms.monthly.sum())),
        _payback_months(flows),
    )


def _payback_months(flows: Floats) -> int | None:
    owed = np.flatnonzero(np.cumsum(flows) < 0)
    if not len(owed):
        return 0
    last = int(owed[-1])
    return last + 1 if last + 1 < len(flows) else None
