"""How many trees the level keeps: fewer where more of them learnt noise.

Three hundred trees suit ten thousand claims. A few hundred they learn by heart, and
what they expect of others spreads too far, with ranges too narrow. Claims that the
trees did not see tell: half of the trees, a quarter and so on are kept where that
lowers the cross-entropy by more than luck among vintages would (one standard error)
and by enough to matter: the forests that are kept learn from more claims than these.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.package import Floats, Ints
from features.table import FeatureTable
from models.recovery.growth import first_sums
from models.recovery.level import SMALLEST_RATE, rate_of
from training.bootstrap import block_standard_error

FEWEST_TREES = 10
# Share of the cross-entropy that fewer trees must save.
LEAST_GAIN = 0.01
# Standard errors by which trees grown otherwise must tell better: the run's own are
# believed until then.
BEYOND_LUCK = 2.0


@dataclass(frozen=True)
class Unseen:
    """Claims, and forests that saw none of them.

    Attributes:
        forests: Forests of the level, as LightGBM's text.
        table: Features of the claims, shape (claims, columns).
        start: Log-odds that the trees start from, shape (claims,).
        realised_rate: Realised recovery, shape (claims,).
        vintage: Vintage of each claim, shape (claims,).
    """

    forests: tuple[str, ...]
    table: FeatureTable
    start: Floats
    realised_rate: Floats
    vintage: Ints

    def score(self, trees: int) -> Floats:
        """Recovery that the first trees of each forest expect, shape (claims,)."""
        return rate_of(first_sums(self.forests, self.table, trees), self.start)


def kept_trees(unseen: Sequence[Unseen], trees: int) -> int:
    """Number of trees that tell claims best which none of them saw.

    Args:
        unseen: The claims, by the forests that score them.
        trees: How many trees each forest has.
    """
    vintage = np.concatenate([u.vintage for u in unseen])
    of_all = surprise(unseen, trees)
    kept, best = trees, LEAST_GAIN * float(of_all.mean())
    for count in _fewer(trees):
        gain = of_all - surprise(unseen, count)
        if gain.mean() > max(best, block_standard_error(gain, vintage)):
            kept, best = count, float(gain.mean())
    return kept


def saved_share(usual: Sequence[Unseen], other: Sequence[Unseen], trees: int) -> float:
    """Share of the cross-entropy that trees grown otherwise save; 0 where luck may.

    All trees are set beside all trees: how many are kept would be compared otherwise.

    Args:
        usual: Claims, with forests as the run grows them; the first of each counts.
        other: The same claims with one forest each that is grown otherwise.
        trees: How many trees each forest has.
    """
    first = [replace(u, forests=u.forests[:1]) for u in usual]
    of_usual = surprise(first, trees)
    saved = of_usual - surprise(other, trees)
    vintage = np.concatenate([u.vintage for u in usual])
    beyond = BEYOND_LUCK * block_standard_error(saved, vintage)
    gain, whole = float(saved.mean()), float(of_usual.mean())
    return gain / whole if gain > max(LEAST_GAIN * whole, beyond) else 0.0


def surprise(unseen: Sequence[Unseen], trees: int) -> Floats:
    """Cross-entropy of all the claims under the first trees, shape (claims,)."""
    lost = [cross_entropy(u.score(trees), u.realised_rate) for u in unseen]
    return np.concatenate(lost)


def cross_entropy(expected_rate: Floats, realised_rate: Floats) -> Floats:
    """Cross-entropy of each claim, in nats, shape (claims,)."""
    p = np.clip(expected_rate, SMALLEST_RATE, 1 - SMALLEST_RATE)
    lost: Floats = -(realised_rate * np.log(p) + (1 - realised_rate) * np.log1p(-p))
    return lost


def _fewer(trees: int) -> Iterator[int]:
    while (trees := trees // 2) >= FEWEST_TREES:
        yield trees
