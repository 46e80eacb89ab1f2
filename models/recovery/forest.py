"""LightGBM's trees evaluated to the bit as ``Booster.predict`` does, many times faster.

Trees of up to 64 leaves are turned into masks (``models.recovery.trees.masks``); larger
ones, and those with linear leaves, are walked. Models over the same features share the
coding of their rows.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from features.errors import ModelDamagedError
from features.helpers import CORES, worked
from features.package import Floats, Ints
from models.recovery.trees.codes import MOST_CODES, CodeBook, Codes
from models.recovery.trees.effects import add_effects, expected_sum
from models.recovery.trees.evaluation import add_sums, add_swept_sums
from models.recovery.trees.masks import MOST_LEAVES, Masks
from models.recovery.trees.objective import transform
from models.recovery.trees.steps import Steps
from models.recovery.trees.text import ModelText, read_text
from models.recovery.trees.walk import walk

# With fewer rows a helper hardly has anything to take over.
FEWEST_ROWS_OF_THREAD, FEWEST_EXPLAINED_ROWS_OF_THREAD = 1_024, 32
_ALLOWED: ContextVar[int] = ContextVar("threads of a forest", default=CORES)


@contextmanager
def at_most(threads: int) -> Iterator[None]:
    """Within, forests start no more threads than so many where none are asked for.

    For whoever shares the processor out already.
    """
    token = _ALLOWED.set(threads)
    try:
        yield
    finally:
        _ALLOWED.reset(token)


@dataclass(frozen=True)
class Forest:
    """Models over one table of features; their outputs stand one after another.

    Attributes:
        models: The models.
    """

    models: tuple[ModelText, ...]

    @classmethod
    def of(cls, *texts: str) -> "Forest":
        """The forest of LightGBM's texts.

        Raises:
            ModelDamagedError: A text is not that of a model, or the models read
                different features.
        """
        models = tuple(read_text(text) for text in texts)
        if len({model.columns for model in models}) != 1:
            raise ModelDamagedError("the models are not of the same features")
        return cls(models)

    @property
    def columns(self) -> int:
        """Features of a row."""
        return self.models[0].columns

    @property
    def outputs(self) -> int:
        """Sums of a row, over all models."""
        return sum(model.outputs for model in self.models)

    @cached_property
    def splits(self) -> Ints:
        """How often each feature is split, over all models, shape (columns,)."""
        every = np.concatenate([model.trees.feature for model in self.models])
        return np.bincount(every, minlength=self.columns)

    @cached_property
    def _book(self) -> CodeBook:
        return CodeBook.of([model.trees for model in self.models])

    @cached_property
    def _masks(self) -> tuple[Masks | None, ...]:
        """Masks of each output; None where it has no tree, or the trees are walked."""
        return tuple(
            Masks.of(model.trees, chosen, self._book) if chosen else None
            for model in self.models
            for chosen in (
                range(output, len(model.trees), model.outputs)
                for output in range(model.outputs)
            )
        )

    @cached_property
    def _masked(self) -> bool:
        """Whether masks can be made of all trees."""
        return len(self._book) <= MOST_CODES and not any(
            model.trees.most_leaves > MOST_LEAVES or model.trees.is_linear
            for model in self.models
        )

    def warm(self) -> "Forest":
        """The same forest with everything made that an evaluation needs."""
        self.sums(np.zeros((1, self.columns)))
        return self

    def sums(self, rows: Floats, threads: int | None = None) -> Floats:
        """Sums of leaves, shape (outputs, n), as ``predict(raw_score=True)``.

        Args:
            rows: Features, shape (n, columns).
            threads: Threads to use; all cores where there are many rows by default.
                The bits do not depend on it.

        Raises:
            ValueError: The rows have another number of features.
        """
        rows = self._checked(rows)
        sums = np.zeros((self.outputs, len(rows)))

        def add(part: slice) -> None:
            self._add(rows[part], sums[:, part])

        _in_parts(add, len(rows), threads)
        return sums

    def swept(
        self, rows: Floats, column: int, values: Floats, threads: int | None = None
    ) -> Floats:
        """Sums with one feature at each of several values, shape (n, values).

        Everything but that feature is evaluated once. The forest has one output.

        Args:
            rows: Features, shape (n, columns); what they hold of the swept one is not
                read.
            column: The feature.
            values: Its values, shape (values,).
            threads: As in ``sums``.

        Raises:
            ValueError: The rows have another number of features, or there are several
                outputs.
        """
        rows = self._checked(rows)
        (masks,) = self._masks if self._masked else (None,)
        swept = self._swept_codes(column, values)
        if masks is None or swept is None:
            return self._swept_by_rows(rows, column, values, threads)
        sums = np.zeros((len(rows), len(values)))

        def add(part: slice) -> None:
            codes, flat = self._book.codes(rows[part]), sums[part].reshape(-1)
            add_swept_sums(codes, *swept, flat, *masks.arrays)

        _in_parts(add, len(rows), threads)
        return sums

    def effects(self, rows: Floats, threads: int | None = None) -> Floats:
        """What each feature brings to the sum over all models: exact TreeSHAP.

        Args:
            rows: Features, shape (n, columns).
            threads: As in ``sums``.

        Returns:
            Effects and, last, what they start from, shape (n, columns + 1), as
            ``predict(pred_contrib=True)`` but for the last digits.

        Raises:
            ValueError: The rows have another number of features, a model has several
                outputs, or its leaves are linear functions.
        """
        rows = self._checked(rows)
        if self.outputs > len(self.models) or any(
            model.trees.is_linear for model in self.models
        ):
            raise ValueError("only sums of one output and plain leaves are explained")
        effects = np.zeros((self.columns + 1, len(rows)))
        effects[-1] = sum(map(expected_sum, self.models))

        def add(part: slice) -> None:
            for model, steps in zip(self.models, self._steps, strict=True):
                add_effects(model, steps, rows[part], effects[:-1, part])

        _in_parts(add, len(rows), threads, FEWEST_EXPLAINED_ROWS_OF_THREAD)
        return np.ascontiguousarray(effects.T)

    @cached_property
    def _steps(self) -> tuple[Steps, ...]:
        return tuple(Steps.of(model) for model in self.models)

    def predict(self, rows: Floats, threads: int | None = None) -> Floats:
        """What the only model predicts, as ``Booster.predict``, (n,) or (n, outputs).

        Args:
            rows: Features, shape (n, columns).
            threads: As in ``sums``.

        Raises:
            ValueError: The rows have another number of features.
        """
        (model,) = self.models
        sums = self.sums(rows, threads)
        if model.averaged:
            sums /= max(len(model.trees) // model.outputs, 1)
        transform(sums, model.objective)
        return sums[0] if model.outputs == 1 else sums.T.copy()

    def _checked(self, rows: Floats) -> Floats:
        if rows.ndim != 2 or rows.shape[1] != self.columns:
            raise ValueError(f"rows of {rows.shape[1:]} features, not {self.columns}")
        return np.ascontiguousarray(rows, np.float64)

    def _add(self, rows: Floats, sums: Floats) -> None:
        if not self._masked:
            first = 0
            for model in self.models:
                walk(model.trees, rows, sums[first : first + model.outputs])
                first += model.outputs
            return
        codes = self._book.codes(rows)
        for masks, of_output in zip(self._masks, sums, strict=True):
            if masks is not None:
                add_sums(codes, of_output, *masks.arrays)

    @cached_property
    def _sweeps(self) -> dict[tuple[int, bytes], tuple[int, Codes]]:
        """Column of codes and codes of features swept before, by feature and values."""
        return {}

    def _swept_codes(self, column: int, values: Floats) -> tuple[int, Codes] | None:
        """Column of codes of a feature and its codes; None if it stands not once.

        Curves are swept over the same quarters each time.
        """
        key = column, values.tobytes()
        if key not in self._sweeps:
            found = np.flatnonzero(self._book.feature == column)
            if len(found) != 1:
                return None
            point = np.zeros((len(values), self.columns))
            point[:, column] = values
            codes = self._book.codes(point)[:, found[0]].copy()
            self._sweeps[key] = int(found[0]), codes
        return self._sweeps[key]

    def _swept_by_rows(
        self, rows: Floats, column: int, values: Floats, threads: int | None
    ) -> Floats:
        repeated = np.repeat(rows, len(values), axis=0)
        repeated[:, column] = np.tile(values, len(rows))
        flat: Floats = self.sums(repeated, threads)[0].reshape(len(rows), -1)
        return flat


def _in_parts(
    work: Callable[[slice], None],
    rows: int,
    threads: int | None,
    fewest: int = FEWEST_ROWS_OF_THREAD,
) -> None:
    """Work on all rows, in as many threads as it is worth."""
    used = threads
    if used is None:
        worth = rows // fewest
        used = min(worth, _ALLOWED.get()) if worth > 1 else 1
    if used == 1:
        return work(slice(0, rows))
    ends = np.linspace(0, rows, used + 1).astype(int).tolist()
    worked(work, [slice(*pair) for pair in pairwise(ends)], used)
    return None
