from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import HistoryError
from features.month_shape import month_shape
from features.outcomes import (
    DAYS_PER_MONTH,
    History,
    observed_months,
    quarter_panel,
    realised,
    validated,
)
from features.package import Package

START = date(2020, 1, 1)
HistoryMaker = Callable[..., History]


def after(months: float) -> date:
    """The first day on which that many months have passed since the start."""
    return START + timedelta(days=int(np.ceil(months * DAYS_PER_MONTH)))


def test_cash_over_claim_is_the_gross_rate_and_costs_leave_the_net(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{"principal": 800.0, "interest": 200.0}, {}],
        [
            ("c0", after(2), 300.0, "recovery"),
            ("c0", after(5), 100.0, "recovery"),
            ("c0", after(5), 50.0, "cost"),
            ("c1", after(1), 20.0, "cost"),
        ],
    )
    outcomes = realised(history, 60)
    assert outcomes.gross_rate.tolist() == [0.4, 0.0]
    assert outcomes.net_rate.tolist() == pytest.approx([0.35, -0.02])


def test_recovery_above_the_claim_counts_as_the_whole_claim_before_costs(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{}],
        [("c0", after(1), 1_300.0, "recovery"), ("c0", after(1), 100.0, "cost")],
    )
    outcomes = realised(history, 60)
    assert outcomes.gross_rate.tolist() == [1.0]
    assert outcomes.net_rate.tolist() == pytest.approx([0.9])
    assert quarter_panel(history, 20).share.sum() == 1.0


def test_book_value_of_assets_taken_in_kind_is_never_cash(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{}],
        [("c0", after(1), 700.0, "non_cash"), ("c0", after(9), 250.0, "recovery")],
    )
    assert realised(history, 60).gross_rate.tolist() == [0.25]
    assert quarter_panel(history, 20).share.sum() == 0.25


def test_a_claim_is_resolved_once_closed_or_past_the_horizon(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{}, {}, {"cutoff_date": date(2015, 1, 1)}], closed={"c0": after(1)}
    )
    assert realised(history, 60).resolved.tolist() == [True, False, True]


def test_cash_beyond_the_horizon_is_not_counted(make_history: HistoryMaker) -> None:
    history = make_history(
        [{}],
        [
            ("c0", after(5.9), 100.0, "recovery"),
            ("c0", after(6.1), 400.0, "recovery"),
        ],
    )
    assert realised(history, 6).gross_rate.tolist() == [0.1]
    assert quarter_panel(history, 2).share.sum() == 0.1


def test_known_on_shows_no_later_claim_cash_or_status(
    make_history: HistoryMaker,
) -> None:
    day = after(6)
    history = make_history(
        [{}, {}, {"cutoff_date": after(7)}],
        [
            ("c0", day, 100.0, "recovery"),
            ("c0", after(8), 200.0, "recovery"),
            ("c1", after(2), 50.0, "recovery"),
        ],
        closed={"c0": after(8), "c1": after(3)},
    )
    known = history.known_on(day)
    assert known.package.claim_ids == ["c0", "c1"]
    assert known.ledger["amount"].to_pylist() == [100.0, 50.0]
    assert known.workouts["status"].to_pylist() == ["open", "closed"]
    assert known.workouts["status_date"].to_pylist() == [day, after(3)]
    assert known.workouts["disposal_path"].to_pylist() == [None, "litigation"]
    assert known.observed_until == day
    validated(known)


def test_known_on_a_later_day_is_the_history_itself(history: History) -> None:
    known = history.known_on(history.observed_until + timedelta(days=1))
    assert known.ledger.equals(history.ledger)
    assert known.workouts.equals(history.workouts)
    assert known.observed_until == history.observed_until


@given(months=st.integers(0, 200))
def test_nothing_after_the_day_is_known_of_a_market(
    history: History, months: int
) -> None:
    day = date(2013, 1, 1) + timedelta(days=months * 30)
    known = history.known_on(day)
    columns = (
        known.package.claims["cutoff_date"],
        known.ledger["date"],
        known.workouts["status_date"],
    )
    assert all(pc.all(pc.less_equal(c, day)).as_py() is not False for c in columns)
    closed = pc.equal(known.workouts["status"], "closed")
    assert pc.equal(known.workouts["disposal_path"].is_valid(), closed).to_pylist() == (
        [True] * len(known)
    )


def test_the_panel_holds_exactly_the_quarters_that_were_observed_whole(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{}, {"cutoff_date": after(4)}, {"cutoff_date": after(6.5)}],
        [("c0", after(3.5), 200.0, "recovery"), ("c0", after(8), 300.0, "recovery")],
        observed_until=after(7.5),
    )
    panel = quarter_panel(history.known_on(after(7.5)), 20)
    rows = list(zip(panel.claim, panel.quarter, panel.share, strict=True))
    assert rows == [(0, 0, 0.0), (0, 1, 0.2), (1, 0, 0.0)]


def test_a_closed_claim_keeps_its_zeros_until_the_end_of_observation(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{}],
        [("c0", after(1), 1_000.0, "recovery")],
        closed={"c0": after(1)},
        observed_until=after(13),
    )
    assert quarter_panel(history, 20).share.tolist() == [1.0, 0.0, 0.0, 0.0]
    assert quarter_panel(history, 2).share.tolist() == [1.0, 0.0]


def test_panel_and_realised_rate_agree_on_every_claim_of_a_market(
    history: History,
) -> None:
    panel = quarter_panel(history, 20)
    whole = observed_months(history) >= 60
    summed = np.bincount(panel.claim, panel.share, len(history))
    rate = realised(history, 60).gross_rate
    assert whole.sum() > 500
    np.testing.assert_allclose(summed[whole], rate[whole], atol=1e-12)
    assert (summed <= 1 + 1e-12).all()
    quarters = np.clip(observed_months(history) // 3, 0, 20)
    assert np.bincount(panel.claim, minlength=len(history)).tolist() == (
        quarters.tolist()
    )


def test_the_panel_of_an_earlier_day_is_part_of_the_later_one(history: History) -> None:
    known = history.known_on(history.observed_until.replace(year=2019))
    now, then = quarter_panel(history, 20), quarter_panel(known, 20)
    later = dict(zip(zip(now.claim, now.quarter, strict=True), now.share, strict=True))
    rows = np.flatnonzero(np.isin(history.package.claim_ids, known.package.claim_ids))
    told = zip(rows[then.claim], then.quarter, then.share, strict=True)
    assert all(later[claim, quarter] == share for claim, quarter, share in told)


def test_cash_on_the_last_day_of_the_horizon_is_in_panel_and_rate(
    make_history: HistoryMaker,
) -> None:
    last_day = date(2024, 1, 1)  # 48 months to the day
    history = make_history(
        [{}],
        [
            ("c0", last_day, 500.0, "recovery"),
            ("c0", last_day + timedelta(days=1), 100.0, "recovery"),
        ],
        observed_until=date(2025, 1, 1),
    )
    assert realised(history, 48).gross_rate.sum() == 0.5
    assert quarter_panel(history, 16).share.sum() == 0.5
    assert quarter_panel(history, 17).share.sum() == 0.6


def test_cash_booked_at_the_end_of_a_quarter_is_of_that_quarter(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{"cutoff_date": date(2020, 12, 31)}],
        [
            ("c0", date(2020, 12, 31), 10.0, "recovery"),
            ("c0", date(2021, 3, 31), 100.0, "recovery"),
            ("c0", date(2021, 6, 30), 200.0, "recovery"),
        ],
        observed_until=date(2021, 6, 30),
    )
    np.testing.assert_allclose(quarter_panel(history, 20).share, [0.11, 0.2])


def test_cash_booked_at_the_end_of_its_month_teaches_the_same(
    history: History,
) -> None:
    day = history.ledger["date"].to_numpy().astype("datetime64[D]")
    last = (day.astype("datetime64[M]") + 1).astype("datetime64[D]") - 1
    place = history.ledger.schema.get_field_index("date")
    ledger = history.ledger.set_column(place, "date", pa.array(last))
    booked = replace(history, ledger=ledger)
    after_cutoff = history.package.claims["cutoff_date"].to_numpy() + 1
    assert (after_cutoff == after_cutoff.astype("datetime64[M]")).all()

    for one, other in (
        (quarter_panel(booked, 20).share, quarter_panel(history, 20).share),
        (realised(booked, 60).gross_rate, realised(history, 60).gross_rate),
        (month_shape(booked, 20), month_shape(history, 20)),
    ):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_without_timing_each_resolved_claim_has_one_row_with_all_of_it(
    make_history: HistoryMaker,
) -> None:
    history = make_history(
        [{}, {}, {}],
        [
            ("c0", after(2), 300.0, "recovery"),
            ("c0", after(20), 300.0, "recovery"),
            ("c1", after(2), 100.0, "recovery"),
        ],
        closed={"c0": after(20), "c2": after(3)},
        timing_observed=False,
    )
    panel = quarter_panel(history, 20)
    rows = list(zip(panel.claim, panel.quarter, panel.share, strict=True))
    assert rows == [(0, 0, 0.6), (2, 0, 0.0)]


def test_a_history_of_some_claims_keeps_their_cash_and_status(
    history: History,
) -> None:
    rows = np.array([7, 3, 40])
    part = validated(history.take(rows))
    assert part.package.claim_ids == [history.package.claim_ids[r] for r in rows]
    np.testing.assert_array_equal(
        realised(part, 60).gross_rate, realised(history, 60).gross_rate[rows]
    )


def test_between_includes_both_days(make_history: HistoryMaker) -> None:
    history = make_history([{"cutoff_date": date(2020, 1, d)} for d in range(1, 6)])
    chosen = history.between(date(2020, 1, 2), date(2020, 1, 4))
    assert chosen.package.claim_ids == ["c1", "c2", "c3"]


CASH_C0 = ("c0", date(2020, 6, 1), 10.0, "recovery")


@pytest.mark.parametrize(
    ("claims", "cash", "message"),
    [
        ([], [], "holds no claim"),
        ([{}, {"claim_id": "c0"}], [], "'c0' more than once"),
        ([{}], [("lost", *CASH_C0[1:])], "no claim 'lost' .*no claim: 1"),
        (
            [{}],
            [CASH_C0, ("c0", date(2019, 12, 31), 10.0, "recovery")],
            "row 3: cash of claim 'c0' on 2019-12-31 lies before the cut-off",
        ),
        (
            [{}],
            [("c0", date(2022, 1, 2), 10.0, "cost")],
            "row 2: cash of claim 'c0' on 2022-01-02 lies after 2022-01-01",
        ),
    ],
)
def test_an_inconsistent_history_is_refused_with_what_to_mend(
    make_history: HistoryMaker, claims: Any, cash: Any, message: str
) -> None:
    with pytest.raises(HistoryError, match=message) as refused:
        validated(make_history(claims, cash))
    assert refused.value.exit_status == 2


def test_workouts_that_are_not_one_per_claim_in_order_are_refused(
    make_history: HistoryMaker,
) -> None:
    history = make_history([{}, {}])
    validated(history)
    for rows in ([0], [1, 0], [0, 0]):
        wrong = replace(history, workouts=history.workouts.take(pa.array(rows)))
        with pytest.raises(HistoryError, match="one row per claim, in order"):
            validated(wrong)


def test_a_package_takes_its_own_collateral_along(
    make_package: Callable[..., Package],
) -> None:
    package = make_package(
        [{}, {}, {}],
        [{"claim_id": c, "collateral_id": f"of {c}"} for c in ("c0", "c1", "c2")],
    )
    part = package.take([2, 0])
    assert part.claim_ids == ["c2", "c0"]
    assert sorted(part.collateral["claim_id"].to_pylist()) == ["c0", "c2"]
