"""A scene: claims on their cut-off date with everything that is true about them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.package import Floats, Package
from features.sources.market.chance import Bools, Streams
from features.sources.market.debtor import Debtors, debtor_columns, draw_debtors
from features.sources.market.loan import Loans, draw_loans, security_types
from features.sources.market.offering import Offering
from features.sources.market.priors import Market
from features.sources.market.security import (
    PLEDGES,
    Guarantors,
    Items,
    draw_guarantors,
    draw_items,
)
from features.sources.market.tape import Columns, as_table, summed
from features.sources.market.tape_gaps import neglect, with_gaps


@dataclass(frozen=True)
class Scene:
    """Everything that is true on the cut-off date, hidden or not.

    Attributes:
        offering: The claims and who sells them.
        debtors: Their obligors.
        loans: What they owe.
        profile: What the tape says of the obligor of each claim.
        items: Collateral.
        guarantors: Guarantors.
    """

    offering: Offering
    debtors: Debtors
    loans: Loans
    profile: Columns
    items: Items
    guarantors: Guarantors

    @property
    def secured(self) -> Bools:
        """Whether each claim has collateral, shape (n,)."""
        return np.bincount(self.items.claim, minlength=len(self.offering)) > 0

    @property
    def cover(self) -> Floats:
        """True value of collateral over debt of each obligor, shape (m,)."""
        owed = summed(self.debtors.of, self.loans.claim, len(self.debtors))
        worth = summed(self.items.owner, self.items.value, len(owed))
        return worth / owed

    @property
    def claim_id(self) -> npt.NDArray[Any]:
        """Identifier of each claim, shape (n,)."""
        return self.loans.columns["claim_id"]


def set_scene(market: Market, offering: Offering, sources: Streams) -> Scene:
    """Draw obligors, loans and security behind an offering."""
    debtors = draw_debtors(market, offering, sources["debtor"])
    loans = draw_loans(market, offering, debtors, sources["loan"])
    items = draw_items(market, offering, debtors, loans, sources["collateral"])
    guarantors = draw_guarantors(market, debtors, loans, sources["guarantee"])
    profile = debtor_columns(
        market, debtors, loans.claim, loans.cutoff, sources["profile"]
    )
    return Scene(offering, debtors, loans, profile, items, guarantors)


def tape_of(market: Market, scene: Scene, sources: Streams) -> Package:
    """What the seller shows of a scene."""
    loans, debtors, items = scene.loans, scene.debtors, scene.items
    pledged = np.zeros(len(loans.claim), dtype=bool)
    pledged[items.claim] = np.isin(items.columns["collateral_type"], PLEDGES)[
        items.item
    ]
    claims = {
        **loans.columns,
        **scene.profile,
        **security_types(market, scene.offering.segment, loans.guaranteed, pledged),
    }
    rng = sources["gaps"]
    bad = neglect(debtors.willingness[debtors.of], rng)
    rows = {
        "claims": (claims, np.arange(len(bad))),
        "collateral": (items.tape(scene.claim_id), items.claim),
        "guarantees": (scene.guarantors.columns, scene.guarantors.claim),
    }
    shown = {
        table: with_gaps(market, table, columns, scene.offering, claim, bad, rng)
        for table, (columns, claim) in rows.items()
    }
    return Package.of(*(as_table(table, columns) for table, columns in shown.items()))
