"""The files of a model: what is logged, and what is opened after checks.

A model is a folder of three files: ``trees.txt`` (LightGBM's text), ``record.json``
and ``golden.json``, a few rows of features with the recoveries that these trees gave
when they were saved. A model whose hash or golden rows differ is not used.
"""

import json
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from features.errors import ModelDamagedError, ModelUnavailableError
from features.package import Floats
from features.table import FeatureTable, feature_names
from models.recovery.curve import quarter_shares
from models.recovery.model import FORMAT, ModelRecord, RecoveryModel

TREES = "trees.txt"
RECORD = "record.json"
GOLDEN = "golden.json"
GOLDEN_ROWS = 16


def save_model(model: RecoveryModel, table: FeatureTable, folder: Path) -> None:
    """Write a model into a folder, with golden rows from a feature table."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / TREES).write_text(model.trees, "utf-8")
    (folder / RECORD).write_text(model.record.model_dump_json(indent=1), "utf-8")
    (folder / GOLDEN).write_text(_golden(model, table), "utf-8")


def _golden(model: RecoveryModel, table: FeatureTable) -> str:
    step = max(1, len(table.values) // GOLDEN_ROWS)
    rows = table.values[::step][:GOLDEN_ROWS]
    return json.dumps(
        {
            "sha256": model.sha256,
            "rows": [[None if np.isnan(v) else v for v in r] for r in rows.tolist()],
            "shares": _shares(model, rows).tolist(),
        }
    )


def _shares(model: RecoveryModel, rows: Floats) -> Floats:
    table = FeatureTable(model.record.features, rows)
    return quarter_shares(model.booster, table, model.curve_quarters)


def open_model(folder: Path) -> RecoveryModel:
    """Open a model and check that it is the one that was saved.

    Raises:
        ModelUnavailableError: A file is missing.
        ModelDamagedError: A file is damaged, of another format, made for other
            features, or the trees do not reproduce the golden rows to the bit.
    """
    try:
        trees = (folder / TREES).read_text("utf-8")
        record = ModelRecord.model_validate_json((folder / RECORD).read_bytes())
        golden = json.loads((folder / GOLDEN).read_text("utf-8"))
    except OSError as error:
        raise ModelUnavailableError(f"no model in {folder.name}: {error}") from None
    except (ValidationError, ValueError) as error:
        raise ModelDamagedError(f"model record cannot be read: {error}") from None
    model = RecoveryModel(record, trees)
    _check(model, golden)
    return model


def _check(model: RecoveryModel, golden: dict[str, object]) -> None:
    if model.record.format != FORMAT:
        raise ModelDamagedError(f"model format {model.record.format}, not {FORMAT}")
    if model.sha256 != golden.get("sha256"):
        raise ModelDamagedError(
            "the hash of the model is not the one it was saved with"
        )
    if model.record.features != feature_names():
        raise ModelDamagedError("the model was made for other features: train it again")
    rows = np.array(golden["rows"], dtype=np.float64)
    if not np.array_equal(_shares(model, rows), np.array(golden["shares"])):
        raise ModelDamagedError("the trees do not reproduce their golden rows")
