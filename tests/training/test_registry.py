import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from alembic.util import CommandError

from features.errors import ClaimsError, PromotionRefusedError, StoreError
from features.family import FAMILIES
from features.outcomes import History
from features.package import claim_rows
from features.segment import segments
from features.sources.tables import read_history, write_history
from models.recovery.distribution import quantile
from models.recovery.pyfunc import package_of
from training.config import Config
from training.evaluation import Evaluation
from training.fingerprint import fingerprint
from training.governance import versions
from training.governance.decisions_log import alias_version, read_log
from training.governance.pages import read_card, standing
from training.governance.promotion import promote, roll_back
from training.mlflow_store import (
    CHAMPION,
    DEFAULT_ARTEFACTS,
    MODEL_NAME,
    answering,
    open_store,
)
from training.pipeline import Trained
from training.registry import (
    Registered,
    _crown_first,
    _example,
    _keep_pages,
    register,
)

Enter = Callable[..., int]

pytestmark = pytest.mark.usefixtures("store")


@pytest.fixture
def run(registered: list[Registered]) -> Any:
    return mlflow.get_run(registered[0].run_id)


def test_the_first_version_is_champion_and_the_second_waits(
    registered: list[Registered], trained: Trained
) -> None:
    assert [r.version for r in registered] == [1, 2]
    assert [r.champion for r in registered] == [True, False]
    assert {r.sha256 for r in registered} == {trained.model.sha256}
    champion = mlflow.MlflowClient().get_model_version_by_alias(MODEL_NAME, "champion")
    assert str(champion.version) == "1"


def test_mlflow_says_what_a_version_is(
    registered: list[Registered], history: History
) -> None:
    client = mlflow.MlflowClient()
    version = client.get_model_version(MODEL_NAME, str(registered[1].version))
    assert version.description.startswith("SIMULATED DATA 模拟数据. ")
    assert f"{len(history):,} claims of {history.name}" in version.description
    assert version.tags["simulated"] == "true"
    assert "alias champion" in client.get_registered_model(MODEL_NAME).description


def test_the_first_version_is_crowned_by_a_decision(
    registered: list[Registered],
) -> None:
    crowned, *_ = read_log(open_store()).decisions
    assert (crowned.kind, crowned.version) == ("crowned", 1)
    assert crowned.sha256 == registered[0].sha256
    assert crowned.from_version is None


def test_a_store_whose_alias_was_removed_is_not_crowned_anew(
    trained: Trained, registered: list[Registered]
) -> None:
    assert registered
    client = open_store()
    client.delete_registered_model_alias(MODEL_NAME, CHAMPION)
    try:
        assert not _crown_first(client, 2, trained.model)
        assert alias_version(client) is None
    finally:
        client.set_registered_model_alias(MODEL_NAME, CHAMPION, "1")


def test_the_first_version_of_a_model_that_was_deleted_is_crowned_anew(
    client: mlflow.MlflowClient, enter: Enter, trained: Trained
) -> None:
    for _ in range(2):
        enter()
    assert _crown_first(client, 1, trained.model)
    assert promote(client, 2, "Wang Li", "for the test", force=True).made
    client.delete_registered_model(MODEL_NAME)
    client.create_registered_model(MODEL_NAME)
    assert enter() == 1
    assert _crown_first(client, 1, trained.model)
    assert alias_version(client) == 1
    log = read_log(client)
    assert [d.kind for d in log.decisions] == ["crowned", "forced", "crowned"]
    assert log.decisions[-1].reason.endswith("goes on from a model that was deleted")
    assert not log.problems
    assert standing(2, log) == "not approved yet"
    with pytest.raises(PromotionRefusedError, match="knows no champion before"):
        roll_back(client, "Wang Li", "")
    assert not _crown_first(client, enter(), trained.model)


def test_every_claim_tested_is_kept(
    registered: list[Registered], evaluation: Evaluation
) -> None:
    kept = versions.tested_claims(open_store(), registered[0].version)
    assert kept is not None
    assert kept.equals(evaluation.claims())


def test_every_key_of_the_configuration_is_a_parameter(
    run: Any, config: Config
) -> None:
    sections = config.model_dump(mode="json")
    keys = {f"{s}.{k}": str(v) for s, keys in sections.items() for k, v in keys.items()}
    assert run.data.params == keys


def test_figures_are_logged_by_year_and_as_a_whole(
    run: Any, evaluation: Evaluation
) -> None:
    metrics = run.data.metrics
    figures = evaluation.figures()
    assert metrics["mean_crps"] == figures["mean_crps"]
    assert (
        metrics["first_year_actual_to_expected"]
        == (figures["curve"]["first_year_actual_to_expected"])
    )
    client = mlflow.MlflowClient()
    history = client.get_metric_history(run.info.run_id, "crps")
    told = {point.step: point.value for point in history}
    assert told == {w.year: w.model.crps for w in evaluation.windows}
    for rival in ("segment_table", "fractional_logit", "chain_ladder"):
        history = client.get_metric_history(run.info.run_id, f"{rival}.crps")
        told = {point.step: point.value for point in history}
        assert told == {w.year: w.rivals[rival].scores.crps for w in evaluation.windows}


def test_the_run_says_what_it_was_trained_on(
    run: Any, history: History, trained: Trained
) -> None:
    tags = run.data.tags
    assert tags["simulated"] == "true"
    assert tags["data_sha256"] == fingerprint(history)
    assert tags["model_sha256"] == trained.model.sha256
    (data,) = run.inputs.dataset_inputs
    assert data.dataset.name == f"simulated until {history.observed_until}"
    assert data.dataset.digest == fingerprint(history)[:36]


def test_pictures_and_figures_are_artefacts(
    run: Any, evaluation: Evaluation, store_folder: Path
) -> None:
    folder = Path(mlflow.artifacts.download_artifacts(run.info.artifact_uri))
    assert store_folder in folder.parents
    for picture in ("calibration", "curve"):
        assert (folder / "evaluation" / f"{picture}.svg").read_text().startswith("<svg")
    written = json.loads((folder / "evaluation" / "figures.json").read_text())
    assert written == json.loads(json.dumps(evaluation.figures()))
    importance = json.loads((folder / "explanation" / "importance.json").read_text())
    assert len(importance) == 20
    families = json.loads((folder / "explanation" / "families.json").read_text())
    assert list(families) == list(FAMILIES)
    assert max(families.values()) >= max(importance.values()) / len(importance)
    assert (folder / "explanation" / "importance.svg").exists()


def test_the_champion_has_a_signature_and_answers_its_example(
    registered: list[Registered], caplog: pytest.LogCaptureFixture
) -> None:
    model = mlflow.pyfunc.load_model(f"models:/{registered[0].name}@champion")
    signature = model.metadata.signature
    assert signature is not None
    required = {c.name for c in signature.inputs.inputs if c.required}
    assert required == {"claim_id", "cutoff_date", "principal"}
    assert signature.outputs.input_names() == ["mean", "p10", "p50", "p90"]
    example = model.metadata.load_input_example()
    answer = model.predict(example)
    assert list(answer.columns) == ["mean", "p10", "p50", "p90"]
    assert answer["mean"].between(0, 1).all()
    assert (answer["p10"] <= answer["p90"]).all()
    assert not caplog.messages
    assert set(example) > required


def test_an_example_of_secured_claims_stays_one_of_secured_claims(
    history: History,
) -> None:
    secured = np.flatnonzero(segments(history.package) == "corporate_secured")
    listed = np.isin(secured, claim_rows(history.package, history.package.collateral))
    example = _example(history.take(secured[listed]))
    assert set(segments(package_of(example))) == {"corporate_secured"}


def as_frame(history: History) -> pd.DataFrame:
    """Claims as a caller of MLflow sends them: numbers as double, dates as text."""
    claims = history.package.claims
    texts = (pa.string(), pa.date32())
    return pd.DataFrame(
        {
            field.name: claims[field.name]
            .cast(pa.string() if field.type in texts else pa.float64())
            .to_pandas()
            for field in claims.schema
        }
    )


def test_mlflow_predicts_what_the_model_forecasts_to_the_bit(
    registered: list[Registered], trained: Trained, history: History
) -> None:
    frame = as_frame(history.take(np.arange(200)))
    model = mlflow.pyfunc.load_model(f"models:/{registered[1].name}/2")
    answer = model.predict(frame)
    forecast = trained.model.forecast(package_of(frame))
    np.testing.assert_array_equal(answer["mean"], forecast.mean_rate)
    for name, level in {"p10": 0.1, "p50": 0.5, "p90": 0.9}.items():
        np.testing.assert_array_equal(answer[name], quantile(forecast.points, level))


def test_what_was_read_otherwise_than_written_is_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    claims = {"claim_id": ["1", "2"], "principal": [8e6, 2e5], "product": ["boat"] * 2}
    package_of(pd.DataFrame({**claims, "cutoff_date": ["2025-12-31"] * 2}))
    assert len(caplog.messages) == 1
    assert "field product" in caplog.messages[0]
    assert caplog.messages[0].endswith("(got 'boat'); 2 rows in all")


def test_answers_stand_at_the_index_of_their_claims(
    registered: list[Registered], history: History
) -> None:
    frame = as_frame(history.take(np.arange(40)))
    model = mlflow.pyfunc.load_model(f"models:/{registered[1].name}/2")
    whole = model.predict(frame)["mean"]
    some = frame[frame["claim_id"].isin(frame["claim_id"][::3])]
    answered = some.assign(expected=model.predict(some)["mean"])
    np.testing.assert_array_equal(answered["expected"], whole[::3])


def test_a_row_of_a_frame_that_is_no_claim_is_refused_and_shifts_no_answer() -> None:
    claims = {"claim_id": ["1", "合计", "2"], "principal": [8e6, 9e6, 1e6]}
    frame = pd.DataFrame({**claims, "cutoff_date": ["2025-12-31"] * 3})
    with pytest.raises(
        ClaimsError, match="rows are no claims \\(1\\): row 1; "
    ) as told:
        package_of(frame)
    assert "第1行不是债权" in told.value.zh


def test_claims_of_a_frame_may_have_cutoff_dates_of_their_own(
    caplog: pytest.LogCaptureFixture,
) -> None:
    claims = {"claim_id": ["1", "2"], "principal": [8e6, 2e5]}
    days = {"cutoff_date": ["2025-12-31", "2024-12-31"]}
    assert len(package_of(pd.DataFrame({**claims, **days}))) == 2
    assert not caplog.messages


def test_a_frame_becomes_the_package_it_was_made_from(history: History) -> None:
    package = history.package.take(range(50))
    assert package_of(as_frame(history.take(np.arange(50)))).claims.equals(
        package.claims
    )


def test_a_frame_is_read_like_any_tape() -> None:
    claim = {"claim_id": "1", "cutoff_date": "2025-12-31", "principal": 8e6}
    package = package_of(pd.DataFrame([{**claim, "product": "信用卡"}]))
    assert package.claims["product"].to_pylist() == ["credit_card"]
    with pytest.raises(ClaimsError, match="rows were refused \\(1\\): claims, row 0"):
        package_of(pd.DataFrame([{**claim, "principal": -5.0}]))


def test_the_same_data_have_the_same_fingerprint_however_they_came(
    history: History, tmp_path: Path
) -> None:
    write_history(history, tmp_path)
    everything = np.arange(len(history))
    same = [
        read_history(tmp_path),
        history.take(everything),
        history.known_on(history.observed_until),
    ]
    assert {fingerprint(h) for h in same} == {fingerprint(history)}
    shorter = replace(history, ledger=history.ledger.slice(1))
    assert fingerprint(shorter) != fingerprint(history)


@pytest.mark.parametrize("uri", ["http://127.0.0.1:9", "sqlite:///{file}/mlflow.db"])
def test_a_store_that_does_not_answer_is_told_at_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, uri: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri.format(file=file))
    with pytest.raises(StoreError, match="does not answer, set MLFLOW_TRACKING_URI"):
        open_store()


def test_a_version_stands_where_no_room_was_left_for_pages_of_its_card(
    run: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    client = mlflow.MlflowClient()
    page = Path(run.info.artifact_uri.removeprefix("file://")) / "card/model-card.html"
    kept = page.rename(page.with_suffix(".kept"))
    page.mkdir()
    try:
        _keep_pages(client, read_card(client, 1))
    finally:
        page.rmdir()
        kept.rename(page)
    told = capsys.readouterr().err
    assert told.startswith("warning: version 1 is registered, but not the pages of")
    assert "did not take a page of the card: [Errno" in told


def test_a_store_that_another_program_sets_up_is_told() -> None:
    half_made = CommandError("Online migration expected to match one row")
    told = pytest.raises(StoreError, match="another program is at them: try again")
    with told, answering("does not answer"):
        raise half_made


def test_a_store_that_takes_only_a_part_of_a_run_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    tracking_store: Path,
    trained: Trained,
    evaluation: Evaluation,
    history: History,
    config: Config,
) -> None:
    uri = f"sqlite:///{shutil.copy(tracking_store, tmp_path)}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    (tmp_path / DEFAULT_ARTEFACTS).touch()
    with pytest.raises(StoreError, match="took only a part of the run") as told:
        register(trained, evaluation, history, config)
    assert str(DEFAULT_ARTEFACTS) in str(told.value).rpartition(": ")[2]
    assert "\n" not in str(told.value)
