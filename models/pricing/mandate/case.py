"""A bid of a buyer for a package, as every rule sees it."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np

from features.network import Bools, Network, network
from features.package import Floats, Package
from models.pricing.mandate.buyer import Buyer
from models.pricing.mandate.eligibility import booleans


@dataclass(frozen=True)
class Bid:
    """A price for a package and how it is paid.

    Attributes:
        price_yuan: The price.
        share: Share of the price that each claim carries, shape (n,); sums to 1.
        borrowed_share: Share of the price that is borrowed.
        on: Day of the bid: it decides which rules are in force.
    """

    price_yuan: float
    share: Floats
    borrowed_share: float
    on: date


@dataclass(frozen=True)
class Case:
    """A bid of a buyer for a package.

    Attributes:
        package: The claims.
        buyer: Who would buy.
        bid: The bid.
    """

    package: Package
    buyer: Buyer
    bid: Bid

    @cached_property
    def network(self) -> Network:
        """Links among the claims and what the buyer holds already."""
        held = self.buyer.holdings or ()
        return network(self.package, [(h.obligor_id, h.group_id) for h in held])

    @cached_property
    def held_yuan(self) -> Floats:
        """What the buyer holds already, by holding."""
        return np.array([h.exposure_yuan for h in self.buyer.holdings or ()])

    @cached_property
    def unnamed(self) -> Bools:
        """Claims that name no obligor, shape (n,)."""
        return booleans(self.package.claims["obligor_id"].is_null())


def shared_out(present_value_yuan: Floats, claim_yuan: Floats) -> Floats:
    """Share of the price that each claim carries, shape (n,); sums to 1.

    The price is shared out by present value; a claim worth less than nothing carries
    none, and where no claim is worth anything what is owed decides.
    """
    worth = np.maximum(present_value_yuan, 0.0)
    weight = worth if worth.sum() > 0 else claim_yuan
    share: Floats = weight / weight.sum()
    return share
