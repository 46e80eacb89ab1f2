"""Which claims a rule bars, claim by claim, and of which it cannot be told."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.network import Bools
from features.package import Floats, Package, claim_rows, days, numbers
from features.segment import segments
from models.pricing.mandate.buyer import Buyer
from models.pricing.mandate.rules import (
    ClaimRule,
    ClassCheck,
    ForbiddenFlag,
    InterestedParty,
    Licence,
    OldClaims,
    Place,
    ProductScope,
    Scope,
    SellerScope,
    Territory,
)

_EPOCH = date(1970, 1, 1)
_GRADES = ("normal", "special_mention", "substandard", "doubtful", "loss")
_SECURED = pa.array(["mortgaged", "pledged", "combined", "guaranteed"])
_COLUMNS: Mapping[Place, tuple[str, str]] = MappingProxyType(
    {
        "seller": ("claims", "seller_province"),
        "obligor": ("claims", "province"),
        "collateral": ("collateral", "collateral_province"),
    }
)


@dataclass(frozen=True)
class Check:
    """What a rule says of each claim.

    Attributes:
        barred: Claims that must not be bought, shape (n,).
        unknown: Claims of which it cannot be told, shape (n,).
        missing: What would tell it: fields of the tape or of the buyer.
    """

    barred: Bools
    unknown: Bools
    missing: tuple[str, ...] = ()


def check(rule: ClaimRule, package: Package, buyer: Buyer | None) -> Check:
    """What a rule says of each claim of a package.

    Args:
        rule: The rule.
        package: The claims.
        buyer: Who would buy; None where that is not known.
    """
    return _CHECKS[rule.kind](rule, package, buyer)


def is_personal(package: Package) -> Bools:
    """Claims that the rules on personal loans are about, shape (n,)."""
    personal: Bools = ~np.char.startswith(segments(package), "corporate")
    return personal


def in_scope(scope: Scope, package: Package) -> Bools:
    """Claims that a rule is about, shape (n,)."""
    return is_personal(package) if scope == "personal" else _every(package)


def _forbidden_flag(rule: ForbiddenFlag, package: Package, _: Buyer | None) -> Check:
    flag = numbers(package.claims, rule.field)
    return Check(flag == 1.0, np.isnan(flag), (rule.field,))


def _personal_loan(_: ClaimRule, package: Package, __: Buyer | None) -> Check:
    return Check(is_personal(package), ~_every(package))


def _product_scope(rule: ProductScope, package: Package, _: Buyer | None) -> Check:
    personal, product = is_personal(package), package.claims["product"]
    unnamed = booleans(product.is_null())
    outside = ~unnamed & ~among(product, rule.products)
    secured, unsure = _secured(package, rule.unsecured_by_nature)
    if not rule.unsecured_only:
        secured = unsure = ~_every(package)
    barred = personal & (outside | secured)
    open_ = personal & ~barred
    lacking = {"product": open_ & unnamed, "security_type": open_ & unsure}
    return Check(barred, open_ & (unnamed | unsure), _lacking(lacking))


def _lacking(claims: Mapping[str, Bools]) -> tuple[str, ...]:
    """The fields that any claim lacks."""
    return tuple(name for name, concerned in claims.items() if concerned.any())


def _secured(package: Package, by_nature: Collection[str]) -> tuple[Bools, Bools]:
    """Claims with security, and those of which the tape leaves it open or disagrees."""
    claims, security = package.claims, package.claims["security_type"]
    shown = (
        _listed(package, package.collateral)
        | _listed(package, package.guarantees)
        | (np.nan_to_num(numbers(claims, "collateral_value")) > 0)
        | (np.nan_to_num(numbers(claims, "guaranteed_amount")) > 0)
    )
    unstated = booleans(security.is_null())
    secured = booleans(pc.is_in(security, _SECURED)) | (unstated & shown)
    open_ = unstated & ~among(claims["product"], by_nature)
    return secured, ~secured & (shown | open_)


def _seller_scope(rule: SellerScope, package: Package, _: Buyer | None) -> Check:
    concerned, seller = in_scope(rule.claims, package), package.claims["seller_type"]
    unknown = concerned & booleans(seller.is_null())
    barred = concerned & ~unknown & ~among(seller, rule.seller_types)
    return Check(barred, unknown, ("seller_type",))


def _territory(rule: Territory, package: Package, buyer: Buyer | None) -> Check:
    exempt = _exempt(rule, package)
    if buyer is None or buyer.home_province is None:
        return Check(~_every(package), ~exempt, ("buyer/home_province",))
    inside, unknown, missing = ~_every(package), ~_every(package), []
    for place in rule.places:
        here, open_ = _located(place, package, buyer.home_province)
        inside, unknown = inside | here, unknown | open_
        missing += [".".join(_COLUMNS[place])] if open_.any() else []
    outside = ~exempt & ~inside
    return Check(outside & ~unknown, outside & unknown, tuple(missing))


def _exempt(rule: Territory, package: Package) -> Bools:
    """Claims of exempt packages; a personal claim of a package that states no kind."""
    kind = package.claims["package_type"]
    personal_bulk = "personal_bulk" in rule.exempt_package_types
    presumed = booleans(kind.is_null()) & is_personal(package) & personal_bulk
    return among(kind, rule.exempt_package_types) | presumed


def _located(place: Place, package: Package, province: str) -> tuple[Bools, Bools]:
    """Claims with such a place in the province, and those where it is not known."""
    table, name = _COLUMNS[place]
    column = getattr(package, table)[name]
    here = booleans(pc.fill_null(pc.equal(column, province), False))
    known = among(column, catalogue.field(table, name).values)
    if table == "claims":
        return here, ~known
    rows = claim_rows(package, package.collateral)
    listed = _listed(package, package.collateral)
    security = package.claims["security_type"]
    without = among(security, ("unsecured", "guaranteed")) & ~listed
    open_ = _any(package, rows[~known]) | (~listed & ~without)
    return _any(package, rows[here]), open_


def _interested_party(
    rule: InterestedParty, package: Package, buyer: Buyer | None
) -> Check:
    if buyer is None or buyer.related_party_ids is None:
        return Check(~_every(package), _every(package), ("buyer/related_party_ids",))
    barred, related = ~_every(package), buyer.related_party_ids
    for party in rule.parties:
        if party == "guarantor":
            close = among(package.guarantees["guarantor_id"], related)
            barred |= _any(package, claim_rows(package, package.guarantees)[close])
        else:
            barred |= among(package.claims[f"{party}_id"], related)
    unnamed = booleans(package.claims["obligor_id"].is_null()) & bool(related)
    return Check(barred, unnamed & ~barred, ("obligor_id",))


def _licence(rule: Licence, package: Package, buyer: Buyer | None) -> Check:
    held = None if buyer is None else getattr(buyer, rule.licence)
    concerned, nobody = in_scope(rule.claims, package), ~_every(package)
    if held is None:
        return Check(nobody, concerned, (f"buyer/{rule.licence}",))
    return Check(nobody if held else concerned, nobody)


def _class_check(rule: ClassCheck, package: Package, _: Buyer | None) -> Check:
    overdue = numbers(package.claims, "days_past_due")
    grade = pc.index_in(package.claims["five_class"], pa.array(_GRADES))
    stated = numbers(pa.table({"grade": grade}), "grade")
    least = _least_grade(rule.over_days, overdue)
    if rule.old_claims is not None:
        old = _least_grade(rule.old_claims.over_days, overdue)
        least = np.where(_eased(rule.old_claims, package), old, least)
    # Days too few for any limit say as much as the worst class: either is enough.
    untold, unclassed = np.isnan(overdue), np.isnan(stated)
    lacking = {
        "days_past_due": untold & (unclassed | (stated < len(_GRADES) - 1)),
        "five_class": unclassed & (untold | (least > 0)),
    }
    open_ = lacking["days_past_due"] | lacking["five_class"]
    return Check(stated < least, open_, _lacking(lacking))


def _least_grade(over_days: Mapping[Any, int], overdue: Floats) -> Floats:
    """The best grade that so many days past due allow, as its place, shape (n,)."""
    least = np.zeros(len(overdue))
    for name, limit_days in over_days.items():
        reached = np.where(overdue > limit_days, _GRADES.index(name), 0)
        least = np.maximum(least, reached)
    return least


def _eased(old: OldClaims, package: Package) -> Bools:
    """Claims of which less was asked still; of an unknown age none is held to more."""
    begun = days(package.claims, "origination_date")
    cutoff = days(package.claims, "cutoff_date")
    old_enough = ~(begun >= (old.begun_before - _EPOCH).days)
    eased: Bools = old_enough & (cutoff <= (old.cut_off_until - _EPOCH).days)
    return eased


_CHECKS: Mapping[str, Callable[[Any, Package, Buyer | None], Check]] = MappingProxyType(
    {
        "forbidden_flag": _forbidden_flag,
        "personal_loan": _personal_loan,
        "product_scope": _product_scope,
        "seller_scope": _seller_scope,
        "territory": _territory,
        "interested_party": _interested_party,
        "licence": _licence,
        "class_check": _class_check,
    }
)


def _every(package: Package) -> Bools:
    return np.ones(len(package), dtype=np.bool_)


def booleans(column: pa.ChunkedArray) -> Bools:
    """A column of booleans without nulls, shape (rows,)."""
    values: Bools = column.to_numpy(zero_copy_only=False).astype(np.bool_)
    return values


def among(column: pa.ChunkedArray, values: Collection[str]) -> Bools:
    """Whether each value of a column is one of these, (rows,); null never is."""
    return booleans(pc.is_in(column, pa.array(list(values), pa.string())))


def _any(package: Package, rows: npt.NDArray[np.int64]) -> Bools:
    """Claims that are named at least once, shape (n,)."""
    named: Bools = np.bincount(rows, minlength=len(package)) > 0
    return named


def _listed(package: Package, table: pa.Table) -> Bools:
    """Claims that a joined table has rows of, shape (n,)."""
    return _any(package, claim_rows(package, table))
