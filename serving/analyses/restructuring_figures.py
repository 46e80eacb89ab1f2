"""What an answer says of one proposal to restructure a claim."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from models.pricing.fen import FEN_PER_YUAN
from models.pricing.restructuring.break_even import (
    BreakEven,
    haircut_break_even,
    hazard_break_even,
)
from models.pricing.restructuring.liquidation_value import LiquidationValue
from models.pricing.restructuring.parties import Party, parties
from models.pricing.restructuring.restructuring import Restructuring, cash_by_month
from models.pricing.restructuring.structure import CapitalStructure
from models.pricing.restructuring.worth import QUANTILES
from serving.cautions.caution import caution
from serving.figures.package import rate, yuans

Figures = dict[str, Any]
YUAN_DIGITS = 2
DECLARABLE = 3


@dataclass(frozen=True)
class Compared:
    """A proposal beside the liquidation of its claim.

    Attributes:
        restructuring: The proposal, with what other creditors are owed under it.
        liquidation: What the claim brings without it.
        structure: Creditors and debtor.
    """

    restructuring: Restructuring
    liquidation: LiquidationValue
    structure: CapitalStructure

    @property
    def name(self) -> str:
        """Name of the proposal."""
        return self.restructuring.plan.terms.name

    @property
    def presumes_hazard(self) -> bool:
        """Whether a declared prior stands in for the hazard of a re-default."""
        return self.restructuring.plan.terms.re_default.hazard_is_prior

    @cached_property
    def value_yuan(self) -> float:
        """Expected present value to the fen."""
        return yuan(self.restructuring.value_yuan)

    @cached_property
    def gain_yuan(self) -> float:
        """What it is worth beyond liquidation."""
        return yuan(self.value_yuan - yuan(self.liquidation.present_value_yuan))

    @cached_property
    def below_liquidation(self) -> float:
        """Chance that it ends up worth less than liquidation."""
        return self.restructuring.outcomes.below(self.liquidation.present_value_yuan)

    @cached_property
    def everybody(self) -> list[Party]:
        """What every party gets either way."""
        return parties(self.restructuring, self.liquidation, self.structure)

    @cached_property
    def worse_off(self) -> list[Party]:
        """Old creditors who get less than in liquidation."""
        return [p for p in self._creditors if p.no_worse is False]

    @cached_property
    def best_interest_met(self) -> bool | None:
        """Whether no old creditor gets less than in liquidation; None if unknown."""
        if self.worse_off:
            return False
        known = all(p.no_worse is not None for p in self._creditors)
        return True if known else None

    @property
    def _creditors(self) -> list[Party]:
        return [p for p in self.everybody if p.kind not in ("new_money", "equity")]


def yuan(amount: float) -> float:
    """An amount to the fen."""
    return round(float(amount), YUAN_DIGITS) + 0.0


def proposal_figures(compared: Compared) -> Figures:
    """The figures of one proposal."""
    found = compared.restructuring
    return {
        "name": compared.name,
        **_terms(found),
        **_worth(compared),
        "hazard_break_even": _hazard_figures(compared),
        "haircut_break_even": _haircut_figures(compared),
        "failing_pays": found.failing_pays,
        "branches": len(found.plan.branches.probability),
        "branches_drawn": found.plan.branches.drawn,
        **_basis(found),
        **_shared_out(compared),
        "schedule": _months(found),
        "warnings": list(_warnings(compared)),
    }


def _terms(found: Restructuring) -> Figures:
    plan = found.plan
    debt_fen, gone_fen = float(plan.debt_fen[0]), float(plan.old.written_off[0, 0])
    return {
        "debt_yuan": debt_fen / FEN_PER_YUAN,
        "written_off_yuan": gone_fen / FEN_PER_YUAN,
        "converted_yuan": (plan.claim_fen - debt_fen - gone_fen) / FEN_PER_YUAN,
    }


def _worth(compared: Compared) -> Figures:
    found = compared.restructuring
    ways = found.outcomes
    low, middle, high = (yuan(ways.quantile(level)) for level in QUANTILES)
    holding = float(found.survival.after[:, -1] @ found.plan.branches.probability)
    return {
        "value_yuan": compared.value_yuan,
        "p05_yuan": low,
        "p50_yuan": middle,
        "p95_yuan": high,
        "half_hazard_yuan": _at_hazard_times(found, 0.5),
        "double_hazard_yuan": _at_hazard_times(found, 2.0),
        "re_default_rate": rate(1 - holding),
        "gain_yuan": compared.gain_yuan,
        "below_liquidation_rate": rate(compared.below_liquidation),
    }


def _at_hazard_times(found: Restructuring, factor: float) -> float:
    return yuan(replace(found, plan=found.plan.at_hazard_times(factor)).value_yuan)


def _basis(found: Restructuring) -> Figures:
    declared = found.plan.terms.re_default.declared
    basis = "mixed" if declared else "stated"
    if len(declared) == DECLARABLE:
        basis = "declared prior"
    return {"basis": basis, "declared": list(declared)}


def _months(found: Restructuring) -> list[Figures]:
    cash = cash_by_month(found)
    months, lasting = len(cash.expected_fen), len(cash.due_fen)
    rest = months - lasting
    due = yuans(np.pad(cash.due_fen, (0, rest)))
    survival = np.pad(cash.survival_rate, (0, rest), mode="edge")
    columns = zip(
        due, yuans(cash.expected_fen), yuans(cash.recovered_fen), survival, strict=True
    )
    return [
        {
            "month": number,
            "due_yuan": asked,
            "expected_yuan": expected,
            "recovered_yuan": recovered,
            "survival_rate": rate(holds),
        }
        for number, (asked, expected, recovered, holds) in enumerate(columns, 1)
    ]


def _shared_out(compared: Compared) -> Figures:
    everybody = compared.everybody
    figures = [_party(p) for p in everybody]
    gains = [f["gain_yuan"] for f in figures]
    lenders = [f["gain_yuan"] or 0.0 for f in figures if f["kind"] != "equity"]
    return {
        "parties": figures,
        "best_interest_met": compared.best_interest_met,
        "creditors_surplus_yuan": yuan(sum(lenders)),
        "total_surplus_yuan": None if None in gains else yuan(sum(gains)),
    }


def _party(party: Party) -> Figures:
    otherwise = _known(party.liquidation_yuan)
    restructured = _known(party.restructuring_yuan)
    unknown = otherwise is None or restructured is None
    return {
        "name": party.name,
        "kind": party.kind,
        "claim_yuan": _known(party.claim_yuan),
        "liquidation_yuan": otherwise,
        "restructuring_yuan": restructured,
        "gain_yuan": None if unknown else yuan((restructured or 0) - (otherwise or 0)),
        "no_worse": party.no_worse,
    }


def _known(amount: float | None) -> float | None:
    return None if amount is None else yuan(amount)


def _hazard_figures(compared: Compared) -> Figures:
    even = hazard_break_even(
        compared.restructuring, compared.liquidation.present_value_yuan
    )
    found = f"{even.rate:.2%}" if even.rate is not None else ""
    words = {
        "crosses": (
            f"at a monthly hazard of {found} it is worth what liquidation is",
            f"月再违约率为{found}时与清算等值",
        ),
        "always_above": (
            "none: it is worth more than liquidation even if it fails at once",
            "无：即使立即再违约仍优于清算",
        ),
        "always_below": (
            "none: it is worth less than liquidation even if it never fails",
            "无：即使从不再违约仍劣于清算",
        ),
    }
    return _even_figures(even, words[even.why])


def _haircut_figures(compared: Compared) -> Figures:
    even = haircut_break_even(
        compared.restructuring, compared.liquidation.present_value_yuan
    )
    found = f"{even.rate:.1%}" if even.rate is not None else ""
    words = {
        "crosses": (
            f"at a haircut of {found} it is worth what liquidation is",
            f"减免比例为{found}时与清算等值",
        ),
        "always_above": (
            "none: it is worth more than liquidation at any haircut",
            "无：任何减免比例下均优于清算",
        ),
        "always_below": (
            "none: it is worth less than liquidation even without a haircut",
            "无：即使不减免仍劣于清算",
        ),
    }
    return _even_figures(even, words[even.why])


def _even_figures(even: BreakEven, words: tuple[str, str]) -> Figures:
    found = None if even.rate is None else rate(even.rate)
    return {"rate": found, "why": even.why, "reason": words[0], "reason_zh": words[1]}


def _warnings(compared: Compared) -> Iterator[Figures]:
    found = compared.restructuring
    re_default = found.plan.terms.re_default
    if re_default.hazard_is_prior:
        yield caution(
            "declared_hazard",
            f"no hazard was stated: {re_default.hazard_rate:.1%} a month is a declared "
            "prior from American home loans; see the values at half and at twice that",
            f"未填写再违约概率：每月{re_default.hazard_rate:.1%}为声明的先验值，"
            "来自美国住房贷款；请参看减半与加倍时的价值",
        )
    if re_default.recovery_rate is None:
        yield caution(
            "declared_recovery",
            f"no recovery at re-default was stated: {re_default.recovered_rate:.0%} of "
            "the balance beyond collateral is a declared prior",
            f"未填写再违约回收率：押品以外余额的{re_default.recovered_rate:.0%}"
            "为声明的先验值",
        )
    yield from _better_failed(compared)
    if found.failing_pays:
        yield caution(
            "failing_pays",
            "in some month a re-default is worth more than going on: the plan then "
            "gives less than enforcement would bring",
            "某些月份再违约的价值高于继续履行：此时方案所得低于强制执行所得",
        )
    yield from _about_parties(compared)


def _better_failed(compared: Compared) -> Iterator[Figures]:
    """A declared recovery that credits a failed plan with more than none at all."""
    plan = compared.restructuring.plan
    re_default, claim_yuan = plan.terms.re_default, plan.claim_fen / FEN_PER_YUAN
    without = compared.liquidation.cash_yuan / claim_yuan
    if re_default.recovery_rate is None and re_default.recovered_rate > without:
        yield caution(
            "recovery_above_liquidation",
            f"the declared {re_default.recovered_rate:.0%} after a re-default is more "
            f"than the {without:.1%} of the claim that comes without a plan: state "
            "what this debtor would leave",
            f"声明的再违约回收率{re_default.recovered_rate:.0%}高于不重组时的债权"
            f"回收率{without:.1%}：请按该债务人的实际情况填写",
        )


def _about_parties(compared: Compared) -> Iterator[Figures]:
    if compared.restructuring.plan.branches.drawn:
        yield caution(
            "branches_drawn",
            "the milestones can turn out in too many ways to list; they were drawn",
            "里程碑组合过多，已采用抽样",
        )
    owners = compared.everybody[-1].restructuring_yuan
    if owners is not None and owners < 0:
        yield caution(
            "beyond_the_business",
            "the plan promises more than the business is worth; somebody will not be "
            "paid as this says",
            "方案承诺的受偿超过企业价值，无法全部兑现",
        )


def ranking(proposals: Sequence[Compared]) -> list[Figures]:
    """Places of the proposals by value, each with its reason."""
    ordered = sorted(proposals, key=lambda p: -p.value_yuan)
    return [_ranked(place, compared) for place, compared in enumerate(ordered, 1)]


def _ranked(place: int, compared: Compared) -> Figures:
    reason, reason_zh = _standing(compared)
    return {
        "rank": place,
        "name": compared.name,
        "value_yuan": compared.value_yuan,
        "gain_yuan": compared.gain_yuan,
        "reason": reason,
        "reason_zh": reason_zh,
    }


def _standing(compared: Compared) -> tuple[str, str]:
    more = compared.gain_yuan >= 0
    size, chance = abs(compared.gain_yuan), compared.below_liquidation
    reason = (
        f"worth {size:,.2f} yuan {'more' if more else 'less'} than liquidation, and "
        f"less than it in {chance:.0%} of the ways it can end"
    )
    reason_zh = (
        f"较清算{'高' if more else '低'}{size:,.2f}元，最终低于清算的概率{chance:.0%}"
    )
    if compared.worse_off:
        names = ", ".join(p.name for p in compared.worse_off)
        reason += f"; worse off than in liquidation: {names}"
        reason_zh += f"；受偿低于清算：{names}"
    if compared.restructuring.plan.terms.re_default.hazard_is_prior:
        reason += "; by a declared hazard: nothing here says that this debtor can pay"
        reason_zh += "；再违约概率为声明的先验值，未反映该债务人的偿付能力"
    return reason, reason_zh


def recommended(proposals: Sequence[Compared]) -> Figures:
    """The proposal to take, if any, and why."""
    fit = [
        p for p in proposals if p.gain_yuan >= 0 and p.best_interest_met is not False
    ]
    told = [p for p in fit if not p.presumes_hazard]
    if fit and not told:
        return {
            "recommended": None,
            "reason": "no proposal states the hazard of a re-default: a declared prior "
            "says nothing of this debtor, so none is recommended",
            "reason_zh": "方案均未给出再违约风险率：声明的先验不能说明该债务人的"
            "偿付能力，故不作推荐",
        }
    if told:
        best = max(told, key=lambda p: p.value_yuan)
        reason, reason_zh = _standing(best)
        return {"recommended": best.name, "reason": reason, "reason_zh": reason_zh}
    if any(p.gain_yuan >= 0 for p in proposals):
        return {
            "recommended": None,
            "reason": "every proposal that beats liquidation leaves some creditor "
            "worse off than liquidation would",
            "reason_zh": "优于清算的方案均使部分债权人受偿低于清算",
        }
    return {
        "recommended": None,
        "reason": "no proposal is worth what liquidation brings",
        "reason_zh": "没有方案达到清算价值",
    }
