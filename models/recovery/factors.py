"""Factors that claims share, and which claims share which.

A claim's latent recovery is a sum of normal factors and of its own noise. Claims of one
vintage share its factor; within it those of one segment (the kind of asset), of one
region, of one group of obligors and of one obligor share theirs too. Every share is the
correlation that two claims have for that reason.
"""

from typing import Self

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, model_validator

from features.columns import Tabled
from features.outcomes import MONTHS_PER_QUARTER
from features.package import Floats, Ints
from features.segment import segment_places

Labels = npt.NDArray[np.str_]
Share = Field(ge=0, lt=1)
# Numbers that leave more places free than this many for each claim are sorted.
_SPARSE = 16


class Factors(BaseModel):
    """Correlation of two claims of a vintage for each reason they may share.

    Attributes:
        vintage: For being of one vintage, sold together: courts, prices, what the
            seller knew, the level itself.
        segment: For being of one segment besides.
        region: For being of one province besides.
        group: For owing within one group of obligors besides.
        obligor: For being owed by one obligor besides.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    vintage: float = Share
    segment: float = Share
    region: float = Share
    group: float = Share
    obligor: float = Share

    @model_validator(mode="after")
    def _leave_own_noise(self) -> Self:
        if self.shares().sum() >= 1:
            raise ValueError("factors explain all of a claim: nothing is its own")
        return self

    @classmethod
    def of(cls, shares: Floats) -> "Factors":
        """Factors from their shares in the order of ``shares``."""
        return cls(**dict(zip(FACTORS, shares.tolist(), strict=True)))

    @classmethod
    def common(cls, correlation: float) -> "Factors":
        """One factor that all claims share, and no other."""
        return cls.of(np.array([correlation, 0.0, 0.0, 0.0, 0.0]))

    @property
    def systematic(self) -> float:
        """Correlation of two claims of one segment and region, obligors apart."""
        return self.vintage + self.segment + self.region

    def shares(self) -> Floats:
        """Correlation by factor, in the order of ``FACTORS``, shape (factors,)."""
        return np.array([getattr(self, name) for name in FACTORS])


FACTORS = tuple(Factors.model_fields)


def vintages(package: Tabled) -> Ints:
    """Calendar quarter of each claim's cut-off date, from 1970, shape (n,)."""
    cutoff = package.tables.claims.numbers("cutoff_date").astype("datetime64[D]")
    month = cutoff.astype("datetime64[M]").astype(np.int64)
    quarter: Ints = month // MONTHS_PER_QUARTER
    return quarter


def sales(package: Tabled) -> Ints:
    """Number of the sale that each claim came with: one seller, one day, shape (n,)."""
    claims = package.tables.claims
    day = claims.numbers("cutoff_date").astype(np.int64)
    return together(day, claims.words("seller")[0] + 1)


def regions(package: Tabled) -> Labels:
    """Province of each claim, empty where none is stated, shape (n,)."""
    numbers, words = package.tables.claims.words("province")
    labels: Labels = np.array(["", *words])[numbers + 1]
    return labels


def factor_groups(package: Tabled, segments: Labels, vintage: Ints) -> Ints:
    """Number of the group that each claim belongs to, shape (factors, n).

    Claims without a province are one region; a claim without an obligor, or an obligor
    without a group, stands alone, unless a group is called as the obligor is.

    Args:
        package: The claims.
        segments: Segment of each claim, shape (n,).
        vintage: Vintage of each claim, shape (n,); one number for a package that is
            worked out as a whole.
    """
    claims = package.tables.claims
    if len(claims) == 1:
        return np.zeros((len(FACTORS), 1), np.int64)
    own = np.arange(len(claims))
    obligor, obligors = claims.words("obligor_id")
    obligor = np.where(obligor < 0, len(obligors) + own, obligor)
    group, groups = claims.words("group_id")
    led = {name: number for number, name in enumerate(groups)}
    own_lead = range(len(groups), len(groups) + len(obligors))
    leads = [*map(led.get, obligors, own_lead)] if led else own_lead
    alone = np.append(leads, len(groups) + len(obligors) + own).astype(np.int64)
    group = np.where(group < 0, alone[obligor], group)
    region = claims.words("province")[0] + 1
    kinds = segment_places(segments)
    columns = (np.zeros_like(own), kinds, region, group, obligor)
    return np.stack([together(vintage, column) for column in columns])


def together(first: Ints, second: Ints) -> Ints:
    """Numbers of the pairs that two groupings make, in their order, shape (n,)."""
    pairs = first * (second.max(initial=0) + 1) + second
    most = int(pairs.max(initial=0))
    if most > _SPARSE * len(pairs):
        numbers: Ints = np.unique(pairs, return_inverse=True)[1]
        return numbers
    met = np.zeros(most + 1, np.int64)
    met[pairs] = 1
    ranks: Ints = met.cumsum()[pairs] - 1
    return ranks
