"""Rules across the fields of accepted claims: what contradicts itself, claim by claim.

Which claims break which rule is told by one compiled function, so that a claim by
itself is judged in no time; what a warning mentions is looked up for broken rules only.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from features import catalogue
from features.columns import CLAIM_PARTS, Bools, Floats, Ints, Tabled, Tables
from features.compiled import compiled
from features.errors import Finding
from features.findings import finding

_EPOCH = date(1970, 1, 1)
_IN_FORCE = (date(2023, 7, 1) - _EPOCH).days
_TRANSITION_ENDS = (date(2025, 12, 31) - _EPOCH).days
Detail = Callable[[int], object]
Details = Mapping[str, Detail]

PARTS_TOLERANCE = 0.01
PARTS_TOLERANCE_YUAN = 1.0
# 商业银行金融资产风险分类办法 (2023): over 90 days past due at least substandard, over
# 270 doubtful, over 360 loss. Article 48 left banks until the end of 2025 to class
# claims from before July 2023 anew; until then only the first limit held for them.
CLASS_LIMITS = ((90, "substandard"), (270, "doubtful"), (360, "loss"))
_CLASSES = ("normal", "special_mention", "substandard", "doubtful", "loss")
_LEAST_CLASSES = tuple((days, _CLASSES.index(name)) for days, name in CLASS_LIMITS)
# The first secures nothing, the others something that has a value.
_SECURITIES = ("unsecured", "mortgaged", "pledged", "combined")
_EXCLUSIONS = ("state_organ_flag", "national_security_flag", "transfer_restricted")

_FACTS = (
    *CLAIM_PARTS,
    *("claim_total", "cutoff_date", "limitation_date"),
    *("origination_date", "maturity_date", "default_date"),
    *("days_past_due", "collateral_value"),
    *_EXCLUSIONS,
)
_TOTAL, _CUTOFF, _LIMITATION, _ORIGINATION, _MATURITY, _DEFAULT, _OVERDUE, _WORTH = (
    range(len(CLAIM_PARTS), len(_FACTS) - len(_EXCLUSIONS))
)
_FIRST_EXCLUSION = len(_FACTS) - len(_EXCLUSIONS)


@dataclass(frozen=True)
class Rule:
    """A rule across the fields of claims.

    Attributes:
        code: Its name, which several rules may share.
        field: The field that its warning names.
        details: What its wording mentions beyond that, to be looked up for a claim.
    """

    code: str
    field: str
    details: Callable[[Tables], Details] = lambda _: {}


@dataclass(frozen=True)
class Contradiction:
    """A rule that claims break.

    Attributes:
        rule: The rule.
        claims: The claims concerned, shape (n,).
        details: What its wording mentions, looked up for a claim.
    """

    rule: Rule
    claims: Bools
    details: Details

    def findings(self, rows: Ints) -> Iterator[tuple[int, Finding]]:
        """One finding for each claim concerned, beside its position.

        Args:
            rows: Row number of each claim as the sender counts it, shape (n,).
        """
        field = catalogue.field("claims", self.rule.field)
        for claim in np.flatnonzero(self.claims).tolist():
            facts: dict[str, Any] = {n: of(claim) for n, of in self.details.items()}
            row = int(rows[claim])
            yield claim, finding(self.rule.code, row=row, field=field, **facts)


def contradictions(package: Tabled) -> Iterator[Contradiction]:
    """The rules that claims break, in the order of ``RULES``.

    Nothing is put into words yet, which is what a portfolio of millions asks for.
    """
    tables = package.tables
    for rule, claims in zip(RULES, broken_rules(tables), strict=True):
        if claims.any():
            yield Contradiction(rule, claims, rule.details(tables))


def broken_rules(tables: Tables) -> Bools:
    """Whether each claim breaks each of ``RULES``, shape (rules, n)."""
    claims, broken = tables.claims, np.zeros((len(RULES), len(tables)), np.bool_)
    dates_differ = _judge(
        claims.stacked(_FACTS),
        claims.places("five_class", _CLASSES),
        claims.places("security_type", _SECURITIES),
        tables.collateral_claim,
        tables.collateral.numbers("appraised_value"),
        tables.guarantee_claim,
        tables.guarantees.numbers("guarantee_expiry"),
        broken,
    )
    if len(tables.collateral):
        broken[_COLLATERAL_CONTRADICTS, list(_described_twice(tables))] = True
    if dates_differ:
        cutoff = claims.numbers("cutoff_date")
        broken[_CUTOFF_DATES_DIFFER] = cutoff != _usual(cutoff)
    return broken


@compiled
def _judge(
    facts: Floats,
    stated_class: Floats,
    security: Floats,
    item_claim: Ints,
    item_yuan: Floats,
    guarantee_claim: Ints,
    guarantee_expiry: Floats,
    broken: Bools,
) -> bool:
    """Tell what each claim breaks by itself, and whether cut-off dates differ.

    Args:
        facts: Numbers of ``_FACTS``, shape (facts, n).
        stated_class: Place of each claim's class in ``_CLASSES``, shape (n,).
        security: Place of its security in ``_SECURITIES``, shape (n,).
        item_claim: Claim of each row of collateral, shape (k,).
        item_yuan: Its appraised value, shape (k,).
        guarantee_claim: Claim of each guarantee, shape (g,).
        guarantee_expiry: Day that it ends on, shape (g,).
        broken: Filled: whether a claim breaks a rule, shape (rules, n).
    """
    dates_differ = False
    for claim in range(facts.shape[1]):
        known = facts[:, claim]
        dates_differ |= known[_CUTOFF] != facts[_CUTOFF, 0]
        told = broken[:, claim]
        _judge_parts(known, told)
        _judge_dates(known, told)
        told[_CLASS_TOO_GOOD] = stated_class[claim] < _least_class(
            known[_OVERDUE], known[_ORIGINATION], known[_CUTOFF]
        )
        for place in range(len(_EXCLUSIONS)):
            excluded = known[_FIRST_EXCLUSION + place] == 1
            told[_FIRST_NOT_TO_BE_BOUGHT + place] = excluded
    _judge_security(facts[_WORTH], security, item_claim, item_yuan, broken)
    for row in range(len(guarantee_claim)):
        claim = guarantee_claim[row]
        if guarantee_expiry[row] < facts[_CUTOFF, claim]:
            broken[_GUARANTEE_EXPIRED, claim] = True
    return dates_differ


@compiled
def _judge_parts(known: Floats, told: Bools) -> None:
    """Whole tapes without the other parts are common: the principal alone is no sum."""
    total, summed, parts = known[_TOTAL], 0.0, 0
    for place in range(len(CLAIM_PARTS)):
        if not np.isnan(known[place]):
            summed += known[place]
            parts += place > 0
    above = known[0] > (1 + PARTS_TOLERANCE) * total
    apart = abs(total - summed) > max(PARTS_TOLERANCE * total, PARTS_TOLERANCE_YUAN)
    told[_PRINCIPAL_ABOVE_TOTAL] = above
    told[_PARTS_DIFFER] = parts > 0 and apart and not above


@compiled
def _judge_dates(known: Floats, told: Bools) -> None:
    told[_MATURITY_BEFORE_ORIGINATION] = known[_MATURITY] < known[_ORIGINATION]
    told[_DEFAULT_BEFORE_ORIGINATION] = known[_DEFAULT] < known[_ORIGINATION]
    told[_LIMITATION_EXPIRED] = known[_LIMITATION] < known[_CUTOFF]


@compiled
def _judge_security(
    stated_yuan: Floats,
    security: Floats,
    item_claim: Ints,
    item_yuan: Floats,
    broken: Bools,
) -> None:
    listed = np.zeros(len(stated_yuan))
    for row in range(len(item_claim)):
        claim = item_claim[row]
        broken[_UNSECURED_WITH_COLLATERAL, claim] = security[claim] == 0
        if not np.isnan(item_yuan[row]):
            listed[claim] += item_yuan[row]
    for claim in range(len(listed)):
        valued = listed[claim] > 0 or stated_yuan[claim] > 0
        broken[_SECURED_WITHOUT_VALUE, claim] = security[claim] > 0 and not valued


@compiled
def _least_class(days_past_due: float, origination: float, cutoff: float) -> int:
    """The best class that so many days past due allow; any where they are untold."""
    least = 0
    binding = origination >= _IN_FORCE or cutoff > _TRANSITION_ENDS
    for days, place in _LEAST_CLASSES:
        if days_past_due > days and (binding or not least):
            least = place
    return least


def _described_twice(tables: Tables) -> Mapping[int, str]:
    """The first item of each claim that another claim describes differently.

    Rows are of one item where their collateral_id agrees.
    """
    code, names = tables.collateral.words("collateral_id")
    rows = np.flatnonzero(code >= 0)
    if len(names) == len(rows):
        return {}
    told = rows[_differently(tables, len(names))[code[rows]]]
    claims, first = np.unique(tables.collateral_claim[told], return_index=True)
    items = code[told[first]].tolist()
    return {claim: names[i] for claim, i in zip(claims.tolist(), items, strict=True)}


def _differently(tables: Tables, names: int) -> Bools:
    """Whether each collateral_id is of several claims that differ about it."""
    items = tables.collateral
    several, differently = np.zeros(names, np.bool_), np.zeros(names, np.bool_)
    _tell_apart(
        items.words("collateral_id")[0],
        tables.collateral_claim,
        items.words("collateral_type")[0],
        items.numbers("appraised_value"),
        several,
        differently,
    )
    return several & differently


@compiled
def _tell_apart(
    code: Ints,
    claim: Ints,
    kind: Ints,
    appraised: Floats,
    several: Bools,
    differently: Bools,
) -> None:
    """Tell which items are of several claims, and which are told of differently.

    Args:
        code: Item of each row, -1 where none is named, shape (k,).
        claim: Its claim, shape (k,).
        kind: Number of the kind it is said to be of, -1 without one, shape (k,).
        appraised: Its appraised value, NaN without one, shape (k,).
        several: Filled: whether each item is of several claims, shape (items,).
        differently: Filled: whether it has several kinds or values, shape (items,).
    """
    first, first_kind = np.full(len(several), -1), np.full(len(several), -1)
    value = np.full(len(several), np.nan)
    for row in range(len(code)):
        item = code[row]
        if item < 0:
            continue
        if first[item] < 0:
            first[item] = claim[row]
        several[item] |= claim[row] != first[item]
        if kind[row] >= 0 and first_kind[item] < 0:
            first_kind[item] = kind[row]
        differently[item] |= kind[row] >= 0 and kind[row] != first_kind[item]
        if np.isnan(value[item]):
            value[item] = appraised[row]
        differently[item] |= abs(appraised[row] - value[item]) > 0


def _usual(cutoff: Floats) -> float:
    """The cut-off date of most claims, the first of several."""
    days, first, counts = np.unique(cutoff, return_index=True, return_counts=True)
    most = days[min(range(len(days)), key=lambda i: (-counts[i], first[i]))]
    return float(most)


def _money(values: Floats) -> Detail:
    return lambda claim: f"{values[claim]:,.2f}"


def _day(name: str) -> Callable[[Tables], Details]:
    def details(tables: Tables) -> Details:
        days = tables.claims.numbers(name)
        return {"value": lambda claim: _date(days[claim])}

    return details


def _date(days_since_1970: float) -> date:
    return _EPOCH + timedelta(days=int(days_since_1970))


def _principal(tables: Tables) -> Details:
    return {"value": _money(tables.claims.numbers("principal"))}


def _total(tables: Tables) -> Details:
    stated = _money(tables.claims.numbers("claim_total"))
    return {"value": stated, "stated": stated, "summed": _money(tables.parts_yuan)}


def _class(tables: Tables) -> Details:
    field = catalogue.field("claims", "five_class")
    overdue = tables.claims.numbers("days_past_due")
    stated = tables.claims.places("five_class", _CLASSES)
    began = tables.claims.numbers("origination_date")
    cutoff = tables.claims.numbers("cutoff_date")

    def least(claim: int) -> str:
        return _CLASSES[_least_class(overdue[claim], began[claim], cutoff[claim])]

    return {
        "value": lambda claim: _CLASSES[int(stated[claim])],
        "days": lambda claim: int(overdue[claim]),
        "class": least,
        "class_zh": lambda claim: field.label(least(claim), "zh"),
    }


def _item(tables: Tables) -> Details:
    return {"collateral": _described_twice(tables).__getitem__}


def _cutoff(tables: Tables) -> Details:
    cutoff = tables.claims.numbers("cutoff_date")
    usual = _date(_usual(cutoff))
    return {**_day("cutoff_date")(tables), "usual": lambda _: usual}


# In the order in which warnings of a claim are told.
RULES = (
    Rule("principal_above_total", "principal", _principal),
    Rule("parts_differ", "claim_total", _total),
    Rule("maturity_before_origination", "maturity_date", _day("maturity_date")),
    Rule("default_before_origination", "default_date", _day("default_date")),
    Rule("class_too_good", "five_class", _class),
    Rule("unsecured_with_collateral", "security_type"),
    Rule("secured_without_value", "security_type"),
    Rule("collateral_contradicts", "claim_id", _item),
    Rule("limitation_expired", "limitation_date", _day("limitation_date")),
    Rule("guarantee_expired", "claim_id"),
    *(Rule("not_to_be_bought", name) for name in _EXCLUSIONS),
    Rule("cutoff_dates_differ", "cutoff_date", _cutoff),
)
(
    _PRINCIPAL_ABOVE_TOTAL,
    _PARTS_DIFFER,
    _MATURITY_BEFORE_ORIGINATION,
    _DEFAULT_BEFORE_ORIGINATION,
    _CLASS_TOO_GOOD,
    _UNSECURED_WITH_COLLATERAL,
    _SECURED_WITHOUT_VALUE,
    _COLLATERAL_CONTRADICTS,
    _LIMITATION_EXPIRED,
    _GUARANTEE_EXPIRED,
    *_NOT_TO_BE_BOUGHT,
    _CUTOFF_DATES_DIFFER,
) = range(len(RULES))
_FIRST_NOT_TO_BE_BOUGHT = _NOT_TO_BE_BOUGHT[0]
