"""How well deals told each other's prices, beside the plain mean of the same deals."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from features.package import Floats
from models.pricing.comparables.classes import ClassDeals
from models.pricing.comparables.comparison import in_order, price_of
from models.pricing.comparables.declared import Comparables
from models.pricing.comparables.estimate import Errors, Evidence, Seen, errors
from models.pricing.comparables.facts import DealFacts

WAYS: tuple[Seen, ...] = ("all others", "other sales", "earlier")


@dataclass(frozen=True)
class HeldOut:
    """Errors of estimated rates, in shares of the base.

    Attributes:
        seen: What each deal was estimated from.
        deals: Deals that were estimated.
        absolute_error: Mean absolute error of the nearest deals.
        plain_absolute_error: The same of the plain mean.
        root_error: Root mean squared error of the nearest deals.
        plain_root_error: The same of the plain mean.
        bias: Mean of estimated less paid.
        plain_bias: The same of the plain mean.
    """

    seen: Seen
    deals: int
    absolute_error: float
    plain_absolute_error: float
    root_error: float
    plain_root_error: float
    bias: float
    plain_bias: float


@dataclass(frozen=True)
class Coverage:
    """How often a price lay in the range that earlier deals gave.

    Attributes:
        deals: Deals that were estimated.
        covered: Share of them whose price lay within the range.
        level: Share that should.
        range_ratio: Median of highest over lowest end.
    """

    deals: int
    covered: float
    level: float
    range_ratio: float


def held_out(deals: ClassDeals, priors: Comparables) -> Iterator[HeldOut]:
    """The errors in each way of leaving out; ways without an error are left out."""
    ordered = in_order(deals)
    evidence = Evidence(DealFacts.of(ordered.deals, priors), np.log(ordered.rates))
    for seen in WAYS:
        missed = errors(evidence, priors, seen)
        if len(missed):
            yield _held_out(missed, ordered.rates[missed.rows])


def _held_out(missed: Errors, paid: Floats) -> HeldOut:
    near = paid * np.expm1(missed.log_errors)
    plain = paid * np.expm1(missed.plain_errors)
    return HeldOut(
        missed.seen,
        len(missed),
        float(np.abs(near).mean()),
        float(np.abs(plain).mean()),
        float(np.sqrt(np.square(near).mean())),
        float(np.sqrt(np.square(plain).mean())),
        float(near.mean()),
        float(plain.mean()),
    )


def coverage(deals: ClassDeals, priors: Comparables) -> Coverage | None:
    """Whether ranges hold what they promise, each from the deals before its day.

    None where no deal had enough before it.
    """
    ordered = in_order(deals)
    facts = DealFacts.of(ordered.deals, priors)
    years = facts.numbers["years"]
    inside, ratios = [], []
    for row in range(len(ordered)):
        earlier = np.flatnonzero(years < years[row])
        if len(earlier) < priors.method.minimum_deals:
            continue
        known = ClassDeals(
            ordered.of, ordered.deals.take(earlier), ordered.rates[earlier]
        )
        found = price_of(known, facts.point(row), priors)
        if found is not None:
            inside.append(found.low_rate <= ordered.rates[row] <= found.high_rate)
            ratios.append(found.high_rate / found.low_rate)
    if not inside:
        return None
    return Coverage(
        len(inside),
        float(np.mean(inside)),
        priors.method.range_level,
        float(np.median(ratios)),
    )
