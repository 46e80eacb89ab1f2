"""What it costs to recover cash: courts, expenses, agents, the servicer and sales.

Statutory fees follow their marginal tables. What has to be spent before any cash comes
is spent in the first month after the start, on a suit never more than the cash that the
court is expected to bring is worth then, and in all never more than that of the claim:
nobody has to sue (docs/decisions/0049-no-cost-where-it-does-not-pay.md).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Self, get_args

import numpy as np
import numpy.typing as npt

from features.columns import Floats, Tabled
from features.compiled import compiled
from features.court_fees import (
    acceptance_fee_yuan,
    enforcement_fee_yuan,
    preservation_fee_yuan,
)
from models.pricing.assumptions import Assumptions
from models.pricing.bid import discount_factors
from models.pricing.liquidation.securities import unjudged
from models.pricing.sources import COLLATERAL

Cost = Literal[
    "enforcement_fee",
    "agency_fee",
    "servicing_fee",
    "sale_cost",
    "sale_tax",
    "acceptance_fee",
    "preservation_fee",
    "out_of_pocket",
]
COSTS: tuple[Cost, ...] = get_args(Cost)
UPFRONT = COSTS[-3:]
# Those of UPFRONT that a suit costs come first.
SUIT_KINDS = 2
CONTINGENT = COSTS[:-3]
COST_ZH: dict[str, str] = {
    "acceptance_fee": "案件受理费",
    "preservation_fee": "保全费",
    "out_of_pocket": "垫付费用",
    "enforcement_fee": "执行费",
    "agency_fee": "代理与委外费",
    "servicing_fee": "资产服务费",
    "sale_cost": "押品处置费用",
    "sale_tax": "押品处置税费",
}


@dataclass(frozen=True)
class Proceedings:
    """What the costs of each claim depend on (n).

    Attributes:
        claim_yuan: The whole claim, shape (n,).
        suit_rate: Chance that a suit has to be filed still, shape (n,).
        agency_rate: Fee of lawyers and agents over gross cash, shape (n,).
        unspent_rate: Share of what is spent up front that is not spent yet: all at
            the cut-off date, less once the work has begun.
        sale_rate: Share of the cash for which collateral has to be sold in court,
            shape (n,); None where the cash of
            collateral itself bears the cost of its sale.
    """

    claim_yuan: Floats
    suit_rate: Floats
    agency_rate: Floats
    unspent_rate: float = 1.0
    sale_rate: Floats | None = None

    @cached_property
    def sales(self) -> Floats:
        """The rate of sales, NaN where the cash of collateral is meant, (n,)."""
        known = self.sale_rate
        return np.full(len(self.claim_yuan), np.nan) if known is None else known

    def of(self, rows: slice) -> Self:
        """The same of some claims."""
        return replace(
            self,
            claim_yuan=self.claim_yuan[rows],
            suit_rate=self.suit_rate[rows],
            agency_rate=self.agency_rate[rows],
            sale_rate=None if self.sale_rate is None else self.sale_rate[rows],
        )


def proceedings(
    package: Tabled,
    segments: npt.NDArray[np.str_],
    assumptions: Assumptions,
    sale_rate: Floats | None = None,
) -> Proceedings:
    """What the costs of the claims of a package depend on.

    A claim that does not state its stage counts as not sued. A suit is counted for
    claims above the least amount that no court has judged, whether their limitation
    has expired or their obligor is insolvent: whatever keeps a suit from being filed
    never makes a claim dearer than the same one that may be sued for.

    Args:
        package: The claims.
        segments: Segment of each, shape (n,).
        assumptions: What the price rests on.
        sale_rate: As in ``Proceedings``.
    """
    claim_yuan = package.tables.claim_yuan
    worthwhile = claim_yuan > assumptions.suit_least_yuan
    files = unjudged(package) & worthwhile
    return Proceedings(
        claim_yuan,
        np.where(files, assumptions.suit_rate, 0.0),
        assumptions.agency_rates(segments),
        sale_rate=sale_rate,
    )


def upfront_yuan(known: Proceedings, assumptions: Assumptions) -> Floats:
    """What is spent before cash comes, by kind of UPFRONT, shape (3, n)."""
    planned = np.empty((len(UPFRONT), len(known.claim_yuan)))
    planned[0] = known.suit_rate * acceptance_fee_yuan(known.claim_yuan)
    planned[1] = known.suit_rate * preservation_fee_yuan(known.claim_yuan)
    planned[2] = np.minimum(
        assumptions.out_of_pocket_rate * known.claim_yuan,
        assumptions.out_of_pocket_cap_yuan,
    )
    planned *= known.unspent_rate
    return planned


def spent_upfront(planned: Floats, in_court: Floats, left: Floats) -> Floats:
    """Upfront costs that are worth incurring, in yuan, shape (kinds, n).

    Args:
        planned: What would be spent by kind of UPFRONT, shape (kinds, n).
        in_court: Worth at the start of the cash that courts are expected to bring
            within the horizon less the other costs of it, shape (n,).
        left: The same of all cash, shape (n,).
    """
    spent = np.empty_like(planned)
    _fill_spent(planned, in_court, left, spent)
    return spent


@compiled
def _fill_spent(planned: Floats, in_court: Floats, left: Floats, spent: Floats) -> None:
    for claim in range(len(left)):
        rest = max(left[claim], 0.0)
        bears = _borne(planned[:SUIT_KINDS, claim], min(in_court[claim], rest))
        for kind in range(SUIT_KINDS):
            spent[kind, claim] = bears * planned[kind, claim]
            rest -= spent[kind, claim]
        bears = _borne(planned[SUIT_KINDS:, claim], rest)
        for kind in range(SUIT_KINDS, len(planned)):
            spent[kind, claim] = bears * planned[kind, claim]


@compiled
def _borne(planned: Floats, cash: float) -> float:
    """Share of what is planned that some cash bears."""
    wanted = planned.sum()
    return min(max(cash, 0.0), wanted) / wanted if wanted > 0 else 0.0


def sold_yuan(gross: Floats, known: Proceedings) -> Floats:
    """Cash for which collateral has to be sold, shape (n, …).

    Args:
        gross: Cash by source, shape (sources, n, …).
        known: What the costs depend on.
    """
    if known.sale_rate is None:
        collateral: Floats = gross[COLLATERAL]
        return collateral
    total: Floats = gross.sum(axis=0)
    return (known.sale_rate * total.T).T


@dataclass(frozen=True)
class CostRates:
    """Cost of recovering the cash of each claim, as rates and upfront sums (n).

    Attributes:
        on_total: Costs that come with cash over all of it, shape (kinds, n).
        on_sold: The same over the cash of sales, shape (kinds, n).
        upfront_yuan: Spent in the first month after the start, by kind of UPFRONT,
            shape (3, n).
    """

    on_total: Floats
    on_sold: Floats
    upfront_yuan: Floats

    @classmethod
    def of(cls, gross: Floats, known: Proceedings, assumptions: Assumptions) -> Self:
        """The costs of expected cash.

        Args:
            gross: Expected cash by source, shape (sources, n, months).
            known: What the costs depend on.
            assumptions: What the price rests on.
        """
        claims, by_court = gross.shape[1], assumptions.enforced_rate
        cash, worth = np.empty((2, 3, claims))
        factors = _worth_at_start(assumptions, gross.shape[2])
        _sum_up(gross, known.sales, by_court, factors, cash, worth)
        on_total, on_sold = np.empty((2, len(CONTINGENT), claims))
        in_court, left = np.empty((2, claims))
        _fill_rates(
            cash,
            worth,
            enforcement_cost_yuan(cash[2], assumptions),
            by_court,
            known.agency_rate,
            assumptions.servicing_fee_rate,
            assumptions.sale_cost_rate,
            assumptions.sale_tax_rate,
            on_total,
            on_sold,
            in_court,
            left,
        )
        planned = upfront_yuan(known, assumptions)
        return cls(on_total, on_sold, spent_upfront(planned, in_court, left))


def _worth_at_start(assumptions: Assumptions, months: int) -> Floats:
    """Worth of a yuan at the end of each month when costs are advanced, (months,)."""
    start = min(assumptions.start_delay_months, months - 1)
    factors = discount_factors(months, assumptions.target_return_rate)
    worth: Floats = factors / factors[start]
    return worth


@compiled
def _sum_up(
    gross: Floats,
    sale_rate: Floats,
    by_court: float,
    factors: Floats,
    cash: Floats,
    worth: Floats,
) -> None:
    """Fill in all cash of each claim, that of sales, and what courts enforce, (3, n).

    Args:
        gross: Expected cash by source, shape (sources, n, months).
        sale_rate: Share of the cash for which collateral has to be sold, (n,); NaN
            where the cash of collateral is meant.
        by_court: Share of other cash that courts enforce.
        factors: Worth at the start of a yuan at the end of each month, (months,).
        cash: What is filled.
        worth: The same at the start, filled too.
    """
    for claim in range(gross.shape[1]):
        cash[:2, claim], worth[:2, claim] = 0.0, 0.0
        for source in range(len(gross)):
            came, counted = 0.0, 0.0
            for month in range(len(factors)):
                came += gross[source, claim, month]
                counted += factors[month] * gross[source, claim, month]
            cash[0, claim] += came
            worth[0, claim] += counted
            if source == COLLATERAL:
                cash[1, claim], worth[1, claim] = came, counted
        for sums in (cash, worth):
            if not np.isnan(sale_rate[claim]):
                sums[1, claim] = sale_rate[claim] * sums[0, claim]
            others = sums[0, claim] - sums[1, claim]
            sums[2, claim] = sums[1, claim] + by_court * others


@compiled
def _fill_rates(
    cash: Floats,
    worth: Floats,
    fee: Floats,
    by_court: float,
    agency_rate: Floats,
    servicing_rate: float,
    sale_rate: float,
    tax_rate: float,
    on_total: Floats,
    on_sold: Floats,
    in_court: Floats,
    left: Floats,
) -> None:
    """Fill in the costs that come with cash, over all of it and over that of sales.

    The fee of enforcement is that of the expected amount, spread as the cash comes;
    its table flattens, so that this is not less than the expected fee.

    Args:
        cash: All, of sales, and enforced, shape (3, n).
        worth: The same at the start, shape (3, n).
        fee: Of enforcing the latter, shape (n,).
        by_court: Share of other cash than that of sales that courts enforce.
        agency_rate: Fee of lawyers and agents over all cash, shape (n,).
        servicing_rate: Fee of the servicer over all cash.
        sale_rate: Cost of sales over their cash.
        tax_rate: Taxes over it.
        on_total: Costs by kind of CONTINGENT, shape (kinds, n).
        on_sold: The same.
        in_court: What they leave of the worth of what courts bring, shape (n,).
        left: What they leave of the worth of all, shape (n,).
    """
    for claim in range(len(fee)):
        total, sold, enforced = worth[0, claim], worth[1, claim], worth[2, claim]
        fee_rate = fee[claim] / (cash[2, claim] if cash[2, claim] > 0 else 1.0)
        on_total[:, claim], on_sold[:, claim] = 0.0, 0.0
        on_total[0, claim] = by_court * fee_rate
        on_sold[0, claim] = (1.0 - by_court) * fee_rate
        on_total[1, claim] = agency_rate[claim]
        on_total[2, claim] = servicing_rate
        on_sold[3, claim], on_sold[4, claim] = sale_rate, tax_rate
        left[claim] = total
        for kind in range(len(on_total)):
            left[claim] -= on_total[kind, claim] * total + on_sold[kind, claim] * sold
        kept = 1.0 - agency_rate[claim] - servicing_rate
        in_court[claim] = left[claim] - kept * (total - enforced)


def costs(
    gross: Floats, known: Proceedings, assumptions: Assumptions
) -> Iterator[tuple[Cost, Floats]]:
    """Each kind of cost in yuan by claim and month, shape (n, months).

    Args:
        gross: Expected cash by source, shape (sources, n, months).
        known: What the costs depend on.
        assumptions: What the price rests on.
    """
    rates = CostRates.of(gross, known, assumptions)
    total, sold = gross.sum(axis=0), sold_yuan(gross, known)
    for kind, all_cash, sales in zip(
        CONTINGENT, rates.on_total, rates.on_sold, strict=True
    ):
        yield kind, all_cash[:, None] * total + sales[:, None] * sold
    start, months = assumptions.start_delay_months, gross.shape[2]
    for kind, amount in zip(UPFRONT, rates.upfront_yuan, strict=True):
        yield kind, _at_start(amount, start, months)


def _at_start(amount: Floats, start_month: int, months: int) -> Floats:
    spent = np.zeros((len(amount), months))
    if start_month < months:
        spent[:, start_month] = amount
    return spent


def enforcement_cost_yuan(enforced_yuan: Floats, assumptions: Assumptions) -> Floats:
    """Enforcement fee that the buyer bears on each sum, at most the sum, shape (n,)."""
    fee = np.minimum(enforcement_fee_yuan(enforced_yuan), enforced_yuan)
    borne: Floats = assumptions.enforcement_fee_borne_rate * fee
    return borne
