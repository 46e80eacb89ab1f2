"""Facts that a tape leaves out, though they could be stated of the claim.

A feature may be missing for two reasons: nobody noted a fact, or there is none, such as
the judgment of a claim that was never sued on. Only the first kind is a gap: it can be
asked for.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from features import catalogue
from features.catalogue import Field
from features.package import Package, claim_rows
from features.table import FeatureTable

Bools = npt.NDArray[np.bool_]

_WITH_COLLATERAL = ("mortgaged", "pledged", "combined")
_WITH_GUARANTEE = ("guaranteed", "combined")
_STAGES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "claims.filing_date": (
            "sued",
            "judgment",
            "mediation",
            "enforcement",
            "enforcement_terminated",
        ),
        "claims.judgment_date": (
            "judgment",
            "mediation",
            "enforcement",
            "enforcement_terminated",
        ),
        "claims.enforcement_date": ("enforcement", "enforcement_terminated"),
    }
)
_SECURITIES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "collateral": _WITH_COLLATERAL,
        "claims.collateral_value": _WITH_COLLATERAL,
        "guarantees": _WITH_GUARANTEE,
        "claims.guaranteed_amount": _WITH_GUARANTEE,
    }
)
# What a claim may state in one sum in place of its items.
_IN_SUM: Mapping[str, str] = MappingProxyType(
    {
        "collateral.appraised_value": "collateral_value",
        "guarantees.guaranteed_amount": "guaranteed_amount",
    }
)


@dataclass(frozen=True)
class Gap:
    """A field that some claims leave out.

    Attributes:
        table: Table of the field.
        field: The field.
        features: Features that cannot be computed without it.
        claims: Whether each claim leaves it out, shape (n,).
    """

    table: str
    field: Field
    features: tuple[str, ...]
    claims: Bools


def gaps(package: Package, table: FeatureTable) -> tuple[Gap, ...]:
    """The fields whose absence leaves a feature missing, in the catalogue's order.

    A missing feature is laid to the first of its inputs that the claim leaves out.

    Args:
        package: The claims.
        table: Features of the same claims.
    """
    found: dict[str, dict[str, Bools]] = defaultdict(dict)
    for name in table.names:
        unexplained = np.isnan(table.column(name))
        for source in catalogue.features()[name].inputs:
            laid = unexplained & _left_out(package, source)
            unexplained &= ~laid
            if laid.any():
                found[source][name] = laid
    return tuple(
        _gap(source, masks, _applies(package, source))
        for source, masks in found.items()
    )


def _gap(source: str, masks: Mapping[str, Bools], applies: Bools) -> Gap:
    table, field = source.split(".")
    claims = np.logical_or.reduce(list(masks.values())) & applies
    return Gap(table, catalogue.field(table, field), tuple(masks), claims)


def _left_out(package: Package, source: str) -> Bools:
    """Whether a claim, or any item or guarantee of it, lacks a field; shape (n,)."""
    table, name = source.split(".")
    if table in ("claims", "package"):
        return _null(package.claims, name)
    joined = package.collateral if table == "collateral" else package.guarantees
    rows = claim_rows(package, joined)
    size = len(package)
    stated = np.bincount(rows, ~_null(joined, name), minlength=size)
    listed = np.bincount(rows, minlength=size)
    left_out: Bools = (stated < listed) | (listed == 0)
    if source in _IN_SUM:
        left_out &= _null(package.claims, _IN_SUM[source])
    return left_out


def _null(table: pa.Table, name: str) -> Bools:
    null: Bools = table[name].is_null().to_numpy(zero_copy_only=False)
    return null


def _applies(package: Package, source: str) -> Bools:
    """Whether a field can be stated of each claim, shape (n,).

    What secures a claim may be asked where the security is unknown; when a court
    acted, only where it is known to have acted.
    """
    securities = _SECURITIES.get(source, _SECURITIES.get(source.split(".")[0]))
    if securities is not None:
        unknown = _null(package.claims, "security_type")
        return unknown | _is_one_of(package, "security_type", securities)
    if source in _STAGES:
        return _is_one_of(package, "legal_stage", _STAGES[source])
    return np.ones(len(package), np.bool_)


def _is_one_of(package: Package, name: str, labels: tuple[str, ...]) -> Bools:
    column = package.claims[name].to_numpy(zero_copy_only=False).astype(str)
    chosen: Bools = np.isin(column, labels)
    return chosen
