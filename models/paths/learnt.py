"""What a history has taught of the value of each path, as a model keeps it.

Trees give each claim the chance that its owner would have chosen a path and what the
path then pays; a table of cells carries these to the doubly robust mean of the claim's
segment. The record says how well each cell is known and what could overturn it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, model_validator

from features.outcomes import Bools
from features.package import Floats
from features.table import FeatureTable
from models.paths.path import PATHS, Path
from models.recovery.forest import Forest

Labels = npt.NDArray[np.str_]
Evidence = Literal["observational", "checked", "randomised", "confounded"]
# Trees of the chance of each path, and of what a claim pays on whatever path.
PROPENSITY = "propensity"
POOLED = "pooled"
SMALLEST = 1e-12


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class PathCell(_Part):
    """What one path pays the claims of one segment that it was open to.

    Rates are discounted net cash over claim.

    Attributes:
        segment: The segment.
        path: The path.
        claims: Claims that took it.
        effective_sample: Claims that their weights are worth.
        raw_rate: Mean of those that took it, as it stands.
        rate: Doubly robust mean of all that it was open to.
        standard_error: Of that, by obligor.
        shift: What the trees miss on average; added to each claim's rate.
        months: Mean months to its cash, by amount.
    """

    segment: str
    path: Path
    claims: int
    effective_sample: float
    raw_rate: float
    rate: float
    standard_error: float
    shift: float
    months: float


class PathContrast(_Part):
    """How surely one path beats another where the trees say that it does.

    Attributes:
        segment: Segment of the claims.
        better: The path that the trees prefer.
        other: The path it is set against.
        claims: Claims of the history for which they do.
        gain_rate: Doubly robust difference of the two.
        standard_error: Of that, by obligor.
        sensitivity: Factor by which a hidden fact would have to change the odds of
            choosing the paths for the gain to be lost; 1 where the interval holds
            zero already.
    """

    segment: str
    better: Path
    other: Path
    claims: int
    gain_rate: float
    standard_error: float
    sensitivity: float


class SliceCheck(_Part):
    """One path by the claims whose path was drawn by lot, beside all others.

    Attributes:
        path: The path.
        claims: Claims that drew it.
        observational_rate: Doubly robust mean of the claims whose path was chosen.
        randomised_rate: The same of those drawn, with the chances of the lot.
        low: Low end of the interval of the difference, as wide as the chance of a false
            alarm that all paths share.
        high: Its high end.
    """

    path: Path
    claims: int
    observational_rate: float
    randomised_rate: float
    low: float
    high: float

    @property
    def disagrees(self) -> bool:
        """Whether the difference cannot be luck."""
        return not self.low <= 0.0 <= self.high


class PathsRecord(_Part):
    """Everything that was learnt of paths but the trees.

    Attributes:
        labels: Whether paths are those chosen at first or those that work-outs ended
            on, which hide what failed.
        yearly_rate: Return that cash was discounted at.
        horizon_months: Months after the cut-off whose cash is counted.
        claims: Claims learnt from.
        randomised_claims: How many of them drew their path by lot.
        overlap_rate: Chance of a path below which nothing is said of it.
        evidence: ``observational``, ``checked`` against a slice drawn by lot,
            ``randomised`` where all were, or ``confounded`` where the slice
            contradicts the others.
        features: Columns of the feature table, in order.
        cells: What is known of each path by segment.
        contrasts: How surely one path beats another.
        slice_checks: The slice beside the others, where there is one.
    """

    labels: Literal["chosen", "ended"]
    yearly_rate: float
    horizon_months: int
    claims: int
    randomised_claims: int
    overlap_rate: float
    evidence: Evidence
    features: tuple[str, ...]
    cells: tuple[PathCell, ...]
    contrasts: tuple[PathContrast, ...]
    slice_checks: tuple[SliceCheck, ...] = ()

    @model_validator(mode="after")
    def _each_cell_once(self) -> Self:
        keys = [(c.segment, c.path) for c in self.cells]
        if len(set(keys)) < len(keys):
            raise ValueError("a cell of the paths stands twice")
        return self

    @property
    def paths(self) -> tuple[Path, ...]:
        """The paths that something is known of, in their order."""
        known = {cell.path for cell in self.cells}
        return tuple(path for path in PATHS if path in known)

    @cached_property
    def cell(self) -> Mapping[tuple[str, Path], PathCell]:
        """The cells by segment and path."""
        return {(c.segment, c.path): c for c in self.cells}

    @cached_property
    def contrast(self) -> Mapping[tuple[str, Path, Path], PathContrast]:
        """The contrasts by segment, better path and other path."""
        return {(c.segment, c.better, c.other): c for c in self.contrasts}


def among_open(chance: Floats, is_open: Bools) -> Floats:
    """Chances of the paths among those that are open, rows adding up to 1, (n, 6).

    Args:
        chance: Chance of each path, shape (n, 6).
        is_open: Whether it is open to the claim, shape (n, 6).
    """
    free = np.where(is_open, chance, 0.0)
    shares: Floats = free / np.maximum(free.sum(axis=1, keepdims=True), SMALLEST)
    return shares


@dataclass(frozen=True)
class LearntPaths:
    """Record and trees of what was learnt of paths.

    Attributes:
        record: Everything but the trees.
        trees: LightGBM's text of ``propensity``, ``pooled`` and each path learnt.
    """

    record: PathsRecord
    trees: Mapping[str, str]

    def texts(self) -> tuple[str, ...]:
        """All of it as text, in one order, for the identity of a model."""
        named = (name + self.trees[name] for name in sorted(self.trees))
        return (self.record.model_dump_json(), *named)

    @cached_property
    def forests(self) -> Mapping[str, Forest]:
        """The trees, ready to be evaluated."""
        return {name: Forest.of(text) for name, text in self.trees.items()}

    def propensity(self, table: FeatureTable) -> Floats:
        """Chance that each path would have been chosen, shape (n, paths).

        Paths that the history does not hold have none.
        """
        return self.forests[PROPENSITY].predict(table.values)

    def tree_rates(self, table: FeatureTable) -> Floats:
        """What the trees expect of each path, before cells, shape (n, 6).

        NaN where a path was not learnt.
        """
        start = self.forests[POOLED].predict(table.values)
        rates = np.full((len(table.values), len(PATHS)), np.nan)
        for place, path in enumerate(PATHS):
            if path in self.trees:
                rates[:, place] = start + self.forests[path].predict(table.values)
        return rates

    def rates(self, table: FeatureTable, segments: Labels) -> Floats:
        """Discounted net cash over claim by path, NaN where nothing is known, (n, 6).

        Args:
            table: Features of the claims, shape (n, columns).
            segments: Segment of each claim, shape (n,).
        """
        shifted: Floats = self.tree_rates(table) + self.of_cells("shift", segments)
        return shifted

    def of_cells(self, figure: str, segments: Labels) -> Floats:
        """A figure of each claim's cells, NaN where there is none, shape (n, 6)."""
        known, position = np.unique(segments, return_inverse=True)
        of_segment = np.full((len(known), len(PATHS)), np.nan)
        for (segment, path), cell in self.record.cell.items():
            at = known == segment
            of_segment[at, PATHS.index(path)] = getattr(cell, figure)
        return of_segment[position]
