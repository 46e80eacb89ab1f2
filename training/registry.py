"""MLflow: what a run logs, and the registered versions of the recovery model."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import catalogue
from features.collateral.items import owned_yuan
from features.console import say
from features.errors import PromotionRefusedError, StoreError
from features.family import FAMILIES
from features.outcomes import History
from features.package import Package
from features.tape import read_table
from models.recovery.artefact import MODEL_TAG, files_sha256, save_model
from models.recovery.explanation import drivers
from models.recovery.model import ModelRecord, RecoveryModel
from training.charts import calibration_svg, curve_svg, importance_svg
from training.config import Config
from training.evaluation import Evaluation, WindowResult
from training.fingerprint import fingerprint
from training.governance.card import Made, write_card
from training.governance.decisions_log import (
    Matter,
    acting_user,
    alias_version,
    append,
    is_decided,
    point_alias,
    read_log,
)
from training.governance.facts import Card
from training.governance.pages import log_facts, log_pages
from training.governance.versions import CLAIMS, tag_pin
from training.mlflow_store import MODEL_NAME, answering, open_store
from training.pipeline import Trained

EXPLAINED_CLAIMS = 500
DESCRIPTION = (
    "Recovery of non-performing loans 不良贷款回收: how much of a claim is paid, "
    "when, and how sure that is. The version with the alias champion is served; "
    "python -m training promote changes it, through the gate."
)
EXAMPLE_CLAIMS = 3
UNFINISHED = (
    "took only a part of the run, which is of no use: see to its database and its "
    "folder of artefacts, then train again"
)
PYFUNC = Path(__file__).parent.parent / "models" / "recovery" / "pyfunc.py"


@dataclass(frozen=True)
class Registered:
    """A version of the model in the registry.

    Attributes:
        name: Name of the registered model.
        version: Version of it.
        sha256: Identity of the model.
        run_id: MLflow run that logged it.
        champion: Whether the champion alias points to it.
    """

    name: str
    version: int
    sha256: str
    run_id: str
    champion: bool


def register(
    trained: Trained, evaluation: Evaluation, history: History, config: Config
) -> Registered:
    """Log a run with everything that judges the model, and register the model.

    The first version becomes champion; a later one waits to be promoted.

    Raises:
        StoreError: The MLflow store does not answer.
    """
    import mlflow

    with _run(history) as run:
        _log_data(history)
        _log_parameters(trained, history, config)
        _log_evaluation(evaluation)
        importance = _log_importance(trained, history)
        logged = _log_model(trained, history)
        number = logged.version
        mlflow.set_tag(MODEL_TAG, trained.model.sha256)
        identity = fingerprint(history)
        made = Made(trained, evaluation, history, config, importance, identity)
        card = write_card(made, MODEL_NAME, number, run.info.run_id)
        client = mlflow.MlflowClient()
        tag_pin(client, number, trained.model.sha256, logged.files_sha256)
        _describe(client, number, evaluation, history)
        log_facts(client, card)
        champion = _crown_first(client, number, trained.model)
        _keep_pages(client, card)
        return Registered(
            MODEL_NAME, number, trained.model.sha256, run.info.run_id, champion
        )


def _keep_pages(client: Any, card: Card) -> None:
    """Keep the pages of the card; the version stands, and may serve, without them."""
    try:
        log_pages(client, card, read_log(client), "model-card")
    except StoreError as error:
        say(
            f"warning: version {card.version} is registered, but not the pages of its "
            f"card, which python -m training card {card.version} shows: {error}"
        )


@contextmanager
def _run(history: History) -> Iterator[Any]:
    import mlflow

    open_store()
    name = f"{history.name} {history.observed_until}"
    with answering(UNFINISHED):
        mlflow.set_experiment(MODEL_NAME)
        with mlflow.start_run(run_name=name) as run:
            yield run


def _log_data(history: History) -> None:
    import mlflow
    from mlflow.data.pandas_dataset import from_pandas

    frame = history.package.claims.select(["claim_id", "cutoff_date", "principal"])
    dataset = from_pandas(
        frame.to_pandas().astype({"claim_id": object, "cutoff_date": str}),
        name=f"{history.name} until {history.observed_until}",
        digest=fingerprint(history)[:36],
    )
    mlflow.log_input(dataset, context="training")


def _log_parameters(trained: Trained, history: History, config: Config) -> None:
    import mlflow

    reference, contradicted = trained.reference, trained.model.record.contradicted
    sections = config.model_dump(mode="json")
    mlflow.log_params(
        {f"{s}.{k}": v for s, keys in sections.items() for k, v in keys.items()}
    )
    mlflow.set_tags(
        {
            "source": history.name,
            "simulated": str(history.simulated).lower(),
            "observed_until": str(history.observed_until),
            "data_sha256": fingerprint(history),
            "data_sha256_elsewhere": trained.elsewhere.sha256,
            "recoup": version("recoup"),
        }
    )
    mlflow.log_metrics(
        {
            "claims": trained.model.record.claims,
            "level_trees_kept": trained.level_trees,
            "level_column_share": trained.level_column_share,
            "panel_rows": len(trained.panel.claim) + trained.elsewhere.panel_rows,
            **{
                f"factors.{n}": share
                for n, share in trained.model.record.factors.model_dump().items()
            },
            "reference.claims": len(reference.rows),
            "reference.expected_rate": reference.score.mean(),
            "reference.realised_rate": reference.rate.mean(),
            "reference.level": reference.level,
            "directions_contradicted": len(contradicted.features)
            if contradicted
            else 0,
            **_level_moves(trained.model.record),
        }
    )


def _level_moves(record: ModelRecord) -> dict[str, float]:
    moves = record.level_moves
    return {f"level_moved.{n}": f for n, f in moves.factors().items()} if moves else {}


def _log_evaluation(evaluation: Evaluation) -> None:
    import mlflow

    for window in evaluation.windows:
        # One request for each year: a store takes as long over one figure as over many.
        mlflow.log_metrics(_figures(window), step=window.year)
    figures = evaluation.figures()
    mlflow.log_metrics(
        {n: v for n, v in figures.items() if isinstance(v, float)}
        | {
            f"{name}.{segment}": value
            for segment, of_segment in figures["segments"].items()
            for name, value in of_segment.items()
        }
        | (figures["curve"] or {})
        | {f"latest_year.{n}": v for n, v in (figures["latest_year"] or {}).items()}
        | {f"pace.{n}": v for n, v in (figures["pace"] or {}).items()}
        | {f"large_claims.{n}": v for n, v in (figures["large_claims"] or {}).items()}
    )
    mlflow.log_dict(figures, "evaluation/figures.json")
    _log_claims(evaluation)
    mlflow.log_text(calibration_svg(evaluation), "evaluation/calibration.svg")
    curve = curve_svg(evaluation)
    if curve:
        mlflow.log_text(curve, "evaluation/curve.svg")


def _figures(window: WindowResult) -> dict[str, float]:
    """Scores of the model on the claims of a year, and of what stands beside it."""
    return window.model.figures() | {
        f"{rival}.{name}": value
        for rival, result in window.rivals.items()
        for name, value in result.scores.figures().items()
    }


def _log_claims(evaluation: Evaluation) -> None:
    """What the gate compares a later version with, claim by claim."""
    import mlflow

    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / Path(CLAIMS).name
        pq.write_table(evaluation.claims(), file)
        mlflow.log_artifact(str(file), str(Path(CLAIMS).parent))


def _log_importance(trained: Trained, history: History) -> pd.Series:
    """Log the mean effect of the strongest features and give it, largest first."""
    import mlflow

    rows = np.linspace(0, len(history) - 1, min(EXPLAINED_CLAIMS, len(history)))
    package = history.package.take(np.unique(rows.astype(np.int64)))
    effects = drivers(trained.model, package, trained.model.forecast(package))
    mean = pd.Series(np.abs(effects.points).mean(axis=0), effects.names)
    strongest = mean.sort_values(ascending=False).head(20)
    mlflow.log_dict(
        {str(n): v for n, v in strongest.items()}, "explanation/importance.json"
    )
    families = np.abs(effects.of_families()).mean(axis=0)
    mlflow.log_dict(
        dict(zip(FAMILIES, families.tolist(), strict=True)), "explanation/families.json"
    )
    mlflow.log_text(importance_svg(strongest), "explanation/importance.svg")
    return strongest


@dataclass(frozen=True)
class _Logged:
    """A model in the registry; ``files_sha256`` is the hash over its files."""

    version: int
    files_sha256: str


def _log_model(trained: Trained, history: History) -> _Logged:
    import mlflow

    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / MODEL_NAME
        save_model(trained.model, trained.table, folder)
        logged = mlflow.pyfunc.log_model(
            name=MODEL_NAME,
            python_model=str(PYFUNC),
            artifacts={MODEL_NAME: str(folder)},
            signature=_signature(),
            input_example=_example(history),
            pip_requirements=[f"recoup=={version('recoup')}"],
            registered_model_name=MODEL_NAME,
        )
        return _Logged(int(logged.registered_model_version), files_sha256(folder))


def _describe(client: Any, number: int, evaluation: Evaluation, data: History) -> None:
    """Say on MLflow's pages of models what a version is, and of which data."""
    client.update_registered_model(MODEL_NAME, DESCRIPTION)
    told = _described(evaluation, data)
    client.update_model_version(MODEL_NAME, str(number), told)
    facts = {"source": data.name, "simulated": str(data.simulated).lower()}
    for name, value in {**facts, "observed_until": str(data.observed_until)}.items():
        client.set_model_version_tag(MODEL_NAME, str(number), name, value)


def _described(evaluation: Evaluation, data: History) -> str:
    figures, years = evaluation.figures(), [w.year for w in evaluation.windows]
    simulated = "SIMULATED DATA 模拟数据. " if data.simulated else ""
    return (
        f"{simulated}{len(data):,} claims of {data.name}, observed until "
        f"{data.observed_until}. Out of time, {min(years)} to {max(years)}: CRPS "
        f"{figures['mean_crps']:.4f}, actual over expected "
        f"{figures['actual_to_expected']:.3f}, error of packages "
        f"{figures['mean_package_error']:.1%}. Its run holds card/model-card.html."
    )


def _signature() -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema, TensorSpec

    inputs: list[ColSpec | TensorSpec] = [
        ColSpec("double" if _is_number(f) else "string", n, required=f.required)
        for n, f in catalogue.kept_fields("claims").items()
    ]
    outputs: list[ColSpec | TensorSpec] = [
        ColSpec("double", n) for n in ("mean", "p10", "p50", "p90")
    ]
    return ModelSignature(Schema(inputs), Schema(outputs))


def _is_number(field: catalogue.Field) -> bool:
    return field.kind in catalogue.NUMERIC_KINDS or field.kind == "boolean"


def _example(history: History) -> pd.DataFrame:
    """The first claims as the signature wants them, in what reads without a remark.

    Columns that are empty for one of them are left out, and so is what contradicts the
    others then, or asks for a table that a frame has no room for.
    """
    some = history.take(np.arange(min(EXAMPLE_CLAIMS, len(history)))).package
    claims = _with_collateral_in_sum(some)
    fields = catalogue.kept_fields("claims")
    columns = {
        n: claims[n].cast(pa.float64() if _is_number(f) else pa.string())
        for n, f in fields.items()
        if claims[n].null_count == 0
    }
    remarks = {w.field for w in read_table(pa.table(columns)).warnings}
    doubted = {n for n in columns if n in remarks and not fields[n].required}
    frame: pd.DataFrame = pa.table(columns).drop_columns(sorted(doubted)).to_pandas()
    return frame


def _with_collateral_in_sum(package: Package) -> pa.Table:
    """Claims that state what their collateral is worth, which a frame cannot list.

    Without it a secured claim is read as one whose security the model may never have
    seen.
    """
    items = package.tables
    worth = np.nan_to_num(owned_yuan(items.collateral))
    in_sum = np.bincount(items.collateral_claim, worth, len(package))
    listed = pa.array(in_sum, mask=in_sum <= 0)
    claims, name = package.claims, "collateral_value"
    stated = pc.coalesce(claims[name], listed)
    return claims.set_column(claims.column_names.index(name), name, stated)


def _crown_first(client: Any, number: int, model: RecoveryModel) -> bool:
    """Make the first version champion, by decision; say whether this is it.

    A model on which something was decided keeps to it, even if the alias is gone.
    """
    if alias_version(client) is not None or is_decided(client):
        return False
    log = read_log(client)
    before = "; the log goes on from a model that was deleted" if log.decisions else ""
    matter = Matter(
        kind="crowned",
        by=acting_user(),
        from_version=None,
        from_sha256=None,
        version=number,
        sha256=model.sha256,
        reason=f"first version of this store: there was none to compare with{before}",
    )
    try:
        append(client, log, matter)
    except PromotionRefusedError:
        return False
    point_alias(client)
    return True
