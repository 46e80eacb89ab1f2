"""Trees of the level, and what claims they did not see tell of them.

Such claims tell which directions trees are held to and how many of them are kept; what
they are expected to pay by trees that never saw them sets level and distribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from features.columns import Bools
from features.package import Floats, Ints
from features.table import FeatureTable
from models.recovery.contradicted import Contradicted
from models.recovery.level import Labels
from models.recovery.tree_parameters import TreeParameters
from training.directions import Blind, contradicted
from training.growing import Basis, Grower
from training.reference import BlindLesson, Mature
from training.stopping import Unseen, kept_trees, saved_share


@dataclass(frozen=True)
class Level:
    """How much claims pay, as a history teaches it.

    Attributes:
        trees: Trees that each forest kept.
        column_share: Share of the features that each tree saw.
        forests: Forests that learnt from all mature claims, as LightGBM's text.
        score: Recovery that each mature claim is expected to pay by forests that did
            not see it, shape (m,).
        contradicted: Directions that they do not hold.
    """

    trees: int
    column_share: float
    forests: tuple[str, ...]
    score: Floats
    contradicted: Contradicted | None

    @property
    def free(self) -> tuple[str, ...]:
        """Features that are not held to their direction."""
        return self.contradicted.features if self.contradicted else ()


@dataclass(frozen=True)
class _Claims:
    """Mature claims as trees are taught them; rows as in ``known``."""

    table: FeatureTable
    start: Floats
    vintage: Ints
    known: Mature
    grower: Grower

    def unseen(
        self, lessons: Sequence[BlindLesson], parameters: TreeParameters
    ) -> list[Unseen]:
        """The claims of each lesson, with forests that saw none of them."""
        return [
            Unseen(
                self._blind(one, parameters),
                *self._some(one.told),
                self.vintage[one.told],
            )
            for one in lessons
        ]

    def forests(self, parameters: TreeParameters) -> tuple[str, ...]:
        """Forests that all of them teach."""
        return self.grower.level(self.table, self.known.rate, self.start, parameters)

    def _blind(
        self, lesson: BlindLesson, parameters: TreeParameters
    ) -> tuple[str, ...]:
        table, start, rate = self._some(lesson.learnt)
        return self.grower.level(
            table, rate, start, parameters, lesson.forests, blind=True
        )

    def _some(self, rows: Bools) -> tuple[FeatureTable, Floats, Floats]:
        table = FeatureTable(self.table.names, self.table.values[rows])
        return table, self.start[rows], self.known.rate[rows]


def grow_level(
    table: FeatureTable,
    kinds: Labels,
    known: Mature,
    vintage: Ints,
    basis: Basis,
    grower: Grower,
) -> Level:
    """Grow the trees of the level.

    Args:
        table: Features of a history's claims, shape (claims, columns).
        kinds: Segment of each, shape (claims,).
        known: Those that are mature.
        vintage: Vintage of each of these, shape (m,).
        basis: What trees start from.
        grower: Where they are grown.
    """
    mature = FeatureTable(table.names, table.values[known.rows])
    start = basis.segment_level.log_odds(kinds[known.rows])
    claims = _Claims(mature, start, vintage, known, grower)
    lessons, parameters = known.lessons(), basis.config.level.parameters()
    telling = len(lessons) if known.is_few else 1
    unseen = claims.unseen(lessons, parameters)
    blind = partial(claims.unseen, [one.alone for one in lessons[:telling]])
    against = contradicted(unseen[:telling], blind, parameters)
    if against:
        parameters = replace(parameters, free=against.features)
        unseen = claims.unseen(lessons, parameters)
    if _tell_together(unseen[:telling], blind, parameters):
        parameters = replace(parameters, column_share=1.0)
        unseen = claims.unseen(lessons, parameters)
    kept = kept_trees(unseen[:telling], parameters.trees)
    score = np.zeros(len(start))
    for lesson, some in zip(lessons, unseen, strict=True):
        score[lesson.told] = some.score(kept)
    forests = claims.forests(replace(parameters, trees=kept))
    return Level(kept, parameters.column_share, forests, score, against)


def _tell_together(
    unseen: Sequence[Unseen], blind: Blind, parameters: TreeParameters
) -> bool:
    """Whether trees that see every feature tell unseen claims better, beyond luck.

    Features that say little apart are rarely cut together where each tree sees some.
    """
    if parameters.column_share >= 1:
        return False
    other = blind(replace(parameters, column_share=1.0))
    return saved_share(unseen, other, parameters.trees) > 0
