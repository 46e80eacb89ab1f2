"""What an answer says of a bid held against the rules."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from features.network import Circle
from models.pricing.mandate.judgement import Judgement, Result, Verdict
from models.pricing.mandate.rules import RatioMin, RatioRule
from models.pricing.mandate.words import Words, path_words, words
from serving.figures.package import known_rate, rate

SHOWN_CLAIMS, SHOWN_ROWS, SHOWN_CIRCLES, SHOWN_OBLIGORS = 1000, 100, 100, 20
_IDLE = ("not_applicable", "not_in_force")

Figures = dict[str, Any]


def mandate_figures(judgement: Judgement, rows: Sequence[int]) -> Figures:
    """The figures of a judgement.

    Args:
        judgement: What the rules say.
        rows: Row number of each claim as the sender counts it.
    """
    spoken = [(result, words(result, judgement)) for result in judgement.results]
    english, chinese = _verdict(judgement)
    claims = _eligibility(judgement, rows)
    return {
        "verdict": judgement.verdict,
        "reason": english,
        "reason_zh": chinese,
        "price_yuan": _yuan(judgement.case.bid.price_yuan),
        "borrowed_share": rate(judgement.case.bid.borrowed_share),
        "largest_price_yuan": _yuan(judgement.largest_price_yuan),
        "allocation": "in proportion to the present value of each claim; one worth "
        "nothing carries nothing",
        "allocation_zh": "按各债权净现值占比分配，净现值为零的不分配",
        "indicators": [
            _indicator(result, rule)
            for result in judgement.results
            if isinstance(rule := result.rule.rule, RatioRule)
            and result.status not in _IDLE
        ],
        "findings": _findings(spoken, rows),
        "claims_with_findings": len(claims),
        "eligibility": claims[:SHOWN_CLAIMS],
        "network": _network(judgement),
        "circles": _circles(judgement, rows),
        "rules": [_rule(result, said, judgement) for result, said in spoken],
    }


def _verdict(judgement: Judgement) -> Words:
    if not judgement.any_in_force:
        return (
            "no rule is in force on the day of the bid: check that day (bid_date)",
            "报价日无任何规则生效：请核对报价日（bid_date）",
        )
    about: dict[Verdict, tuple[str, str, str]] = {
        "blocked": ("blocks", "stopped by", "不得报价，违反"),
        "cannot_be_judged": ("holds_up", "left open by", "暂无法判断，待定规则："),
        "may_bid": ("", "nothing stops the bid", "可以报价"),
    }
    attribute, english, chinese = about[judgement.verdict]
    if not attribute:
        return english, chinese
    rules = [r.rule.rule for r in judgement.results if getattr(r, attribute)]
    titles, titles_zh = [r.title for r in rules], [r.title_zh for r in rules]
    return f"{english}: {'; '.join(titles)}", f"{chinese}{'；'.join(titles_zh)}"


def _indicator(result: Result, rule: RatioRule) -> Figures:
    """A ratio; its figures are absent where the buyer leaves out what they need."""
    found = result.indicator
    return {
        "rule": result.rule.name,
        "title": rule.title,
        "title_zh": rule.title_zh,
        "status": result.status,
        "comparison": "at_least" if isinstance(rule, RatioMin) else "at_most",
        "limit_rate": rate(rule.limit_rate),
        "before_rate": found and known_rate(found.before_rate),
        "after_rate": found and known_rate(found.after_rate),
        "without_circles_rate": found and known_rate(found.without_circles_rate),
        "exposure_yuan": found and _yuan(found.exposure_yuan),
        "claim_yuan": found and _yuan(found.claim_yuan),
        "largest_price_yuan": found and _yuan(found.largest_price_yuan),
    }


def _findings(
    spoken: Sequence[tuple[Result, Words]], rows: Sequence[int]
) -> list[Figures]:
    """Results that did not simply pass: what blocks, what holds up, then the rest."""
    loud = [pair for pair in spoken if pair[0].status not in ("passed", *_IDLE)]
    loud.sort(key=lambda p: (not p[0].blocks, not p[0].holds_up, p[0].status == "duty"))
    return [_finding(result, said, rows) for result, said in loud]


def _finding(result: Result, said: Words, rows: Sequence[int]) -> Figures:
    rule, indicator = result.rule.rule, result.indicator
    until = result.rule.transition_until if result.transition else None
    return {
        "rule": result.rule.name,
        "title": rule.title,
        "title_zh": rule.title_zh,
        "source": result.rule.source,
        "status": result.status,
        "blocks": result.blocks,
        "holds_up": result.holds_up,
        "transition_until": None if until is None else until.isoformat(),
        "figure_rate": None if indicator is None else known_rate(indicator.after_rate),
        "limit_rate": None if indicator is None else rate(indicator.limit_rate),
        "claims": len(result.claims),
        "rows": [rows[i] for i in result.claims[:SHOWN_ROWS].tolist()],
        "unknown_claims": len(result.unknown),
        "missing": list(result.missing),
        "reason": said[0],
        "reason_zh": said[1],
        "reading": rule.reading,
        "reading_zh": rule.reading_zh,
    }


def _rule(result: Result, said: Words, judgement: Judgement) -> Figures:
    rule = result.rule
    until, transition = rule.effective_until, rule.transition_until
    return {
        "rule": rule.name,
        "title": rule.rule.title,
        "title_zh": rule.rule.title_zh,
        "source": rule.source,
        "effective_from": rule.effective_from.isoformat(),
        "effective_until": None if until is None else until.isoformat(),
        "transition_until": None if transition is None else transition.isoformat(),
        "in_transition": rule.in_transition(judgement.case.bid.on),
        "status": result.status,
        "reason": said[0],
        "reason_zh": said[1],
    }


def _eligibility(judgement: Judgement, rows: Sequence[int]) -> list[Figures]:
    """Claims that are barred, or keep the verdict open, with the rules that say so."""
    found: dict[int, list[Figures]] = defaultdict(list)
    for result in judgement.results:
        name = result.rule.name
        if result.status == "breached" and result.indicator is None:
            for claim in result.claims.tolist():
                found[claim].append({"rule": name, "status": "breached"})
        for claim in result.unknown.tolist() if result.holds_up else ():
            found[claim].append({"rule": name, "status": "cannot_be_judged"})
    ids = judgement.case.package.claim_ids
    return [
        {"claim_id": ids[claim], "row": rows[claim], "rules": found[claim]}
        for claim in sorted(found)
    ]


def _network(judgement: Judgement) -> Figures:
    network = judgement.case.network
    return {
        "clients": int(network.obligor.max()) + 1,
        "groups": int(network.group.max()) + 1,
        "circles": len(network.circles),
        "claims_in_circles": int((network.circle >= 0).sum()),
        "claims_sharing_a_guarantor": int((network.shared_guarantor >= 0).sum()),
        "claims_sharing_collateral": int((network.shared_collateral >= 0).sum()),
    }


def _circles(judgement: Judgement, rows: Sequence[int]) -> list[Figures]:
    largest = sorted(
        judgement.case.network.circles, key=lambda c: (-c.claim_yuan, c.number)
    )
    return [_circle(circle, judgement, rows) for circle in largest[:SHOWN_CIRCLES]]


def _circle(circle: Circle, judgement: Judgement, rows: Sequence[int]) -> Figures:
    bid = judgement.case.bid
    english, chinese = path_words(circle)
    return {
        "number": circle.number,
        "kind": circle.kind,
        "members": len(circle.obligors),
        "obligors": list(circle.obligors[:SHOWN_OBLIGORS]),
        "claims": len(circle.claims),
        "rows": [rows[i] for i in circle.claims[:SHOWN_ROWS].tolist()],
        "claim_yuan": _yuan(circle.claim_yuan),
        "price_yuan": _yuan(float(np.sum(bid.share[circle.claims])) * bid.price_yuan),
        "reason": english,
        "reason_zh": chinese,
    }


def _yuan(amount: float | None) -> float | None:
    return None if amount is None else round(float(amount), 2)
