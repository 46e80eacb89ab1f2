"""Everything that a record of deals teaches of auctions, and what it rests on."""

from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from models.pricing.bidding.auctions import Auctions, past_auctions
from models.pricing.bidding.contest import Contest, Prospect
from models.pricing.bidding.curse import Curse, learn_curse
from models.pricing.bidding.priors import Priors
from models.pricing.bidding.winning_price import Lot, RivalBids, learn_rival_bids

Basis = Literal["observed", "declared prior", "mixed"]
# What takes away so much of the doubt is called observed.
OBSERVED_SHARE = 0.9


@dataclass(frozen=True)
class AuctionRecord:
    """What past auctions taught.

    Attributes:
        auctions: The auctions.
        rivals: What is known of rivals' bids.
        curse: What winning costs.
    """

    auctions: Auctions
    rivals: RivalBids
    curse: Curse

    def contest(self, prospect: Prospect, lot: Lot) -> Contest:
        """A package against the rivals that the record leads one to expect."""
        return Contest(prospect, self.rivals.law(lot), self.curse)

    def rivals_basis(self, lot: Lot) -> Basis:
        """What the law of rivals' bids for such a lot rests on."""
        return _basis(self.rivals.auctions, self.rivals.observed_share(lot))

    @property
    def curse_basis(self) -> Basis:
        """What the cost of winning rests on."""
        return _basis(self.curse.purchases, self.curse.observed_share)


def _basis(observations: int, observed_share: float) -> Basis:
    if not observations:
        return "declared prior"
    return "observed" if observed_share >= OBSERVED_SHARE else "mixed"


def learn_record(deals: pa.Table, priors: Priors) -> AuctionRecord:
    """What a table of deals teaches, starting from the priors.

    Args:
        deals: Deals under the names of the catalogue; may be empty.
        priors: Beliefs to start from.
    """
    auctions = past_auctions(deals, priors.rivals.largest_log_ratio)
    rivals = learn_rival_bids(auctions, priors)
    return AuctionRecord(auctions, rivals, learn_curse(auctions, rivals, priors))
