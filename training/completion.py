"""Open work-outs completed by what older ones like them still paid.

A claim that is mature but open has not shown its recovery. Counting it as it stands
would bias the level low; adding what is expected on average would hide that most such
claims pay nothing more and some a lot. Each is given the later cash of a donor: a claim
observed to the horizon, of the same segment, that at the same age was still open and
alike in having paid or not (hot-deck imputation, Andridge and Little 2010). Ages count
in months: a donor that was open at the end of the last quarter may have closed since,
as this claim has not, and most that close have just paid.

Donors are not drawn one by one: in the order of what they still paid, the claims of a
segment take them at levels that spread evenly between none and all, a golden section
apart. Each donor is as likely as before, and the luck of the draw nearly gone.

A young history has no claims observed to the horizon, a small one too few. Then the
curve says how much is still to come on average, and the latest months of claims that
were alike before them in what lumps: the same in every claim would leave none that
pays nothing more, and ranges that are sure of a little.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.outcomes import (
    MONTHS_PER_QUARTER,
    UNTIMED_HORIZON_MONTHS,
    Bools,
    History,
    closed_workouts,
    months_between,
    period_of,
    realised,
    recoveries,
)
from features.package import Floats, Ints, days
from features.segment import segments

FEWEST_DONORS = 20
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class _Claims:
    """What completion needs to know of claims.

    Attributes:
        segment: Shape (n,).
        paid: Recovery by the end of each month, from none, shape (n, months + 1).
        seen: Months observed whole, shape (n,).
        last: Months by which the work-out had closed, without end while open, (n,).
        rate: Recovery so far, shape (n,).
        resolved: Whether nothing more can come, shape (n,).
    """

    segment: npt.NDArray[np.str_]
    paid: Floats
    seen: Ints
    last: Floats
    rate: Floats
    resolved: Bools


def completed_rates(history: History, rows: Ints, shares: Floats, seed: int) -> Floats:
    """Realised recovery, open work-outs completed, shape (len(rows),).

    Args:
        history: Everything known; its claims observed to the horizon are the donors.
        rows: Claims to complete.
        shares: Expected share of these claims by quarter, shape (len(rows), quarters);
            where donors are too few, open claims get what it leaves to come on
            average.
        seed: Seed of the choice of donors.
    """
    if not history.timing_observed:
        return realised(history.take(rows), UNTIMED_HORIZON_MONTHS).gross_rate
    claims = _claims(history, shares.shape[1] * MONTHS_PER_QUARTER)
    so_far, rest = _so_far(claims, rows), _expected_rest(claims, rows, shares)
    still_open = rows[~claims.resolved[rows]]
    for alike, levels in _levelled(_groups(claims, still_open), seed):
        group = np.isin(rows, alike)
        later = _later(claims, alike[0])
        if len(later) >= FEWEST_DONORS:
            rest[group] = _at_levels(later, levels)
        else:
            owed = 1 - so_far[group]
            mean = rest[group].sum() / owed.sum() if owed.any() else 0.0
            rest[group] = owed * _in_lumps(_latest(claims, alike[0]), mean, levels)
    completed = np.minimum(so_far + rest, 1.0)
    return np.maximum(completed, claims.rate[rows])


def _levelled(groups: Sequence[Ints], seed: int) -> Iterator[tuple[Ints, Floats]]:
    """Rows of each group and, of each row, its level among the donors, from 0 to 1."""
    taken, start = 0, np.random.default_rng(seed).random()
    for alike in groups:
        numbers = np.arange(taken, taken + len(alike), dtype=np.float64)
        yield alike, (start + GOLDEN * numbers) % 1
        taken += len(alike)


def _so_far(claims: _Claims, rows: Ints) -> Floats:
    """Recovery that the rest comes on top of, shape (len(rows),).

    What an open claim paid in the month in progress is part of its rest.
    """
    in_whole_months = claims.paid[rows, claims.seen[rows]]
    return np.where(claims.resolved[rows], claims.rate[rows], in_whole_months)


def _claims(history: History, months: int) -> _Claims:
    outcomes = realised(history, months)
    seen = np.clip(outcomes.observed_months, 0, months)
    return _Claims(
        segments(history.package),
        _paid(history, months),
        seen.astype(np.int64),
        _last_month(history),
        outcomes.gross_rate,
        outcomes.resolved,
    )


def _paid(history: History, months: int) -> Floats:
    """Recovery by the end of each month, from none, shape (n, months + 1)."""
    cash = recoveries(history)
    month = period_of(cash.months)
    counted = month < months
    paid = np.zeros((len(history), months + 1))
    place = cash.claim[counted], month[counted] + 1
    np.add.at(paid, place, cash.rate[counted])
    return np.minimum(np.cumsum(paid, axis=1), 1.0)


def _last_month(history: History) -> Floats:
    cutoff = days(history.package.claims, "cutoff_date")
    months = months_between(cutoff, days(history.workouts, "status_date"))
    return np.where(closed_workouts(history), np.ceil(months), np.inf)


def _groups(claims: _Claims, rows: Ints) -> list[Ints]:
    """Rows alike in segment, months observed and having paid."""
    _, segment = np.unique(claims.segment, return_inverse=True)
    keys = np.column_stack([segment, claims.seen, _has_paid(claims)])[rows]
    _, group = np.unique(keys, axis=0, return_inverse=True)
    return [rows[group == g] for g in range(group.max() + 1)] if len(rows) else []


def _has_paid(claims: _Claims) -> Bools:
    """Whether each claim had paid by the end of its last whole month, shape (n,)."""
    paid: Bools = claims.paid[np.arange(len(claims.seen)), claims.seen] > 0
    return paid


def _later(claims: _Claims, row: int) -> Floats:
    """What each donor of a claim paid after its age, ascending, shape (donors,).

    Donors are claims observed to the horizon that at this claim's age were like it.
    """
    seen = claims.seen[row]
    alike = (
        (claims.seen == claims.paid.shape[1] - 1)
        & (claims.segment == claims.segment[row])
        & (claims.last > seen)
        & ((claims.paid[:, seen] > 0) == _has_paid(claims)[row])
    )
    paid = claims.paid[alike]
    return np.sort(paid[:, -1] - paid[:, seen])


def _latest(claims: _Claims, row: int) -> Floats:
    """Shares of what was owed that came in claims' latest months, ascending.

    As many months as the claim has left. The others were like it before these: of its
    segment if enough of it are, else of any.
    """
    before = claims.seen - (claims.paid.shape[1] - 1 - claims.seen[row])
    age = np.maximum(before, 0)
    paid_before = claims.paid[np.arange(len(age)), age]
    alike = (
        (before >= 0)
        & (claims.last > before)
        & ((paid_before > 0) == _has_paid(claims)[row])
        & (paid_before < 1)
    )
    own = alike & (claims.segment == claims.segment[row])
    chosen = np.flatnonzero(own if own.sum() >= FEWEST_DONORS else alike)
    paid_since = claims.paid[chosen, claims.seen[chosen]] - paid_before[chosen]
    return np.sort(paid_since / (1 - paid_before[chosen]))


def _in_lumps(lumps: Floats, mean: float, levels: Floats) -> Floats:
    """Shares of a mean in lumps that others paid, shape (len(levels),).

    Fewer pay where the mean is below that of the lumps, and more where it is above;
    they pay more where all do. Without lumps all pay the mean.

    Args:
        lumps: Shares that others paid, ascending.
        mean: Share that is paid on average.
        levels: Level of each claim among those that are paid, from 0 to 1.
    """
    if len(lumps) < FEWEST_DONORS or not lumps.any():
        return np.full(len(levels), min(mean, 1.0))
    if mean <= 0:
        return np.zeros(len(levels))
    multiple = mean / lumps.mean()
    as_often = min(multiple, 1 / (lumps > 0).mean())
    pays = levels >= 1 - as_often
    given = np.zeros(len(levels))
    among = np.maximum(1 - (1 - levels[pays]) / as_often, 0)
    given[pays] = _at_levels(lumps, among) * (multiple / as_often)
    return np.minimum(given, 1.0)


def _at_levels(ascending: Floats, levels: Floats) -> Floats:
    """Values at levels from 0 to below 1, shape (len(levels),)."""
    place = (levels * len(ascending)).astype(np.int64)
    values: Floats = ascending[np.minimum(place, len(ascending) - 1)]
    return values


def _expected_rest(claims: _Claims, rows: Ints, shares: Floats) -> Floats:
    """What open work-outs are still expected to pay, shape (len(rows),).

    A curve spreads a segment's later cash over all of its claims; closed ones pay
    none of it, so the open ones must pay it all.
    """
    quarters_seen = claims.seen[rows, None] / MONTHS_PER_QUARTER
    later = np.clip(np.arange(shares.shape[1]) + 1 - quarters_seen, 0, 1)
    expected = (shares * later).sum(axis=1)
    still_open = ~claims.resolved[rows]
    _, segment = np.unique(claims.segment[rows], return_inverse=True)
    of_all = np.bincount(segment, expected)
    of_open = np.bincount(segment, expected * still_open)
    scale = of_all / np.where(of_open > 0, of_open, np.inf)
    rest: Floats = expected * still_open * scale[segment]
    return rest
