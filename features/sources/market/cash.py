"""Cash on its way to the ledger: who paid which claim, when and how much."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.outcomes import DAYS_PER_MONTH
from features.package import Floats, Ints
from features.sources.market.chance import Bools
from features.sources.market.tape import Columns, named, summed

KINDS = ("recovery", "cost", "non_cash")
SOURCES = ("from_collateral", "from_guarantor", "from_obligor", "from_insolvency")
RECOVERY, COST, NON_CASH = range(3)
COLLATERAL, GUARANTOR, OBLIGOR, INSOLVENCY_ESTATE = range(4)


@dataclass(frozen=True)
class Cash:
    """Movements, one entry each (e).

    Attributes:
        claim: Row of the claim, shape (e,).
        months: Months since the cut-off date, shape (e,).
        amount: Yuan, shape (e,).
        kind: Position in ``KINDS``, shape (e,).
        source: Position in ``SOURCES``, shape (e,).
    """

    claim: Ints
    months: Floats
    amount: Floats
    kind: Ints
    source: Ints

    def __len__(self) -> int:
        """Number of movements."""
        return len(self.claim)

    def take(self, chosen: Ints | Bools) -> "Cash":
        """Some of the movements."""
        return Cash(
            self.claim[chosen],
            self.months[chosen],
            self.amount[chosen],
            self.kind[chosen],
            self.source[chosen],
        )

    def of_kind(self, kind: int) -> "Cash":
        """The movements of one kind."""
        return self.take(self.kind == kind)

    def total(self, claims: int) -> Floats:
        """Yuan per claim, shape (claims,)."""
        return summed(self.claim, self.amount, claims)

    def columns(self, claim_id: npt.NDArray[Any], cutoff: Floats) -> Columns:
        """Columns of the ledger, in the order of the movements.

        Args:
            claim_id: Identifier of each claim, shape (n,).
            cutoff: Cut-off date of each claim, days since 1970, shape (n,).
        """
        return {
            "claim_id": claim_id[self.claim],
            "date": self.days(cutoff),
            "amount": self.amount,
            "kind": named(KINDS, self.kind),
            "source": named(SOURCES, self.source),
        }

    def days(self, cutoff: Floats) -> Floats:
        """Date of each movement, days since 1970, at least a day after cut-off."""
        return cutoff[self.claim] + 1.0 + np.floor(self.months * DAYS_PER_MONTH)


def movements(
    claim: Ints, months: Floats, amount: Floats, kind: int, source: int
) -> Cash:
    """Movements of one kind from one source; those of less than a yuan are dropped."""
    rounded: Floats = np.round(amount, 2)
    constant = np.full(len(claim), kind), np.full(len(claim), source)
    return Cash(claim, months, rounded, *constant).take(rounded >= 1.0)


def together(parts: Iterable[Cash]) -> Cash:
    """All movements by claim and time."""
    listed = list(parts)
    names = ("claim", "months", "amount", "kind", "source")
    joined = Cash(*(np.concatenate([getattr(p, n) for p in listed]) for n in names))
    return joined.take(np.lexsort((joined.months, joined.claim)))


def capped(recoveries: Cash, claim: Floats) -> Cash:
    """Recoveries until the whole claim is paid, and nothing after.

    Args:
        recoveries: By claim and time.
        claim: Claim in yuan, shape (n,).
    """
    paid = np.cumsum(recoveries.amount)
    first = np.searchsorted(recoveries.claim, recoveries.claim)
    before = paid - recoveries.amount - (paid - recoveries.amount)[first]
    room = np.maximum(claim[recoveries.claim] - before, 0.0)
    amount = np.round(np.minimum(recoveries.amount, room), 2).astype(np.float64)
    within = Cash(
        recoveries.claim, recoveries.months, amount, recoveries.kind, recoveries.source
    )
    return within.take(amount >= 1.0)
