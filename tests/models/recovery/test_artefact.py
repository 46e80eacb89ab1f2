import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.errors import ModelDamagedError, ModelUnavailableError
from features.outcomes import History
from models.recovery.artefact import (
    CURVE,
    GOLDEN,
    GOLDEN_ROWS,
    LEVEL,
    RECORD,
    open_model,
    save_model,
)
from models.recovery.model import FORMAT, RecoveryModel
from models.recovery.out_of_time import OutOfTime, RangesHeld
from training.pipeline import Trained, as_tested

FILES = (*LEVEL, CURVE, RECORD, GOLDEN)


@pytest.fixture(scope="module")
def saved(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved")
    save_model(trained.model, trained.table, folder)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    """The files of the model, to be spoilt."""
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def edited(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads(path.read_text("utf-8"))
    change(document)
    path.write_text(json.dumps(document), "utf-8")


def test_an_opened_model_is_the_saved_one_to_the_bit(
    saved: Path, model: RecoveryModel, history: History
) -> None:
    opened = open_model(saved)
    assert opened.sha256 == model.sha256
    assert opened.record == model.record
    assert opened.level_trees == model.level_trees
    assert opened.curve_trees == model.curve_trees
    ours, theirs = model.forecast(history.package), opened.forecast(history.package)
    np.testing.assert_array_equal(ours.points, theirs.points)
    np.testing.assert_array_equal(ours.quarter_rate, theirs.quarter_rate)


def test_a_model_that_never_saw_when_cash_came_is_opened_as_it_was(
    untimed_model: RecoveryModel, history: History, tmp_path: Path
) -> None:
    table = untimed_model.table(history.package)
    save_model(untimed_model, table, tmp_path)

    assert open_model(tmp_path).sha256 == untimed_model.sha256


def test_saving_an_opened_model_writes_the_same_files(
    saved: Path, trained: Trained, tmp_path: Path
) -> None:
    save_model(open_model(saved), trained.table, tmp_path)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (saved / name).read_bytes()


def test_golden_rows_are_a_few_claims_with_what_these_trees_give(
    saved: Path, trained: Trained
) -> None:
    golden = json.loads((saved / GOLDEN).read_text("utf-8"))
    assert golden["sha256"] == trained.model.sha256
    assert (
        len(golden["rows"])
        == len(golden["timing"])
        == len(golden["rates"])
        == GOLDEN_ROWS
    )
    rows = np.array(golden["rows"], dtype=np.float64)
    np.testing.assert_array_equal(rows[0], trained.table.values[0])


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_leaves_no_model(copy: Path, name: str) -> None:
    (copy / name).unlink()
    with pytest.raises(ModelUnavailableError, match=f"no model in copy: .*{name}"):
        open_model(copy)


def test_a_missing_folder_leaves_no_model(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailableError, match="no model in absent"):
        open_model(tmp_path / "absent")


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("kept", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_a_truncated_file_is_damaged(copy: Path, name: str, kept: float) -> None:
    content = (copy / name).read_bytes()
    (copy / name).write_bytes(content[: int(kept * len(content))])
    with pytest.raises(ModelDamagedError):
        open_model(copy)


@pytest.mark.parametrize("place", [0.05, 0.3, 0.6, 0.95])
@pytest.mark.parametrize(
    ("name", "byte"),
    [
        *((name, b"\xff") for name in FILES),
        (LEVEL[0], b"7"),
        (CURVE, b"7"),
        (RECORD, b"7"),
    ],
)
def test_a_flipped_byte_is_damage(
    copy: Path, name: str, byte: bytes, place: float
) -> None:
    content = bytearray((copy / name).read_bytes())
    digits = [i for i, b in enumerate(content) if chr(b) in "12345689"]
    content[digits[int(place * len(digits))]] = byte[0]
    (copy / name).write_bytes(content)
    with pytest.raises(ModelDamagedError):
        open_model(copy)


def test_trees_are_not_read_before_their_hash_is_right(copy: Path) -> None:
    deadly = (
        (copy / LEVEL[0]).read_text("utf-8").replace("num_leaves=15", "num_leaves=-9")
    )
    (copy / LEVEL[0]).write_text(deadly, "utf-8")
    with pytest.raises(ModelDamagedError, match="hash"):
        open_model(copy)


def test_another_format_is_refused(copy: Path) -> None:
    edited(copy / RECORD, lambda record: record.update(format=FORMAT + 1))
    with pytest.raises(ModelDamagedError, match=f"model format {FORMAT + 1}"):
        open_model(copy)


def test_an_unknown_key_of_the_record_is_refused(copy: Path) -> None:
    edited(copy / RECORD, lambda record: record.update(colour="red"))
    with pytest.raises(ModelDamagedError, match="cannot be read"):
        open_model(copy)


@pytest.mark.parametrize(
    "features", [("coverage",), ("claim_size", "principal_share", "colour")]
)
def test_a_model_of_other_features_is_refused(
    trained: Trained, tmp_path: Path, features: tuple[str, ...]
) -> None:
    record = trained.model.record.model_copy(update={"features": features})
    save_model(replace(trained.model, record=record), trained.table, tmp_path)
    with pytest.raises(ModelDamagedError, match="other features: train it again"):
        open_model(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        lambda golden: golden["timing"][3].__setitem__(0, 0.123),
        lambda golden: golden["rows"].pop(),
        lambda golden: golden["rows"][0].pop(),
        lambda golden: [row.pop() for row in golden["rows"]],
        lambda golden: golden.update(rows=[]),
        lambda golden: golden.update(rows="all"),
        lambda golden: golden.update(sha256="0" * 64),
        lambda golden: golden.pop("rates"),
    ],
)
def test_golden_rows_that_differ_are_damage(
    copy: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    edited(copy / GOLDEN, change)
    with pytest.raises(ModelDamagedError):
        open_model(copy)


def test_golden_rows_that_are_no_object_are_damage(copy: Path) -> None:
    (copy / GOLDEN).write_text("[1, 2]", "utf-8")
    with pytest.raises(ModelDamagedError, match="cannot be read"):
        open_model(copy)


def test_what_tests_out_of_time_told_is_kept_and_part_of_the_identity(
    trained: Trained, tmp_path: Path
) -> None:
    ranges = RangesHeld(
        first_year=2018, last_year=2020, claims=900, held=0.8, held_since=0.8
    )
    told = as_tested(trained, OutOfTime(ranges=ranges))
    save_model(told.model, told.table, tmp_path)
    opened = open_model(tmp_path)
    assert opened.record.out_of_time == OutOfTime(ranges=ranges)
    assert opened.record.distribution == trained.model.record.distribution
    assert opened.sha256 != trained.model.sha256


def test_a_model_that_nobody_tested_is_written_as_before(saved: Path) -> None:
    assert "out_of_time" not in json.loads((saved / RECORD).read_text("utf-8"))
    assert open_model(saved).record.out_of_time is None
