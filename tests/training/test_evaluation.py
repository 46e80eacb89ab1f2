import json
from dataclasses import replace

import numpy as np
import pyarrow.compute as pc
import pytest

from features.outcomes import History, realised
from features.segment import SEGMENTS
from training.charts import calibration_svg, curve_svg
from training.config import Config, load_config
from training.curve_figures import weighted_life_months
from training.evaluation import Evaluation, evaluate
from training.metrics import Scores
from training.pipeline import train
from training.report import print_evaluation
from training.splits import test_years as chosen_years
from training.splits import window


@pytest.fixture(scope="module")
def charge_offs(sba_history: History) -> Evaluation:
    """The real charge-offs tested with the configuration as it stands."""
    config = load_config()
    return evaluate(sba_history, config, chosen_years(sba_history, config))


def test_every_year_is_tested_with_a_model_of_what_was_known_before(
    evaluation: Evaluation, history: History, config: Config
) -> None:
    assert [w.year for w in evaluation.windows] == chosen_years(history, config)
    tested = evaluation.windows[0]
    split = window(history, tested.year)
    forecast = train(split.train, config).model.forecast(split.test.package)
    np.testing.assert_array_equal(tested.expected_rate, forecast.mean_rate)
    np.testing.assert_array_equal(
        tested.realised_rate, realised(split.test, 60).gross_rate
    )
    assert tested.trained_claims == len(split.train)


def test_the_table_of_claims_tested_holds_what_the_figures_rest_on(
    evaluation: Evaluation, history: History
) -> None:
    table = evaluation.claims()
    of_history = dict(
        zip(
            history.package.claim_ids,
            history.package.claims["cutoff_date"].to_pylist(),
            strict=True,
        )
    )
    for row in table.select(["claim_id", "year", "vintage"]).to_pylist():
        cutoff = of_history[row["claim_id"]]
        assert row["year"] == cutoff.year
        assert row["vintage"] == (cutoff.year - 1970) * 4 + (cutoff.month - 1) // 3
    for tested in evaluation.windows:
        chosen = table.filter(pc.equal(table["year"], tested.year))
        assert pc.mean(chosen["crps"]).as_py() == pytest.approx(tested.model.crps)


def test_realised_cash_by_quarter_adds_up_to_the_realised_recovery(
    evaluation: Evaluation,
) -> None:
    for tested in evaluation.windows:
        realised_yuan = (tested.claim_yuan * tested.realised_rate).sum()
        assert tested.realised_quarters_yuan.sum() == pytest.approx(realised_yuan)
        expected_yuan = (tested.claim_yuan * tested.expected_rate).sum()
        assert tested.expected_quarters_yuan.sum() == pytest.approx(expected_yuan)


def test_figures_are_complete_finite_and_json(
    evaluation: Evaluation, history: History, config: Config
) -> None:
    figures = evaluation.figures()
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert figures["simulated"] is True
    assert list(figures["years"]) == [str(y) for y in chosen_years(history, config)]
    for year in figures["years"].values():
        assert set(year["model"]) == set(year["segment_table"])
        assert set(year["model"]) == set(Scores.__dataclass_fields__)
    assert set(figures["segments"]) <= set(SEGMENTS)
    for of_segment in figures["segments"].values():
        assert set(of_segment) == {"claims", "rmse", "crps", "actual_to_expected"}
    assert set(figures["curve"]) == {
        "expected_life_months",
        "realised_life_months",
        "first_year_actual_to_expected",
    }


def test_levels_of_segments_add_up_to_the_whole(evaluation: Evaluation) -> None:
    levels, whole = evaluation.levels().values(), evaluation.level()
    assert sum(level.claims for level in levels) == whole.claims
    scores = [level.crps * level.claims for level in levels]
    assert sum(scores) / whole.claims == pytest.approx(whole.crps)
    years = [w.model.crps * w.model.claims for w in evaluation.windows]
    assert sum(years) / whole.claims == pytest.approx(whole.crps)
    assert sum(level.expected_yuan for level in levels) == pytest.approx(
        whole.expected_yuan
    )
    assert whole.actual_to_expected == whole.realised_yuan / whole.expected_yuan


def test_the_gain_is_that_over_the_segment_table(evaluation: Evaluation) -> None:
    model = np.mean([w.model.crps for w in evaluation.windows])
    table = np.mean([w.baseline.crps for w in evaluation.windows])
    assert evaluation.crps_gain == pytest.approx(1 - model / table)


def test_weighted_life_is_the_mean_month_of_the_cash() -> None:
    assert weighted_life_months(np.array([1.0])) == 1.5
    assert weighted_life_months(np.array([1.0, 0.0, 1.0])) == 4.5


def test_charge_offs_are_told_as_well_as_ever(charge_offs: Evaluation) -> None:
    """Golden bounds, between the figures to beat and what was reached."""
    tested = {w.year: (w.trained_claims, w.model.claims) for w in charge_offs.windows}
    assert tested == {2008: (1_527, 767), 2009: (2_294, 641), 2010: (2_935, 993)}
    assert charge_offs.mean(lambda s: s.crps) <= 0.103
    assert charge_offs.mean(lambda s: s.spearman) >= 0.60
    assert charge_offs.crps_gain > 0.15
    assert charge_offs.curve() is None
    assert charge_offs.figures()["curve"] is None


def test_the_market_is_told_better_than_by_segments(
    history: History, config: Config
) -> None:
    curve = config.curve.model_copy(update={"trees": 120})
    tested = evaluate(history, config.model_copy(update={"curve": curve}), [2019])
    assert tested.crps_gain > 0.02
    assert tested.mean(lambda s: s.spearman) > 0.4


def test_pictures_are_svg_and_say_where_the_figures_come_from(
    evaluation: Evaluation, charge_offs: Evaluation
) -> None:
    curve = curve_svg(evaluation)
    assert curve is not None
    for picture in (calibration_svg(evaluation), curve):
        assert picture.startswith("<svg")
        assert picture.rstrip().endswith("</svg>")
        assert "2019-2020 (simulated data)" in picture
    assert curve_svg(charge_offs) is None
    assert "2008-2010 (sba)" in calibration_svg(charge_offs)


def test_the_report_marks_simulated_figures(
    evaluation: Evaluation, capsys: pytest.CaptureFixture[str]
) -> None:
    print_evaluation(evaluation)
    shown = capsys.readouterr().out
    assert shown.count("SIMULATED DATA") == 3
    assert "the segment table" in shown
    assert "Weighted life" in shown
    assert "Chain ladder" in shown
    assert "fractional_logit" in shown
    for tested in evaluation.windows:
        assert f"{tested.year}" in shown
        assert f"{tested.model.crps:.4f}" in shown
    mean, pooled = shown[shown.index("│ mean") :].splitlines()[:2]
    assert f" {evaluation.mean(lambda s: s.rmse):.4f} " in mean
    assert " pooled " in mean
    assert f" {evaluation.level().actual_to_expected:.3f} " in pooled


def test_the_report_of_real_figures_says_so(
    charge_offs: Evaluation, capsys: pytest.CaptureFixture[str]
) -> None:
    print_evaluation(charge_offs)
    shown = capsys.readouterr().out
    assert "SIMULATED" not in shown
    assert "(sba)" in shown
    assert "Weighted life" not in shown


def test_a_first_year_of_which_no_cash_was_expected_has_no_ratio(
    evaluation: Evaluation, capsys: pytest.CaptureFixture[str]
) -> None:
    slow = replace(
        evaluation,
        windows=tuple(
            replace(w, ladder_quarters_yuan=np.append(np.zeros(4), 1.0))
            for w in evaluation.windows
        ),
    )
    json.dumps(slow.figures(), allow_nan=False)
    assert "first_year_actual_to_expected" not in slow.figures()["chain_ladder_curve"]
    print_evaluation(slow)
    shown = " ".join(capsys.readouterr().out.split())
    assert "realised; no cash was expected of the first year" in shown
