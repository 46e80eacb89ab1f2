"""Trees grown by LightGBM's Dask estimators, each worker with its share of the rows.

The claims at hand are spread over the workers; the other parts of a partitioned
history are read by the workers themselves and never leave them.
"""

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from hashlib import sha256
from io import StringIO
from itertools import cycle, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from features.outcomes import Panel
from features.package import Floats
from features.table import FeatureTable, categorical_features, without
from models.recovery.growth import QUARTER
from models.recovery.level import FORESTS
from models.recovery.model import WORTHS
from models.recovery.tree_parameters import BINS, TreeParameters
from models.recovery.unstated import with_unstated
from training.cluster.parts import (
    Lesson,
    Part,
    Size,
    check_parts,
    curve_lesson,
    level_lesson,
    read_part,
    size_of,
)
from training.growing import Basis, Elsewhere

# Where the workers met: LightGBM notes it among the parameters of its text.
_ADDRESSES = re.compile(r"^\[(machines|local_listen_port): .*\]\n", re.MULTILINE)


class ClusterGrower:
    """Grows trees on the workers of a cluster."""

    def __init__(
        self, client: Any, folder: Path, names: Sequence[str], basis: Basis
    ) -> None:
        """A grower whose workers have read their parts.

        Args:
            client: The cluster's.
            folder: The history, where every worker can read it.
            names: Parts of it beside those at hand.
            basis: What they are read by.
        """
        self._client = client
        self._workers = sorted(client.nthreads())
        shared = client.scatter(basis, broadcast=True, hash=False)
        self._parts = self._spread(
            lambda name: (read_part, str(folder), name, shared), names
        )
        self._sizes: list[Size] = self._told(size_of, self._parts)
        if names:
            check_parts(names, self._sizes, basis)

    @property
    def elsewhere(self) -> Elsewhere:
        """The claims that the workers have read."""
        if not self._sizes:
            return Elsewhere()
        prints = "".join(size.sha256 for size in self._sizes)
        return Elsewhere(
            sum(size.claims for size in self._sizes),
            sum(size.panel_rows for size in self._sizes),
            sha256(prints.encode()).hexdigest(),
        )

    def level(
        self,
        table: FeatureTable,
        rate: Floats,
        start: Floats,
        parameters: TreeParameters,
        count: int = FORESTS,
        *,
        blind: bool = False,
    ) -> tuple[str, ...]:
        """Forests of the level, from these claims and the workers' own."""
        shares = np.array_split(np.arange(len(rate)), len(self._workers))
        near = [
            Lesson(table.values[s].astype(np.float32), rate[s], start[s])
            for s in shares
        ]
        lessons = [
            *self._spread(lambda lesson: (_itself, lesson), near),
            *self._client.map(level_lesson, self._parts, blind=blind, pure=False),
        ]
        grown = parameters.lightgbm(table.names, 1.0)
        forests = (
            self._grown(
                lessons,
                table.names,
                {**grown, "seed": parameters.seed + i},
                parameters.trees,
            )
            for i in range(count)
        )
        return tuple(with_unstated(text, table.values) for text in forests)

    def curve(
        self,
        table: FeatureTable,
        panel: Panel,
        start: Floats,
        parameters: TreeParameters,
    ) -> str:
        """Trees of a curve, from these claims and the workers' own.

        The rows of the panel are made by the workers.
        """
        near = _pieces(table, panel, start, len(self._workers))
        lessons = [
            *self._spread(lambda piece: (curve_lesson, *piece), near),
            *self._client.map(_curve_of_part, self._parts, pure=False),
        ]
        claims = len(np.unique(panel.claim)) + sum(s.panel_claims for s in self._sizes)
        rows = len(panel.claim) + sum(s.panel_rows for s in self._sizes)
        names = (*table.names, QUARTER)
        grown = parameters.lightgbm(names, rows / max(claims, 1))
        text = self._grown(lessons, names, grown, parameters.trees)
        return with_unstated(text, table.values)

    def _spread(
        self, call: Callable[[Any], tuple[Any, ...]], items: Sequence[Any]
    ) -> list[Any]:
        """A call for each item, the workers taking turns, each keeping its results."""
        return [
            self._client.submit(*call(item), workers=[worker], pure=False)
            for item, worker in zip(items, cycle(self._workers), strict=False)
        ]

    def _told(self, ask: Callable[[Any], Any], held: Sequence[Any]) -> list[Any]:
        told: list[Any] = self._client.gather(self._client.map(ask, held, pure=False))
        return told

    def _grown(
        self,
        lessons: Sequence[Any],
        names: tuple[str, ...],
        parameters: dict[str, Any],
        trees: int,
    ) -> str:
        from lightgbm.dask import DaskLGBMRegressor

        rows = self._told(_rows, lessons)
        taught = [pair for pair in zip(lessons, rows, strict=True) if pair[1]]
        estimator = DaskLGBMRegressor(
            client=self._client,
            n_estimators=trees,
            tree_learner="data",
            max_bin=BINS,
            **parameters,
        )
        with _quiet():
            estimator.fit(
                _array(taught, "values", len(names)),
                _array(taught, "label"),
                init_score=_array(taught, "start"),
                feature_name=list(names),
                categorical_feature=list(categorical_features()),
            )
        return _ADDRESSES.sub("", estimator.booster_.model_to_string())


@contextmanager
def _quiet() -> Iterator[None]:
    """What the estimator says of ports and of threads it was not given, unsaid."""
    with redirect_stdout(StringIO()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Parameter n_jobs will be ignored")
        yield


def _array(lessons: Sequence[tuple[Any, int]], field: str, *columns: int) -> Any:
    """A field of lessons that lie with the workers, as one array of Dask."""
    from dask import array, delayed

    return array.concatenate(
        [
            array.from_delayed(
                delayed(getattr)(lesson, field), (rows, *columns), np.float64
            )
            for lesson, rows in lessons
        ]
    )


def _pieces(
    table: FeatureTable, panel: Panel, start: Floats, count: int
) -> list[tuple[FeatureTable, Panel, Floats]]:
    """Claims with their panel, cut into pieces of as many claims."""
    ends = np.linspace(0, len(table.values), count + 1).astype(np.int64)
    pieces = []
    for first, end in pairwise(ends):
        rows = slice(*np.searchsorted(panel.claim, (first, end)))
        pieces.append(
            (
                FeatureTable(table.names, table.values[first:end]),
                Panel(
                    panel.claim[rows] - first, panel.quarter[rows], panel.share[rows]
                ),
                start[first:end],
            )
        )
    return pieces


def _curve_of_part(part: Part) -> Lesson:
    table = without(part.table, WORTHS)
    return curve_lesson(table, part.panel, part.curve_start)


def _itself(lesson: Lesson) -> Lesson:
    return lesson


def _rows(lesson: Lesson) -> int:
    return len(lesson.label)
