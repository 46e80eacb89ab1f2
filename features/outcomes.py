"""What became of claims: realised recovery, the claim x quarter panel, censoring."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features.belonging import check_belonging
from features.collateral.sales import check_sales
from features.errors import HistoryError
from features.package import (
    FIRST_ROW,
    Floats,
    Ints,
    Package,
    canonical_table,
    claim_rows,
    days,
    numbers,
)

Bools = npt.NDArray[np.bool_]
DAYS_PER_MONTH = 365.25 / 12
PARTS_OF_A_MONTH = 31
MONTHS_PER_QUARTER = 3
# Without timing all of the recovery counts, whenever it may have come.
UNTIMED_HORIZON_MONTHS = 1200


@dataclass(frozen=True)
class History:
    """Claims at their own cut-off dates, the cash that followed, and their status.

    Attributes:
        name: Source, as shown beside every figure that comes from it.
        simulated: Whether the claims never existed.
        timing_observed: Whether the ledger says when cash came; without it only
            the ultimate recovery is known.
        observed_until: Last date on which the ledger is complete.
        package: Claims, collateral and guarantees; each claim with its cut-off.
        ledger: Cash of the claims; schema ``catalogue.arrow_schema("ledger")``.
        workouts: Status of each claim, in the order of the claims.
        sales: Attempts to sell collateral; empty where nobody noted them. Schema
            ``catalogue.arrow_schema("sales")``.
    """

    name: str
    simulated: bool
    timing_observed: bool
    observed_until: date
    package: Package
    ledger: pa.Table
    workouts: pa.Table
    sales: pa.Table = field(default_factory=lambda: canonical_table("sales", None))

    def __len__(self) -> int:
        """Number of claims."""
        return len(self.package)

    def take(self, rows: Ints) -> "History":
        """The history of some claims only, in the order given."""
        package = self.package.take(rows)
        ids = package.claims["claim_id"]
        return replace(
            self,
            package=package,
            ledger=self.ledger.filter(pc.is_in(self.ledger["claim_id"], ids)),
            workouts=self.workouts.take(pa.array(rows)),
            sales=self.sales.filter(pc.is_in(self.sales["claim_id"], ids)),
        )

    def between(self, first: date, last: date) -> "History":
        """The claims whose cut-off date lies within two dates, both included."""
        cutoff = days(self.package.claims, "cutoff_date")
        inside = (cutoff >= _day_number(first)) & (cutoff <= _day_number(last))
        return self.take(np.flatnonzero(inside))

    def known_on(self, day: date) -> "History":
        """What was known on a day: claims cut off before, cash and sales until then.

        Work-outs that closed later were open on that day.
        """
        cutoff = days(self.package.claims, "cutoff_date")
        past = self.take(np.flatnonzero(cutoff <= _day_number(day)))
        ledger = past.ledger.filter(pc.less_equal(past.ledger["date"], pa.scalar(day)))
        sales = past.sales.filter(
            pc.less_equal(past.sales["sale_date"], pa.scalar(day))
        )
        return replace(
            past,
            ledger=ledger,
            workouts=_workouts_on(past.workouts, day),
            sales=sales,
            observed_until=min(day, self.observed_until),
        )


@dataclass(frozen=True)
class Outcomes:
    """Realised recovery of each claim up to a horizon.

    Attributes:
        gross_rate: Cash recovered over claim, shape (n,), within [0, 1].
        net_rate: The same less costs, shape (n,); may be negative.
        observed_months: Months from cut-off to the end of observation, shape (n,).
        resolved: Whether nothing more can come: the work-out is closed or the
            horizon has passed, shape (n,).
    """

    gross_rate: Floats
    net_rate: Floats
    observed_months: Floats
    resolved: Bools


@dataclass(frozen=True)
class Panel:
    """One row for each claim and each quarter that was observed whole.

    Attributes:
        claim: Row of the claim, shape (rows,).
        quarter: Quarter since cut-off, from 0, shape (rows,).
        share: Share of the claim recovered in that quarter, shape (rows,).
    """

    claim: Ints
    quarter: Ints
    share: Floats


def _day_number(day: date) -> int:
    return (day - date(1970, 1, 1)).days


def _workouts_on(workouts: pa.Table, day: date) -> pa.Table:
    later = pc.greater(workouts["status_date"], pa.scalar(day))
    columns = {
        "status": pc.if_else(later, "open", workouts["status"]),
        "status_date": pc.if_else(later, pa.scalar(day), workouts["status_date"]),
        "disposal_path": pc.if_else(
            later, pa.scalar(None, pa.string()), workouts["disposal_path"]
        ),
    }
    for name, column in columns.items():
        position = workouts.schema.get_field_index(name)
        workouts = workouts.set_column(position, name, column)
    return workouts


def months_between(first: Floats, last: Floats) -> Floats:
    """Months from days to other days, both as days since 1970, of one shape.

    Whole calendar months are whole numbers, from the end of a month to the end of
    another too; the rest counts in parts of 31.
    """
    parts = _parts_of_months(last) - _parts_of_months(first)
    months: Floats = parts / PARTS_OF_A_MONTH
    return months


def period_of(months: Floats, length_months: int = 1) -> Ints:
    """Number from 0 of the period in which something came, of the shape of the months.

    The last day of a period belongs to it: a cut-off date is over once its day is, and
    what is booked on the last of a month is that month's. What comes on the cut-off
    date itself is of the first period.

    Args:
        months: Months from the cut-off date, none below 0.
        length_months: Months of a period.
    """
    number: Ints = np.maximum(np.ceil(months / length_months), 1).astype(np.int64) - 1
    return number


def booking_interval_months(ledger: pa.Table) -> float:
    """Median months between days with entries; infinite where all are of one day."""
    entered = np.unique(days(ledger, "date"))
    between = months_between(entered[:-1], entered[1:])
    return float(np.median(between)) if len(between) else np.inf


def _parts_of_months(day_numbers: Floats) -> Ints:
    """Days on a calendar whose months all have 31, the last day being the 31st."""
    day = day_numbers.astype(np.int64).astype("datetime64[D]")
    month = day.astype("datetime64[M]")
    of_month = (day - month).astype(np.int64) + 1
    ends = (day + 1).astype("datetime64[M]") != month
    return month.astype(np.int64) * PARTS_OF_A_MONTH + np.where(
        ends, PARTS_OF_A_MONTH, of_month
    )


def _months_after_cutoff(history: History, rows: Ints) -> Floats:
    """Months from each ledger row's claim's cut-off to the cash, shape (rows,)."""
    cutoff = days(history.package.claims, "cutoff_date")[rows]
    return months_between(cutoff, days(history.ledger, "date"))


def _cash(history: History, kind: str, horizon_months: int) -> Floats:
    """Cash of one kind within the horizon per claim in yuan, shape (n,)."""
    rows = claim_rows(history.package, history.ledger)
    wanted = pc.equal(history.ledger["kind"], kind).to_numpy(zero_copy_only=False)
    in_time = _months_after_cutoff(history, rows) <= horizon_months
    chosen = wanted & in_time
    amounts = numbers(history.ledger, "amount")
    totals: Floats = np.bincount(
        rows[chosen], amounts[chosen], minlength=len(history)
    ).astype(np.float64)
    return totals


def closed_workouts(history: History) -> Bools:
    """Whether each work-out had ended by the end of observation, shape (n,).

    What a work-out paid that ended later is not known: it is open as far as is seen.
    """
    status = history.workouts["status"].to_numpy(zero_copy_only=False)
    ended = days(history.workouts, "status_date")
    seen = ended <= _day_number(history.observed_until)
    closed: Bools = np.logical_and(status == "closed", seen)
    return closed


def age_months(history: History) -> Floats:
    """Months from cut-off to the end of the ledger, shape (n,)."""
    cutoff = days(history.package.claims, "cutoff_date")
    until = np.full(len(history), _day_number(history.observed_until), np.float64)
    return months_between(cutoff, until)


def observed_months(history: History) -> Floats:
    """Months from cut-off to the end of observation, shape (n,).

    A closed work-out is known to pay nothing more until the ledger ends; an open one
    is known until it was last seen.
    """
    cutoff = days(history.package.claims, "cutoff_date")
    until = float(_day_number(history.observed_until))
    last_seen = np.minimum(days(history.workouts, "status_date"), until)
    return months_between(cutoff, np.where(closed_workouts(history), until, last_seen))


def realised(history: History, horizon_months: int) -> Outcomes:
    """Realised recovery of each claim, gross and net of costs.

    A recovery above the claim (interest accrued since the cut-off) counts as the
    whole claim. Book value of assets taken in kind is not cash and not counted.
    """
    claim = history.package.claim_yuan()
    recovered = _cash(history, "recovery", horizon_months)
    gross = np.clip(recovered / claim, 0.0, 1.0)
    net = gross - _cash(history, "cost", horizon_months) / claim
    months = observed_months(history)
    resolved = closed_workouts(history) | (months >= horizon_months)
    return Outcomes(gross, net, months, resolved)


def quarter_panel(history: History, horizon_quarters: int) -> Panel:
    """The quarters that were observed whole, open work-outs up to their censoring.

    A closed work-out keeps its later quarters as observed zeros until the end of
    observation: dropping them would call every recent closed claim a success.
    Where timing is not observed, the one row of a resolved claim holds all of it.
    """
    if not history.timing_observed:
        return _ultimate_panel(history)
    months = observed_months(history)
    whole = np.clip(months // MONTHS_PER_QUARTER, 0, horizon_quarters).astype(np.int64)
    claim = np.repeat(np.arange(len(history)), whole)
    first = np.cumsum(whole) - whole
    quarter = np.arange(len(claim)) - np.repeat(first, whole)
    share = paid_shares(history, horizon_quarters)
    return Panel(claim, quarter, share[claim, quarter])


def _ultimate_panel(history: History) -> Panel:
    outcomes = realised(history, UNTIMED_HORIZON_MONTHS)
    rows = np.flatnonzero(outcomes.resolved)
    return Panel(rows, np.zeros_like(rows), outcomes.gross_rate[rows])


@dataclass(frozen=True)
class Movements:
    """Every movement of one kind in the ledger.

    Attributes:
        claim: Row of the claim, shape (rows,).
        months: Months from its cut-off to the cash, shape (rows,).
        rate: Cash over claim, shape (rows,).
    """

    claim: Ints
    months: Floats
    rate: Floats


def recoveries(history: History) -> Movements:
    """The recoveries of a history, in the order of its ledger."""
    return _movements(history, "recovery")


def costs(history: History) -> Movements:
    """The costs of a history, in the order of its ledger."""
    return _movements(history, "cost")


def _movements(history: History, kind: str) -> Movements:
    rows = claim_rows(history.package, history.ledger)
    chosen = pc.equal(history.ledger["kind"], kind).to_numpy(zero_copy_only=False)
    rate = numbers(history.ledger, "amount") / history.package.claim_yuan()[rows]
    months = _months_after_cutoff(history, rows)
    return Movements(rows[chosen], months[chosen], rate[chosen])


def paid_shares(history: History, horizon_quarters: int) -> Floats:
    """Share recovered per claim and quarter, shape (n, quarters), rows sum <= 1."""
    cash = recoveries(history)
    quarter = period_of(cash.months, MONTHS_PER_QUARTER)
    chosen = quarter < horizon_quarters
    shares = np.zeros((len(history), horizon_quarters))
    np.add.at(shares, (cash.claim[chosen], quarter[chosen]), cash.rate[chosen])
    cumulative = np.minimum(np.cumsum(shares, axis=1), 1.0)
    return np.diff(cumulative, axis=1, prepend=0.0)


def validated(history: History) -> History:
    """The history itself, once it can be trained on.

    Raises:
        HistoryError: No claim, a claim that stands twice, cash, collateral, a
            guarantee or status without a claim, cash before the cut-off or after the
            end of observation, work-outs not one per claim, a sale that cannot have
            been.
    """
    claim_ids = history.package.claim_ids
    check_distinct(claim_ids)
    if history.workouts["claim_id"].to_pylist() != claim_ids:
        raise HistoryError(
            "workouts must hold exactly one row per claim, in order",
            zh="workouts 应按债权顺序每笔债权恰好一行",
        )
    package = history.package
    for name, table in (
        ("collateral", package.collateral),
        ("guarantees", package.guarantees),
        ("ledger", history.ledger),
    ):
        check_belonging(package.claims, name, table)
    _check_ledger(history)
    check_sales(history.package, history.sales, history.observed_until)
    return history


def check_distinct(claim_ids: Sequence[str]) -> None:
    """Refuse claims of which there is none, or one twice.

    Raises:
        HistoryError: So it is.
    """
    if not claim_ids:
        raise HistoryError("the history holds no claim", zh="历史中没有任何债权")
    if len(set(claim_ids)) < len(claim_ids):
        twice = next(i for i, n in Counter(claim_ids).items() if n > 1)
        raise HistoryError(
            f"claims hold {twice!r} more than once; keep one row of it",
            zh=f"claims 中债权 {twice!r} 重复；请只保留一行",
        )


def _check_ledger(history: History) -> None:
    rows = claim_rows(history.package, history.ledger)
    last = history.observed_until
    too_early = _months_after_cutoff(history, rows) < 0
    too_late = days(history.ledger, "date") > _day_number(last)
    for broken, rule, rule_zh in (
        (too_early, "lies before the cut-off date of its claim", "早于该债权的基准日"),
        (
            too_late,
            f"lies after {last}, the end of observation",
            f"晚于流水截止日{last}",
        ),
    ):
        if broken.any():
            row = int(broken.argmax())
            cash = history.ledger.slice(row, 1).to_pylist()[0]
            raise HistoryError(
                f"ledger, row {row + FIRST_ROW}: cash of claim {cash['claim_id']!r} on "
                f"{cash['date']} {rule} (such rows: {broken.sum():,}); correct the "
                "date or drop the row",
                zh=f"ledger 第{row + FIRST_ROW}行：债权 {cash['claim_id']!r} 的收付日期"
                f"{cash['date']}{rule_zh}（此类行共{broken.sum():,}行）；"
                "请更正日期或删去该行",
            )
