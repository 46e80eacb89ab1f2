"""A package beside its nearest deals: price, range and confidence, or why none."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa

from models.pricing.comparables.classes import (
    ClassDeals,
    DealClass,
    classes_of,
    deals_of_class,
    largest,
)
from models.pricing.comparables.declared import Comparables, Demands, declared
from models.pricing.comparables.estimate import (
    Errors,
    Estimate,
    Evidence,
    errors,
    estimate,
    half_range,
)
from models.pricing.comparables.facts import DealFacts, Point, Subject

Confidence = Literal["high", "medium", "low"]
Refusal = Literal["no_deals", "too_few_deals", "one_sale"]


@dataclass(frozen=True)
class Wanted:
    """Which prices a package is to be compared with.

    Attributes:
        price_kind: Kind of price; that with most deals where None.
        rate_base: What rates are a share of; the one with most deals where None.
        currency: Of the package.
        block_transfer: Whether it is a large block from a bank.
    """

    price_kind: str | None = None
    rate_base: str | None = None
    currency: str = "CNY"
    block_transfer: bool = False


@dataclass(frozen=True)
class Found:
    """What the deals of a class say of a package.

    Attributes:
        deals: The deals, oldest first.
        estimate: Their price of the package.
        errors: How far they missed each other.
        half_range: Half the width of the range of the log rate.
        confidence: How far to trust it.
    """

    deals: ClassDeals
    estimate: Estimate
    errors: Errors
    half_range: float
    confidence: Confidence

    @property
    def rate(self) -> float:
        """Expected price over the base."""
        return float(np.exp(self.estimate.log_rate))

    @property
    def low_rate(self) -> float:
        """Lower end of the range."""
        return float(np.exp(self.estimate.log_rate - self.half_range))

    @property
    def high_rate(self) -> float:
        """Upper end of the range."""
        return float(np.exp(self.estimate.log_rate + self.half_range))


@dataclass(frozen=True)
class Comparison:
    """A package beside past deals.

    Attributes:
        subject: The package.
        wanted: What was asked for.
        classes: Every class of the deals that are known, with their number.
        chosen: The class compared with; None where no deal fits.
        refusal: Why there is no estimate.
        found: The estimate, unless refused.
    """

    subject: Subject
    wanted: Wanted
    classes: dict[DealClass, int]
    chosen: DealClass | None
    refusal: Refusal | None = None
    found: Found | None = None


def compare(
    deals: pa.Table,
    subject: Subject,
    wanted: Wanted | None = None,
    priors: Comparables | None = None,
) -> Comparison:
    """The price of a package by its nearest deals of one class.

    Args:
        deals: The whole store; schema ``catalogue.arrow_schema("deals")``. Deals after
            the day of the subject are not known yet and never used.
        subject: The package.
        wanted: Which prices.
        priors: What is declared; ``comparables.toml`` where None.
    """
    asked, known = wanted or Wanted(), priors or declared()
    classes = classes_of(deals, subject.day)
    chosen = largest(
        classes,
        asked.currency,
        asked.block_transfer,
        asked.price_kind,
        asked.rate_base,
    )
    if chosen is None:
        return Comparison(subject, asked, classes, None, "no_deals")
    if classes[chosen] < known.method.minimum_deals:
        return Comparison(subject, asked, classes, chosen, "too_few_deals")
    found = price_of(
        in_order(deals_of_class(deals, chosen, subject.day)), subject, known
    )
    refusal: Refusal | None = None if found else "one_sale"
    return Comparison(subject, asked, classes, chosen, refusal, found)


def in_order(some: ClassDeals) -> ClassDeals:
    """The same deals, oldest first whatever the order they came in."""
    keyed = some.deals.append_column("row", pa.array(np.arange(len(some))))
    order = keyed.sort_by([("deal_date", "ascending"), ("deal_id", "ascending")])
    rows = order["row"].to_numpy()
    return ClassDeals(some.of, order.drop_columns(["row"]), some.rates[rows])


def price_of(
    deals: ClassDeals, subject: Subject | Point, priors: Comparables
) -> Found | None:
    """What deals say of a package; None where all are of one sale.

    Args:
        deals: Deals of one class, oldest first.
        subject: The package.
        priors: What is declared.
    """
    point = subject if isinstance(subject, Point) else Point.of(subject, priors)
    facts = DealFacts.of(deals.deals, priors).known_of(point)
    evidence = Evidence(facts, np.log(deals.rates))
    missed = _measured(evidence, priors)
    if not len(missed):
        return None
    told = estimate(evidence, point, priors)
    half = half_range(told, missed, priors)
    return Found(
        deals,
        told,
        missed,
        half,
        _confidence(told, half, priors),
    )


def _measured(evidence: Evidence, priors: Comparables) -> Errors:
    """Errors on later deals where there are enough, else leaving out one sale."""
    forward = errors(evidence, priors, "earlier")
    if len(forward) >= priors.method.forward_errors:
        return forward
    return errors(evidence, priors, "other sales")


def _confidence(told: Estimate, half: float, priors: Comparables) -> Confidence:
    for level in ("high", "medium"):
        if _meets(told, half, priors.confidence[level]):
            return level
    return "low"


def _meets(told: Estimate, half: float, asked: Demands) -> bool:
    return (
        told.effective_deals >= asked.effective_deals
        and told.evidence >= asked.evidence
        and told.compared_share >= asked.compared_share
        and bool(np.exp(2.0 * half) <= asked.range_ratio)
    )
