"""Rules across the fields of accepted claims, and how complete each claim is.

Nothing here rejects a claim: a claim that contradicts itself is still priced, and the
warning says which of the two facts was used.
"""

from collections.abc import Mapping
from operator import itemgetter
from types import MappingProxyType

import numpy as np

from features import catalogue
from features.columns import Bools, Floats, Ints, Tabled, Tables
from features.contradictions import RULES, broken_rules, contradictions
from features.errors import Finding

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


def warning_masks(package: Tabled) -> Mapping[str, Bools]:
    """The claims that each code of ``warnings`` concerns, shape (n,)."""
    masks: dict[str, Bools] = {}
    for rule, claims in zip(RULES, broken_rules(package.tables), strict=True):
        told = masks.get(rule.code)
        masks[rule.code] = claims if told is None else told | claims
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


def _appraised_yuan(tables: Tables) -> Floats:
    """Appraised value of each claim's collateral, listed or stated, shape (n,)."""
    listed = np.bincount(
        tables.collateral_claim,
        tables.collateral.filled("appraised_value"),
        minlength=len(tables),
    )
    return np.fmax(listed, tables.claims.filled("collateral_value"))


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
