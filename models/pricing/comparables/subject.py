"""A package in the facts that past deals state."""

from collections.abc import Iterator
from datetime import date

import numpy as np
import numpy.typing as npt

from features.collateral.items import item_share, owned_yuan
from features.package import Floats, Package, claim_rows, numbers
from features.segment import secured
from models.pricing.comparables.facts import Subject

# A fact stands for the package where claims of this share of its amount state it.
LEAST_STATED_SHARE = 0.5
CATEGORIES = ("product", "package_type", "province", "seller_type", "city_tier")


def subject_of(package: Package, present_value_yuan: float, day: date) -> Subject:
    """The facts of a package, weighted by the claims.

    Args:
        package: The claims.
        present_value_yuan: What they are worth to us.
        day: Day for which a price is sought.
    """
    claim = package.claim_yuan()
    return Subject(
        day,
        dict(_amounts(package, claim, present_value_yuan)),
        dict(_compositions(package, claim)),
    )


def _amounts(
    package: Package, claim: Floats, present_value_yuan: float
) -> Iterator[tuple[str, float]]:
    total = float(claim.sum())
    yield "claim_total", total
    yield "claims", float(len(package))
    yield "value_rate", present_value_yuan / total
    yield "secured_share", float(claim[secured(package)].sum()) / total
    past_due = numbers(package.claims, "days_past_due")
    stated = ~np.isnan(past_due)
    if _is_enough(claim, stated):
        mean = float(np.average(past_due[stated], weights=claim[stated]))
        yield "mean_days_past_due", mean
    yield from _loan_to_value(package, claim)
    round_ = package.header.get("listing_round")
    if isinstance(round_, int | float):
        yield "listing_round", float(round_)


def _loan_to_value(package: Package, claim: Floats) -> Iterator[tuple[str, float]]:
    """Secured claims over the appraised value behind them, where that is stated."""
    value = _appraised_yuan(package)
    covered = value > 0.0
    if covered.any() and _is_enough(claim * secured(package), covered):
        yield "loan_to_value", float(claim[covered].sum() / value[covered].sum())


def _appraised_yuan(package: Package) -> Floats:
    """Appraised value behind each claim, shape (n,); an item counts once."""
    stated = np.nan_to_num(numbers(package.claims, "collateral_value"))
    if not len(package.collateral):
        return stated
    rows = claim_rows(package, package.collateral)
    owned = owned_yuan(package.tables.collateral)
    worth = np.nan_to_num(owned) * item_share(package)
    items = np.bincount(rows, worth, minlength=len(package)).astype(np.float64)
    return np.where(items > 0.0, items, stated)


def _compositions(
    package: Package, claim: Floats
) -> Iterator[tuple[str, dict[str, float]]]:
    for name in CATEGORIES:
        words = np.array(package.claims[name].to_pylist(), dtype=object)
        stated = np.array([word is not None for word in words], dtype=np.bool_)
        if _is_enough(claim, stated):
            whole = float(claim[stated].sum())
            yield (
                name,
                {
                    word: float(claim[words == word].sum()) / whole
                    for word in sorted(set(words[stated].tolist()))
                },
            )


def _is_enough(claim: Floats, stated: npt.NDArray[np.bool_]) -> bool:
    held = float(claim[stated].sum())
    return held > 0.0 and held >= LEAST_STATED_SHARE * float(claim.sum())
