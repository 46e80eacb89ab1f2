"""A package bought at a price, and what the purchase is held against."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from features.package import Floats
from models.pricing.bid import PriceTerms, present_value
from models.pricing.levers import Levers
from models.pricing.projection import Projection

HurdleName = Literal["target_return", "funding", "money_back"]
HURDLES: tuple[HurdleName, ...] = get_args(HurdleName)


@dataclass(frozen=True)
class Hurdle:
    """What a purchase must clear: net cash, discounted at a rate, covers the outlay.

    Attributes:
        name: ``target_return``: it earns the target return; ``funding``: it earns what
            money costs the buyer; ``money_back``: all that was paid comes back, at no
            interest.
        rate: Effective yearly rate at which net cash is discounted.
        outlay_yuan: Price and costs of buying, later payments discounted at the
            funding rate; undiscounted for ``money_back``.
    """

    name: HurdleName
    rate: float
    outlay_yuan: float

    def surplus_yuan(self, net_yuan: Floats, levers: Levers) -> float:
        """What is left beyond the hurdle; below zero it is missed.

        Args:
            net_yuan: Net cash at the end of months from 1, shape (months,).
            levers: Whatever else changed: the target return moves with its lever.
        """
        asked = levers.return_change_rate if self.name == "target_return" else 0.0
        return float(present_value(net_yuan, self.rate + asked)) - self.outlay_yuan


@dataclass(frozen=True)
class Purchase:
    """A package and the price that is paid for it.

    Attributes:
        projection: The cash of the package under levers.
        price_yuan: The price, above zero.
    """

    projection: Projection
    price_yuan: float

    @cached_property
    def terms(self) -> PriceTerms:
        """How the price is paid."""
        return PriceTerms.of(self.projection.assumptions)

    @cached_property
    def hurdles(self) -> Sequence[Hurdle]:
        """In the order of ``HURDLES``."""
        assumed = self.projection.assumptions
        discounted = self.price_yuan * self.terms.unit_cost
        paid = self.price_yuan * float(self.terms.monthly.sum())
        return (
            Hurdle("target_return", assumed.target_return_rate, discounted),
            Hurdle("funding", assumed.funding_rate, discounted),
            Hurdle("money_back", 0.0, paid),
        )

    def hurdle(self, name: HurdleName) -> Hurdle:
        """The hurdle of a name."""
        return self.hurdles[HURDLES.index(name)]

    def surplus_yuan(self, levers: Levers, hurdle: Hurdle) -> float:
        """What is left beyond a hurdle if things turn out otherwise."""
        return hurdle.surplus_yuan(self.projection.cash(levers).net_yuan, levers)
