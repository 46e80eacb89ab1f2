"""A bid before every rule: what each says, what stops the bid, how much may be bid."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal, get_args

import numpy as np

from features.errors import Finding
from features.network import Bools
from features.package import Ints, Package
from models.pricing.mandate.case import Case
from models.pricing.mandate.eligibility import Check, check, in_scope
from models.pricing.mandate.limit import Limit
from models.pricing.mandate.measures import Measured, limit, measure, without_circles
from models.pricing.mandate.packs import PackRule, own_packs, rules_of
from models.pricing.mandate.rules import ClaimRule, Duty, Pack, RatioMax, RatioRule

Status = Literal[
    "passed", "breached", "cannot_be_judged", "duty", "not_applicable", "not_in_force"
]
Verdict = Literal["may_bid", "blocked", "cannot_be_judged"]
STATUSES: tuple[Status, ...] = get_args(Status)


def _nobody() -> Ints:
    return np.zeros(0, dtype=np.int64)


@dataclass(frozen=True)
class Indicator:
    """A ratio before and after the bid, where it stands closest to its limit.

    Attributes:
        before_rate: Without the bid; None where there is nothing to stand over.
        after_rate: With it.
        limit_rate: The limit.
        exposure_yuan: What is held of it after the bid, at the price paid.
        claim_yuan: What the claims concerned owe.
        largest_price_yuan: Highest price that this rule lets pass; None for any.
        without_circles_rate: After the bid, if guarantee circles joined nobody; None
            where they change nothing.
    """

    before_rate: float | None
    after_rate: float | None
    limit_rate: float
    exposure_yuan: float | None
    claim_yuan: float | None
    largest_price_yuan: float | None
    without_circles_rate: float | None


@dataclass(frozen=True)
class Result:
    """What one rule says of a bid.

    Attributes:
        rule: The rule.
        status: What came of it.
        blocks: Whether it stops the bid.
        holds_up: Whether it leaves the verdict open.
        transition: Whether its transition runs on the day of the bid.
        claims: Rows of the claims that breach it, or are closest to its limit.
        unknown: Rows of the claims of which it cannot be told.
        missing: What would tell it.
        indicator: The ratio, where the rule is about one and it is known.
    """

    rule: PackRule
    status: Status
    blocks: bool = False
    holds_up: bool = False
    transition: bool = False
    claims: Ints = field(default_factory=_nobody)
    unknown: Ints = field(default_factory=_nobody)
    missing: tuple[str, ...] = ()
    indicator: Indicator | None = None


@dataclass(frozen=True)
class Judgement:
    """What all rules say of a bid.

    Attributes:
        case: The bid.
        results: What each rule says, in the order of packs and rules.
    """

    case: Case
    results: tuple[Result, ...]

    @property
    def verdict(self) -> Verdict:
        """Whether the buyer may bid."""
        if any(result.blocks for result in self.results):
            return "blocked"
        if any(result.holds_up for result in self.results):
            return "cannot_be_judged"
        return "may_bid" if self.any_in_force else "cannot_be_judged"

    @property
    def any_in_force(self) -> bool:
        """Whether any rule is in force on the day; silence of all allows nothing."""
        return any(result.status != "not_in_force" for result in self.results)

    @property
    def largest_price_yuan(self) -> float | None:
        """Highest price at which no ratio that is known stops the bid; None for any."""
        prices = [
            result.indicator.largest_price_yuan
            for result in self.results
            if result.indicator is not None
            and result.indicator.largest_price_yuan is not None
        ]
        return min(prices, default=None)


def judge(case: Case, packs: Sequence[Pack]) -> Judgement:
    """What the rules of these packs say of a bid.

    Args:
        case: The bid.
        packs: Rule packs; the day of the bid decides which rules are in force.
    """
    rules = {rule.name: rule for rule in rules_of(packs)}
    return Judgement(case, tuple(_result(r, rules, case) for r in rules.values()))


def eligibility_findings(package: Package, on: date) -> tuple[Finding, ...]:
    """What bars claims whoever buys, one finding for each rule that bars any.

    Args:
        package: The claims.
        on: Day that decides which rules are in force.
    """
    return tuple(_barred(rule, package, rows) for rule, rows in _barring(package, on))


def barred_claims(package: Package, on: date) -> Bools:
    """Claims that some rule bars whoever buys, shape (n,).

    Args:
        package: The claims.
        on: Day that decides which rules are in force.
    """
    barred = np.zeros(len(package), np.bool_)
    for _, rows in _barring(package, on):
        barred |= rows
    return barred


def _barring(package: Package, on: date) -> Iterator[tuple[PackRule, Bools]]:
    """Each rule in force that bars claims whoever buys, with these claims."""
    rules = {rule.name: rule for rule in rules_of(own_packs())}
    for rule in rules.values():
        stops = rule.blocking(on) != "never" and rule.binds(None)
        if not stops or _idle(rule, rules, on) is not None:
            continue
        if isinstance(rule.rule, ClaimRule):
            barred = check(rule.rule, package, None).barred
            if barred.any():
                yield rule, barred


def _barred(rule: PackRule, package: Package, barred: Bools) -> Finding:
    count, claim_id = int(barred.sum()), package.claim_ids[int(np.argmax(barred))]
    return Finding(
        "mandate_barred",
        f"{count} of {len(package)} claims must not be bought: {rule.rule.title} "
        f"({rule.source}); take them out of the package",
        f"{len(package)}笔债权中有{count}笔不得收购：{rule.rule.title_zh}"
        f"（{rule.source}）；请从资产包中剔除",
        value=claim_id,
    )


def _idle(rule: PackRule, rules: Mapping[str, PackRule], on: date) -> Status | None:
    """Why a rule has nothing to say on a day, if it has nothing to say."""
    if not rule.in_force(on):
        return "not_in_force"
    other = rule.rule.suspended_while
    if other is not None and rules[other].in_force(on):
        return "not_applicable"
    return None


def _result(rule: PackRule, rules: Mapping[str, PackRule], case: Case) -> Result:
    idle = _idle(rule, rules, case.bid.on)
    if idle is not None:
        return Result(rule, idle)
    if not rule.binds(case.buyer.kind):
        return Result(rule, "not_applicable")
    if isinstance(rule.rule, Duty):
        concerned = in_scope(rule.rule.claims, case.package)
        rows = np.flatnonzero(concerned)
        return Result(rule, "duty" if len(rows) else "not_applicable", claims=rows)
    if isinstance(rule.rule, ClaimRule):
        return _of_claims(rule, case, check(rule.rule, case.package, case.buyer))
    return _of_ratio(rule, rule.rule, case, measure(rule.rule, case))


def _of_claims(rule: PackRule, case: Case, found: Check) -> Result:
    status: Status = "cannot_be_judged" if found.unknown.any() else "passed"
    status = "breached" if found.barred.any() else status
    return Result(
        rule,
        status,
        status == "breached" and rule.blocking(case.bid.on) != "never",
        _holds_up(rule, case, bool(found.unknown.any())),
        rule.in_transition(case.bid.on),
        np.flatnonzero(found.barred),
        np.flatnonzero(found.unknown),
        found.missing if found.unknown.any() else (),
    )


def _holds_up(rule: PackRule, case: Case, unknown: bool) -> bool:
    matters = rule.rule.if_unknown == "holds_up"
    return unknown and matters and rule.blocking(case.bid.on) != "never"


def _of_ratio(
    rule: PackRule, ratio_rule: RatioRule, case: Case, found: Measured
) -> Result:
    transition = rule.in_transition(case.bid.on)
    if found.certain is None:
        return Result(
            rule,
            "cannot_be_judged",
            holds_up=_holds_up(rule, case, unknown=True),
            transition=transition,
            missing=found.missing,
        )
    known = limit(ratio_rule, found.certain)
    status = _status(ratio_rule, found, known, case.bid.price_yuan)
    unknown = status == "cannot_be_judged"
    stopped = _stopped(rule, case, known)
    concerned = known.breached(case.bid.price_yuan)
    tightest = int(np.argmin(known.room(case.bid.price_yuan)))
    concerned[tightest] = True
    return Result(
        rule,
        status,
        bool(stopped.any()),
        _holds_up(rule, case, unknown),
        transition,
        np.flatnonzero(np.append(concerned, False)[found.entity]),
        missing=found.missing if unknown else (),
        indicator=_indicator(rule, case, found, known, tightest),
    )


def _status(
    rule: RatioRule, found: Measured, known: Limit, price_yuan: float
) -> Status:
    if known.breached(price_yuan).any():
        return "breached"
    if found.worst is None or limit(rule, found.worst).breached(price_yuan).any():
        return "cannot_be_judged"
    return "passed"


def _stopped(rule: PackRule, case: Case, known: Limit) -> Bools:
    """Limits whose breach stops the bid."""
    price_yuan, blocking = case.bid.price_yuan, rule.blocking(case.bid.on)
    stopped = known.breached(price_yuan) & (blocking != "never")
    if blocking == "worsening":
        stopped &= known.worsened(price_yuan)
    return stopped


def _indicator(
    rule: PackRule, case: Case, found: Measured, known: Limit, tightest: int
) -> Indicator:
    price_yuan, blocking = case.bid.price_yuan, rule.blocking(case.bid.on)
    ratio = known.ratio
    claims = found.entity == tightest
    about_claims = bool((found.entity >= 0).any())
    paid = float(case.bid.share[claims].sum()) * price_yuan
    return Indicator(
        _finite(ratio.figure_before[tightest]),
        _finite(ratio.figure(price_yuan)[tightest]),
        known.rate,
        float(ratio.before[tightest]) + paid if about_claims else None,
        float(case.package.claim_yuan()[claims].sum()) if about_claims else None,
        None
        if blocking == "never"
        else known.largest_price(price_yuan, blocking == "worsening"),
        _without_circles(rule, case, known),
    )


def _without_circles(rule: PackRule, case: Case, known: Limit) -> float | None:
    if not isinstance(rule.rule, RatioMax):
        return None
    alone = without_circles(rule.rule, case)
    if alone is None:
        return None
    highest = float(alone.figure(case.bid.price_yuan).max())
    joined = float(known.ratio.figure(case.bid.price_yuan).max())
    return highest if highest < joined else None


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
