"""Which of the directions that trees are held to a history contradicts.

More security and fewer arrears are expected to pay more, and trees that are held to it
can be followed by a committee. Where a field means another thing at one of the sellers,
held trees cannot tell his claims from the rest, and every figure of theirs is the worse
for it. Claims that no tree saw tell, as they do how many trees are kept.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from features import catalogue
from models.recovery.contradicted import Contradicted
from models.recovery.tree_parameters import TreeParameters
from training.stopping import Unseen, saved_share

Blind = Callable[[TreeParameters], Sequence[Unseen]]


def contradicted(
    held: Sequence[Unseen], blind: Blind, parameters: TreeParameters
) -> Contradicted | None:
    """The directions without which unseen claims are told better, beyond luck.

    Those of one family, security or arrears, are let go together, for one of its
    features stands in for another.

    Args:
        held: Claims, with forests that saw none of them and held every direction.
        blind: The same claims with one forest each that is grown otherwise.
        parameters: How the forests of ``held`` were grown.
    """
    families = _families(parameters.directed(held[0].table.names))
    saved = {
        family: saved_share(
            held, blind(replace(parameters, free=family)), parameters.trees
        )
        for family in families
    }
    free = tuple(n for family in families if saved[family] for n in family)
    return (
        Contradicted(features=free, saved_share=max(saved.values())) if free else None
    )


def _families(directed: Iterable[str]) -> list[tuple[str, ...]]:
    families: dict[str, list[str]] = {}
    for name in directed:
        families.setdefault(catalogue.features()[name].family, []).append(name)
    return [tuple(names) for names in families.values()]
