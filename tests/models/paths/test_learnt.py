import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.errors import ModelDamagedError, ModelUnavailableError
from features.outcomes import History
from features.table import FeatureTable
from models.paths.learnt import LearntPaths, among_open
from models.paths.path import PATHS
from models.recovery.artefact import GOLDEN, PATH_TREES, open_model, save_model
from models.recovery.artefact import PATHS as RECORD
from models.recovery.model import RecoveryModel
from training.config import Config
from training.paths.learning import learn_paths
from training.paths.simulated import simulate_paths


@pytest.fixture(scope="module")
def choices() -> History:
    return simulate_paths(1_200, 8, yearly_rate=0.15).history


@pytest.fixture(scope="module")
def table(model: RecoveryModel, choices: History) -> FeatureTable:
    return model.table(choices.package)


@pytest.fixture(scope="module")
def learnt(choices: History, table: FeatureTable, config: Config) -> LearntPaths:
    rule = config.paths.model_copy(update={"least_claims": 15, "folds": 2, "trees": 8})
    found = learn_paths(choices, table, rule)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def saved(
    model: RecoveryModel,
    learnt: LearntPaths,
    table: FeatureTable,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    folder = tmp_path_factory.mktemp("with paths") / "model"
    save_model(replace(model, paths=learnt), table, folder)
    return folder


@pytest.fixture
def copy(saved: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved, tmp_path / "copy"))


def test_a_model_keeps_its_paths_to_the_bit(
    saved: Path, learnt: LearntPaths, table: FeatureTable
) -> None:
    opened = open_model(saved)
    assert opened.paths is not None
    assert opened.paths.record == learnt.record
    assert dict(opened.paths.trees) == dict(learnt.trees)
    kinds = np.full(len(table.values), "card")
    np.testing.assert_array_equal(
        opened.paths.rates(table, kinds), learnt.rates(table, kinds)
    )


def test_paths_are_part_of_a_models_identity(saved: Path, model: RecoveryModel) -> None:
    assert open_model(saved).sha256 != model.sha256


def test_a_model_without_paths_has_none(
    model: RecoveryModel, table: FeatureTable, tmp_path: Path
) -> None:
    save_model(model, table, tmp_path)
    assert not (tmp_path / RECORD).exists()
    assert open_model(tmp_path).paths is None


@pytest.mark.parametrize("name", ["propensity", "pooled", "settle"])
def test_changed_trees_are_damage(copy: Path, name: str) -> None:
    file = copy / PATH_TREES.format(name)
    text = file.read_text("utf-8")
    file.write_text(text.replace("leaf_value=", "leaf_value=1", 1), "utf-8")
    with pytest.raises(ModelDamagedError, match="hash"):
        open_model(copy)


def test_lost_trees_leave_no_model(copy: Path) -> None:
    (copy / PATH_TREES.format("pooled")).unlink()
    with pytest.raises(ModelUnavailableError, match="pooled"):
        open_model(copy)


def test_a_record_that_was_removed_is_missed(copy: Path) -> None:
    (copy / RECORD).unlink()
    with pytest.raises(ModelDamagedError, match="hash"):
        open_model(copy)


def test_trees_that_answer_otherwise_are_not_used(copy: Path) -> None:
    golden = copy / GOLDEN
    text = golden.read_text("utf-8")
    start = text.index('"paths"')
    place = text.index("0.", start)
    golden.write_text(text[:place] + "9" + text[place + 1 :], "utf-8")
    with pytest.raises(ModelDamagedError, match="golden rows"):
        open_model(copy)


def test_paths_and_segments_not_learnt_have_no_rate(
    learnt: LearntPaths, table: FeatureTable
) -> None:
    kinds = np.full(len(table.values), "auto")
    assert np.isnan(learnt.rates(table, kinds)).all()
    known = learnt.record.cells[0]
    some = learnt.rates(table, np.full(len(table.values), known.segment))
    assert np.isfinite(some[:, PATHS.index(known.path)]).all()


def test_chances_add_up_among_the_paths_open() -> None:
    chance = np.array([[0.5, 0.3, 0.2, 0.0, 0.0, 0.0]] * 2)
    is_open = np.array([[False, True, True, False, False, False], [True] * 6])
    found = among_open(chance, is_open)
    assert found[0].tolist() == pytest.approx([0, 0.6, 0.4, 0, 0, 0])
    assert found.sum(axis=1).tolist() == pytest.approx([1, 1])
