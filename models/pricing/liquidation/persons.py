"""What guarantors and obligors pay of what the collateral leaves owed."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.package import (
    Floats,
    Ints,
    Package,
    claim_rows,
    days,
    numbers,
    obligors,
)
from models.pricing.liquidation.proportion import most_of, part, sums
from models.pricing.liquidation.securities import (
    Bools,
    Securities,
    labels,
    numbered,
)
from models.pricing.liquidation.terms import LiquidationTerms, by_label


@dataclass(frozen=True)
class GuaranteeSteps:
    """What comes of each guarantee, shape (g,) each.

    Attributes:
        claim: Row of the claim.
        in_force: Whether it still binds: neither lapsed nor barred with its claim.
        called_yuan: What the guarantor is called for, each guarantor once.
        paid_yuan: What he pays of it.
        months: Months until he pays.
    """

    claim: Ints
    in_force: Bools
    called_yuan: Floats
    paid_yuan: Floats
    months: Floats


class Guarantors:
    """The guarantors of a package, each with one fortune for all that he signed."""

    def __init__(
        self, securities: Securities, terms: LiquidationTerms, owed_yuan: Floats
    ) -> None:
        """Guarantors whom nobody has called yet.

        Args:
            securities: Claims and guarantees, sorted.
            terms: What the liquidation rests on.
            owed_yuan: What each claim may take at most, shape (n,).
        """
        package, table = securities.package, securities.package.guarantees
        self._claims = len(package)
        self.claim = claim_rows(package, table)
        self.in_force = _lives(package, self.claim) & ~securities.barred[self.claim]
        self._who = numbered(table["guarantor_id"].combine_chunks())
        self.general = numbers(table, "joint_several") == 0
        self._rate = by_label(terms.guarantor_rate, labels(table["guarantor_type"]))
        owed = owed_yuan[self.claim]
        most = np.fmin(numbers(table, "guaranteed_amount"), owed)
        self._most = np.where(self.in_force, most, 0.0)
        self._fortune = most_of(self._who, self._most, len(owed))
        base = by_label(terms.stage_months, securities.stage)[self.claim]
        self.months = base + self.general * terms.general_guarantee_months
        self.called_yuan = np.zeros(len(owed))
        self.paid_yuan = np.zeros(len(owed))

    def call(self, rows: Bools, need_yuan: Floats) -> Floats:
        """Call some guarantors for what their claims still need.

        A guarantor of several claims is called for no more than the largest amount
        that he signed for, shared in proportion to what each claim needs of him.

        Args:
            rows: Guarantees to call, shape (g,).
            need_yuan: What each claim still needs, shape (n,).

        Returns:
            What each claim is paid, shape (n,).
        """
        asked = np.where(rows, np.minimum(self._most, need_yuan[self.claim]), 0.0)
        together = sums(self._who, asked, len(self._fortune))
        called = asked * part(self._fortune, together)[self._who]
        self._fortune = np.maximum(self._fortune - together, 0.0)
        paid = called * self._rate
        total = sums(self.claim, paid, self._claims)
        paid = paid * part(need_yuan, total)[self.claim]
        self.called_yuan = self.called_yuan + called
        self.paid_yuan = self.paid_yuan + paid
        return sums(self.claim, paid, self._claims)

    def steps(self) -> GuaranteeSteps:
        """What came of each guarantee."""
        return GuaranteeSteps(
            self.claim, self.in_force, self.called_yuan, self.paid_yuan, self.months
        )


def _lives(package: Package, claim: Ints) -> Bools:
    """Guarantees that have not lapsed, shape (g,)."""
    cutoff = days(package.claims, "cutoff_date")[claim]
    lives: Bools = ~(days(package.guarantees, "guarantee_expiry") < cutoff)
    return lives


@dataclass(frozen=True)
class ObligorSteps:
    """What obligors pay on each claim, shape (n,) each.

    Attributes:
        cash_yuan: Out of accounts that are frozen or within reach.
        other_yuan: Out of whatever else they have.
        months: Months until the rest is paid; the cash comes after its own.
    """

    cash_yuan: Floats
    other_yuan: Floats
    months: Floats


def obligor_steps(
    securities: Securities, terms: LiquidationTerms, need_yuan: Floats
) -> ObligorSteps:
    """What obligors pay on what their claims still need.

    The cash of an obligor counts once for all his claims, shared in proportion to
    what they need; of balance and frozen amount the larger counts, for a balance
    usually holds what is frozen of it.

    Args:
        securities: The claims, sorted.
        terms: What the liquidation rests on.
        need_yuan: What each claim still needs, shape (n,).
    """
    claims, stage = securities.package.claims, securities.stage
    need = np.where(securities.barred, 0.0, need_yuan)
    who = numbered(pa.array(obligors(securities.package)))
    amounts = [np.nan_to_num(numbers(claims, n)) for n in _CASH]
    fortune = most_of(who, np.max(amounts, axis=0), len(need))
    cash = need * part(fortune, sums(who, need, len(need)))[who]
    rate = by_label(terms.obligor_rate, labels(claims["operating_status"]))
    factor = by_label(terms.stage_factor, stage)
    other = np.minimum(rate * factor, 1.0) * (need - cash)
    return ObligorSteps(cash, other, by_label(terms.stage_months, stage))


_CASH = ("account_balance", "frozen_amount")
