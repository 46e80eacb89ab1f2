"""The files of a model: what is logged, and what is opened after checks.

A model is a folder: ``level-0.txt`` and following (a forest each, LightGBM's text),
``curve.txt`` (another, empty where timing is not observed), ``record.json`` and
``golden.json``, a few rows of features with what these trees gave when they were saved.
Where the history taught something of disposal paths, ``paths.json`` and a text of trees
for each stand beside them. A model whose hash or golden rows differ is not used.
``files_sha256`` covers every file and is what the registry pins a version to.
"""

from hashlib import sha256
from pathlib import Path
from stat import S_ISREG
from typing import Self

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from features.errors import ModelDamagedError, ModelUnavailableError
from features.package import Floats
from features.table import FeatureTable, feature_names
from models.paths.learnt import POOLED, PROPENSITY, LearntPaths, PathsRecord
from models.paths.path import PATHS as PATH_NAMES
from models.recovery.level import FORESTS
from models.recovery.model import FORMAT, ModelRecord, RecoveryModel
from models.recovery.soundness import check_record, check_trees

LEVEL = tuple(f"level-{i}.txt" for i in range(FORESTS))
CURVE = "curve.txt"
RECORD = "record.json"
GOLDEN = "golden.json"
PATHS = "paths.json"
PATH_TREES = "paths-{}.txt"
GOLDEN_ROWS = 16
# Every file that a model can have, and no other is ever read.
FILES = (
    *LEVEL,
    CURVE,
    RECORD,
    GOLDEN,
    PATHS,
    *(PATH_TREES.format(name) for name in (PROPENSITY, POOLED, *PATH_NAMES)),
)
# Tags of a registered version: identity of its model, and hash over its files.
MODEL_TAG = "model_sha256"
FILES_TAG = "files_sha256"
LARGEST_FILE_BYTES = 1 << 26
LARGEST_MODEL_BYTES = 1 << 28


class Golden(BaseModel):
    """What the trees of a model gave when they were saved.

    Attributes:
        sha256: Identity of the model.
        rows: Features of a few claims, None where missing.
        rates: Recovery of these claims, to the bit, as if of no known segment.
        timing: Share of it in each quarter, to the bit.
        paths: What the trees of the paths give them, None where nothing is known of
            one; empty where no path was learnt.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    sha256: str
    rows: tuple[tuple[float | None, ...], ...]
    rates: tuple[float, ...]
    timing: tuple[tuple[float, ...], ...]
    paths: tuple[tuple[float | None, ...], ...] = ()

    @model_validator(mode="after")
    def _rows_are_a_table(self) -> Self:
        widths = {len(features) for features in self.rows}
        if len(widths) != 1 or len({len(t) for t in self.timing}) != 1:
            raise ValueError("the golden rows are not all of one width")
        return self


def save_model(model: RecoveryModel, table: FeatureTable, folder: Path) -> None:
    """Write a model into a folder, with golden rows from a feature table."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, forest in zip(LEVEL, model.level_trees, strict=True):
        (folder / name).write_text(forest, "utf-8")
    (folder / CURVE).write_text(model.curve_trees, "utf-8")
    (folder / RECORD).write_text(model.record.model_dump_json(indent=1), "utf-8")
    if model.paths is not None:
        _save_paths(model.paths, folder)
    golden = _golden(model, table).model_dump_json(indent=1)
    (folder / GOLDEN).write_text(golden, "utf-8")


def _save_paths(paths: LearntPaths, folder: Path) -> None:
    (folder / PATHS).write_text(paths.record.model_dump_json(indent=1), "utf-8")
    for name, trees in paths.trees.items():
        (folder / PATH_TREES.format(name)).write_text(trees, "utf-8")


def files_sha256(folder: Path) -> str:
    """Hash of the name and content of every file that a model has, its pin.

    Files of other names are not covered, for they are never read.

    Raises:
        ModelUnavailableError: A file cannot be read.
        ModelDamagedError: One is larger than any model's, or no plain file.
    """
    told = sha256()
    try:
        for name in sorted(FILES):
            if (folder / name).exists():
                content = _read(folder / name)
                told.update(f"{name} {sha256(content).hexdigest()}\n".encode())
    except OSError as error:
        raise ModelUnavailableError(f"no model in {folder.name}: {error}") from None
    return told.hexdigest()


def _read(file: Path) -> bytes:
    """A file's content, once it is known to be a plain one of sensible size."""
    state = file.lstat()
    if not S_ISREG(state.st_mode):
        raise ModelDamagedError(f"{file.name} of the model is no plain file")
    if state.st_size > LARGEST_FILE_BYTES:
        raise ModelDamagedError(
            f"{file.name} of the model has {state.st_size} bytes, more than "
            f"{LARGEST_FILE_BYTES}"
        )
    return file.read_bytes()


def _text(file: Path) -> str:
    return _read(file).decode("utf-8")


def _open_paths(folder: Path) -> LearntPaths | None:
    if not (folder / PATHS).exists():
        return None
    record = PathsRecord.model_validate_json(_read(folder / PATHS))
    names = (PROPENSITY, POOLED, *record.paths)
    return LearntPaths(record, {n: _text(folder / PATH_TREES.format(n)) for n in names})


def _golden(model: RecoveryModel, table: FeatureTable) -> Golden:
    step = max(1, len(table.values) // GOLDEN_ROWS)
    rows = table.values[::step][:GOLDEN_ROWS]
    rates, timing = _given(model, rows)
    return Golden(
        sha256=model.sha256,
        rows=_known(rows),
        rates=tuple(rates.tolist()),
        timing=tuple(tuple(row) for row in timing.tolist()),
        paths=_known(_given_paths(model, rows)),
    )


def _known(rows: Floats) -> tuple[tuple[float | None, ...], ...]:
    """Rows as JSON has them: None where they are NaN."""
    return tuple(
        tuple(None if np.isnan(v) else v for v in row) for row in rows.tolist()
    )


def _given(model: RecoveryModel, rows: Floats) -> tuple[Floats, Floats]:
    """What the trees give some rows of features: recovery and its timing."""
    table = FeatureTable(model.record.features, rows)
    no_segment = np.full(len(rows), "")
    return model.score(table, no_segment), model.timing(table, no_segment)


def _given_paths(model: RecoveryModel, rows: Floats) -> Floats:
    """Chance and rate of each path by the trees; no rows where none was learnt."""
    if model.paths is None:
        return np.empty((0, 0))
    table = FeatureTable(model.record.features, rows)
    return np.hstack([model.paths.propensity(table), model.paths.tree_rates(table)])


def open_model(folder: Path) -> RecoveryModel:
    """Open a model and check that it is the one that was saved.

    Raises:
        ModelUnavailableError: A file is missing.
        ModelDamagedError: A file is damaged, of another format, made for other
            features, or the trees do not reproduce the golden rows to the bit.
    """
    try:
        level = tuple(_text(folder / name) for name in LEVEL)
        curve = _text(folder / CURVE)
        record = ModelRecord.model_validate_json(_read(folder / RECORD))
        golden = Golden.model_validate_json(_read(folder / GOLDEN))
        paths = _open_paths(folder)
    except OSError as error:
        raise ModelUnavailableError(f"no model in {folder.name}: {error}") from None
    except (ValidationError, ValueError) as error:
        raise ModelDamagedError(f"model record cannot be read: {error}") from None
    model = RecoveryModel(record, level, curve, paths)
    _check(model, golden)
    return model


def _check(model: RecoveryModel, golden: Golden) -> None:
    """Refuse a model that is not the one saved; its trees are read last."""
    if model.record.format != FORMAT:
        raise ModelDamagedError(f"model format {model.record.format}, not {FORMAT}")
    if model.sha256 != golden.sha256:
        raise ModelDamagedError(
            "the hash of the model is not the one it was saved with"
        )
    if model.record.features != feature_names():
        raise ModelDamagedError("the model was made for other features: train it again")
    if model.paths is not None and model.paths.record.features != feature_names():
        raise ModelDamagedError("its paths were learnt from other features")
    check_record(model.record)
    check_trees(model)
    _check_golden(model, golden)


def golden_rows(folder: Path) -> FeatureTable:
    """The golden rows of a model that was opened from a folder."""
    golden = Golden.model_validate_json(_read(folder / GOLDEN))
    return FeatureTable(feature_names(), np.array(golden.rows, dtype=np.float64))


def _check_golden(model: RecoveryModel, golden: Golden) -> None:
    rows = np.array(golden.rows, dtype=np.float64)
    if rows.shape[1] != len(model.record.features):
        raise ModelDamagedError("the golden rows are of other features")
    rates, timing = _given(model, rows)
    if (
        not np.array_equal(rates, np.array(golden.rates))
        or not np.array_equal(timing, np.array(golden.timing))
        or _known(_given_paths(model, rows)) != golden.paths
    ):
        raise ModelDamagedError("the trees do not reproduce their golden rows")
