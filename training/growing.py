"""Where trees are grown: in this process, or in many with more claims than it holds."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
import numpy.typing as npt

from features.collateral.value import SalePrices
from features.outcomes import Panel
from features.package import Floats
from features.table import FeatureTable, Vocabulary
from models.recovery.chain_ladder import ChainLadder
from models.recovery.growth import fit_curve, fit_level
from models.recovery.level import FORESTS, SegmentLevel
from models.recovery.tree_parameters import TreeParameters
from training.config import Config


@dataclass(frozen=True)
class Basis:
    """What must be known before trees can be grown from more claims.

    Attributes:
        config: The run.
        known_on: Last day of what may be learnt from.
        vocabulary: Labels of the categorical features.
        prices: What is known of sales of collateral.
        ladder: Chain ladder of the segments, from which the curve starts.
        segment_level: Means of the segments, from which the level starts.
        middle: Day that half of the claims at hand were cut off before.
        obligors: Their obligors.
        reference_from: Cut-off date of the first reference claim.
        reference_obligors: Obligors of the reference claims.
    """

    config: Config
    known_on: date
    vocabulary: Vocabulary
    prices: SalePrices
    ladder: ChainLadder
    segment_level: SegmentLevel
    middle: date
    obligors: npt.NDArray[np.str_]
    reference_from: date
    reference_obligors: npt.NDArray[np.str_]


@dataclass(frozen=True)
class Elsewhere:
    """What a model learnt from beside the history at hand.

    Attributes:
        claims: Number of claims.
        panel_rows: Quarters of theirs that were observed whole.
        sha256: Fingerprint of their tables; empty where there are none.
    """

    claims: int = 0
    panel_rows: int = 0
    sha256: str = ""


class Grower(Protocol):
    """Grows trees from the claims it is given, and from those it knows besides.

    Trees are LightGBM's text.
    """

    @property
    def elsewhere(self) -> Elsewhere:
        """The claims that it knows besides."""
        ...

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
        """Forests of the level; see ``models.recovery.growth.fit_level``.

        Blind ones have seen neither the reference claims nor any as late, nor others
        of their obligors.
        """
        ...

    def curve(
        self,
        table: FeatureTable,
        panel: Panel,
        start: Floats,
        parameters: TreeParameters,
    ) -> str:
        """Trees of a curve; see ``models.recovery.growth.fit_curve``."""
        ...


class InProcess:
    """Grows trees in this process, from the claims it is given and no others."""

    elsewhere = Elsewhere()

    def __init__(self, basis: Basis) -> None:
        """A grower; every basis does."""
        del basis

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
        """Forests of the level; blind by the claims given."""
        del blind
        return fit_level(table, rate, start, parameters, count)

    def curve(
        self,
        table: FeatureTable,
        panel: Panel,
        start: Floats,
        parameters: TreeParameters,
    ) -> str:
        """Trees of a curve."""
        return fit_curve(table, panel, start, parameters)


Grounds = Callable[[Basis], Grower]
