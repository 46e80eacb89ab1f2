"""The simulated market: its tables, its pools and the story it tells."""

import json
import tomllib
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from click.testing import CliRunner
from pydantic import ValidationError

from features import catalogue
from features.court_fees import (
    acceptance_fee_yuan,
    enforcement_fee_yuan,
    preservation_fee_yuan,
)
from features.errors import HistoryError
from features.outcomes import History, realised, validated
from features.package import claim_rows, days, numbers
from features.segment import segments
from features.sources.market.chance import streams
from features.sources.market.offering import draw_climate
from features.sources.market.pools import PoolFigures, as_markdown, pool_figures
from features.sources.market.priors import Market, declared_market
from features.sources.simulated import main, simulate_history, simulate_package

FAR = date(2034, 12, 31)
POOLS = {
    "corporate_secured": ((0.35, 0.45), (0.12, 0.17), (1.5, 2.5)),
    "corporate_unsecured": ((0.04, 0.08), (0.12, 0.18), (1.3, 2.3)),
    "corporate": ((0.12, 0.34), (0.12, 0.17), (1.5, 2.5)),
    "mortgage": ((0.43, 0.49), (0.09, 0.15), (1.8, 2.6)),
    "card": ((0.095, 0.12), (0.13, 0.17), (0.9, 1.5)),
    "personal_consumer": ((0.08, 0.14), (0.12, 0.17), (0.9, 1.7)),
    "personal_business": ((0.08, 0.16), (0.12, 0.19), (1.1, 1.9)),
}


@pytest.fixture(scope="module")
def history() -> History:
    return simulate_history()


@pytest.fixture(scope="module")
def finished() -> History:
    """A market large enough to compare its parts, watched to the end."""
    return simulate_history(claims=40_000, seed=3, observed_until=FAR)


@pytest.fixture(scope="module")
def rate(finished: History) -> npt.NDArray[np.float64]:
    return realised(finished, 96).gross_rate


def words(table: pa.Table, name: str) -> npt.NDArray[np.str_]:
    return table[name].to_numpy(zero_copy_only=False).astype(str)


def by_item(history: History, values: npt.NDArray[np.float64]) -> dict[str, object]:
    """Recovery of claims with exactly one item of collateral, by row of the item."""
    items = history.package.collateral
    rows = claim_rows(history.package, items)
    alone = np.bincount(rows, minlength=len(history))[rows] == 1
    return {"items": items.filter(pa.array(alone)), "rate": values[rows[alone]]}


def test_same_seed_gives_the_same_tables() -> None:
    one, two = (simulate_history(claims=900, seed=5) for _ in range(2))
    assert one.package.claims.equals(two.package.claims)
    assert one.package.collateral.equals(two.package.collateral)
    assert one.package.guarantees.equals(two.package.guarantees)
    assert one.ledger.equals(two.ledger)
    assert one.workouts.equals(two.workouts)
    assert one.sales.equals(two.sales)


def test_another_seed_gives_other_claims() -> None:
    one, two = (simulate_history(claims=900, seed=seed) for seed in (5, 6))
    assert not one.package.claims["claim_total"].equals(
        two.package.claims["claim_total"]
    )


def test_history_is_valid_and_canonical(history: History) -> None:
    assert validated(history) is history
    assert (history.name, history.simulated) == ("simulated", True)
    assert history.timing_observed
    for table in catalogue.TAPE_TABLES:
        shown = getattr(history.package, table)
        assert shown.schema.equals(catalogue.arrow_schema(table))
    assert history.ledger.schema.equals(catalogue.arrow_schema("ledger"))
    assert history.workouts.schema.equals(catalogue.arrow_schema("workouts"))
    assert history.sales.schema.equals(catalogue.arrow_schema("sales"))


def test_values_keep_to_the_catalogue(history: History) -> None:
    for table in catalogue.TAPE_TABLES:
        shown = getattr(history.package, table)
        for name, field in catalogue.kept_fields(table).items():
            if field.kind == "category" and not field.open:
                present = set(pc.unique(shown[name].drop_null()).to_pylist())
                assert present <= set(field.values), name
            if field.kind in catalogue.NUMERIC_KINDS:
                values = numbers(shown, name)
                low = -np.inf if field.minimum is None else field.minimum
                high = np.inf if field.maximum is None else field.maximum
                inside = (values >= low) & (values <= high) | np.isnan(values)
                assert inside.all(), name


def test_nothing_on_the_tape_lies_after_its_cutoff(history: History) -> None:
    claims = history.package.claims
    cutoff = days(claims, "cutoff_date")
    for name, field in catalogue.kept_fields("claims").items():
        if field.kind == "date" and not field.after_cutoff:
            assert not (days(claims, name) > cutoff).any(), name


def test_parts_of_a_claim_add_up(history: History) -> None:
    claims = history.package.claims
    parts = ("principal", "interest", "penalty_interest", "advanced_costs")
    total = np.sum([numbers(claims, part) for part in parts], axis=0)
    complete = ~np.isnan(total) & ~np.isnan(numbers(claims, "claim_total"))
    assert complete.mean() > 0.5
    np.testing.assert_allclose(
        total[complete], numbers(claims, "claim_total")[complete], atol=0.011
    )


def test_every_segment_is_measurable(history: History) -> None:
    names, counts = np.unique(segments(history.package), return_counts=True)
    assert set(names) == set(declared_market().segments)
    assert (counts / len(history) > 0.1).all()


def test_no_claim_dominates_its_segment(
    finished: History, rate: npt.NDArray[np.float64]
) -> None:
    cash = rate * finished.package.claim_yuan()
    cutoff = finished.package.claims["cutoff_date"].to_numpy().astype("datetime64[Y]")
    segment = segments(finished.package)
    for name in np.unique(segment):
        for year in np.unique(cutoff):
            pool = cash[(segment == name) & (cutoff == year)]
            assert pool.max() < 0.05 * pool.sum(), (name, year)


@pytest.mark.parametrize("seed", [7, 12, 13])
def test_pools_come_out_as_published(seed: int) -> None:
    figures = {f.pool: f for f in pool_figures(simulate_history(seed=seed))}
    for name, ranges in POOLS.items():
        pool = figures[name]
        found = (pool.gross_rate, pool.cost_share, pool.life_years)
        for value, (low, high) in zip(found, ranges, strict=True):
            assert low < value < high, (name, found)


def test_secured_claims_recover_nothing_or_everything_at_times(
    history: History,
) -> None:
    figures: dict[str, PoolFigures] = {f.pool: f for f in pool_figures(history)}
    for name in ("corporate_secured", "mortgage"):
        assert figures[name].nothing_share > 0.05
        assert figures[name].everything_share > 0.1
    assert figures["card"].nothing_share > 0.4


def test_no_claim_recovers_more_than_it_is(finished: History) -> None:
    cash = finished.ledger.filter(pc.equal(finished.ledger["kind"], "recovery"))
    rows = claim_rows(finished.package, cash)
    total = np.bincount(rows, numbers(cash, "amount"), minlength=len(finished))
    assert (total <= finished.package.claim_yuan() + 0.05).all()


def test_watching_longer_changes_neither_tape_nor_past() -> None:
    early, late = date(2019, 6, 30), date(2025, 12, 31)
    short = simulate_history(claims=1200, observed_until=early, last_cutoff=early)
    long = simulate_history(claims=1200, observed_until=late, last_cutoff=early)
    assert short.package.claims.equals(long.package.claims)
    assert short.ledger.equals(long.known_on(early).ledger)
    assert short.workouts.equals(long.known_on(early).workouts)


def test_open_workouts_have_no_path_and_closed_ones_no_later_cash(
    history: History,
) -> None:
    workouts = history.workouts
    is_open = pc.equal(workouts["status"], "open").to_numpy()
    assert 0.05 < is_open.mean() < 0.5
    assert workouts["disposal_path"].is_null().to_numpy().tolist() == is_open.tolist()
    rows = claim_rows(history.package, history.ledger)
    assert (days(history.ledger, "date") <= days(workouts, "status_date")[rows]).all()


def test_assets_taken_in_kind_are_booked_but_not_cash(finished: History) -> None:
    booked = finished.ledger.filter(pc.equal(finished.ledger["kind"], "non_cash"))
    rows = np.unique(claim_rows(finished.package, booked))
    assert len(rows) > 50
    path = words(finished.workouts, "disposal_path")[rows]
    assert np.isin(path, ("asset_in_kind", "bankruptcy")).mean() > 0.9


@pytest.mark.parametrize(
    ("field", "worse"),
    [("seizure_rank", 2.0), ("lien_rank", 2.0), ("title_ok", 0.0)],
)
def test_flawed_collateral_recovers_less(
    finished: History, rate: npt.NDArray[np.float64], field: str, worse: float
) -> None:
    single = by_item(finished, rate)
    flag = numbers(single["items"], field)
    bad, rates = flag == worse, single["rate"]
    good = ~bad & ~np.isnan(flag)
    assert rates[bad].mean() < 0.92 * rates[good].mean()


def test_lapsed_guarantees_pay_nothing(finished: History) -> None:
    guarantees = finished.package.guarantees
    rows = claim_rows(finished.package, guarantees)
    cutoff = days(finished.package.claims, "cutoff_date")[rows]
    live = ~(days(guarantees, "guarantee_expiry") < cutoff)
    source = pc.equal(finished.ledger["source"], "from_guarantor")
    payers = claim_rows(finished.package, finished.ledger.filter(source))
    assert len(payers) > 200
    assert np.isin(payers, rows[live]).all()


def test_expired_limitation_is_nearly_nothing_without_security(
    finished: History, rate: npt.NDArray[np.float64]
) -> None:
    claims = finished.package.claims
    limitation = days(claims, "limitation_date")
    expired = limitation < days(claims, "cutoff_date")
    bare = words(claims, "security_type") == "unsecured"
    assert (expired & bare).sum() > 300
    assert rate[expired & bare].mean() < 0.03
    assert rate[~expired & bare].mean() > 0.1


@pytest.mark.parametrize("field", ["contactable", "phone_valid"])
def test_debtors_in_reach_pay_more(
    finished: History, rate: npt.NDArray[np.float64], field: str
) -> None:
    reach = numbers(finished.package.claims, field)
    personal = segments(finished.package) == "personal_consumer"
    near, far = (rate[personal & (reach == value)].mean() for value in (1.0, 0.0))
    assert near > 2.0 * far


def test_recent_payers_and_young_arrears_recover_more(
    finished: History, rate: npt.NDArray[np.float64]
) -> None:
    claims = finished.package.claims
    cutoff = days(claims, "cutoff_date")
    for age in (
        cutoff - days(claims, "last_payment_date"),
        cutoff - days(claims, "default_date"),
    ):
        card = (segments(finished.package) == "card") & ~np.isnan(age)
        low, high = np.quantile(age[card], [0.33, 0.67])
        recent, old = rate[card & (age < low)], rate[card & (age > high)]
        assert recent.mean() > 1.8 * old.mean()


def first_sale_months(history: History) -> npt.NDArray[np.float64]:
    """Months to the first cash from collateral, NaN without any, shape (n,)."""
    sold = history.ledger.filter(
        pc.equal(history.ledger["source"], "from_collateral")
    ).filter(pc.field("kind") == "recovery")
    rows = claim_rows(history.package, sold)
    wait = days(sold, "date") - days(history.package.claims, "cutoff_date")[rows]
    first = np.full(len(history), np.inf)
    np.minimum.at(first, rows, wait / 30.4375)
    return np.where(np.isinf(first), np.nan, first)


def test_late_stages_and_fast_courts_pay_sooner(finished: History) -> None:
    months = first_sale_months(finished)
    stage = words(finished.package.claims, "legal_stage")
    province = words(finished.package.claims, "province")
    by_stage = [
        np.nanmean(months[stage == name])
        for name in ("enforcement", "judgment", "sued", "not_sued")
    ]
    assert by_stage == sorted(by_stage)
    slow, fast = (np.nanmean(months[province == p]) for p in ("liaoning", "zhejiang"))
    assert slow > 1.3 * fast


def test_careless_sellers_leave_more_out(history: History) -> None:
    claims = history.package.claims
    missing = claims["limitation_date"].is_null().to_numpy()
    seller = words(claims, "seller")
    care = {s.name: s.care for s in declared_market().sellers}
    best, worst = max(care, key=care.__getitem__), min(care, key=care.__getitem__)
    assert missing[seller == worst].mean() > missing[seller == best].mean() + 0.2
    for name in ("claim_id", "cutoff_date", "principal", "seller", "product"):
        assert claims[name].null_count == 0
    assert claims["employees"].null_count == len(claims)


def test_bad_files_are_kept_badly(
    finished: History, rate: npt.NDArray[np.float64]
) -> None:
    personal = np.isin(segments(finished.package), ("card", "personal_consumer"))
    missing = finished.package.claims["last_contact_date"].is_null().to_numpy()
    assert rate[personal & missing].mean() < 0.95 * rate[personal & ~missing].mean()


def test_debtors_groups_and_items_are_shared(history: History) -> None:
    claims, items = history.package.claims, history.package.collateral
    assert pc.count_distinct(claims["obligor_id"]).as_py() < 0.92 * len(claims)
    members = pc.value_counts(claims["group_id"].drop_null()).field("counts")
    assert pc.min(members).as_py() >= 1
    assert pc.count_distinct(items["collateral_id"]).as_py() < len(items)


def test_climate_swings_as_declared() -> None:
    market = declared_market()
    climate = draw_climate(market, 4000, streams(1)["climate"])
    swings = market.segment_values("shock_sd")
    np.testing.assert_allclose(climate.segment.std(axis=1), swings, rtol=0.1)
    for series in climate.segment:
        memory = np.corrcoef(series[1:], series[:-1])[0, 1]
        assert memory == pytest.approx(market.climate.persistence, abs=0.06)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("corporate", {"corporate_secured", "corporate_unsecured"}),
        ("mortgage", {"mortgage"}),
        ("personal", {"card", "personal_consumer", "personal_business"}),
    ],
)
def test_package_to_be_priced(kind: str, expected: set[str]) -> None:
    day = date(2026, 3, 31)
    package = simulate_package(kind, claims=300, seed=1, cutoff_date=day)
    assert len(package) == 300
    assert set(segments(package)) == expected
    assert set(package.claims["cutoff_date"].to_pylist()) == {day}
    assert pc.count_distinct(package.claims["seller"]).as_py() == 1
    assert (len(package.collateral) > 0) == (kind != "personal")


@pytest.mark.parametrize("wrong", [{"claims": 0}, {"observed_until": date(2020, 1, 1)}])
def test_impossible_markets_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(HistoryError, match="at least one claim"):
        simulate_history(**wrong)


def test_tiny_markets_work() -> None:
    assert len(simulate_history(claims=12, seed=1)) == 12
    package = simulate_package(
        "personal", claims=1, seed=1, cutoff_date=date(2026, 3, 31)
    )
    assert len(package) == 1


def test_statutory_fees_by_hand() -> None:
    million = np.array([1e6])
    assert acceptance_fee_yuan(million)[0] == pytest.approx(13_800)
    assert enforcement_fee_yuan(million)[0] == pytest.approx(12_400)
    assert preservation_fee_yuan(np.array([1e5, 1e6])).tolist() == [1020, 5000]
    small = np.array([0.0, 9000.0])
    assert enforcement_fee_yuan(small).tolist() == [0.0, 50.0]
    assert acceptance_fee_yuan(small).tolist() == [50.0, 50.0]


def test_priors_refuse_what_they_do_not_know() -> None:
    text = files("features.sources").joinpath("market.toml").read_text("utf-8")
    with pytest.raises(ValidationError, match="marvellous"):
        Market.model_validate({**tomllib.loads(text), "marvellous": 1})


def test_command_prints_the_pools() -> None:
    answer = CliRunner().invoke(main, ["--claims", "2000", "--seed", "2", "--json"])
    assert answer.exit_code == 0
    assert {row["pool"] for row in json.loads(answer.output)} == set(POOLS)
    table = CliRunner().invoke(main, ["--claims", "2000", "--seed", "2"])
    assert "corporate_secured" in table.output


def test_page_shows_the_pools_as_measured(history: History) -> None:
    page = Path(__file__).parents[2] / "docs" / "simulated-market.md"
    assert as_markdown(pool_figures(history)) in page.read_text("utf-8")
