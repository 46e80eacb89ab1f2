"""Which deals may stand beside each other: one kind of price, base and currency."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import field
from features.deals import price_rates
from features.package import Floats

BASES = tuple(field("deals", "rate_base").values)


@dataclass(frozen=True, order=True)
class DealClass:
    """What prices of one comparison have in common.

    Attributes:
        price_kind: Start, reserve, clearing or runner-up price.
        rate_base: What a rate is a share of.
        currency: As ISO 4217 has it.
        block_transfer: Whether they are of large blocks from a bank.
    """

    price_kind: str
    rate_base: str
    currency: str
    block_transfer: bool


@dataclass(frozen=True)
class ClassDeals:
    """The deals of one class.

    Attributes:
        of: The class.
        deals: Rows with a price, schema ``catalogue.arrow_schema("deals")``, (n,).
        rates: Price over the base of the class, shape (n,), above zero.
    """

    of: DealClass
    deals: pa.Table
    rates: Floats

    def __len__(self) -> int:
        """Number of deals."""
        return len(self.rates)


def deals_of_class(
    deals: pa.Table, chosen: DealClass, until: date | None = None
) -> ClassDeals:
    """The deals of a class that state a price.

    Args:
        deals: Any deals; schema ``catalogue.arrow_schema("deals")``.
        chosen: The class.
        until: Latest day, included: a later deal is not known yet.
    """
    kept = pc.and_(
        pc.and_(
            pc.equal(deals["price_kind"], chosen.price_kind),
            pc.equal(deals["currency"], chosen.currency),
        ),
        pc.equal(deals["block_transfer"], chosen.block_transfer),
    )
    if until is not None:
        kept = pc.and_(kept, pc.less_equal(deals["deal_date"], pa.scalar(until)))
    some = deals.filter(kept)
    rates = price_rates(some, chosen.rate_base)
    priced = ~np.isnan(rates)
    return ClassDeals(chosen, some.filter(pa.array(priced)), rates[priced])


def classes_of(deals: pa.Table, until: date | None = None) -> dict[DealClass, int]:
    """Every class that any deal has a price in, with its deals, largest first.

    A deal that states claim and principal counts in the classes of both.
    """
    kinds = Counter(
        zip(
            deals["price_kind"].to_pylist(),
            deals["currency"].to_pylist(),
            deals["block_transfer"].to_pylist(),
            strict=True,
        )
    )
    found = dict(_counted(deals, list(kinds), until))
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


def _counted(
    deals: pa.Table, kinds: list[tuple[str, str, bool]], until: date | None
) -> Iterator[tuple[DealClass, int]]:
    for kind, currency, block in kinds:
        for base in BASES:
            chosen = DealClass(kind, base, currency, block)
            count = len(deals_of_class(deals, chosen, until))
            if count:
                yield chosen, count


def largest(
    classes: dict[DealClass, int],
    currency: str,
    block_transfer: bool,
    price_kind: str | None = None,
    rate_base: str | None = None,
) -> DealClass | None:
    """The class with most deals among those that fit what was asked; None if none.

    Of equal ones the first of ``rate_base`` in the catalogue wins: all that was
    claimed.
    """
    fitting = [
        c
        for c in classes
        if (c.currency, c.block_transfer) == (currency, block_transfer)
        and price_kind in (None, c.price_kind)
        and rate_base in (None, c.rate_base)
    ]
    return max(
        fitting,
        key=lambda c: (classes[c], -BASES.index(c.rate_base), c.price_kind),
        default=None,
    )
