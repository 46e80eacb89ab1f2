"""A proposal written out month by month, for every branch of its milestones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from features.package import Floats, Ints
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.restructuring.amortisation import (
    Bools,
    Dues,
    RunOff,
    dues,
    fen,
    run_off,
)
from models.pricing.restructuring.branches import (
    MET,
    MISSED,
    Branches,
    branches,
)
from models.pricing.restructuring.schedule_terms import RepaymentSchedule
from models.pricing.restructuring.terms import (
    MilestoneChange,
    NewMoney,
    RestructuringTerms,
)


@dataclass(frozen=True)
class Variants:
    """Proposals that differ from the terms in a few numbers, shape (variants,) each.

    Attributes:
        haircut_rate: Share of the claim written off.
        interest_rate: Nominal yearly rate of the schedule the plan begins with.
        months: Number of its instalments.
    """

    haircut_rate: Floats
    interest_rate: Floats
    months: Floats

    def __len__(self) -> int:
        """Number of variants."""
        return len(self.months)

    @classmethod
    def as_proposed(cls, terms: RestructuringTerms) -> "Variants":
        """The proposal itself."""
        return cls.with_haircuts(terms, np.array([terms.haircut_rate]))

    @classmethod
    def with_haircuts(
        cls, terms: RestructuringTerms, haircut_rate: Floats
    ) -> "Variants":
        """The proposal with other haircuts."""
        same = np.ones(len(haircut_rate))
        schedule = terms.schedule
        return cls(haircut_rate, schedule.interest_rate * same, schedule.months * same)


@dataclass(frozen=True)
class Plan:
    """Proposals written out; a row is a variant in a branch, variants slowest.

    Money is in whole fen. Months run from 1, column 0, to the last in which anything
    may be owed.

    Attributes:
        terms: The proposal.
        claim_fen: The claim as it is owed now.
        branches: Outcomes of its milestones.
        debt_fen: Owed when the plan begins, shape (rows,).
        old: Run-off of the restructured debt.
        collateral_fen: What pledged collateral would bring at re-default before the
            month's instalment, shape (rows, months).
        new_money: Run-off of the new money, one row; None without.
        base_rate: Hazard of each month as stated, shape (months,).
        hazard_factor: What it is multiplied by, shape (rows, months).
        outstanding: Whether anything is owed, lent or held in equity in a month or
            after it, shape (rows, months); nothing can fail later.
    """

    terms: RestructuringTerms
    claim_fen: float
    branches: Branches
    debt_fen: Floats
    old: RunOff
    collateral_fen: Floats
    new_money: RunOff | None
    base_rate: Floats
    hazard_factor: Floats
    outstanding: Bools

    @property
    def months(self) -> int:
        """Months that the plan may last."""
        return len(self.base_rate)

    @property
    def hazard(self) -> Floats:
        """Chance of a re-default in each month if none came before, (rows, months)."""
        return np.minimum(self.base_rate * self.hazard_factor, 1.0) * self.outstanding

    def at_hazard(self, monthly_rate: float) -> "Plan":
        """The same with one hazard in place of those stated; factors stay."""
        return replace(self, base_rate=np.full(self.months, monthly_rate))

    def at_hazard_times(self, factor: float) -> "Plan":
        """The same with every hazard multiplied."""
        return replace(self, base_rate=self.base_rate * factor)


def write_out(
    terms: RestructuringTerms, claim_yuan: float, variants: Variants | None = None
) -> Plan:
    """Write proposals out.

    Args:
        terms: The proposal.
        claim_yuan: The whole claim.
        variants: Proposals that differ from it in haircut, rate or months; the
            proposal alone when absent.
    """
    chosen = Variants.as_proposed(terms) if variants is None else variants
    ways = branches(terms.milestones)
    rows = _crossed(chosen, len(ways.probability))
    outcomes = np.tile(ways.outcomes, (len(chosen), 1))
    horizon = _horizon(terms, chosen)
    claim_fen = float(fen(claim_yuan))
    gone = np.rint(claim_fen * rows.haircut_rate)
    debt = np.maximum(claim_fen - gone - np.rint(claim_fen * terms.converted_rate), 0)
    old = run_off(debt, gone, *_asked(terms, rows, outcomes, horizon))
    new_money = _new_money(terms.new_money, horizon)
    return Plan(
        terms,
        claim_fen,
        ways,
        debt,
        old,
        _collateral(terms, outcomes, horizon),
        new_money,
        _base_rate(terms, horizon),
        _factor(terms, outcomes, horizon),
        _outstanding(terms, old, new_money),
    )


def _crossed(variants: Variants, ways: int) -> Variants:
    columns = (variants.haircut_rate, variants.interest_rate, variants.months)
    return Variants(*(np.repeat(column, ways) for column in columns))


def _horizon(terms: RestructuringTerms, variants: Variants) -> int:
    begun = terms.schedule
    longest = begun.last_month - begun.months + int(variants.months.max())
    ends = [begun.last_month if begun.instalments else longest]
    ends += [m.month + 1 for m in terms.milestones]
    ends += [
        m.month + change.schedule.last_month
        for m in terms.milestones
        for change in (m.met, m.missed)
        if change.schedule is not None
    ]
    ends += [terms.equity.exit_month] if terms.equity else []
    ends += [terms.new_money.month + terms.new_money.months] if terms.new_money else []
    return max(ends)


def _changes(
    terms: RestructuringTerms, outcomes: Ints
) -> Iterator[tuple[int, MilestoneChange, Ints]]:
    """Month and change of each outcome, with the rows where it comes true."""
    for number, milestone in enumerate(terms.milestones):
        for way, change in ((MET, milestone.met), (MISSED, milestone.missed)):
            rows = np.flatnonzero(outcomes[:, number] == way)
            if len(rows):
                yield milestone.month, change, rows


def _asked(
    terms: RestructuringTerms, rows: Variants, outcomes: Ints, horizon: int
) -> tuple[Dues, Floats, Floats]:
    """What the terms ask of each row, with prepayments and revived debt."""
    begun = dues(terms.schedule, rows.months, rows.interest_rate, 0, horizon)
    asked = begun.copy()
    prepayment = np.zeros((len(rows), horizon))
    revived = np.zeros((len(rows), horizon))
    for month, change, hit in _changes(terms, outcomes):
        prepayment[hit, month - 1] += fen(change.prepayment_yuan)
        revived[hit, month - 1] += fen(change.revived_yuan)
        if change.schedule is not None:
            _switch(asked, change.schedule, month, hit, horizon)
    return asked, prepayment, revived


def _switch(
    asked: Dues, schedule: RepaymentSchedule, month: int, hit: Ints, horizon: int
) -> None:
    ones = np.ones(1)
    later = dues(
        schedule, schedule.months * ones, schedule.interest_rate * ones, month, horizon
    )
    asked.principal_share[hit, month:] = later.principal_share[:, month:]
    asked.interest_rate[hit, month:] = later.interest_rate[:, month:]
    asked.added[hit, month:] = later.added[:, month:]


def _collateral(terms: RestructuringTerms, outcomes: Ints, horizon: int) -> Floats:
    shape = (len(outcomes), horizon)
    pledged: Floats = np.full(shape, float(fen(terms.re_default.collateral_yuan)))
    for month, change, hit in _changes(terms, outcomes):
        pledged[hit, month:] -= fen(change.released_yuan)
    left: Floats = np.maximum(pledged, 0.0)
    return left


def _new_money(terms: NewMoney | None, horizon: int) -> RunOff | None:
    if terms is None:
        return None
    one = np.ones(1)
    schedule = RepaymentSchedule(
        kind=terms.kind, months=terms.months, interest_rate=terms.interest_rate
    )
    after = horizon - terms.month
    loan = run_off(
        one * fen(terms.amount_yuan),
        np.zeros(1),
        dues(schedule, one * terms.months, one * terms.interest_rate, 0, after),
        np.zeros((1, after)),
        np.zeros((1, after)),
    )
    flows = (loan.before, loan.principal, loan.interest, loan.prepaid, loan.written_off)
    return RunOff(*(np.pad(flow, ((0, 0), (terms.month, 0))) for flow in flows))


def _base_rate(terms: RestructuringTerms, horizon: int) -> Floats:
    rate = np.full(horizon, terms.re_default.hazard_rate)
    for phase in terms.re_default.phases:
        rate[phase.from_month - 1 :] = phase.monthly_rate
    return rate


def _factor(terms: RestructuringTerms, outcomes: Ints, horizon: int) -> Floats:
    factor = np.ones((len(outcomes), horizon))
    for month, change, hit in _changes(terms, outcomes):
        factor[hit, month:] *= change.hazard_factor
    if terms.new_money is not None:
        factor[:, terms.new_money.month :] *= terms.new_money.hazard_factor
    return factor


def _outstanding(
    terms: RestructuringTerms, old: RunOff, new_money: RunOff | None
) -> Bools:
    """Months in which anything is owed or will be, or equity is held."""
    owed = old.before > 0
    if new_money is not None:
        owed = owed | (new_money.before > 0)
    if terms.equity is not None:
        owed[:, terms.equity.exit_month - 1] = True
    ahead: Bools = np.flip(np.logical_or.accumulate(np.flip(owed, 1), 1), 1)
    return ahead


def equity_fen(plan: Plan) -> Floats:
    """Expected proceeds of the equity if the plan holds, shape (months,)."""
    proceeds = np.zeros(plan.months)
    equity = plan.terms.equity
    if equity is not None:
        proceeds[equity.exit_month - 1] = equity.value_yuan * FEN_PER_YUAN
    return proceeds
