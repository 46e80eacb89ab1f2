"""Assumed liquidation 假设清算法: all is sold, all are pursued, in legal order.

First the items (sale, its cost and taxes, builders and taxes owed, senior liens, the
maximum of the lien), then joint guarantors for what is still owed, then the obligor,
then guarantors who may point at the obligor first. Nobody pays more than is owed with
the cost of enforcing it, and nothing is paid twice.
"""

from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import TypeVar

import numpy as np

from features.collateral.value import HORIZON_QUARTERS, SalePrices
from features.court_fees import (
    acceptance_fee_yuan,
    enforcement_fee_yuan,
    preservation_fee_yuan,
)
from features.package import Floats, Ints, Package
from models.pricing.liquidation.items import (
    ItemSales,
    ItemSteps,
    item_sales,
    item_steps,
)
from models.pricing.liquidation.persons import (
    GuaranteeSteps,
    Guarantors,
    ObligorSteps,
    obligor_steps,
)
from models.pricing.liquidation.proportion import sums
from models.pricing.liquidation.securities import UNHEARD, Securities
from models.pricing.liquidation.terms import Labels, LiquidationTerms


@dataclass(frozen=True)
class Liquidation:
    """What every claim of a package brings in an assumed liquidation.

    Attributes:
        package: The package, with a row for each total that stands in for a table.
        claim_yuan: The whole claim, shape (n,).
        enforcing_yuan: Court fees that the obligor owes beside it, shape (n,).
        items: Waterfall of every row of collateral of that package.
        guarantees: What comes of every guarantee of it.
        collateral_yuan: Brought by the items, shape (n,).
        collateral_months: Months until then, weighted by yuan, NaN for nothing, (n,).
        guarantor_yuan: Paid by guarantors, shape (n,).
        guarantor_months: The same of them.
        cash_yuan: Paid by the obligor from accounts in reach, shape (n,).
        cash_months: The same of it.
        other_yuan: Paid by the obligor from whatever else he has, shape (n,).
        other_months: The same of it.
    """

    package: Package
    claim_yuan: Floats
    enforcing_yuan: Floats
    items: ItemSteps
    guarantees: GuaranteeSteps
    collateral_yuan: Floats
    collateral_months: Floats
    guarantor_yuan: Floats
    guarantor_months: Floats
    cash_yuan: Floats
    cash_months: Floats
    other_yuan: Floats
    other_months: Floats

    @property
    def owed_yuan(self) -> Floats:
        """Most that a claim can bring, shape (n,)."""
        return self.claim_yuan + self.enforcing_yuan

    @cached_property
    def obligor_yuan(self) -> Floats:
        """Paid by the obligor, shape (n,)."""
        return self.cash_yuan + self.other_yuan

    @cached_property
    def total_yuan(self) -> Floats:
        """Brought by everything and everybody, shape (n,)."""
        return self.collateral_yuan + self.guarantor_yuan + self.obligor_yuan


def liquidate(
    package: Package,
    prices: SalePrices,
    terms: LiquidationTerms,
    horizon_quarters: int = HORIZON_QUARTERS,
) -> Liquidation:
    """What a package brings if it is liquidated from the cut-off date on.

    The order of claims, items and guarantees decides nothing.

    Args:
        package: Claims with their collateral and guarantees.
        prices: What is known of sales of collateral.
        terms: What the liquidation rests on.
        horizon_quarters: Quarters within which a sale counts for its chance.
    """
    securities = Securities.of(package)
    sales = item_sales(securities.package, prices, terms, horizon_quarters)
    return _as_listed(_liquidated(securities, sales, terms), securities, package)


def _liquidated(
    securities: Securities, sales: ItemSales, terms: LiquidationTerms
) -> Liquidation:
    claim_yuan = securities.package.claim_yuan()
    enforcing = enforcing_yuan(claim_yuan, securities.stage)
    owed = claim_yuan + enforcing
    items = item_steps(securities, sales, terms, owed)
    collateral = sums(items.claim, items.lender_yuan, len(owed))
    guarantors = Guarantors(securities, terms, owed)
    need = np.maximum(owed - collateral, 0.0)
    joint = guarantors.call(~guarantors.general, need)
    obligor = obligor_steps(securities, terms, np.maximum(need - joint, 0.0))
    rest = need - joint - obligor.cash_yuan - obligor.other_yuan
    general = guarantors.call(guarantors.general, np.maximum(rest, 0.0))
    guarantees = guarantors.steps()
    return Liquidation(
        package=securities.package,
        claim_yuan=claim_yuan,
        enforcing_yuan=enforcing,
        items=items,
        guarantees=guarantees,
        collateral_yuan=collateral,
        collateral_months=_mean_months(items, items.lender_yuan, len(owed)),
        guarantor_yuan=joint + general,
        guarantor_months=_mean_months(guarantees, guarantees.paid_yuan, len(owed)),
        **_obligor(obligor, terms),
    )


def enforcing_yuan(claim_yuan: Floats, stage: Labels) -> Floats:
    """Court fees that obligors will owe beside their claims, shape (n,).

    The loser of a suit bears its fees and whoever is enforced against those of
    enforcement (Measures on the Payment of Litigation Costs, articles 29 and 38); a
    claim filed in insolvency costs nothing.

    Args:
        claim_yuan: Claims, shape (n,).
        stage: Their legal stage, shape (n,).
    """
    suit = acceptance_fee_yuan(claim_yuan) + preservation_fee_yuan(claim_yuan)
    unheard = np.isin(stage, UNHEARD)
    enforced = np.where(stage == "insolvency", 0.0, enforcement_fee_yuan(claim_yuan))
    fees: Floats = np.where(unheard, suit, 0.0) + enforced
    return fees


def _mean_months(
    steps: ItemSteps | GuaranteeSteps, yuan: Floats, claims: int
) -> Floats:
    """Months weighted by yuan, NaN where there is no yuan, shape (n,)."""
    months = np.where(yuan > 0, steps.months, 0.0)
    total = sums(steps.claim, yuan, claims)
    weighted = sums(steps.claim, yuan * months, claims)
    return weighted / np.where(total > 0, total, np.nan)


def _obligor(steps: ObligorSteps, terms: LiquidationTerms) -> dict[str, Floats]:
    cash, other = steps.cash_yuan, steps.other_yuan
    return {
        "cash_yuan": cash,
        "cash_months": np.where(cash > 0, terms.cash_months, np.nan),
        "other_yuan": other,
        "other_months": np.where(other > 0, steps.months, np.nan),
    }


def _as_listed(
    found: Liquidation, securities: Securities, package: Package
) -> Liquidation:
    """The same in the order in which the package lists everything, totals last."""
    claims = np.argsort(securities.claim_row)
    items = _order(securities.collateral_row)
    guarantees = _order(securities.guarantee_row)
    listed = Package(
        package.claims,
        found.package.collateral.take(items),
        found.package.guarantees.take(guarantees),
        package.header,
    )
    by_claim = {
        f.name: getattr(found, f.name)[claims]
        for f in fields(found)
        if f.name.endswith(("_yuan", "_months"))
    }
    return replace(
        found,
        package=listed,
        items=_taken(found.items, items, securities.claim_row),
        guarantees=_taken(found.guarantees, guarantees, securities.claim_row),
        **by_claim,
    )


def _order(rows: Ints) -> Ints:
    """Order that puts listed rows where they were and totals, -1, behind them."""
    order: Ints = np.argsort(np.where(rows < 0, len(rows), rows), kind="stable")
    return order


Steps = TypeVar("Steps", ItemSteps, GuaranteeSteps)


def _taken(steps: Steps, rows: Ints, claim_row: Ints) -> Steps:
    """Rows in another order, their claims numbered as the package lists them."""
    taken = {f.name: getattr(steps, f.name)[rows] for f in fields(steps)}
    return replace(steps, **{**taken, "claim": claim_row[taken["claim"]]})
