"""Which of the directions that trees are held to a history contradicts.

More security and fewer arrears are expected to pay more, and trees that are held to it
can be followed by a committee. Where a field means another thing at one of the sellers,
held trees cannot tell his claims from the rest, and every figure of theirs is the worse
for it. Claims that no tree saw tell, as they do how many trees are kept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from features import catalogue
from models.recovery.contradicted import Contradicted
from models.recovery.tree_parameters import TreeParameters
from training.bootstrap import block_standard_error
from training.stopping import LEAST_GAIN, Unseen, surprise

# Standard errors by which a direction must be contradicted: it is believed until then.
BEYOND_LUCK = 2.0

Blind = Callable[[TreeParameters], Sequence[Unseen]]


def contradicted(
    held: Sequence[Unseen], blind: Blind, parameters: TreeParameters
) -> Contradicted | None:
    """The directions without which unseen claims are told better, beyond luck.

    Those of one family, security or arrears, are let go together, for one of its
    features stands in for another. All trees are set beside all trees: how many are
    kept would be compared otherwise.

    Args:
        held: Claims, with forests that saw none of them and held every direction.
        blind: The same claims with one forest each that is grown otherwise.
        parameters: How the forests of ``held`` were grown.
    """
    first = [replace(u, forests=u.forests[:1]) for u in held]
    vintage = np.concatenate([u.vintage for u in held])
    of_held = surprise(first, parameters.trees)

    def saved_share(free: tuple[str, ...]) -> float:
        """Share of the cross-entropy that is saved; 0 where it may be luck."""
        freed = blind(replace(parameters, free=free))
        saved = of_held - surprise(freed, parameters.trees)
        beyond = BEYOND_LUCK * block_standard_error(saved, vintage)
        gain, whole = float(saved.mean()), float(of_held.mean())
        return gain / whole if gain > max(LEAST_GAIN * whole, beyond) else 0.0

    families = _families(parameters.directed(held[0].table.names))
    saved = {family: saved_share(family) for family in families}
    free = tuple(n for family in families if saved[family] for n in family)
    return (
        Contradicted(features=free, saved_share=max(saved.values())) if free else None
    )


def _families(directed: Iterable[str]) -> list[tuple[str, ...]]:
    families: dict[str, list[str]] = {}
    for name in directed:
        families.setdefault(catalogue.features()[name].family, []).append(name)
    return [tuple(names) for names in families.values()]
