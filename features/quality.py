"""Rules across the fields of accepted claims, and how complete each claim is.

Nothing here rejects a claim: a claim that contradicts itself is still priced, and the
warning says which of the two facts was used.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
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
Detail = Callable[[int], object]
Found = Iterator["Contradiction"]

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


@dataclass(frozen=True)
class Contradiction:
    """One rule across the fields of claims, and the claims that it concerns.

    Attributes:
        code: Name of the rule.
        field: The field that its warning names.
        claims: The claims concerned, shape (n,).
        details: What its wording mentions beyond that, looked up for a claim.
    """

    code: str
    field: str
    claims: Bools
    details: Mapping[str, Detail] = dataclasses.field(default_factory=dict)

    def findings(self, rows: Ints) -> Iterator[tuple[int, Finding]]:
        """One finding for each claim concerned, beside its position.

        Args:
            rows: Row number of each claim as the sender counts it, shape (n,).
        """
        field = catalogue.field("claims", self.field)
        for claim in np.flatnonzero(self.claims).tolist():
            facts: dict[str, Any] = {n: of(claim) for n, of in self.details.items()}
            yield claim, finding(self.code, row=int(rows[claim]), field=field, **facts)


def contradictions(package: Package) -> Iterator[Contradiction]:
    """What contradicts itself or needs a second look, rule by rule.

    A code may come with several fields. Nothing is put into words yet, which is what
    a portfolio of millions asks for.
    """
    return (found for rule in _RULES for found in rule(package))


def warning_masks(package: Package) -> Mapping[str, Bools]:
    """The claims that each code of ``warnings`` concerns, shape (n,)."""
    masks: dict[str, Bools] = {}
    for found in contradictions(package):
        told = masks.get(found.code)
        masks[found.code] = found.claims if told is None else told | found.claims
    return masks


def warnings(package: Package, rows: Ints) -> tuple[Finding, ...]:
    """What contradicts itself or needs a second look among accepted claims.

    Args:
        package: The accepted claims.
        rows: Row number of each claim as the sender counts it, shape (n,).

    Returns:
        Findings in the order of the claims.
    """
    found = [pair for rule in contradictions(package) for pair in rule.findings(rows)]
    return tuple(f for _, f in sorted(found, key=itemgetter(0)))


def _bools(array: Any) -> Bools:
    """An array of booleans, null counting as false, shape (rows,)."""
    filled = array.fill_null(False) if array.null_count else array
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.bool_)


def _is(package: Package, name: str, *values: str) -> Bools:
    """Claims whose text is one of some values, shape (n,)."""
    return _bools(pc.is_in(package.claims[name], pa.array(values, pa.string())))


def _is_true(package: Package, name: str) -> Bools:
    return _bools(package.claims[name])


def _money(values: Floats) -> Detail:
    return lambda claim: f"{values[claim]:,.2f}"


def _cell(package: Package, name: str) -> Detail:
    return lambda claim: package.claims[name][claim]


def _parts_differ(package: Package) -> Found:
    """Whole tapes without the other parts are common: the principal alone is no sum."""
    stated, summed = numbers(package.claims, "claim_total"), package.parts_yuan()
    others = [numbers(package.claims, part) for part in CLAIM_PARTS[1:]]
    told = ~np.all(np.isnan(others), axis=0)
    allowed = np.maximum(PARTS_TOLERANCE * stated, PARTS_TOLERANCE_YUAN)
    principal = numbers(package.claims, "principal")
    above = principal > (1 + PARTS_TOLERANCE) * stated
    yield Contradiction(
        "principal_above_total", "principal", above, {"value": _money(principal)}
    )
    differ = told & ~above & (np.abs(stated - summed) > allowed)
    facts = {"value": stated, "stated": stated, "summed": summed}
    yield Contradiction(
        "parts_differ", "claim_total", differ, {n: _money(v) for n, v in facts.items()}
    )


def _dates_out_of_order(package: Package) -> Found:
    origination = package.claims["origination_date"]
    for name in ("maturity_date", "default_date"):
        early = _bools(pc.less(package.claims[name], origination))
        code = f"{name.removesuffix('_date')}_before_origination"
        yield Contradiction(code, name, early, {"value": _cell(package, name)})


def _class_too_good(package: Package) -> Found:
    overdue = numbers(package.claims, "days_past_due")
    classes = pc.index_in(package.claims["five_class"], pa.array(_CLASSES))
    stated = numbers(pa.table({"class": classes}), "class")
    least = np.select(
        [overdue > limit for limit, _ in reversed(CLASS_LIMITS)],
        [float(_CLASSES.index(name)) for _, name in reversed(CLASS_LIMITS)],
        default=0.0,
    )
    field = catalogue.field("claims", "five_class")
    yield Contradiction(
        "class_too_good",
        "five_class",
        stated < least,
        {
            "value": lambda i: _CLASSES[int(stated[i])],
            "days": lambda i: int(overdue[i]),
            "class": lambda i: _CLASSES[int(least[i])],
            "class_zh": lambda i: field.label(_CLASSES[int(least[i])], "zh"),
        },
    )


def _owners(package: Package, table: pa.Table) -> Ints:
    """Claim of each row of a joined table, shape (rows,)."""
    return claim_rows(package, table) if len(table) else np.empty(0, dtype=np.int64)


def _per_claim(package: Package, table: pa.Table) -> Ints:
    """Rows of a joined table that belong to each claim, shape (n,)."""
    return np.bincount(_owners(package, table), minlength=len(package))


def _appraised_yuan(package: Package) -> Floats:
    """Appraised value of each claim's collateral, listed or stated, shape (n,)."""
    listed = np.bincount(
        _owners(package, package.collateral),
        np.nan_to_num(numbers(package.collateral, "appraised_value")),
        minlength=len(package),
    )
    return np.fmax(listed, np.nan_to_num(numbers(package.claims, "collateral_value")))


def _security_contradicted(package: Package) -> Found:
    listed = _is(package, "security_type", "unsecured") & (
        _per_claim(package, package.collateral) > 0
    )
    yield Contradiction("unsecured_with_collateral", "security_type", listed)
    secured = _is(package, "security_type", "mortgaged", "pledged")
    worthless = secured & (_appraised_yuan(package) == 0)
    yield Contradiction("secured_without_value", "security_type", worthless)


def _collateral_contradicted(package: Package) -> Found:
    """Items of one collateral_id that several claims describe differently."""
    counted = pc.value_counts(package.collateral["collateral_id"])
    again = counted.filter(pc.greater(counted.field("counts"), 1)).field("values")
    listed = pc.is_in(package.collateral["collateral_id"], again.drop_null())
    rows = np.flatnonzero(_bools(listed))
    if not len(rows):
        return
    items = package.collateral.take(pa.array(rows))
    owner = _owners(package, items)
    told = np.flatnonzero(
        _bools(pc.is_in(items["collateral_id"], _described_twice(items, owner)))
    )
    claims, first = np.unique(owner[told], return_index=True)
    item_of = dict(zip(claims.tolist(), told[first].tolist(), strict=True))
    yield Contradiction(
        "collateral_contradicts",
        "claim_id",
        np.isin(np.arange(len(package)), claims),
        {"collateral": lambda claim: str(items["collateral_id"][item_of[claim]])},
    )


def _described_twice(items: pa.Table, owner: Ints) -> pa.ChunkedArray:
    """Each collateral_id of several claims that differ about it."""
    facts = ("collateral_type", "appraised_value")
    counted = (
        items.select(["collateral_id", *facts])
        .append_column("claim", pa.array(owner))
        .group_by("collateral_id")
        .aggregate([(name, "count_distinct") for name in ("claim", *facts)])
    )
    several = {
        n: numbers(counted, f"{n}_count_distinct") > 1 for n in ("claim", *facts)
    }
    differ = several["claim"] & np.any([several[name] for name in facts], axis=0)
    return counted["collateral_id"].filter(pa.array(differ))


def _periods_ended(package: Package) -> Found:
    cutoff = days(package.claims, "cutoff_date")
    yield Contradiction(
        "limitation_expired",
        "limitation_date",
        days(package.claims, "limitation_date") < cutoff,
        {"value": _cell(package, "limitation_date")},
    )
    owner = _owners(package, package.guarantees)
    lapsed = days(package.guarantees, "guarantee_expiry") < cutoff[owner]
    claims = np.bincount(owner[lapsed], minlength=len(package)) > 0
    yield Contradiction("guarantee_expired", "claim_id", claims)


def _not_to_be_bought(package: Package) -> Found:
    for name in _EXCLUSIONS:
        yield Contradiction("not_to_be_bought", name, _is_true(package, name))


def _cutoff_dates_differ(package: Package) -> Found:
    column = package.claims["cutoff_date"]
    counted = pc.value_counts(column)
    if len(counted) < 2:
        return
    most = counted.field("values")[int(np.argmax(counted.field("counts")))].as_py()
    yield Contradiction(
        "cutoff_dates_differ",
        "cutoff_date",
        _bools(pc.not_equal(column, most)),
        {"value": _cell(package, "cutoff_date"), "usual": lambda _: most},
    )


_RULES: tuple[Callable[[Package], Found], ...] = (
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
    facts = {n: _presence(package, n) for n in (*CORPORATE_WEIGHTS, *PERSONAL_WEIGHTS)}
    personal = _weighted_share(facts, PERSONAL_WEIGHTS)
    corporate = _weighted_share(facts, CORPORATE_WEIGHTS)
    return np.where(is_personal(package), personal, corporate)


def is_personal(package: Package) -> Bools:
    """Claims on natural persons, by the obligor's type or else the product, (n,)."""
    untold = _bools(package.claims["legal_type"].is_null())
    by_product = _is(package, "product", *_PERSONAL_PRODUCTS)
    return np.where(untold, by_product, _is(package, "legal_type", "person"))


def _weighted_share(
    facts: Mapping[str, tuple[Bools, Bools]], weights: Mapping[str, float]
) -> Floats:
    expected = np.zeros(len(facts["claim_total"][0]))
    stated = np.zeros_like(expected)
    for name, weight in weights.items():
        present, wanted = facts[name]
        expected += weight * wanted
        stated += weight * (present & wanted)
    return stated / expected


def _presence(package: Package, name: str) -> tuple[Bools, Bools]:
    """Whether each claim states a fact, and whether it ought to."""
    if name == "collateral":
        wanted = _is(package, "security_type", *_WITH_COLLATERAL)
        return _appraised_yuan(package) > 0, wanted
    if name == "guarantee":
        return _is_guaranteed(package), _is(package, "security_type", *_WITH_GUARANTEE)
    stated: Any = package.claims[name].is_valid().to_numpy()
    return np.asarray(stated, dtype=np.bool_), np.ones(len(package), dtype=np.bool_)


def _is_guaranteed(package: Package) -> Bools:
    listed = _per_claim(package, package.guarantees)
    return (listed > 0) | (numbers(package.claims, "guaranteed_amount") > 0)
