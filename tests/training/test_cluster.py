from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pytest

from features.errors import ConfigError, HistoryError
from features.outcomes import History, Panel
from features.package import Floats, obligors
from features.segment import segments
from features.sources.tables import write_history
from features.table import FeatureTable, without
from models.recovery.artefact import open_model, save_model
from models.recovery.growth import fit_curve, fit_level
from models.recovery.model import LISTED, WORTHS, RecoveryModel
from training.__main__ import program
from training.cluster.grounds import divided, open_source
from training.cluster.parts import (
    Size,
    check_parts,
    level_lesson,
    numbered,
    read_part,
)
from training.config import Config
from training.growing import Basis, Grounds, InProcess
from training.pipeline import Trained, train

HELD_CLAIMS = 1_300


@pytest.fixture(scope="module")
def folder(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small market in four parts."""
    place = tmp_path_factory.mktemp("market")
    write_history(history, place, parts=4)
    return place


@pytest.fixture(scope="module")
def opened(folder: Path, config: Config) -> Iterator[tuple[History, Grounds]]:
    """The first two parts, and two workers that read the others."""
    with ExitStack() as stack:
        yield stack.enter_context(
            open_source(str(folder), config, None, "local:2", HELD_CLAIMS)
        )


@pytest.fixture(scope="module")
def basis(opened: tuple[History, Grounds], config: Config) -> Basis:
    """What the workers read their parts by."""
    known: list[Basis] = []

    def stop(basis: Basis) -> None:
        known.append(basis)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        train(opened[0], config, stop)
    return known[0]


@pytest.fixture(scope="module")
def grown(opened: tuple[History, Grounds], config: Config) -> Trained:
    """A model whose trees grew on the workers."""
    history, grounds = opened
    return train(history, config, grounds)


class Together(InProcess):
    """Grows trees in this process from every part, as if it held them all."""

    def __init__(self, folder: Path, names: tuple[str, ...], basis: Basis) -> None:
        self.parts = [read_part(str(folder), name, basis) for name in names]

    def level(  # type: ignore[override]
        self,
        table: FeatureTable,
        rate: Floats,
        start: Floats,
        *how: Any,
        blind: bool = False,
    ) -> tuple[str, ...]:
        rows = [level_lesson(part, blind) for part in self.parts]
        return fit_level(
            _joined(table, [r.values for r in rows]),
            np.concatenate([rate, *(r.label for r in rows)]),
            np.concatenate([start, *(r.start for r in rows)]),
            *how,
        )

    def curve(
        self, table: FeatureTable, panel: Panel, start: Floats, parameters: Any
    ) -> str:
        counts = [len(table.values), *(len(p.table.values) for p in self.parts)]
        panels = [panel, *(p.panel for p in self.parts)]
        before = np.cumsum([0, *counts[:-1]])
        return fit_curve(
            _joined(table, [without(p.table, WORTHS).values for p in self.parts]),
            Panel(
                np.concatenate(
                    [p.claim + n for p, n in zip(panels, before, strict=True)]
                ),
                np.concatenate([p.quarter for p in panels]),
                np.concatenate([p.share for p in panels]),
            ),
            np.concatenate([start, *(p.curve_start for p in self.parts)]),
            parameters,
        )


def _joined(table: FeatureTable, more: list[Any]) -> FeatureTable:
    return FeatureTable(table.names, np.concatenate([table.values, *more]))


@pytest.fixture(scope="module")
def together(opened: tuple[History, Grounds], folder: Path, config: Config) -> Trained:
    """The same learnt in one process."""
    left = divided(str(folder), HELD_CLAIMS).left
    return train(opened[0], config, partial(Together, folder, left))


def scores(model: RecoveryModel, history: History) -> Floats:
    return model.score(model.table(history.package), segments(history.package))


def timings(model: RecoveryModel, history: History) -> Floats:
    return model.timing(model.table(history.package), segments(history.package))


def test_workers_keep_from_trees_what_a_process_keeps_from_them(
    grown: Trained,
) -> None:
    level, curve = grown.model.level.splits, grown.model.curve.splits
    place = grown.table.names.index
    assert not level[[place(name) for name in LISTED]].any()
    assert not curve[[place(name) for name in (*LISTED, *WORTHS)]].any()


def test_every_claim_of_every_part_is_learnt_from(
    grown: Trained, opened: tuple[History, Grounds], trained: Trained, history: History
) -> None:
    assert len(opened[0]) + grown.elsewhere.claims == len(history)
    assert grown.model.record.claims == len(history)
    rows = len(grown.panel.claim) + grown.elsewhere.panel_rows
    assert rows == len(trained.panel.claim)
    assert len(grown.elsewhere.sha256) == 64


def test_trees_of_a_cluster_say_what_those_of_one_process_say(
    grown: Trained, together: Trained, history: History
) -> None:
    ours, theirs = (scores(t.model, history) for t in (grown, together))
    assert np.corrcoef(ours, theirs)[0, 1] > 0.995
    assert ours.mean() == pytest.approx(theirs.mean(), rel=0.01)
    curves = [timings(t.model, history) for t in (grown, together)]
    assert np.abs(curves[0] - curves[1]).mean() < 0.05 * curves[1].mean()


def test_trees_saw_the_claims_that_only_the_workers_hold(
    grown: Trained,
    together: Trained,
    opened: tuple[History, Grounds],
    config: Config,
    history: History,
) -> None:
    alone = train(opened[0], config)
    ours, theirs, without = (scores(t.model, history) for t in (grown, together, alone))
    assert np.abs(ours - theirs).mean() < np.abs(ours - without).mean() / 2
    rows = len(grown.panel.claim) + grown.elsewhere.panel_rows
    root = lgb.Booster(model_str=grown.model.curve_trees).trees_to_dataframe()
    root = root["count"].iloc[0]
    assert root == pytest.approx(config.curve.row_share * rows, rel=0.01)


def test_the_model_is_an_artefact_like_any_other(
    grown: Trained, tmp_path: Path, history: History
) -> None:
    save_model(grown.model, grown.table, tmp_path / "model")
    again = open_model(tmp_path / "model")
    assert again.sha256 == grown.model.sha256
    assert np.array_equal(scores(again, history), scores(grown.model, history))
    for text in (*grown.model.level_trees, grown.model.curve_trees):
        assert "127.0.0.1" not in text


def test_parts_are_held_up_to_a_number_of_claims(folder: Path) -> None:
    first = divided(str(folder), 1)
    assert first.held == ("part=0000",)
    assert len(first.left) == 3
    everything = divided(str(folder), 2_400)
    assert everything.left == ()
    assert everything.left_claims == 0
    assert divided(str(folder / "claims"), 1).held is None


def size(obligors: list[str], early_rate: float) -> Size:
    return Size(1, 1, 1, numbered(np.array(obligors)), early_rate, "")


def test_parts_that_are_no_samples_are_refused(basis: Basis) -> None:
    check_parts(["part=0002"], [size(["nobody else"], 0.4)], basis)
    with pytest.raises(HistoryError, match=r"part=0002: 90% of its claims .* by time"):
        check_parts(["part=0002"], [size(["nobody else"], 0.9)], basis)
    twice = str(basis.obligors[0])
    with pytest.raises(HistoryError, match="an obligor has claims in more than one"):
        check_parts(["part=0002"], [size([twice], 0.5)], basis)


def test_blind_trees_see_no_claim_as_late_as_the_reference(
    basis: Basis, opened: tuple[History, Grounds], grown: Trained
) -> None:
    held = opened[0]
    rows = grown.reference.rows
    cutoffs = held.package.claims["cutoff_date"].take(rows).to_pylist()
    assert basis.reference_from == min(cutoffs)
    named = set(obligors(held.package)[rows].tolist())
    assert set(basis.reference_obligors.tolist()) == named


def test_parts_without_an_end_of_observation_are_refused(
    history: History, config: Config, tmp_path: Path
) -> None:
    write_history(history, tmp_path, parts=2)
    (tmp_path / "history.json").write_text("{}")
    with (
        pytest.raises(HistoryError, match=r"state observed_until in history\.json"),
        open_source(str(tmp_path), config, None, "local:2", 1),
    ):
        pass


def test_the_program_refuses_an_address_that_is_none(folder: Path) -> None:
    asked = ["evaluate", "--source", str(folder), "--cluster", "nowhere"]
    with pytest.raises(ConfigError, match="'nowhere' names no cluster"):
        program.main([*asked, "--sample-claims", "1"], standalone_mode=False)
