"""The buyer's ratios before and after a bid.

Whatever is known bounds a ratio from one side and what is not named from the other: a
limit is breached if what is known breaches it, and kept if the worst that can be meant
keeps it; between the two nothing is said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from features.network import CIRCLE_LINKS, Bools, Link
from features.package import Floats, Ints
from models.pricing.mandate.buyer import Buyer
from models.pricing.mandate.case import Case
from models.pricing.mandate.eligibility import among, booleans
from models.pricing.mandate.limit import Limit, Ratio
from models.pricing.mandate.rules import RatioMax, RatioMin, RatioRule


@dataclass(frozen=True)
class Measured:
    """A ratio as far as it is known.

    Attributes:
        certain: What is known; None where something it cannot do without is missing.
        worst: The worst that what is not named can mean.
        entity: Number of the figure that each claim belongs to, shape (n,); -1 where
            it belongs to none.
        missing: What would tell it.
    """

    certain: Ratio | None
    worst: Ratio | None
    entity: Ints
    missing: tuple[str, ...] = ()


def measure(rule: RatioRule, case: Case) -> Measured:
    """The ratio that a rule is about."""
    return _MEASURES[rule.figure](rule, case)


def limit(rule: RatioRule, ratio: Ratio) -> Limit:
    """A ratio against the limit of its rule."""
    return Limit(ratio, rule.limit_rate, isinstance(rule, RatioMin))


def _concentration(rule: RatioMax, case: Case, links: tuple[Link, ...]) -> Measured:
    """Exposures to claims that hang together by these links."""
    label, net_assets = case.network.labels(links), case.buyer.net_assets_yuan
    components, entity = np.unique(label[case.network.claim_node], return_inverse=True)
    if net_assets is None:
        return Measured(None, None, entity, ("buyer/net_assets_yuan",))
    held: Floats = np.bincount(
        label[case.network.known_node], case.held_yuan, minlength=case.network.nodes
    ).astype(np.float64)
    every = np.ones(len(entity), dtype=np.bool_)
    bought = _bought(rule, case, entity, every)
    certain = Ratio.over(net_assets, held[components], *bought)
    missing = [] if case.buyer.holdings is not None else ["buyer/holdings"]
    missing += ["obligor_id"] if case.unnamed.any() else []
    worst = None if case.buyer.holdings is None else certain
    if worst is not None and case.unnamed.any():
        worst = _worst(rule, case, certain, entity, held)
    return Measured(certain, worst, entity, tuple(missing))


def _bought(
    rule: RatioMax, case: Case, entity: Ints, counted: Bools
) -> tuple[Floats, Floats]:
    """What the bid adds to each entity at any price, and with each yuan of it."""
    none = np.zeros(entity.max() + 1)
    if rule.exposure == "claim":
        return _summed(entity, case.package.claim_yuan() * counted), none
    return none, _summed(entity, case.bid.share * counted)


def _summed(entity: Ints, amount: Floats) -> Floats:
    return np.bincount(entity, amount).astype(np.float64)


def _worst(
    rule: RatioMax, case: Case, certain: Ratio, entity: Ints, held: Floats
) -> Ratio:
    """All claims that name no obligor on top of each entity, or of what is held."""
    added, per_yuan = _bought(rule, case, entity, ~case.unnamed)
    more, more_per_yuan = _bought(rule, case, np.zeros_like(entity), case.unnamed)
    return Ratio.over(
        certain.base,
        np.append(certain.before, held.max(initial=0.0)),
        np.append(added, 0.0) + more,
        np.append(per_yuan, 0.0) + more_per_yuan,
    )


def _single_client(rule: RatioMax, case: Case) -> Measured:
    return _concentration(rule, case, ())


def _single_group(rule: RatioMax, case: Case) -> Measured:
    return _concentration(rule, case, rule.links)


def without_circles(rule: RatioMax, case: Case) -> Ratio | None:
    """The group ratio if guarantee circles joined nobody; None if they join nobody."""
    links = tuple(link for link in rule.links if link not in CIRCLE_LINKS)
    if rule.figure != "single_group" or links == rule.links:
        return None
    return _concentration(rule, case, links).certain


def _related_parties(rule: RatioMax, case: Case) -> Measured:
    buyer, claims = case.buyer, case.package.claims
    ids = buyer.related_party_ids or ()
    theirs = among(claims["obligor_id"], ids) | among(claims["group_id"], ids)
    entity = np.where(theirs, 0, -1)
    missing = _missing(
        buyer, "net_assets_yuan", "related_party_ids", "related_exposure_yuan"
    )
    if buyer.net_assets_yuan is None:
        return Measured(None, None, entity, missing)
    certain = _related(rule, case, theirs, buyer.net_assets_yuan)
    if missing:
        return Measured(certain, None, entity, missing)
    doubtful = case.unnamed & bool(buyer.related_party_ids)
    worst = _related(rule, case, theirs | doubtful, buyer.net_assets_yuan)
    return Measured(certain, worst, entity, ("obligor_id",) * bool(doubtful.any()))


def _related(rule: RatioMax, case: Case, theirs: Bools, net_assets: float) -> Ratio:
    together = np.zeros(len(theirs), dtype=np.int64)
    before = np.array([case.buyer.related_exposure_yuan or 0.0])
    return Ratio.over(net_assets, before, *_bought(rule, case, together, theirs))


def _borrowings(_: RatioMax, case: Case) -> Measured:
    buyer = case.buyer
    return _of_buyer(
        case,
        ("borrowings_yuan", buyer.borrowings_yuan),
        ("net_assets_yuan", buyer.net_assets_yuan),
        case.bid.borrowed_share,
    )


def _liquidity(_: RatioMin, case: Case) -> Measured:
    buyer = case.buyer
    return _of_buyer(
        case,
        ("quality_liquid_assets_yuan", buyer.quality_liquid_assets_yuan),
        ("net_outflow_30d_yuan", buyer.net_outflow_30d_yuan),
        case.bid.borrowed_share - 1.0,
    )


def _of_buyer(
    case: Case,
    amount: tuple[str, float | None],
    base: tuple[str, float | None],
    per_yuan: float,
) -> Measured:
    """A ratio of two figures of the balance sheet, the claims apart."""
    entity = np.full(len(case.package), -1)
    if amount[1] is None or base[1] is None:
        return Measured(None, None, entity, _missing(case.buyer, amount[0], base[0]))
    ratio = Ratio.over(
        base[1], np.array([amount[1]]), np.zeros(1), np.array([per_yuan])
    )
    return Measured(ratio, ratio, entity)


def _financial_share(rule: RatioMin, case: Case) -> Measured:
    """Mean share of the years; sellers of no stated kind count both ways."""
    seller = case.package.claims["seller_type"]
    financial = among(seller, rule.financial_sellers)
    unstated = booleans(seller.is_null())
    entity = np.full(len(case.package), -1)
    missing = _years_missing(rule, case)
    if missing:
        return Measured(None, None, entity, missing)
    return Measured(
        _mean_share(rule, case, financial | unstated),
        _mean_share(rule, case, financial),
        entity,
        ("seller_type",) * bool(unstated.any()),
    )


def _years_missing(rule: RatioMin, case: Case) -> tuple[str, ...]:
    stated = {y.year for y in case.buyer.years or ()}
    wanted = range(case.bid.on.year - rule.years + 1, case.bid.on.year + 1)
    return tuple(f"buyer/years {year}" for year in wanted if year not in stated)


def _mean_share(rule: RatioMin, case: Case, financial: Bools) -> Ratio:
    """Mean of the yearly shares; a year in which nothing is invested is left out."""
    on = case.bid.on.year
    years = {y.year: y for y in case.buyer.years or ()}
    now = years[on]
    stated = [years[year] for year in range(on - rule.years + 1, on + 1)]
    shares = {
        y.year: y.financial_npl_yuan / y.new_investment_yuan
        for y in stated
        if y.new_investment_yuan > 0
    }
    earlier = [share for year, share in shares.items() if year < on]
    counted = len(earlier) + 1
    return Ratio(
        np.array([np.mean(list(shares.values())) if shares else np.nan]),
        np.array([now.financial_npl_yuan / counted]),
        np.zeros(1),
        np.array([float(case.bid.share[financial].sum()) / counted]),
        now.new_investment_yuan,
        1.0,
        sum(earlier) / counted,
    )


_MEASURES: Mapping[str, Callable[[Any, Case], Measured]] = MappingProxyType(
    {
        "single_client": _single_client,
        "single_group": _single_group,
        "related_parties": _related_parties,
        "borrowings": _borrowings,
        "liquidity": _liquidity,
        "financial_share": _financial_share,
    }
)


def _missing(buyer: Buyer, *names: str) -> tuple[str, ...]:
    return tuple(f"buyer/{n}" for n in names if getattr(buyer, n) is None)
