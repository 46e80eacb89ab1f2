"""A history that cannot be right as it stands teaches nothing."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from features.errors import HistoryError
from features.outcomes import (
    History,
    closed_workouts,
    months_between,
    observed_months,
)
from features.package import canonical_table, claim_rows, days
from features.sources.simulated import simulate_history
from models.recovery.correlation import centred
from training.config import Config
from training.evaluation import evaluate
from training.soundness.checks import LARGEST_REPEATED_SHARE, check_sound
from training.soundness.repetition import repetition

Spoilt = Callable[[History], History]


@pytest.fixture(scope="module")
def history() -> History:
    return simulate_history(claims=1_200, seed=3)


def unpaid(history: History) -> History:
    kept = pc.not_equal(history.ledger["kind"], "recovery")
    return replace(history, ledger=history.ledger.filter(kept))


def in_wan(history: History) -> History:
    amount = pc.multiply(history.ledger["amount"], 10_000.0)
    place = history.ledger.schema.get_field_index("amount")
    return replace(history, ledger=history.ledger.set_column(place, "amount", amount))


def claims_in_yuan_and_cash_in_wan(history: History) -> History:
    amount = pc.divide(history.ledger["amount"], 10_000.0)
    place = history.ledger.schema.get_field_index("amount")
    return replace(history, ledger=history.ledger.set_column(place, "amount", amount))


def divided(table: pa.Table, name: str) -> pa.Table:
    """A table with one of its amounts in 万元."""
    place = table.schema.get_field_index(name)
    return table.set_column(place, name, pc.divide(table[name], 10_000.0))


def cash_in_wan_since_2022(history: History) -> History:
    ledger = history.ledger
    late = pc.greater_equal(ledger["date"], pa.scalar(date(2022, 1, 1)))
    in_wan = pc.divide(ledger["amount"], 10_000.0)
    place = ledger.schema.get_field_index("amount")
    amount = pc.if_else(late, in_wan, ledger["amount"])
    return replace(history, ledger=ledger.set_column(place, "amount", amount))


def collateral_beside_claims_in_wan(history: History) -> History:
    return _beside_claims(history, date(2010, 1, 1))


def collateral_beside_claims_in_wan_since_2021(history: History) -> History:
    return _beside_claims(history, date(2021, 1, 1))


def _beside_claims(history: History, since: date) -> History:
    """Each claim has collateral of half of what it owes, in 万元 since a day."""
    claims = history.package.claims
    late = pc.greater_equal(claims["cutoff_date"], pa.scalar(since))
    worth = pa.array(history.package.claim_yuan() / 2)
    stated = pc.if_else(late, pc.divide(worth, 10_000.0), worth)
    place = claims.schema.get_field_index("collateral_value")
    claims = claims.set_column(place, "collateral_value", stated)
    return replace(history, package=replace(history.package, claims=claims))


def principal_in_wan(history: History) -> History:
    claims = divided(history.package.claims, "principal")
    return replace(history, package=replace(history.package, claims=claims))


def appraised_in_wan(history: History) -> History:
    collateral = divided(history.package.collateral, "appraised_value")
    return replace(history, package=replace(history.package, collateral=collateral))


def guaranteed_in_wan(history: History) -> History:
    guarantees = divided(history.package.guarantees, "guaranteed_amount")
    return replace(history, package=replace(history.package, guarantees=guarantees))


def begun_late(history: History) -> History:
    kept = pc.greater_equal(history.ledger["date"], pa.scalar(date(2016, 1, 1)))
    return replace(history, ledger=history.ledger.filter(kept))


def paid_after_months(history: History, months: int) -> History:
    """The history without the entries of each claim's first months."""
    cutoff = days(history.package.claims, "cutoff_date")
    of_claim = cutoff[claim_rows(history.package, history.ledger)]
    waited = months_between(of_claim, days(history.ledger, "date"))
    kept = pa.array(waited >= months)
    return replace(history, ledger=history.ledger.filter(kept))


def interrupted(history: History) -> History:
    day = history.ledger["date"]
    early = pc.less(day, pa.scalar(date(2019, 1, 1)))
    late = pc.greater_equal(day, pa.scalar(date(2020, 1, 1)))
    return replace(history, ledger=history.ledger.filter(pc.or_(early, late)))


def joined_twice(history: History) -> History:
    return replace(history, ledger=pa.concat_tables([history.ledger] * 2))


def collateral_joined_twice(history: History) -> History:
    return with_items(history, "collateral", [history.package.collateral] * 2)


def guarantees_joined_twice(history: History) -> History:
    return with_items(history, "guarantees", [history.package.guarantees] * 2)


def with_items(history: History, name: str, tables: list[pa.Table]) -> History:
    """The history with other collateral or guarantees."""
    items = {name: pa.concat_tables(tables)}
    return replace(history, package=replace(history.package, **items))


def never_closed(history: History) -> History:
    column = pa.array(["open"] * len(history))
    place = history.workouts.schema.get_field_index("status")
    return replace(
        history, workouts=history.workouts.set_column(place, "status", column)
    )


def read_too_late(history: History) -> History:
    return replace(history, observed_until=date(2026, 9, 30))


def cut_off_later(history: History) -> History:
    cutoff = history.package.claims["cutoff_date"].to_pylist()
    ends = sorted(set(cutoff))[-2]
    kept = pc.less_equal(history.ledger["date"], pa.scalar(ends))
    ledger, sales = history.ledger.filter(kept), history.sales.slice(0, 0)
    return replace(history, observed_until=ends, ledger=ledger, sales=sales)


def ended_before(history: History) -> History:
    days = history.workouts["status_date"].to_pylist()
    column = pa.array([date(1999, 1, 1), *days[1:]])
    place = history.workouts.schema.get_field_index("status_date")
    return replace(
        history, workouts=history.workouts.set_column(place, "status_date", column)
    )


def mistyped_status(history: History) -> History:
    """A status date long after the ledger, read as its end as nobody stated one."""
    return replace(
        closed_on(history, [5], date(2026, 6, 1)), observed_until=date(2026, 6, 1)
    )


def closed_on(history: History, rows: Iterable[int], day: date) -> History:
    """The history with some work-outs closed on a day."""
    told = history.workouts.to_pylist()
    for row in rows:
        told[row] |= {"status": "closed", "status_date": day}
    workouts = pa.Table.from_pylist(told, history.workouts.schema)
    return replace(history, workouts=workouts)


def closed_at_cutoff(history: History, claims: int) -> History:
    """As a system writes that gives a claim that is handed over its last status."""
    told = history.workouts.to_pylist()
    cutoff = history.package.claims["cutoff_date"].to_pylist()
    for row in range(claims):
        if told[row]["status"] == "closed":
            told[row]["status_date"] = cutoff[row]
    workouts = pa.Table.from_pylist(told, history.workouts.schema)
    return replace(history, workouts=workouts)


def closed_before_it_paid(history: History) -> History:
    return closed_at_cutoff(history, len(history))


def on_year_ends(ledger: pa.Table) -> pa.Table:
    """A ledger booked once a year, what a claim has of one kind summed up."""
    booked = pa.array([date(d.year, 12, 31) for d in ledger["date"].to_pylist()])
    place = ledger.schema.get_field_index("date")
    daily = ledger.set_column(place, "date", booked)
    summed = daily.group_by(["claim_id", "date", "kind"]).aggregate([("amount", "sum")])
    return canonical_table("ledger", summed.rename_columns({"amount_sum": "amount"}))


def in_instalments(ledger: pa.Table, instalments: int) -> pa.Table:
    """Each recovery in so many equal parts, all of them entered on its day."""
    paid = pc.equal(ledger["kind"], "recovery")
    whole = ledger.filter(paid)
    place = whole.schema.get_field_index("amount")
    part = pc.round(pc.divide(whole["amount"], float(instalments)), 2)
    parts = whole.set_column(place, "amount", part)
    return pa.concat_tables([ledger.filter(pc.invert(paid)), *[parts] * instalments])


def planned(ledger: pa.Table, instalments: int) -> pa.Table:
    """Each claim that paid pays the same instalments in each of three years."""
    recoveries = ledger.filter(pc.equal(ledger["kind"], "recovery")).to_pandas()
    first = recoveries.groupby("claim_id", as_index=False).first()
    rows = [
        {**row, "date": date(row["date"].year - later, 12, 31)}
        for row in first.to_dict("records")
        for later in (0, 1, 2)
        for _ in range(instalments)
    ]
    others = ledger.filter(pc.not_equal(ledger["kind"], "recovery"))
    return pa.concat_tables([others, pa.Table.from_pylist(rows, ledger.schema)])


@pytest.mark.parametrize(
    ("spoil", "codes"),
    [
        (cut_off_later, ["cut_off_later"]),
        (ended_before, ["status_before"]),
        (unpaid, ["nothing_paid"]),
        (in_wan, ["overpaid"]),
        (claims_in_yuan_and_cash_in_wan, ["underpaid"]),
        (principal_in_wan, ["other_unit"]),
        (appraised_in_wan, ["other_unit"]),
        (guaranteed_in_wan, ["other_unit"]),
        (collateral_beside_claims_in_wan, ["other_unit"]),
        (collateral_beside_claims_in_wan_since_2021, ["unit_changed"]),
        (cash_in_wan_since_2022, ["unit_changed"]),
        (begun_late, ["begun_late"]),
        (interrupted, ["interrupted"]),
        (joined_twice, ["repeated_entries"]),
        (collateral_joined_twice, ["repeated_items"]),
        (guarantees_joined_twice, ["repeated_items"]),
        (never_closed, ["never_closed"]),
        (closed_before_it_paid, ["paid_after_closing"]),
        (read_too_late, ["silent_end"]),
        (mistyped_status, ["silent_end"]),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_remedy(
    history: History, config: Config, spoil: Spoilt, codes: list[str]
) -> None:
    with pytest.raises(HistoryError) as refused:
        evaluate(spoil(history), config, ())
    assert [finding.code for finding in refused.value.findings] == codes
    assert all("；" in finding.reason_zh for finding in refused.value.findings)


def test_an_honest_history_passes(history: History, config: Config) -> None:
    check_sound(history, config)
    check_sound(history.known_on(date(2024, 6, 30)), config)


def test_vintages_far_apart_and_cash_once_a_year_are_no_interruption(
    history: History, config: Config
) -> None:
    cutoff = history.package.claims["cutoff_date"].to_pylist()
    far = np.flatnonzero([day.year < 2012 or day.year > 2019 for day in cutoff])
    check_sound(history.take(far), config)
    yearly = on_year_ends(history.ledger)
    check_sound(replace(history, ledger=yearly), config)


def test_work_outs_that_nobody_pays_in_their_first_year_and_a_half_begin_no_late_ledger(
    history: History, config: Config
) -> None:
    slow = paid_after_months(history, 18)
    first = min(slow.ledger["date"].to_pylist())
    older = [d < first for d in history.package.claims["cutoff_date"].to_pylist()]
    assert sum(older) > 100
    check_sound(slow, config)
    with pytest.raises(HistoryError) as refused:
        check_sound(begun_late(slow), config)
    assert [finding.code for finding in refused.value.findings] == ["begun_late"]


def test_the_status_that_an_end_was_read_from_is_named(
    history: History, config: Config
) -> None:
    with pytest.raises(HistoryError) as refused:
        check_sound(mistyped_status(history), config)
    claim = history.package.claim_ids[5]
    assert f"workouts of claim {claim!r}" in refused.value.findings[0].reason
    assert f"{claim!r}（当日共1笔）" in refused.value.findings[0].reason_zh


def test_a_few_work_outs_taken_up_again_after_their_closing_are_told(
    history: History, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    check_sound(closed_at_cutoff(history, 50), config)
    told = capsys.readouterr().err
    assert "closed work-outs (" in told
    assert "请核对其结案日" in told


def test_work_outs_that_closed_after_the_ledger_ends_are_open_at_its_end(
    history: History, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = np.flatnonzero(~closed_workouts(history))[:5]
    later = closed_on(history, rows, date(2026, 3, 1))
    assert not closed_workouts(later)[rows].any()
    assert (observed_months(later) == observed_months(history)).all()
    check_sound(later, config)
    claim = history.package.claim_ids[int(rows[0])]
    told = capsys.readouterr().err
    assert "5 work-outs closed after 2025-12-31" in told
    assert f"{claim!r} on 2026-03-01" in told


def test_a_part_that_may_have_been_joined_twice_is_told(
    history: History, config: Config, capsys: pytest.CaptureFixture[str]
) -> None:
    check_sound(history, config)
    assert capsys.readouterr().err == ""
    part = history.ledger.slice(0, len(history.ledger) // 12)
    check_sound(
        replace(history, ledger=pa.concat_tables([history.ledger, part])), config
    )
    assert "15.4% of the entries stand in the ledger more" in capsys.readouterr().err


@pytest.mark.parametrize(("factor", "far"), [(2.5, "0 of them"), (1e4, "40 of them")])
def test_cash_beyond_what_was_owed_is_told_for_no_figure_counts_it(
    history: History,
    config: Config,
    capsys: pytest.CaptureFixture[str],
    factor: float,
    far: str,
) -> None:
    check_sound(history, config)
    assert capsys.readouterr().err == ""
    claims = history.package.claims["claim_id"].to_numpy(zero_copy_only=False)
    owed = dict(zip(claims, history.package.claim_yuan(), strict=True))
    entries = history.ledger.to_pylist()
    first = {e["claim_id"]: e for e in entries if e["kind"] == "recovery"}
    paying = sorted(first, key=lambda claim: -owed[claim])[:40]
    others = [e for e in entries if e["claim_id"] not in paying]
    once = [{**first[c], "amount": owed[c] * factor} for c in paying]
    ledger = pa.Table.from_pylist([*others, *once], history.ledger.schema)

    check_sound(replace(history, ledger=ledger), config)

    told = capsys.readouterr().err
    assert "claims paid more than was owed on their cut-off date" in told
    assert f"{far} more than 3 times as much" in told
    assert "超出部分占全部回款的" in told


@pytest.mark.parametrize(
    ("numbered", "told"),
    [
        (False, "27 rows of collateral are equal to an earlier one in all"),
        (True, "25 items of collateral are equal to an earlier one of their claim in"),
    ],
)
def test_equal_flats_are_told_and_learnt_from(
    history: History,
    config: Config,
    capsys: pytest.CaptureFixture[str],
    numbered: bool,
    told: str,
) -> None:
    flats = history.package.collateral.slice(0, 27).to_pylist()
    if numbered:
        flats = [{**f, "collateral_id": f"{f['collateral_id']}-2"} for f in flats]
    again = canonical_table("collateral", pa.Table.from_pylist(flats))
    both = [history.package.collateral, again]
    check_sound(with_items(history, "collateral", both), config)
    assert told in capsys.readouterr().err


@pytest.mark.parametrize("instalments", [4, 12])
def test_instalments_booked_once_a_year_are_told_and_learnt_from(
    history: History,
    config: Config,
    capsys: pytest.CaptureFixture[str],
    instalments: int,
) -> None:
    yearly = in_instalments(on_year_ends(history.ledger), instalments)
    check_sound(replace(history, ledger=yearly), config)
    assert "as equal instalments booked on one day are" in capsys.readouterr().err


@pytest.mark.parametrize("instalments", [2, 4])
def test_a_plan_over_years_explains_its_instalments_in_a_ledger_of_every_day(
    history: History, instalments: int
) -> None:
    found = repetition(planned(history.ledger, instalments))
    assert found.share > LARGEST_REPEATED_SHARE
    assert found.unexplained_share < LARGEST_REPEATED_SHARE


@pytest.mark.parametrize(
    "book",
    [
        on_year_ends,
        lambda ledger: in_instalments(on_year_ends(ledger), 4),
        lambda ledger: planned(ledger, 4),
    ],
)
@pytest.mark.parametrize("times", [2, 3])
def test_no_plan_hides_that_a_ledger_was_joined_twice(
    history: History, book: Callable[[pa.Table], pa.Table], times: int
) -> None:
    found = repetition(pa.concat_tables([book(history.ledger)] * times))
    assert found.unexplained_share > LARGEST_REPEATED_SHARE


@pytest.mark.parametrize("share", [0.4, 1.0])
def test_monthly_instalments_alone_hide_no_part_that_was_joined_twice(
    share: float,
) -> None:
    ledger = pa.table(
        {
            "claim_id": [f"{claim}" for claim in range(20) for _ in range(36)],
            "date": [date(2020 + m // 12, m % 12 + 1, 5) for m in range(36)] * 20,
            "amount": [500.0 + claim for claim in range(20) for _ in range(36)],
            "kind": ["recovery"] * 720,
        }
    )
    assert repetition(ledger).share == 0
    part = ledger.slice(0, int(share * len(ledger)))
    found = repetition(pa.concat_tables([ledger, part]))
    assert found.unexplained_share > LARGEST_REPEATED_SHARE


def test_a_segment_that_never_pays_moves_nothing_else() -> None:
    residual, informed = np.array([0.4, -0.2, 0.0]), np.array([1.0, 1.0, 0.0])
    rest = centred(residual, informed, np.array([0, 0, 1]))
    assert rest.tolist() == pytest.approx([0.3, -0.3, 0.0])
