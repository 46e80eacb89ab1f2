"""Work-outs that are stated to have ended when they had not."""

from collections.abc import Iterator

import numpy as np

from features.console import say
from features.errors import Finding
from features.outcomes import (
    History,
    booking_interval_months,
    closed_workouts,
    months_between,
)
from features.package import Ints, claim_rows, days, numbers

# What is booked within a quarter of the closing belongs to it, and in a ledger that is
# booked once a year what is booked by the next time.
LATE_MONTHS = 3
# Share of the closed work-outs with cash that may have some later than that: what is
# taken up again, as an execution that was ended for want of assets, is a few in a
# hundred of a book.
LARGEST_PAID_AFTER_SHARE = 0.2
FEWEST_CLAIMS = 30


def closings(history: History) -> Iterator[Finding]:
    """A finding where many closed work-outs went on paying; fewer are told."""
    if not history.timing_observed:
        return
    _tell_closed_later(history)
    closed, rows = closed_workouts(history), claim_rows(history.package, history.ledger)
    kind = history.ledger["kind"].to_numpy(zero_copy_only=False)
    paid = (kind == "recovery") & (numbers(history.ledger, "amount") > 0) & closed[rows]
    ended = days(history.workouts, "status_date")[rows]
    months = months_between(ended, days(history.ledger, "date"))
    bound = LATE_MONTHS + booking_interval_months(history.ledger)
    late = np.flatnonzero(paid & (months > bound))
    if len(late):
        claims = np.unique(rows[late])
        share = len(claims) / len(np.unique(rows[paid]))
        yield from _paid_after(history, late, len(claims), share, f"{bound:.0f}")


def _paid_after(
    history: History, late: Ints, claims: int, share: float, months: str
) -> Iterator[Finding]:
    """What is said of recoveries that came long after the end of their work-outs.

    Args:
        history: The history.
        late: Rows of the ledger that hold those recoveries.
        claims: How many claims they are of.
        share: Of the closed work-outs that paid, those claims.
        months: Months after which they came.
    """
    entry = history.ledger.slice(int(late[0]), 1).to_pylist()[0]
    first = f"{entry['claim_id']!r} on {entry['date']}"
    if share > LARGEST_PAID_AFTER_SHARE and claims >= FEWEST_CLAIMS:
        yield Finding(
            "paid_after_closing",
            f"{share:.0%} of the closed work-outs that paid, {claims:,} of them, "
            f"paid more than {months} months after the status_date of their "
            f"closing, the first of them {first}: on a day between they would be "
            "learnt as done with; state the day on which the work-out ended, and open "
            "for those that are still collected on",
            f"有回款的已结案债权中{share:.0%}（{claims:,}笔）在结案日（status_date）"
            f"满{months}个月后仍有回款；请填写实际结案日，仍在清收的请标为 open",
            table="ledger",
            field="date",
        )
    else:
        say(
            f"warning: {claims:,} closed work-outs ({share:.1%} of those that "
            f"paid) paid more than {months} months after the status_date of their "
            f"closing, the first of them {first}; the cash counts: "
            "look whether they had ended on that day "
            f"{claims:,}笔已结案债权在结案满{months}个月后仍有回款"
            f"（首笔为 {entry['claim_id']!r}，{entry['date']}），均已计入；"
            "请核对其结案日"
        )


def _tell_closed_later(history: History) -> None:
    """Tell of work-outs that closed after the ledger ends: at its end they are open."""
    until = np.datetime64(history.observed_until, "D").astype(np.float64)
    status = history.workouts["status"].to_numpy(zero_copy_only=False)
    later = (status == "closed") & (days(history.workouts, "status_date") > until)
    if not later.any():
        return
    first = history.workouts.slice(int(later.argmax()), 1).to_pylist()[0]
    say(
        f"warning: {later.sum():,} work-outs closed after {history.observed_until}, to "
        f"which the ledger is complete, the first of them {first['claim_id']!r} on "
        f"{first['status_date']}; what they paid since is not known, so that they "
        "count as open on that day: look whether status_date is right, or bring the "
        f"rest of the ledger {later.sum():,}笔债权的结案日晚于流水截止日"
        f"{history.observed_until}（{first['claim_id']!r} 等），按当日仍在办处理；"
        "请核对 status_date，或补齐流水"
    )
