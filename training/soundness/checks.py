"""Checks that a history can be learnt from: it was paid, in yuan, once, to its end.

Nothing here needs a model. Each check refuses what would otherwise be learnt as if it
were so, and answered with figures that look sure; bounds lie well beyond any honest
history.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from features.console import say
from features.errors import Finding, HistoryError
from features.outcomes import (
    DAYS_PER_MONTH,
    MONTHS_PER_QUARTER,
    History,
    age_months,
    booking_interval_months,
    closed_workouts,
    months_between,
    recoveries,
    validated,
)
from features.package import FIRST_ROW, Floats, Ints, claim_rows, days
from training.config import Config
from training.soundness.closings import closings
from training.soundness.overpaid import overpaid
from training.soundness.repeated_items import repeated_items
from training.soundness.repetition import repetition
from training.soundness.units import other_units

# The middle one of the claims that paid brings more than this, in the poorest of books.
SMALLEST_MULTIPLE = 0.001
# Share of the entries, of all and of those that no plan explains, that may stand in the
# ledger twice, equal in all they say.
LARGEST_REPEATED_SHARE = 0.2
# Beyond this it is told, for a part of the ledger may have been joined twice.
LARGEST_QUIET_SHARE = 0.02
# Months without an entry before the stated end, after as many that held entries enough
# for such a silence never to come by chance.
SILENT_MONTHS = 3.0
FEWEST_ENTRIES = 30
FEWEST_CLAIMS = 100
# Months without an entry within a ledger, and times what lies between its days as a
# rule: some book once in a quarter or half-year.
GAP_MONTHS = 6.0
GAP_MULTIPLE = 3.0
# Months that claims were under work before a ledger began.
LATE_MONTHS = 12


def check_sound(history: History, config: Config) -> None:
    """Refuse a history that cannot be right as it stands.

    Raises:
        HistoryError: The tables contradict each other; or each finding names a table,
            what is wrong with it, and the remedy.
    """
    validated(history)
    found = [
        *_not_begun(history),
        *_ended_before(history),
        *_unpaid(history),
        *other_units(history),
        *_never_closed(history, config),
        *closings(history),
        *overpaid(history),
        *_underpaid(history),
        *_repeated(history),
        *repeated_items(history),
        *_begun_late(history),
        *_interrupted(history, config),
        *_silent(history),
    ]
    if found:
        raise HistoryError(
            f"{history.name} cannot be learnt from as it stands",
            found,
            f"{history.name} 目前不能用于训练",
        )


def _not_begun(history: History) -> Iterator[Finding]:
    end = np.datetime64(history.observed_until, "D").astype(np.float64)
    late = np.flatnonzero(days(history.package.claims, "cutoff_date") > end)
    if len(late):
        yield _finding(
            "cut_off_later",
            f"{len(late):,} claims were cut off after {history.observed_until}, to "
            "which the ledger is complete: nothing is known of them; leave them out, "
            "or state a later observed_until in history.json",
            f"{len(late):,}笔债权的基准日晚于流水截止日{history.observed_until}；"
            "请剔除，或更正 history.json 中的 observed_until",
            table="claims",
            row=int(late[0]) + FIRST_ROW,
            field="cutoff_date",
        )


def _ended_before(history: History) -> Iterator[Finding]:
    if not history.timing_observed:
        return
    cutoff = days(history.package.claims, "cutoff_date")
    early = np.flatnonzero(days(history.workouts, "status_date") < cutoff)
    if len(early):
        claim = history.package.claim_ids[int(early[0])]
        yield _finding(
            "status_before",
            f"the status of {len(early):,} claims is of a day before their cut-off "
            "date; state when the work-out ended, or when it was last seen open",
            f"{len(early):,}笔债权的状态日期早于其基准日；请填写结案日或最近一次核实日",
            table="workouts",
            field="status_date",
            value=claim,
        )


def _unpaid(history: History) -> Iterator[Finding]:
    if not (recoveries(history).rate > 0).any():
        yield _finding(
            "nothing_paid",
            "no claim ever paid anything: the ledger holds no recovery above zero, so "
            "that there is nothing to learn; add the recoveries, of kind recovery",
            "所有债权均无回款：流水中没有大于零的 recovery；请补充回款流水",
            field="kind",
        )


def _never_closed(history: History, config: Config) -> Iterator[Finding]:
    """Work-outs none of which ever ended, however old."""
    mature = age_months(history) >= config.reference.maturity_months
    if not history.timing_observed or mature.sum() < FEWEST_CLAIMS:
        return
    if not closed_workouts(history).any():
        old, months = int(mature.sum()), config.reference.maturity_months
        yield _finding(
            "never_closed",
            f"not one of {len(history):,} work-outs has ended, {old:,} of them older "
            f"than {months} months: what is still to come of them cannot be told; "
            "state closed, and since when, for those that ended",
            f"{len(history):,}笔处置全部为未结案，其中{old:,}笔已超过{months}个月；"
            "请将已结束的标为 closed 并填写日期",
            table="workouts",
            field="status",
            value="open",
        )


def _underpaid(history: History) -> Iterator[Finding]:
    cash = recoveries(history)
    multiples = np.bincount(cash.claim, cash.rate, len(history))
    multiples = multiples[multiples > 0]
    if len(multiples) < FEWEST_CLAIMS:
        return
    multiple = float(np.median(multiples))
    if multiple < SMALLEST_MULTIPLE:
        yield _finding(
            "underpaid",
            f"the middle one of the {len(multiples):,} claims that paid brought "
            f"{multiple:.4%} of what was owed: state ledger and claims in the same "
            "unit, yuan",
            f"有回款的{len(multiples):,}笔债权中位回收率仅{multiple:.4%}；"
            "流水与债权请统一以元为单位",
            field="amount",
            value=f"{multiple:.4%}",
        )


def _repeated(history: History) -> Iterator[Finding]:
    if len(history.ledger) < FEWEST_CLAIMS:
        return
    found = repetition(history.ledger)
    share, doubted = found.share, found.unexplained_share
    if min(share, doubted) > LARGEST_REPEATED_SHARE:
        yield _finding(
            "repeated_entries",
            f"{share:.0%} of the entries stand in the ledger more than once, equal in "
            "claim, date, amount and kind, fees and single payments among them: it was "
            "most likely joined twice; keep one of each, or where each was paid, as "
            "instalments booked on one day are, enter their sum once",
            f"流水中{share:.0%}的记录完全重复（债权、日期、金额、类型均相同），且包括费用及"
            "一次性回款，可能重复合并；请去重；若确系同日入账的多期等额还款，请按合计记一笔",
            value=f"{share:.1%}",
        )
    elif share > LARGEST_QUIET_SHARE:
        say(
            f"warning: {share:.1%} of the entries stand in the ledger more than once, "
            "equal in claim, date, amount and kind, and all are counted, as equal "
            "instalments booked on one day are: look whether a part was joined twice "
            f"流水中{share:.1%}的记录完全重复，均已计入（同日入账的多期等额还款即属此类）；"
            "请核对是否有部分重复合并"
        )


def _begun_late(history: History) -> Iterator[Finding]:
    """A ledger that begins long after the work, as that of a newer system does."""
    if not history.timing_observed or not len(history.ledger):
        return
    first = pc.min(history.ledger["date"]).as_py()
    begins = np.datetime64(first, "D").astype(np.float64)
    cutoff = days(history.package.claims, "cutoff_date")
    before = months_between(cutoff, np.full(len(cutoff), begins))
    waiting = np.flatnonzero(before >= LATE_MONTHS)
    year_on = begins + LATE_MONTHS * DAYS_PER_MONTH
    entries = _entries(history, waiting, begins, year_on)
    awaited = min(entries, _usual_entries(history, before[waiting], begins))
    if len(waiting) >= FEWEST_CLAIMS and awaited >= FEWEST_ENTRIES:
        yield _finding(
            "begun_late",
            f"the ledger begins on {first}, when {len(waiting):,} claims had been "
            f"under work for {LATE_MONTHS} months or more without an entry; in the "
            f"{LATE_MONTHS} months from then they have {entries:,}: they would seem to "
            "have paid nothing before; bring the entries before that day, or leave out "
            "the claims cut off earlier",
            f"流水始于{first}，此前{len(waiting):,}笔债权已处置满{LATE_MONTHS}个月而无"
            "任何记录；请补齐此前的流水，或剔除基准日更早的债权",
            field="date",
            value=str(first),
        )


def _usual_entries(history: History, ages: Floats, begins: float) -> float:
    """Entries that claims have by their ages, as those cut off since a day tell.

    Slow work-outs have none for long, whose silence says nothing. The mean cumulative
    function (Nelson 1988) reads claims of every age.

    Args:
        history: The history.
        ages: Months since the cut-off of each claim, shape (n,).
        begins: The day, which the ledger knows all of since.

    Returns:
        Their number; without bound where too few claims tell.
    """
    cutoff = days(history.package.claims, "cutoff_date")
    since = cutoff >= begins
    if since.sum() < FEWEST_CLAIMS:
        return np.inf
    rows = claim_rows(history.package, history.ledger)
    entered = months_between(cutoff[rows], days(history.ledger, "date"))
    entered = np.sort(entered[since[rows]])
    younger = np.searchsorted(np.sort(age_months(history)[since]), entered)
    by_entry = np.cumsum(1 / (since.sum() - younger))
    by_age = np.concatenate([[0.0], by_entry])[np.searchsorted(entered, ages)]
    return float(by_age.sum())


def _interrupted(history: History, config: Config) -> Iterator[Finding]:
    """A time without any entry, though the same claims have them before and after."""
    if not history.timing_observed or not len(history.ledger):
        return
    entered = np.unique(days(history.ledger, "date"))
    months = months_between(entered[:-1], entered[1:])
    usual = booking_interval_months(history.ledger)
    for gap in np.flatnonzero(months >= max(GAP_MONTHS, GAP_MULTIPLE * usual)):
        start, end = entered[gap], entered[gap + 1]
        length, rows = end - start, _under_work(history, config, start, end)
        before = _entries(history, rows, start - length, start + 1)
        after = _entries(history, rows, end, end + length)
        if min(before, after) >= FEWEST_ENTRIES:
            last, first = (str(np.datetime64(int(d), "D")) for d in (start, end))
            yield _finding(
                "interrupted",
                f"it holds no entry between {last} and {first}, though {len(rows):,} "
                f"claims were under work all that time, with {before:,} entries in as "
                f"long before and {after:,} after: they would seem not to have paid; "
                "bring the entries that lack, or leave these claims out",
                f"流水在{last}至{first}之间没有任何记录，而期间有{len(rows):,}笔债权持续"
                "处置；请补齐缺失的流水，或剔除这些债权",
                field="date",
                value=last,
            )


def _under_work(history: History, config: Config, start: float, end: float) -> Ints:
    """Rows of the claims under work from a day to another, within their horizon."""
    cutoff = days(history.package.claims, "cutoff_date")
    age = months_between(cutoff, np.full(len(cutoff), end))
    ended = days(history.workouts, "status_date")
    young = age < config.horizon.quarters * MONTHS_PER_QUARTER
    return np.flatnonzero((cutoff <= start) & (ended >= end) & young)


def _entries(history: History, rows: Ints, first: float, end: float) -> int:
    """Entries of some claims from a day on and before another."""
    entered = days(history.ledger, "date")
    of_them = np.isin(claim_rows(history.package, history.ledger), rows)
    return int((of_them & (entered >= first) & (entered < end)).sum())


def _silent(history: History) -> Iterator[Finding]:
    """A ledger that ends before the day to which it is said to be complete."""
    if not history.timing_observed or not len(history.ledger):
        return
    entered = days(history.ledger, "date")
    last = entered.max()
    end = np.datetime64(history.observed_until, "D").astype(np.float64)
    silence = float(months_between(np.array([last]), np.array([end]))[0])
    before = int((entered > last - (end - last)).sum())
    if silence >= SILENT_MONTHS and before >= FEWEST_ENTRIES:
        day, until = pc.max(history.ledger["date"]).as_py(), history.observed_until
        remedy, remedy_zh = _last_status(history)
        yield _finding(
            "silent_end",
            f"the ledger is said to be complete to {until}, but its last entry is of "
            f"{day}, after {before:,} in as long a time before: claims would seem to "
            f"have stopped paying; {remedy}state observed_until in history.json as the "
            "day the ledger was drawn, or bring the rest of it",
            f"流水称完整至{until}，但最后一笔为{day}；{remedy_zh}请在 "
            "history.json 中将 observed_until 改为流水导出日，或补齐流水",
            field="date",
            value=str(until),
        )


def _last_status(history: History) -> tuple[str, str]:
    """What to do about the few work-outs, perhaps mistyped, that the end may be of."""
    day = pa.scalar(history.observed_until)
    of_it = history.workouts.filter(pc.equal(history.workouts["status_date"], day))
    if not 0 < len(of_it) < FEWEST_ENTRIES:
        return "", ""
    claim, number = of_it["claim_id"][0].as_py(), len(of_it)
    return (
        f"correct that date if it is but the status_date in workouts of claim "
        f"{claim!r} (work-outs of that day: {number}) and mistyped, ",
        f"若该日仅为 workouts 中债权 {claim!r}（当日共{number}笔）的 status_date "
        "误填，请更正；否则",
    )


def _finding(
    code: str,
    reason: str,
    reason_zh: str,
    *,
    table: str = "ledger",
    row: int | None = None,
    field: str | None = None,
    value: str | None = None,
) -> Finding:
    return Finding(code, reason, reason_zh, table, row, field, value=value)
