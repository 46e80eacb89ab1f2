"""Rules across the fields of accepted claims, and how complete each claim is.

Nothing here rejects a claim: a claim that contradicts itself is still priced, and the
warning says which of the two facts was used.
"""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from operator import itemgetter
from types import MappingProxyType
from typing import Any

import numpy as np

from features import catalogue
from features.columns import Bools, Floats, Ints, Tabled, Tables
from features.compiled import compiled
from features.errors import Finding
from features.findings import finding

_EPOCH = date(1970, 1, 1)
Detail = Callable[[int], object]
Found = Iterator["Contradiction"]

PARTS_TOLERANCE = 0.01
PARTS_TOLERANCE_YUAN = 1.0
# 商业银行金融资产风险分类办法 (2023): over 90 days past due at least substandard, over
# 270 doubtful, over 360 loss.
CLASS_LIMITS = ((90, "substandard"), (270, "doubtful"), (360, "loss"))
_CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
_DAYS = np.array([days for days, _ in CLASS_LIMITS])
_LEAST_CLASS = np.array([0, *(_CLASSES.index(name) for _, name in CLASS_LIMITS)])
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
_PERSONAL_PRODUCTS = (
    *("mortgage_loan", "business_loan", "consumer_loan"),
    *("credit_card", "auto_loan"),
)
_WITH_COLLATERAL = ("mortgaged", "pledged", "combined")
_WITH_GUARANTEE = ("guaranteed", "combined")


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


def contradictions(package: Tabled) -> Iterator[Contradiction]:
    """What contradicts itself or needs a second look, rule by rule.

    A code may come with several fields. Nothing is put into words yet, which is what
    a portfolio of millions asks for.
    """
    return (found for rule in _RULES for found in rule(package.tables))


def warning_masks(package: Tabled) -> Mapping[str, Bools]:
    """The claims that each code of ``warnings`` concerns, shape (n,)."""
    masks: dict[str, Bools] = {}
    for found in contradictions(package):
        told = masks.get(found.code)
        masks[found.code] = found.claims if told is None else told | found.claims
    return masks


def warnings(package: Tabled, rows: Ints) -> tuple[Finding, ...]:
    """What contradicts itself or needs a second look among accepted claims.

    Args:
        package: The accepted claims.
        rows: Row number of each claim as the sender counts it, shape (n,).

    Returns:
        Findings in the order of the claims.
    """
    found = [pair for rule in contradictions(package) for pair in rule.findings(rows)]
    return tuple(f for _, f in sorted(found, key=itemgetter(0)))


def _money(values: Floats) -> Detail:
    return lambda claim: f"{values[claim]:,.2f}"


def _day(values: Floats) -> Detail:
    return lambda claim: _date(values[claim])


def _date(days_since_1970: float) -> date:
    return _EPOCH + timedelta(days=int(days_since_1970))


def _parts_differ(tables: Tables) -> Found:
    """Whole tapes without the other parts are common: the principal alone is no sum."""
    stated = tables.claims.numbers("claim_total")
    if stated is tables.claims.nothing:
        return
    summed, principal = tables.parts_yuan, tables.parts[0]
    above, differ = _beside_total(stated, tables.parts, summed)
    yield Contradiction(
        "principal_above_total", "principal", above, {"value": _money(principal)}
    )
    facts = {"value": stated, "stated": stated, "summed": summed}
    yield Contradiction(
        "parts_differ", "claim_total", differ, {n: _money(v) for n, v in facts.items()}
    )


@compiled
def _beside_total(stated: Floats, parts: Floats, summed: Floats) -> tuple[Bools, Bools]:
    """Whether the principal is above the total, else the parts differ from it, (n,)."""
    above, differ = np.zeros(len(stated), np.bool_), np.zeros(len(stated), np.bool_)
    for claim in range(len(stated)):
        total = stated[claim]
        above[claim] = parts[0, claim] > (1 + PARTS_TOLERANCE) * total
        told = not np.isnan(parts[1:, claim]).all()
        allowed = max(PARTS_TOLERANCE * total, PARTS_TOLERANCE_YUAN)
        apart = abs(total - summed[claim]) > allowed
        differ[claim] = told and apart and not above[claim]
    return above, differ


def _dates_out_of_order(tables: Tables) -> Found:
    origination = tables.claims.numbers("origination_date")
    if origination is tables.claims.nothing:
        return
    for name in ("maturity_date", "default_date"):
        then = tables.claims.numbers(name)
        if then is tables.claims.nothing:
            continue
        code = f"{name.removesuffix('_date')}_before_origination"
        yield Contradiction(code, name, then < origination, {"value": _day(then)})


def _class_too_good(tables: Tables) -> Found:
    overdue = tables.claims.numbers("days_past_due")
    stated = tables.claims.places("five_class", _CLASSES)
    if stated is tables.claims.nothing:
        return
    if overdue is tables.claims.nothing:
        return
    known = np.where(np.isnan(overdue), 0.0, overdue)
    least = _LEAST_CLASS[np.searchsorted(_DAYS, known)]
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


def _appraised_yuan(tables: Tables) -> Floats:
    """Appraised value of each claim's collateral, listed or stated, shape (n,)."""
    listed = np.bincount(
        tables.collateral_claim,
        tables.collateral.filled("appraised_value"),
        minlength=len(tables),
    )
    return np.fmax(listed, tables.claims.filled("collateral_value"))


def _security_contradicted(tables: Tables) -> Found:
    claims = tables.claims
    if len(tables.collateral):
        listed = np.zeros(len(tables), np.bool_)
        listed[tables.collateral_claim] = True
        bare = claims.says("security_type", "unsecured")
        yield Contradiction("unsecured_with_collateral", "security_type", listed & bare)
    secured = claims.says("security_type", "mortgaged", "pledged")
    if secured.any():
        worthless = secured & (_appraised_yuan(tables) == 0)
        yield Contradiction("secured_without_value", "security_type", worthless)


def _collateral_contradicted(tables: Tables) -> Found:
    """Items of one collateral_id that several claims describe differently."""
    if not len(tables.collateral):
        return
    code, names = tables.collateral.words("collateral_id")
    rows = np.flatnonzero(code >= 0)
    if len(names) == len(rows):
        return
    told = rows[_described_twice(tables, rows)[code[rows]]]
    claims, first = np.unique(tables.collateral_claim[told], return_index=True)
    item_of = dict(zip(claims.tolist(), code[told[first]].tolist(), strict=True))
    yield Contradiction(
        "collateral_contradicts",
        "claim_id",
        np.isin(np.arange(len(tables)), claims),
        {"collateral": lambda claim: names[item_of[claim]]},
    )


def _described_twice(tables: Tables, rows: Ints) -> Bools:
    """Whether each collateral_id is of several claims that differ about it."""
    items = tables.collateral
    code, names = items.words("collateral_id")
    kind = items.words("collateral_type")[0].astype(np.float64)
    kind[kind < 0] = np.nan
    facts = (
        tables.collateral_claim.astype(np.float64),
        kind,
        items.numbers("appraised_value"),
    )
    several = [_differing(code[rows], fact[rows], len(names)) for fact in facts]
    return several[0] & (several[1] | several[2])


def _differing(code: Ints, fact: Floats, codes: int) -> Bools:
    """Whether the rows of each code hold more than one value, shape (codes,)."""
    known = ~np.isnan(fact)
    pairs = np.unique(np.column_stack([code[known], fact[known]]), axis=0)
    return np.bincount(pairs[:, 0].astype(np.int64), minlength=codes) > 1


def _periods_ended(tables: Tables) -> Found:
    cutoff = tables.claims.numbers("cutoff_date")
    limitation = tables.claims.numbers("limitation_date")
    if limitation is not tables.claims.nothing:
        yield Contradiction(
            "limitation_expired",
            "limitation_date",
            limitation < cutoff,
            {"value": _day(limitation)},
        )
    owner = tables.guarantee_claim
    if not len(owner):
        return
    lapsed = tables.guarantees.numbers("guarantee_expiry") < cutoff[owner]
    claims = np.zeros(len(tables), np.bool_)
    claims[owner[lapsed]] = True
    yield Contradiction("guarantee_expired", "claim_id", claims)


def _not_to_be_bought(tables: Tables) -> Found:
    for name in _EXCLUSIONS:
        stated = tables.claims.numbers(name)
        if stated is not tables.claims.nothing:
            yield Contradiction("not_to_be_bought", name, stated == 1)


def _cutoff_dates_differ(tables: Tables) -> Found:
    cutoff = tables.claims.numbers("cutoff_date")
    if (cutoff == cutoff[:1]).all():
        return
    days, first, counts = np.unique(cutoff, return_index=True, return_counts=True)
    most = days[min(range(len(days)), key=lambda i: (-counts[i], first[i]))]
    yield Contradiction(
        "cutoff_dates_differ",
        "cutoff_date",
        cutoff != most,
        {"value": _day(cutoff), "usual": lambda _: _date(most)},
    )


_RULES: tuple[Callable[[Tables], Found], ...] = (
    _parts_differ,
    _dates_out_of_order,
    _class_too_good,
    _security_contradicted,
    _collateral_contradicted,
    _periods_ended,
    _not_to_be_bought,
    _cutoff_dates_differ,
)


def completeness(package: Tabled) -> Floats:
    """Weighted share of the facts that drive recovery which each claim states.

    Args:
        package: The claims.

    Returns:
        Shares, shape (n,), within [0, 1]; persons and companies are held to different
        facts, and collateral is expected only where the security is not unsecured.
    """
    tables = package.tables
    facts = {n: _presence(tables, n) for n in (*CORPORATE_WEIGHTS, *PERSONAL_WEIGHTS)}
    personal = _weighted_share(facts, PERSONAL_WEIGHTS)
    corporate = _weighted_share(facts, CORPORATE_WEIGHTS)
    return np.where(is_personal(package), personal, corporate)


def is_personal(package: Tabled) -> Bools:
    """Claims on natural persons, by the obligor's type or else the product, (n,)."""
    claims = package.tables.claims
    by_product = claims.says("product", *_PERSONAL_PRODUCTS)
    untold = claims.silent("legal_type")
    return np.where(untold, by_product, claims.says("legal_type", "person"))


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


def _presence(tables: Tables, name: str) -> tuple[Bools, Bools]:
    """Whether each claim states a fact, and whether it ought to."""
    claims = tables.claims
    if name == "collateral":
        wanted = claims.says("security_type", *_WITH_COLLATERAL)
        return _appraised_yuan(tables) > 0, wanted
    if name == "guarantee":
        return _is_guaranteed(tables), claims.says("security_type", *_WITH_GUARANTEE)
    worded = catalogue.field("claims", name).kind in ("category", "id", "text")
    stated = ~claims.silent(name) if worded else ~np.isnan(claims.numbers(name))
    return stated, np.ones(len(tables), dtype=np.bool_)


def _is_guaranteed(tables: Tables) -> Bools:
    told = tables.claims.numbers("guaranteed_amount") > 0
    told[tables.guarantee_claim] = True
    return told
