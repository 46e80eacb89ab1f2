"""What past auctions tell of the highest rival bid, and purchases of the value.

Rivals' bids are told as the logarithm of the highest of them over one's own estimate of
the value. A price that was published makes it known; a bid that lost says that it was
higher, one that won that it was lower (Tobin 1958).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from features.package import Floats, Ints

Texts = npt.NDArray[np.str_]
EXACT, ABOVE, BELOW, NOTHING = 0, -1, 1, 2
HOME_CURRENCY = "CNY"
_PRICE_FIELDS = ["deal_id", "price_kind", "price", "price_rate", "rate_base"]
_NUMBERS = ["claim_total", "own_bid", "own_value", "bidders", "realised_value"]
_DEAL_FIELDS = [
    *_NUMBERS,
    "principal",
    "outcome",
    "package_type",
    "currency",
    "block_transfer",
]


@dataclass(frozen=True)
class Auctions:
    """Auctions with an estimate of one's own, one element each (n).

    Attributes:
        log_ratio: Logarithm of a price over one's own estimate; NaN where nothing is
            known of the rivals.
        known: What that says of the highest rival bid: EXACT, it is that; ABOVE, it
            is higher; BELOW, it is lower; NOTHING.
        rivals: Number of rivals, 0 where nobody else bid; NaN where not counted.
        package_type: Kind of package; empty where not stated.
        claim_yuan: Size of the package; NaN where not stated.
        own_log_ratio: Logarithm of one's own bid over one's estimate; NaN without one.
        realised_ratio: Realised value over one's estimate of what was bought; NaN of
            anything else.
        left_out: Auctions that could not be used, by reason.
    """

    log_ratio: Floats
    known: Ints
    rivals: Floats
    package_type: Texts
    claim_yuan: Floats
    own_log_ratio: Floats
    realised_ratio: Floats
    left_out: Mapping[str, int]

    def __len__(self) -> int:
        """Number of auctions."""
        return len(self.known)

    def count(self, known: int) -> int:
        """Number of auctions with this kind of evidence."""
        return int((self.known == known).sum())

    @property
    def informative(self) -> npt.NDArray[np.bool_]:
        """Which say something of rivals' bids, shape (n,)."""
        says: npt.NDArray[np.bool_] = self.known != NOTHING
        return says

    @property
    def purchases(self) -> npt.NDArray[np.bool_]:
        """Which were won and have paid since, shape (n,)."""
        paid: npt.NDArray[np.bool_] = ~np.isnan(
            self.realised_ratio + self.own_log_ratio
        )
        return paid


def past_auctions(deals: pa.Table, largest_log_ratio: float) -> Auctions:
    """The auctions in a record of deals.

    Left out are deals in another currency, those of blocks between banks and asset
    managers (no market price), those without an estimate of one's own, and those whose
    price or bid is so far from it that one of them must be wrong. A deal that stands
    once for each kind of price counts once, by the price that says most.

    Args:
        deals: Deals under the names of the catalogue; see its table ``deals``.
        largest_log_ratio: Logarithm of the ratio beyond which a price is a mistake.
    """
    facts = _facts(deals)
    facts["highest_rival"], facts["known"] = _highest_rival(facts)
    kept, left_out = _kept(_once(facts), largest_log_ratio)
    return _auctions(kept, left_out)


def _facts(deals: pa.Table) -> pd.DataFrame:
    """One row per price on record, with what any row of the same deal states."""
    facts: pd.DataFrame = deals.select([*_PRICE_FIELDS, *_DEAL_FIELDS]).to_pandas()
    identifiers = facts["deal_id"].to_numpy()
    facts[_DEAL_FIELDS] = facts.groupby(identifiers)[_DEAL_FIELDS].transform("first")
    numeric = ["price", "price_rate", "principal", *_NUMBERS]
    facts[numeric] = facts[numeric].astype(np.float64)
    base = np.where(
        facts["rate_base"] == "principal", facts["principal"], facts["claim_total"]
    )
    facts["price"] = facts["price"].fillna(facts["price_rate"] * base)
    cleared = (facts["price_kind"] == "clearing") & (facts["outcome"] == "won")
    paid = facts["price"].where(cleared).groupby(identifiers).transform("first")
    facts["own_bid"] = facts["own_bid"].fillna(paid)
    return facts


def _once(facts: pd.DataFrame) -> pd.DataFrame:
    """One row per deal: a known price before a bound, a bound before nothing.

    Of several bounds the highest counts: what sold went for its reserve at least, and
    what did not may have been bid for above its start, never up to its reserve. Of two
    known prices the lower counts, which is the runner-up's own.
    """
    known, bound = facts["known"], facts["highest_rival"]
    says_less = known.map({EXACT: 0, ABOVE: 1, BELOW: 1, NOTHING: 2})
    place = bound.where(known == EXACT, -bound)
    first = facts.assign(says_less=says_less, place=place).sort_values(
        ["says_less", "place"], kind="stable"
    )
    once: pd.DataFrame = first.drop_duplicates("deal_id").sort_index()
    return once


def _kept(
    facts: pd.DataFrame, largest_log_ratio: float
) -> tuple[pd.DataFrame, dict[str, int]]:
    own = facts["own_value"].where(facts["own_value"] > 0)
    ratios = facts[["highest_rival", "own_bid"]].div(own, axis=0)
    most = np.exp(largest_log_ratio)
    reasons: dict[str, pd.Series] = {
        "other_currency": facts["currency"].fillna(HOME_CURRENCY) != HOME_CURRENCY,
        "block_transfer": facts["block_transfer"] == 1,
        "no_own_value": own.isna(),
        "implausible_price": ((ratios > most) | (ratios < 1 / most)).any(axis=1),
    }
    kept, left_out = np.ones(len(facts), dtype=np.bool_), {}
    for reason, series in reasons.items():
        wrong = series.to_numpy(np.bool_)
        left_out[reason] = int((kept & wrong).sum())
        kept &= ~wrong
    return facts[kept], left_out


def _auctions(facts: pd.DataFrame, left_out: Mapping[str, int]) -> Auctions:
    own, won = facts["own_value"], facts["outcome"] == "won"
    rivals = facts["bidders"] - facts["outcome"].isin(["won", "lost"])
    alone = rivals <= 0
    ratio = facts["highest_rival"] / own
    return Auctions(
        log_ratio=np.log(ratio.mask(alone).to_numpy()),
        known=facts["known"].mask(alone, NOTHING).to_numpy(np.int64),
        rivals=rivals.clip(lower=0.0).to_numpy(),
        package_type=facts["package_type"].fillna("").to_numpy(np.str_),
        claim_yuan=facts["claim_total"].to_numpy(),
        own_log_ratio=np.log((facts["own_bid"] / own).to_numpy()),
        realised_ratio=(facts["realised_value"] / own).where(won).to_numpy(),
        left_out=left_out,
    )


def _highest_rival(facts: pd.DataFrame) -> tuple[Floats, Ints]:
    """A price and what it says of the highest rival bid, each (n,).

    ======== ============================ =========================================
    outcome  price on record              the highest rival bid is
    ======== ============================ =========================================
    lost     clearing                     that price
    lost     any other, or none           above it and above one's own bid
    won      runner-up                    that price
    won      clearing, below one's limit  that price: there the last rival left
    won      any other, or none           below one's own bid
    not bid  clearing                     that price
    not bid  runner-up                    above it
    unsold   start or reserve not reached below it: no rival was willing
    ======== ============================ =========================================

    An unsold package whose reserve one's own bid had met was withdrawn for other
    reasons and says nothing.
    """
    outcome, kind = facts["outcome"], facts["price_kind"]
    price, bid = facts["price"].to_numpy(), facts["own_bid"].to_numpy()
    priced = ~np.isnan(price)
    clearing, second = priced & (kind == "clearing"), priced & (kind == "runner_up")
    floor = priced & kind.isin(["reserve", "start"])
    lost, won, idle = (outcome == o for o in ("lost", "won", "not_bid"))
    exact = (clearing & (lost | idle | (won & (price < bid)))) | (second & won)
    above = (lost & ~clearing) | (second & idle)
    unsold = (outcome == "withdrawn") & floor & ~(bid >= price)
    value = np.select(
        [exact | unsold, above, won], [price, np.fmax(bid, price), bid], np.nan
    )
    known = np.select([exact, above, won | unsold], [EXACT, ABOVE, BELOW], NOTHING)
    return value, np.where(np.isnan(value), NOTHING, known)
