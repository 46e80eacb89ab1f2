"""Rules across the fields of accepted claims, and how complete each claim is.

Nothing here rejects a claim: a claim that contradicts itself is still priced, and the
warning says which of the two facts was used.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.errors import Finding
from features.findings import finding
from features.package import (
    CLAIM_PARTS,
    Floats,
    Ints,
    Package,
    claim_rows,
    days,
    numbers,
)

Bools = npt.NDArray[np.bool_]
Found = Iterator[tuple[int, Finding]]

PARTS_TOLERANCE = 0.01
PARTS_TOLERANCE_YUAN = 1.0
# 商业银行金融资产风险分类办法 (2023): over 90 days past due at least substandard, over
# 270 doubtful, over 360 loss.
CLASS_LIMITS = ((90, "substandard"), (270, "doubtful"), (360, "loss"))
_CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
_EXCLUSIONS = ("state_organ_flag", "national_security_flag", "transfer_restricted")

# What drives recovery, and how much of the picture each fact gives. The order follows
# the literature on Chinese tapes: security and its value for companies, time in
# arrears, contact and payments for persons. The figures are weights of a score, not
# estimates. `collateral` and `guarantee` count only where the security calls for them.
CORPORATE_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "security_type": 3.0,
        "collateral": 3.0,
        "guarantee": 1.5,
        "claim_total": 1.0,
        "days_past_due": 2.0,
        "five_class": 1.0,
        "legal_stage": 2.0,
        "legal_type": 1.0,
        "industry": 1.0,
        "province": 1.0,
        "operating_status": 1.5,
        "insolvency_status": 1.5,
        "product": 0.5,
        "origination_date": 0.5,
        "limitation_date": 0.5,
    }
)
PERSONAL_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "product": 2.0,
        "days_past_due": 3.0,
        "security_type": 1.5,
        "collateral": 3.0,
        "guarantee": 0.5,
        "claim_total": 1.0,
        "five_class": 0.5,
        "written_off": 1.0,
        "age": 1.0,
        "contactable": 2.0,
        "last_payment_date": 2.0,
        "payments_12m": 1.5,
        "legal_stage": 1.5,
        "province": 0.5,
        "origination_date": 0.5,
    }
)
_PERSONAL_PRODUCTS = frozenset(
    {"mortgage_loan", "business_loan", "consumer_loan", "credit_card", "auto_loan"}
)
_WITH_COLLATERAL = frozenset({"mortgaged", "pledged", "combined"})
_WITH_GUARANTEE = frozenset({"guaranteed", "combined"})


def warnings(package: Package, rows: Ints) -> tuple[Finding, ...]:
    """What contradicts itself or needs a second look among accepted claims.

    Args:
        package: The accepted claims.
        rows: Row number of each claim as the sender counts it, shape (n,).

    Returns:
        Findings in the order of the claims.
    """
    found = [pair for rule in _RULES for pair in rule(package, rows)]
    return tuple(f for _, f in sorted(found, key=lambda pair: pair[0]))


def _at(
    mask: Bools,
    rows: Ints,
    code: str,
    field: str,
    **details: Callable[[int], object],
) -> Found:
    """One finding for each claim of a mask, with details looked up for it."""
    known = catalogue.field("claims", field)
    for position in np.flatnonzero(mask):
        claim = int(position)
        facts: dict[str, Any] = {
            name: detail(claim) for name, detail in details.items()
        }
        yield (
            claim,
            finding(code, row=int(rows[claim]), field=known, **facts),
        )


def _texts(package: Package, name: str) -> npt.NDArray[np.object_]:
    return np.array(package.claims[name].to_pylist(), dtype=object)


def _is_true(package: Package, name: str) -> Bools:
    return np.equal(numbers(package.claims, name), 1.0)


def _money(values: Floats) -> Callable[[int], str]:
    return lambda claim: f"{values[claim]:,.2f}"


def _cell(package: Package, name: str) -> Callable[[int], object]:
    return lambda claim: package.claims[name][claim]


def _parts_differ(package: Package, rows: Ints) -> Found:
    """Whole tapes without the other parts are common: the principal alone is no sum."""
    stated, summed = numbers(package.claims, "claim_total"), package.parts_yuan()
    others = [numbers(package.claims, part) for part in CLAIM_PARTS[1:]]
    told = ~np.all(np.isnan(others), axis=0)
    allowed = np.maximum(PARTS_TOLERANCE * stated, PARTS_TOLERANCE_YUAN)
    above = numbers(package.claims, "principal") > (1 + PARTS_TOLERANCE) * stated
    yield from _at(
        above,
        rows,
        "principal_above_total",
        "principal",
        value=_money(numbers(package.claims, "principal")),
    )
    differ = told & ~above & (np.abs(stated - summed) > allowed)
    yield from _at(
        differ,
        rows,
        "parts_differ",
        "claim_total",
        value=_money(stated),
        stated=_money(stated),
        summed=_money(summed),
    )


def _dates_out_of_order(package: Package, rows: Ints) -> Found:
    origination = days(package.claims, "origination_date")
    for name in ("maturity_date", "default_date"):
        early = days(package.claims, name) < origination
        code = f"{name.removesuffix('_date')}_before_origination"
        yield from _at(early, rows, code, name, value=_cell(package, name))


def _class_too_good(package: Package, rows: Ints) -> Found:
    overdue = numbers(package.claims, "days_past_due")
    rank = {name: float(i) for i, name in enumerate(_CLASSES)}
    stated = np.array([rank.get(c, np.nan) for c in _texts(package, "five_class")])
    least = np.select(
        [overdue > limit for limit, _ in reversed(CLASS_LIMITS)],
        [rank[name] for _, name in reversed(CLASS_LIMITS)],
        default=0.0,
    )
    field = catalogue.field("claims", "five_class")
    yield from _at(
        stated < least,
        rows,
        "class_too_good",
        "five_class",
        value=lambda i: _CLASSES[int(stated[i])],
        days=lambda i: int(overdue[i]),
        **{
            "class": lambda i: _CLASSES[int(least[i])],
            "class_zh": lambda i: field.label(_CLASSES[int(least[i])], "zh"),
        },
    )


def _appraised_yuan(package: Package) -> Floats:
    """Appraised value of each claim's collateral, listed or stated, shape (n,)."""
    listed = np.bincount(
        claim_rows(package, package.collateral),
        np.nan_to_num(numbers(package.collateral, "appraised_value")),
        minlength=len(package),
    )
    return np.fmax(listed, np.nan_to_num(numbers(package.claims, "collateral_value")))


def _items(package: Package) -> Ints:
    return np.bincount(
        claim_rows(package, package.collateral), minlength=len(package)
    ).astype(np.int64)


def _security_contradicted(package: Package, rows: Ints) -> Found:
    security = _texts(package, "security_type")
    listed = (security == "unsecured") & (_items(package) > 0)
    yield from _at(listed, rows, "unsecured_with_collateral", "security_type")
    secured = (security == "mortgaged") | (security == "pledged")
    worthless = secured & (_appraised_yuan(package) == 0)
    yield from _at(worthless, rows, "secured_without_value", "security_type")


def _collateral_contradicted(package: Package, rows: Ints) -> Found:
    """Items of one collateral_id that several claims describe differently."""
    owner = claim_rows(package, package.collateral)
    facts = ("collateral_type", "appraised_value")
    items = package.collateral.select(["collateral_id", *facts])
    counted = (
        items.append_column("claim", pa.array(owner))
        .group_by("collateral_id")
        .aggregate([(name, "count_distinct") for name in ("claim", *facts)])
    )
    counts = {name: numbers(counted, f"{name}_count_distinct") for name in facts}
    several = numbers(counted, "claim_count_distinct") > 1
    differ = np.any([count > 1 for count in counts.values()], axis=0)
    ids = counted["collateral_id"].filter(pa.array(several & differ)).drop_null()
    told = pc.is_in(items["collateral_id"], ids).to_numpy()
    first: dict[int, str] = {}
    for position in np.flatnonzero(told):
        first.setdefault(int(owner[position]), str(items["collateral_id"][position]))
    mask = np.isin(np.arange(len(package)), list(first))
    yield from _at(
        mask, rows, "collateral_contradicts", "claim_id", collateral=first.__getitem__
    )


def _periods_ended(package: Package, rows: Ints) -> Found:
    cutoff = days(package.claims, "cutoff_date")
    ended = days(package.claims, "limitation_date") < cutoff
    yield from _at(
        ended,
        rows,
        "limitation_expired",
        "limitation_date",
        value=_cell(package, "limitation_date"),
    )
    owner = claim_rows(package, package.guarantees)
    lapsed = days(package.guarantees, "guarantee_expiry") < cutoff[owner]
    claims = np.bincount(owner[lapsed], minlength=len(package)) > 0
    yield from _at(claims, rows, "guarantee_expired", "claim_id")


def _not_to_be_bought(package: Package, rows: Ints) -> Found:
    for name in _EXCLUSIONS:
        yield from _at(_is_true(package, name), rows, "not_to_be_bought", name)


def _cutoff_dates_differ(package: Package, rows: Ints) -> Found:
    column = package.claims["cutoff_date"]
    counted = Counter(column.to_pylist())
    if len(counted) < 2:
        return
    most, _ = counted.most_common(1)[0]
    other = np.asarray(pc.not_equal(column, most).to_numpy(zero_copy_only=False))
    yield from _at(
        other.astype(bool),
        rows,
        "cutoff_dates_differ",
        "cutoff_date",
        value=_cell(package, "cutoff_date"),
        usual=lambda _: most,
    )


_RULES: tuple[Callable[[Package, Ints], Found], ...] = (
    _parts_differ,
    _dates_out_of_order,
    _class_too_good,
    _security_contradicted,
    _collateral_contradicted,
    _periods_ended,
    _not_to_be_bought,
    _cutoff_dates_differ,
)


def completeness(package: Package) -> Floats:
    """Weighted share of the facts that drive recovery which each claim states.

    Args:
        package: The claims.

    Returns:
        Shares, shape (n,), within [0, 1]; persons and companies are held to different
        facts, and collateral is expected only where the security is not unsecured.
    """
    corporate = _weighted_share(package, CORPORATE_WEIGHTS)
    personal = _weighted_share(package, PERSONAL_WEIGHTS)
    return np.where(is_personal(package), personal, corporate)


def is_personal(package: Package) -> Bools:
    """Claims on natural persons, by the obligor's type or else the product, (n,)."""
    by_type = _texts(package, "legal_type")
    by_product = np.isin(
        _texts(package, "product").astype(str), list(_PERSONAL_PRODUCTS)
    )
    return np.where(by_type == None, by_product, by_type == "person")  # noqa: E711


def _weighted_share(package: Package, weights: Mapping[str, float]) -> Floats:
    expected = np.zeros(len(package))
    stated = np.zeros(len(package))
    for name, weight in weights.items():
        present, wanted = _presence(package, name)
        expected += weight * wanted
        stated += weight * (present & wanted)
    return stated / expected


def _presence(package: Package, name: str) -> tuple[Bools, Bools]:
    """Whether each claim states a fact, and whether it ought to."""
    security = _texts(package, "security_type")
    if name == "collateral":
        return _appraised_yuan(package) > 0, _among(security, _WITH_COLLATERAL)
    if name == "guarantee":
        return _is_guaranteed(package), _among(security, _WITH_GUARANTEE)
    valid: Any = package.claims[name].is_valid().to_numpy()
    return np.asarray(valid, dtype=bool), np.ones(len(package), dtype=bool)


def _among(values: npt.NDArray[np.object_], wanted: frozenset[str]) -> Bools:
    return np.array([value in wanted for value in values], dtype=bool)


def _is_guaranteed(package: Package) -> Bools:
    listed = np.bincount(
        claim_rows(package, package.guarantees), minlength=len(package)
    )
    return (listed > 0) | (numbers(package.claims, "guaranteed_amount") > 0)
