"""A proposal valued for the holder of the claim: worth, range and cash by month."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from features.errors import AssumptionError, Finding
from features.package import Floats
from models.pricing.fen import FEN_PER_YUAN, Fen
from models.pricing.restructuring.plan import Plan, Variants, equity_fen, write_out
from models.pricing.restructuring.recovery import NOBODY, Claims, Recovered, recovered
from models.pricing.restructuring.terms import RestructuringTerms
from models.pricing.restructuring.worth import (
    Discounted,
    Outcomes,
    Stream,
    Survival,
    gain_of_failing,
    outcomes,
    values,
)

# A list of instalments may differ from the debt by what people round away.
LISTED_WITHIN_YUAN = 1.0
# Sums of fen in floating point are not nearer to nothing than this.
NOTHING_FEN = 1e-3


@dataclass(frozen=True)
class Basis:
    """What every proposal of a claim is valued on.

    Attributes:
        discount_rate: Effective yearly rate.
        servicing_rate: Share of every payment that collecting it costs; what comes
            after a re-default is stated net.
    """

    discount_rate: float
    servicing_rate: float = 0.0


@dataclass(frozen=True)
class Restructuring:
    """A proposal with what it is worth to the holder of the claim.

    Attributes:
        plan: The proposal written out.
        basis: What it is valued on.
        others: What the other creditors are owed under the plan.
    """

    plan: Plan
    basis: Basis
    others: Claims = NOBODY

    @cached_property
    def recovered(self) -> Recovered:
        """What everybody gets at re-default, fen."""
        return recovered(self.plan, self.others)

    @cached_property
    def survival(self) -> Survival:
        """Chances over time."""
        return Survival.of(self.plan.hazard)

    @cached_property
    def flows(self) -> Discounted:
        """The holder's stream in fen of today."""
        return Discounted.of(self.stream, self.basis.discount_rate)

    @property
    def stream(self) -> Stream:
        """The holder's cash in fen, with the new money where the holder lends it."""
        plan, left = self.plan, self.recovered
        paid = plan.old.paid * (1 - self.basis.servicing_rate) + equity_fen(plan)
        own = Stream(0.0, paid, left.this, plan.terms.re_default.lag)
        terms = plan.terms.new_money
        if terms is None or terms.provider == "other":
            return own
        lent = new_money_stream(plan, left)
        return Stream(
            lent.upfront,
            own.paid + lent.paid,
            own.recovered + lent.recovered,
            own.lag_months,
        )

    @cached_property
    def variant_values_fen(self) -> Floats:
        """Expected present value of each variant, shape (variants,)."""
        chance = self.plan.branches.probability
        by_row = values(self.flows, self.survival).reshape(-1, len(chance))
        worth: Floats = by_row @ chance
        return worth

    @property
    def value_yuan(self) -> float:
        """Expected present value of the first variant."""
        return float(self.variant_values_fen[0]) / FEN_PER_YUAN

    @cached_property
    def outcomes(self) -> Outcomes:
        """Every way it can end, in yuan; of a plan with one variant."""
        ways = outcomes(self.flows, self.survival, self.plan.branches.probability)
        return Outcomes(ways.present_value / FEN_PER_YUAN, ways.probability)

    @property
    def failing_pays(self) -> bool:
        """Whether in some month of some branch failing is worth more than going on."""
        gain = gain_of_failing(self.flows, self.plan.hazard)
        return bool(np.any(gain > NOTHING_FEN))


def restructure(
    terms: RestructuringTerms, claim_yuan: float, basis: Basis
) -> Restructuring:
    """Value a proposal.

    Args:
        terms: The proposal.
        claim_yuan: The whole claim.
        basis: What it is valued on.

    Raises:
        AssumptionError: Listed instalments do not add up to the restructured debt.
    """
    plan = write_out(terms, claim_yuan)
    _check_list(terms, float(plan.debt_fen[0]) / FEN_PER_YUAN)
    return Restructuring(plan, basis)


def _check_list(terms: RestructuringTerms, debt_yuan: float) -> None:
    if not terms.schedule.instalments:
        return
    listed = sum(i.principal_yuan for i in terms.schedule.instalments)
    if abs(listed - debt_yuan) <= LISTED_WITHIN_YUAN:
        return
    finding = Finding(
        "listed_differs",
        f"the instalments of {terms.name} add up to {listed:,.2f} yuan but "
        f"{debt_yuan:,.2f} are owed after haircut and conversion; correct either",
        f"方案{terms.name}各期本金合计{listed:,.2f}元，而减免与转股后债务为"
        f"{debt_yuan:,.2f}元；请更正",
        table="",
        field="instalments",
    )
    raise AssumptionError(finding.reason, [finding])


def new_money_stream(plan: Plan, left: Recovered) -> Stream:
    """The lender's cash of the new money in fen; nothing where there is none."""
    nothing = np.zeros_like(plan.old.before)
    lag = plan.terms.re_default.lag
    terms, loan = plan.terms.new_money, plan.new_money
    if terms is None or loan is None:
        return Stream(0.0, nothing, nothing, lag)
    paid = nothing + loan.paid
    lent = terms.amount_yuan * FEN_PER_YUAN
    if terms.month > 0:
        paid[:, terms.month - 1] -= lent
    return Stream(0.0 if terms.month else -lent, paid, left.new_money, lag)


@dataclass(frozen=True)
class CashByMonth:
    """A proposal's cash by month, mean over the branches, whole fen.

    Attributes:
        due_fen: What the terms ask if the plan holds, shape (months,).
        expected_fen: What is expected of it, shape (months + lag,), recoveries apart.
        recovered_fen: Expected after re-defaults, shape (months + lag,).
        survival_rate: Chance that the plan holds after the month, (months,).
    """

    due_fen: Fen
    expected_fen: Fen
    recovered_fen: Fen
    survival_rate: Floats


def cash_by_month(restructuring: Restructuring) -> CashByMonth:
    """The holder's gross cash by month, new money apart.

    Cumulated cash is rounded, as in the cash flow of a package, so that totals hold.
    """
    plan, survival = restructuring.plan, restructuring.survival
    chance, lag = plan.branches.probability, plan.terms.re_default.lag
    promised = plan.old.paid + equity_fen(plan)
    left = restructuring.recovered.this * survival.failing
    return CashByMonth(
        _whole(chance @ promised),
        _whole(np.pad(chance @ (promised * survival.after), (0, lag))),
        _whole(np.pad(chance @ left, (lag, 0))),
        chance @ survival.after,
    )


def _whole(monthly_fen: Floats) -> Fen:
    cumulated: Fen = np.rint(np.cumsum(monthly_fen)).astype(np.int64)
    whole: Fen = np.ediff1d(cumulated, to_begin=cumulated[:1])
    return whole


def grid_values_yuan(
    terms: RestructuringTerms,
    claim_yuan: float,
    basis: Basis,
    haircut_rates: Floats,
    interest_rates: Floats,
    months: Floats,
) -> Floats:
    """Value of the proposal over a grid, in one pass.

    Args:
        terms: The proposal.
        claim_yuan: The whole claim.
        basis: What it is valued on.
        haircut_rates: Shape (h,).
        interest_rates: Nominal yearly rates of the first schedule, shape (i,).
        months: Numbers of its instalments, shape (m,).

    Returns:
        Expected present value in yuan, shape (h, i, m).
    """
    axes = np.meshgrid(haircut_rates, interest_rates, months, indexing="ij")
    plan = write_out(terms, claim_yuan, Variants(*(axis.ravel() for axis in axes)))
    worth = Restructuring(plan, basis).variant_values_fen / FEN_PER_YUAN
    return worth.reshape(axes[0].shape)
