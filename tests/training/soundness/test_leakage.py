from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pytest

from features import catalogue
from features.errors import HistoryError, LeakageError
from features.outcomes import History, closed_workouts, realised
from features.package import Package, days
from features.sources.simulated import simulate_history
from training.config import Config, load_config
from training.evaluation import evaluate
from training.soundness.leakage import check_leakage, concordance, survivors, year_share

HORIZON_MONTHS = 60
Plant = Callable[[History, np.random.Generator], History]


@pytest.fixture(scope="module")
def history() -> History:
    """A smaller market than that of the other tests: every check looks at it anew."""
    return simulate_history(claims=1_200, seed=3)


def stating(history: History, table: str, name: str, values: object) -> History:
    """The history with other values in one column."""
    package = history.package
    old = getattr(package, table)
    column = pa.array(values, old.schema.field(name).type, from_pandas=True)
    new = old.set_column(old.schema.get_field_index(name), name, column)
    return replace(history, package=replace(package, **{table: new}))


def rates(history: History) -> np.ndarray:
    return realised(history, HORIZON_MONTHS).gross_rate


def years(history: History) -> np.ndarray:
    cutoff = history.package.claims["cutoff_date"].to_pylist()
    return np.array([day.year for day in cutoff])


def required_only(history: History) -> History:
    """What a user must state, and nothing else."""
    fields = catalogue.kept_fields("claims")
    needed = {n for n, f in fields.items() if f.required} | {"principal", "cutoff_date"}
    package = Package.of(history.package.claims.select(sorted(needed)))
    return replace(history, package=package, sales=history.sales.slice(0, 0))


def found(history: History, config: Config) -> dict[str | None, str]:
    """Rules broken by field."""
    with pytest.raises(LeakageError) as refused:
        check_leakage(history, config)
    assert "含有基准日之后才知道的信息，不能用于训练" in refused.value.zh
    return {finding.field: finding.code for finding in refused.value.findings}


def refusal(history: History, config: Config) -> str | None:
    """What a history is refused with, if it is."""
    try:
        check_leakage(history, config)
    except LeakageError as error:
        return str(error)
    return None


def test_the_simulated_market_knows_nothing_of_what_came_later(
    history: History, config: Config
) -> None:
    assert refusal(history, config) is None
    assert refusal(replace(history, timing_observed=False), config) is None


def test_the_charge_offs_know_nothing_of_what_came_later(sba_history: History) -> None:
    assert refusal(sba_history, load_config()) is None


def test_tables_of_required_fields_only_pass(history: History, config: Config) -> None:
    bare = required_only(history)
    assert refusal(bare, config) is None
    assert refusal(replace(bare, timing_observed=False), config) is None
    assert refusal(bare.take(np.arange(40)), config) is None


@pytest.mark.parametrize(
    ("table", "field"),
    [
        ("claims", "default_date"),
        ("claims", "last_payment_date"),
        ("claims", "judgment_date"),
        ("collateral", "appraisal_date"),
    ],
)
def test_one_date_of_the_past_after_its_cut_off_is_caught(
    history: History, config: Config, table: str, field: str
) -> None:
    stated = getattr(history.package, table)[field].to_pylist()
    stated[3] = date(2025, 6, 30)
    with pytest.raises(LeakageError, match="knows what came after") as refused:
        check_leakage(stating(history, table, field, stated), config)
    (finding,) = refused.value.findings
    assert finding.code == "after_cutoff"
    assert (finding.table, finding.field, finding.row) == (table, field, 5)
    assert finding.value == "2025-06-30"


def test_dates_of_the_future_may_lie_after_the_cut_off(
    history: History, config: Config
) -> None:
    cutoff = days(history.package.claims, "cutoff_date").astype("datetime64[D]")
    later = cutoff + np.random.default_rng(1).integers(1, 4_000, len(cutoff))
    for field in ("maturity_date", "limitation_date"):
        assert refusal(stating(history, "claims", field, later), config) is None


def _ranked(history: History, generator: np.random.Generator) -> History:
    noisy = rates(history) + generator.normal(0, 0.01, len(history))
    return stating(history, "claims", "days_past_due", (noisy * 1e4).round() + 1e4)


def _paid_label(history: History, generator: np.random.Generator) -> History:
    labels = list(catalogue.field("claims", "legal_stage").values)[:2]
    paid = (rates(history) > 0).astype(int)
    wrong = generator.uniform(size=len(history)) < 0.02
    told = [labels[p] for p in np.where(wrong, 1 - paid, paid)]
    return stating(history, "claims", "legal_stage", told)


def _paid_flag(history: History, _: np.random.Generator) -> History:
    return stating(history, "claims", "contactable", rates(history) > 0)


def _stated_where_paid(history: History, generator: np.random.Generator) -> History:
    ages = generator.integers(20, 70, len(history)).astype(object)
    ages[rates(history) == 0] = None
    return stating(history, "claims", "age", ages)


@pytest.mark.parametrize(
    ("plant", "field"),
    [
        (_ranked, "days_past_due"),
        (_paid_label, "legal_stage"),
        (_paid_flag, "contactable"),
        (_stated_where_paid, "age"),
    ],
)
def test_a_feature_that_tells_the_outcome_is_caught(
    history: History, config: Config, plant: Plant, field: str
) -> None:
    leaky = plant(history, np.random.default_rng(2))
    told = found(leaky, config)
    assert told[field] == "outcome_column"
    assert set(told.values()) == {"outcome_column"}


@pytest.mark.parametrize("part", ["cash", "loss", "first year"])
def test_an_amount_that_is_the_outcome_is_caught(
    history: History, config: Config, part: str
) -> None:
    claim = history.package.claim_yuan()
    months = 12 if part == "first year" else HORIZON_MONTHS
    cash = realised(history, months).gross_rate * claim
    amount = claim - cash if part == "loss" else cash
    leaky = stating(history, "claims", "frozen_amount", amount.round(2))
    assert found(leaky, config)["frozen_amount"] == "equals_outcome"


def test_the_outcome_is_caught_without_timing_too(
    history: History, config: Config
) -> None:
    untimed = replace(history, timing_observed=False)
    claim = history.package.claim_yuan()
    cash = realised(untimed, 1200).gross_rate * claim
    assert found(stating(untimed, "claims", "ebit", cash), config) == {
        "ebit": "equals_outcome",
        "ebit_to_claim": "outcome_column",
    }


def test_a_label_of_the_year_is_caught(history: History, config: Config) -> None:
    batches = [f"batch {year}" for year in years(history)]
    leaky = stating(history, "claims", "seller", batches)
    assert found(leaky, config) == {"seller": "year_label"}


def test_a_number_that_codes_the_year_is_caught(
    history: History, config: Config
) -> None:
    year = years(history)
    codes = np.random.default_rng(4).permutation(np.arange(year.min(), 2026))
    leaky = stating(history, "claims", "lawsuit_count", codes[year - year.min()])
    assert found(leaky, config) == {"lawsuit_count": "year_label"}


def test_labels_that_change_with_the_times_without_telling_the_year_pass(
    history: History, config: Config
) -> None:
    """A third of the sellers sells in one year only, the others for years."""
    year = years(history)
    generator = np.random.default_rng(5)
    lasting = np.array([f"bank {n}" for n in range(12)])[
        generator.integers(0, 12, len(year))
    ]
    once = np.array([f"one sale of {y}" for y in year])
    sellers = np.where(generator.uniform(size=len(year)) < 1 / 3, once, lasting)
    assert refusal(stating(history, "claims", "seller", sellers), config) is None


def test_a_date_among_the_features_is_caught(history: History, config: Config) -> None:
    cutoff = days(history.package.claims, "cutoff_date")
    drawn = np.random.default_rng(6).normal(0, 60, len(cutoff))
    leaky = stating(history, "claims", "employees", (cutoff + drawn).round())
    assert found(leaky, config) == {"employees": "date_level"}


def shuffled(history: History) -> History:
    """Every claim at the cut-off date of another one."""
    cutoff = history.package.claims["cutoff_date"].to_pylist()
    return stating(
        history, "claims", "cutoff_date", np.random.default_rng(7).permutation(cutoff)
    )


def test_a_shuffled_calendar_is_refused_for_its_ledger(
    history: History, config: Config
) -> None:
    with pytest.raises(HistoryError, match="lies before the cut-off date"):
        evaluate(shuffled(required_only(history)), config, [2019])


def test_a_shuffled_calendar_is_refused_for_its_dates_if_the_cash_moves_along(
    sba_history: History,
) -> None:
    moved = shuffled(sba_history)
    of_claim = moved.package.claims["cutoff_date"]
    ledger = moved.ledger.set_column(1, "date", of_claim)
    with pytest.raises(LeakageError) as refused:
        evaluate(replace(moved, ledger=ledger), load_config(), [2010])
    told = {f.field: f.code for f in refused.value.findings}
    assert told["origination_date"] == "after_cutoff"


@pytest.mark.unwatched
def test_a_calendar_shuffled_with_all_its_dates_shows_in_the_figures(
    sba_history: History,
) -> None:
    """Nothing contradicts it; years become alike and the model looks too good."""
    cutoff = days(sba_history.package.claims, "cutoff_date")
    claims = sba_history.package.claims
    origination = days(claims, "origination_date")
    moved = shuffled(sba_history)
    later = days(moved.package.claims, "cutoff_date")
    moved = stating(
        moved, "claims", "origination_date", _dates(origination, later, cutoff)
    )
    ledger = moved.ledger.set_column(1, "date", moved.package.claims["cutoff_date"])
    status = moved.workouts.set_column(2, "status_date", ledger["date"])
    alike = replace(moved, ledger=ledger, workouts=status)
    config = load_config()
    true, false = (evaluate(h, config, [2008, 2010]) for h in (sba_history, alike))
    drift, none = (
        abs(e.windows[0].model.mean_rate - e.windows[1].model.mean_rate)
        for e in (true, false)
    )
    assert drift > 0.2
    assert none < 0.05
    assert false.mean(lambda s: s.r2) > true.mean(lambda s: s.r2) + 0.05


def _dates(
    then: np.ndarray, later: np.ndarray, cutoff: np.ndarray
) -> list[date | None]:
    """Dates moved with their claims' cut-offs."""
    return [
        None if np.isnan(d) else (date(1970, 1, 1) + timedelta(days=d + to - since))
        for d, to, since in zip(then, later, cutoff, strict=True)
    ]


def test_a_history_of_closed_work_outs_is_biased_and_refused(config: Config) -> None:
    """Recoveries of the closed alone lie above what all of the claims came to."""
    whole = simulate_history(claims=4_000, seed=9)
    then = whole.known_on(date(2019, 12, 31))
    closed = then.take(np.flatnonzero(closed_workouts(then)))
    first = date(2018, 1, 1)
    of_closed = rates(closed.between(first, date(2019, 12, 31)))
    of_all = rates(whole.between(first, date(2019, 12, 31)))
    assert of_closed.mean() > of_all.mean() + 0.05
    assert found(closed, config)["status"] == "survivorship"
    assert not list(survivors(then, config))


def test_old_claims_may_all_be_closed(history: History, config: Config) -> None:
    old = history.between(date(2010, 1, 1), date(2015, 12, 31))
    kept = old.take(np.flatnonzero(closed_workouts(old)))
    assert not list(survivors(kept, config))


def test_a_leaky_history_is_not_evaluated(history: History, config: Config) -> None:
    with pytest.raises(LeakageError):
        evaluate(_paid_flag(history, np.random.default_rng(0)), config, [2019])


def test_findings_speak_both_languages(history: History, config: Config) -> None:
    with pytest.raises(LeakageError) as refused:
        check_leakage(_paid_flag(history, np.random.default_rng(0)), config)
    (finding,) = refused.value.findings
    assert "claims.contactable" in finding.sentence()
    assert "leave its fields empty" in finding.sentence()
    assert "基准日" in finding.reason_zh
    assert refused.value.exit_status == 2


def test_concordance_counts_pairs() -> None:
    generator = np.random.default_rng(8)
    value = generator.integers(0, 6, 60).astype(float)
    outcome = np.round(generator.uniform(size=60) + value / 10, 1)
    right = tied = pairs = 0
    for i in range(60):
        for j in range(60):
            if outcome[i] > outcome[j]:
                pairs += 1
                right += value[i] > value[j]
                tied += value[i] == value[j]
    expected = (right + tied / 2) / pairs
    assert concordance(value, outcome) == pytest.approx(expected)
    assert concordance(-value, outcome) == pytest.approx(expected)


def test_concordance_of_an_order_is_one_whatever_the_ties_of_the_outcome() -> None:
    outcome = np.array([0.0] * 80 + [0.5] * 5 + [1.0] * 15)
    assert concordance(np.arange(100.0), outcome) == pytest.approx(1.0)
    assert concordance(np.ones(100), outcome) == 0.5


def test_the_share_of_the_year_runs_from_chance_to_certainty() -> None:
    generator = np.random.default_rng(9)
    year = generator.integers(2010, 2020, 2_000)
    assert year_share(year * 1.0, year) == pytest.approx(1.0, abs=0.02)
    label = generator.integers(0, 30, 2_000).astype(float)
    assert year_share(label, year) == pytest.approx(0.0, abs=0.01)
    label[year == 2010] = np.nan
    assert 0.1 < year_share(label, year) < 0.3
