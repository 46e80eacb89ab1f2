"""How a debt runs off, month by month and exact to the fen, for many plans at once.

Every kind of schedule is a share of the balance that falls due as principal: with k
instalments left it is 1/k for equal principal, i / ((1 + i)**k - 1) for an annuity at
the monthly rate i, and 0 until the last for a bullet. The last share is 1, so that the
instalments add up to the debt whatever was rounded before.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.package import Floats
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.restructuring.schedule_terms import RepaymentSchedule

Bools = npt.NDArray[np.bool_]
MONTHS_PER_YEAR = 12


@dataclass(frozen=True)
class Dues:
    """What the terms ask of the balance in each month, shape (rows, months) each.

    Attributes:
        principal_share: Share of the balance due as principal.
        interest_rate: Interest of the month over the balance.
        added: Whether that interest is added to the debt in place of being paid.
    """

    principal_share: Floats
    interest_rate: Floats
    added: Bools

    def copy(self) -> "Dues":
        """The same in memory of its own."""
        return Dues(
            self.principal_share.copy(), self.interest_rate.copy(), self.added.copy()
        )


@dataclass(frozen=True)
class RunOff:
    """A debt as it runs off if nobody re-defaults, whole fen, (rows, months) each.

    Attributes:
        before: Owed before the month's instalment.
        principal: Principal paid as scheduled.
        interest: Interest paid.
        prepaid: Principal paid beside the schedule.
        written_off: Written off and not owed again, before the month's instalment.
    """

    before: Floats
    principal: Floats
    interest: Floats
    prepaid: Floats
    written_off: Floats

    @property
    def paid(self) -> Floats:
        """Everything paid in each month."""
        return self.principal + self.interest + self.prepaid


def dues(
    schedule: RepaymentSchedule,
    months: Floats,
    yearly_rate: Floats,
    start: int,
    horizon: int,
) -> Dues:
    """What a schedule that starts at the end of a month asks of the balance.

    Args:
        schedule: Its kind and grace.
        months: Number of instalments of each row, shape (rows,).
        yearly_rate: Nominal interest of each row, shape (rows,).
        start: Month at whose end it starts; 0 for the beginning of the plan.
        horizon: Months of the result.
    """
    since = np.arange(1, horizon + 1) - start
    grace = (since >= 1) & (since <= schedule.grace_months)
    monthly = yearly_rate[:, None] / MONTHS_PER_YEAR
    waived = grace & (schedule.grace_interest == "waived")
    added = grace & (schedule.grace_interest == "added")
    shape = (len(months), horizon)
    return Dues(
        np.broadcast_to(_principal_share(schedule, months, monthly, since), shape),
        np.where(waived, 0.0, monthly),
        np.broadcast_to(added, shape),
    )


def _principal_share(
    schedule: RepaymentSchedule,
    months: Floats,
    monthly: Floats,
    since: npt.NDArray[np.int64],
) -> Floats:
    if schedule.kind == "listed":
        return _listed(schedule, since)[None, :]
    number = since - schedule.grace_months
    left = np.maximum(months[:, None] - number + 1, 1)
    return np.where(number < 1, 0.0, _share_by_kind(schedule.kind, left, monthly))


def _share_by_kind(kind: str, left: Floats, monthly: Floats) -> Floats:
    if kind == "bullet":
        return np.where(left == 1, 1.0, 0.0)
    if kind == "equal_principal":
        return 1 / left
    positive = np.where(monthly > 0, monthly, 1.0)
    annuity = positive / np.expm1(left * np.log1p(positive))
    share: Floats = np.where(monthly > 0, annuity, 1 / left)
    return share


def _listed(schedule: RepaymentSchedule, since: npt.NDArray[np.int64]) -> Floats:
    """Each instalment over those not yet paid; whatever is left after the last."""
    amounts = {i.month: i.principal_yuan for i in schedule.instalments}
    due = np.array([amounts.get(int(month), 0.0) for month in since])
    ahead = np.cumsum(due[::-1])[::-1]
    over = since >= schedule.last_month
    return np.where(over, 1.0, due / np.where(ahead > 0, ahead, 1.0))


def run_off(
    debt_fen: Floats,
    written_off_fen: Floats,
    dues: Dues,
    prepayment_fen: Floats,
    revived_fen: Floats,
) -> RunOff:
    """Let debts run off.

    Args:
        debt_fen: Owed at the start, whole fen, shape (rows,).
        written_off_fen: Written off at the start, whole fen, shape (rows,).
        dues: What falls due.
        prepayment_fen: Paid beside the schedule at the end of each month, at most the
            balance, shape (rows, months).
        revived_fen: Owed again from the end of each month, at most what was written
            off, shape (rows, months).
    """
    shape = dues.principal_share.shape
    flows = RunOff(*(np.zeros(shape) for _ in range(5)))
    balance, gone = debt_fen.copy(), written_off_fen.copy()
    for month in range(shape[1]):
        interest = np.rint(balance * dues.interest_rate[:, month])
        principal = np.rint(balance * dues.principal_share[:, month])
        prepaid = np.minimum(prepayment_fen[:, month], balance - principal)
        revived = np.minimum(revived_fen[:, month], gone)
        added = np.where(dues.added[:, month], interest, 0.0)
        flows.before[:, month], flows.written_off[:, month] = balance, gone
        flows.principal[:, month], flows.prepaid[:, month] = principal, prepaid
        flows.interest[:, month] = interest - added
        balance = balance - principal - prepaid + added + revived
        gone = gone - revived
    return flows


def fen(yuan: float | Floats) -> Floats:
    """Whole fen of an amount in yuan, kept as a float: exact up to 9e15."""
    whole: Floats = np.rint(np.asarray(yuan) * FEN_PER_YUAN)
    return whole
