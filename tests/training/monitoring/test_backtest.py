"""Forecasts against cash: which claims and quarters count, and what luck explains."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.errors import HistoryError
from features.forecasts import QUARTERS, SCHEMA, validated
from features.outcomes import History
from training.config import Config
from training.monitoring.actual_to_expected import cells, ratio_interval
from training.monitoring.backtest import (
    ABSENT,
    NOTHING_OBSERVED,
    OTHER_AMOUNT,
    OTHER_CUTOFF,
    PARTLY_PRICED,
    SEEN,
    compare,
    one_per_claim,
    vintage_labels,
)
from training.monitoring.triangles import segment_triangles, triangle

CUTOFF = date(2020, 1, 1)
MakeHistory = Callable[..., History]


def forecasts(*rows: dict[str, Any]) -> pa.Table:
    """Each claim owes 1,000 and is expected to pay 100 in each quarter of a year."""
    common = {
        "valuation_id": "v1",
        "package_id": None,
        "valued_at": datetime(2020, 2, 1, tzinfo=UTC),
        "model_name": "recovery",
        "model_version": "1",
        "model_sha256": "ab",
        "model_simulated": False,
        "model_observed_until": date(2019, 12, 31),
        "cutoff_date": CUTOFF,
        "seller": None,
        "product": "credit_card",
        "province": None,
        "segment": "card",
        "claim_yuan": 1000.0,
        "expected_rate": 0.4,
        "p10_rate": 0.0,
        "p90_rate": 1.0,
        "horizon_months": 12,
        "start_delay_months": 0,
        QUARTERS: [100.0] * 4,
    }
    table = pa.Table.from_pylist([{**common, **row} for row in rows], SCHEMA)
    return validated(table, "by hand")


def test_only_quarters_observed_whole_count_on_both_sides(
    make_history: MakeHistory,
) -> None:
    history = make_history(
        [{}, {}],
        cash=[
            ("c0", date(2020, 2, 1), 50.0, "recovery"),
            ("c0", date(2020, 5, 1), 30.0, "recovery"),
            ("c0", date(2020, 7, 20), 500.0, "recovery"),
            ("c0", date(2020, 3, 1), 9.0, "cost"),
        ],
        observed_until=date(2020, 8, 15),
    )

    compared = compare(forecasts({"claim_id": "c0"}), history, 12)

    assert compared.expected_yuan.tolist() == [[100.0, 100.0, 0.0, 0.0]]
    assert np.allclose(compared.realised_yuan, [[50.0, 30.0, 0.0, 0.0]])
    assert compared.expected_counted_yuan.tolist() == [200.0]


def test_a_horizon_that_ends_within_a_quarter_counts_whole_ones(
    make_history: MakeHistory,
) -> None:
    short = {"claim_id": "c0", "horizon_months": 7, "expected_rate": 0.3}

    compared = compare(
        forecasts({**short, QUARTERS: [100.0] * 3}), make_history([{}]), 12
    )

    assert compared.expected_yuan.tolist() == [[100.0, 100.0]]


def test_a_closed_workout_owes_what_was_expected_until_the_ledger_ends(
    make_history: MakeHistory,
) -> None:
    history = make_history([{}], closed={"c0": date(2020, 2, 1)})

    compared = compare(forecasts({"claim_id": "c0"}), history, 12)

    assert compared.expected_counted_yuan.tolist() == [400.0]
    assert compared.realised_counted_yuan.tolist() == [0.0]


def test_cash_that_the_model_had_seen_is_no_forecast(make_history: MakeHistory) -> None:
    learnt = {"claim_id": "c0", "model_observed_until": date(2020, 5, 1)}

    compared = compare(forecasts(learnt), make_history([{}]), 12)

    assert compared.observed.tolist() == [[True] * 4]
    assert compared.counted.tolist() == [[False, False, True, True]]
    assert compared.expected_counted_yuan.tolist() == [200.0]


def test_forecasts_that_cannot_be_compared_are_counted_by_reason(
    make_history: MakeHistory,
) -> None:
    table = forecasts(
        {"claim_id": "c0"},
        {"claim_id": "elsewhere"},
        {"claim_id": "c0", "cutoff_date": date(2020, 3, 1)},
        {"claim_id": "c1", "claim_yuan": 4000.0, "expected_rate": 0.1},
        {"claim_id": "c2", "model_observed_until": date(2021, 6, 1)},
    )

    compared = compare(table, make_history([{}, {}, {}]), 12)

    assert len(compared) == 1
    assert compared.left_out == {
        ABSENT: 1,
        OTHER_CUTOFF: 1,
        OTHER_AMOUNT: 1,
        NOTHING_OBSERVED: 1,
    }
    with pytest.raises(HistoryError, match="no forecast can be set against by hand"):
        compare(forecasts(), make_history([{}]), 12)
    with pytest.raises(HistoryError, match="1 not in the disposal history"):
        compare(forecasts({"claim_id": "elsewhere"}), make_history([{}]), 12)


def test_the_latest_forecast_of_a_claim_counts_or_the_first() -> None:
    later = datetime(2020, 3, 1, tzinfo=UTC)
    table = forecasts(
        {"claim_id": "c0", "valuation_id": "new", "valued_at": later},
        {"claim_id": "c1"},
        {"claim_id": "c0", "valuation_id": "old"},
    )

    assert one_per_claim(table)["valuation_id"].to_pylist() == ["new", "v1"]
    first = one_per_claim(table, first=True)
    assert first["valuation_id"].to_pylist() == ["v1", "old"]


def test_without_timing_resolved_claims_are_compared_as_a_whole(
    make_history: MakeHistory,
) -> None:
    history = make_history(
        [{}, {}, {}, {}],
        cash=[("c0", date(2020, 1, 1), 250.0, "recovery")],
        closed=dict.fromkeys(("c0", "c1", "c2"), CUTOFF),
        timing_observed=False,
    )
    long = {"horizon_months": 60, QUARTERS: [20.0] * 20}
    table = forecasts(
        {"claim_id": "c0", **long},
        {"claim_id": "c1"},
        {"claim_id": "c2", **long, "model_observed_until": CUTOFF},
        {"claim_id": "c3", **long},
    )

    compared = compare(table, history, 12)

    assert compared.expected_counted_yuan.tolist() == [400.0]
    assert compared.realised_counted_yuan.tolist() == [250.0]
    assert compared.left_out[PARTLY_PRICED] == compared.left_out[SEEN] == 1
    assert triangle(compared, 1) is None


@pytest.mark.parametrize(
    ("months", "names"),
    [
        (12, ["2019", "2020"]),
        (6, ["2019H2", "2020H1"]),
        (3, ["2019Q4", "2020Q1"]),
    ],
)
def test_vintages_are_named_by_their_time(months: int, names: list[str]) -> None:
    month = np.array(["2019-12", "2020-01"], dtype="datetime64[M]")

    assert vintage_labels(month, months).tolist() == names


def test_triangle_adds_up_quarters_as_far_as_they_were_observed(
    make_history: MakeHistory,
) -> None:
    late = {"cutoff_date": date(2020, 4, 1)}
    history = make_history(
        [{}, late],
        cash=[
            ("c0", date(2020, 2, 1), 200.0, "recovery"),
            ("c0", date(2020, 7, 5), 60.0, "recovery"),
        ],
        observed_until=date(2020, 10, 1),
    )
    table = forecasts({"claim_id": "c0"}, {"claim_id": "c1", **late})

    drawn = segment_triangles(compare(table, history, 12), 1)["card"]

    assert drawn.vintages == ("2020",)
    assert drawn.claims.tolist() == [[2, 2, 1, 0]]
    assert np.allclose(drawn.realised_rate[0, :3], [0.1, 0.1, 0.16])
    assert np.allclose(drawn.expected_rate[0, :3], [0.1, 0.2, 0.3])
    assert drawn.figures()["2020"]["claims"] == [2, 2, 1]
    assert triangle(compare(table, history, 12), 3) is None


def market(
    make_history: MakeHistory, claims: int, paid_share: float = 1.0
) -> tuple[pa.Table, History]:
    """Half of the claims pay a third, half nothing; consumer loans pay less."""
    rows: list[dict[str, Any]] = [
        {
            "cutoff_date": date(2020, 1, 1),
            "obligor_id": f"o{i}",
            "product": "consumer_loan" if i % 2 else "credit_card",
            "province": "zhejiang" if i < claims - 3 else "hainan",
        }
        for i in range(claims)
    ]
    cash = [
        (
            f"c{i}",
            date(2020, 6, 1),
            800.0 * (paid_share if i % 2 else 1.0),
            "recovery",
        )
        for i in range(claims)
        if i % 4 < 2
    ]
    history = make_history(rows, cash=cash)
    told = [
        {"claim_id": f"c{i}", "product": r["product"], "province": r["province"]}
        for i, r in enumerate(rows)
    ]
    return forecasts(*told), history


def test_cells_tell_luck_from_a_failure_of_one_product(
    make_history: MakeHistory, config: Config
) -> None:
    sound = compare(*market(make_history, 400), 12)
    failed = compare(*market(make_history, 400, paid_share=0.5), 12)

    by_name = {c.name: c for c in cells(failed, config.monitoring)}

    assert {c.standing for c in cells(sound, config.monitoring)} <= {
        "as_expected",
        "too_few",
    }
    loans, cards = (by_name[f"2020 × {p}"] for p in ("consumer_loan", "credit_card"))
    assert loans.standing == "below"
    assert loans.ratio == pytest.approx(0.5)
    assert loans.high is not None
    assert loans.high < 1
    assert loans.drawn_by == "obligor"
    assert cards.standing == "as_expected"
    assert by_name["others"].claims == 3
    assert by_name["others"].standing == "too_few"
    assert by_name["2020 × consumer_loan × others"].low is None


def test_interval_is_wider_where_whole_packages_are_drawn() -> None:
    generator = np.random.default_rng(1)
    package = np.repeat(np.arange(20), 30)
    level = generator.uniform(0.2, 1.8, 20)[package]
    paid = level * generator.exponential(100.0, 600)
    expected = np.full(600, 100.0)

    low, high, _ = ratio_interval(paid, expected, package, 5)
    narrow, wide, _ = ratio_interval(paid, expected, np.arange(600), 5)

    assert high - low > 1.5 * (wide - narrow)


def test_no_cash_at_all_is_not_luck() -> None:
    low, high, chance = ratio_interval(np.zeros(60), np.ones(60), np.arange(60), 5)

    assert (low, high, chance) == (0.0, 0.0, 0.0)


def test_many_blocks_are_drawn_in_heaps_with_the_same_spread() -> None:
    paid = np.random.default_rng(1).exponential(1.0, 4000)
    expected = np.ones(4000)

    low, high, _ = ratio_interval(paid, expected, np.arange(4000), 5)

    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(4000), rel=0.15)


def test_vintages_are_drawn_where_there_are_enough(
    make_history: MakeHistory, config: Config
) -> None:
    rows = [
        {"cutoff_date": date(2017 + i // 4, 1 + 3 * (i % 4), 1), "obligor_id": "o"}
        for i in range(12)
    ]
    table = forecasts(
        *(
            {
                "claim_id": f"c{i}",
                "cutoff_date": row["cutoff_date"],
                "model_observed_until": date(2016, 12, 31),
            }
            for i, row in enumerate(rows)
        )
    )
    paid = [
        (f"c{i}", row["cutoff_date"], 400.0, "recovery") for i, row in enumerate(rows)
    ]
    compared = compare(table, make_history(rows, cash=paid), 12)
    rule = config.monitoring.model_copy(update={"fewest_claims": 12})

    whole = cells(compared, rule)[0]

    assert (whole.drawn_by, whole.ratio, whole.low) == ("vintage", 1.0, 1.0)
    assert whole.standing == "as_expected"
    simulated = replace(make_history(rows, cash=paid), simulated=True)
    assert compare(table, simulated, 12).simulated
