"""Which disposal path each claim should take, and a plan for all of them."""

from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import Field

from features.checked import Checked, stated
from features.errors import AssumptionError, Finding
from features.package import Floats, Ints
from models.paths.path import PATHS, Path
from models.pricing.paths.comparison import (
    NOTHING,
    Comparison,
    Taught,
    Verdict,
    choices_of,
    compared,
    lots,
    taught,
)
from models.pricing.paths.eligibility import Eligibility, eligibility
from models.pricing.paths.engine import PathFacts, engine_values
from models.pricing.paths.facts import facts_of
from models.pricing.paths.plan import (
    Choices,
    Limits,
    NoPlanError,
    Plan,
    Shadow,
    best_plan,
    fixed,
)
from models.pricing.paths.priors import declared_priors
from models.pricing.valuation import Valuation
from serving.analyses.analysis import Analysis
from serving.analyses.overridden import about_overrides
from serving.analyses.path_figures import Side, fen_yuan, learnt_figures, path_sums
from serving.analyses.path_words import limit_words, shortage
from serving.analyses.recomputed import about_record
from serving.answers.paths import PathsOut
from serving.cautions.caution import caution
from serving.desk import Desk
from serving.figures.package import rate
from serving.record import Record

Figures = dict[str, Any]
MOST_LISTED = 1_000
# A plan under limits of so many claims takes about ten seconds of one core.
MOST_LIMITED = 20_000


class PathsRequest(Checked):
    """Limits of the plan; there are none where none is stated."""

    case_handlers: float | None = stated(
        None,
        "Case handlers there are in every quarter; no limit when absent.",
        "每季度可用的处置人员数，缺省为不限。",
        gt=0,
        le=1e5,
    )
    handler_hours: float = stated(
        declared_priors().staff.handler_hours,
        "Hours that one of them has for cases in a quarter: a declared prior.",
        "每名处置人员每季度可用工时，为声明的先验值。",
        gt=0,
        le=2_000,
    )
    budget_yuan: float | None = stated(
        None,
        "Cash that may be advanced in every quarter; no limit when absent.",
        "每季度可垫付的资金（元），缺省为不限。",
        gt=0,
        le=1e13,
    )
    most_claims: dict[Path, Annotated[int, Field(ge=0)]] = stated(
        {},
        "Most claims that a path may take, by path.",
        "各处置方式的最多笔数。",
    )
    randomise_share: float = stated(
        0.0,
        "Share of the claims whose path is drawn by lot among those open: the only "
        "check of what is learnt from choices.",
        "由抽签在可行方式中选定的债权比例，是检验历史学习值的唯一办法。",
        ge=0,
        le=0.1,
    )
    seed: int = stated(
        20_250_630, "Seed of the lots.", "抽签的随机种子。", ge=0, le=2**32 - 1
    )
    listed_claims: int = stated(
        200,
        "Claims listed, the largest first served; plan and sums are of all.",
        "列示的债权笔数，取金额最大者；计划与合计包含全部债权。",
        ge=0,
        le=MOST_LISTED,
    )

    def limits(self) -> Limits:
        """The same as the programme has them."""
        hours = self.case_handlers and self.case_handlers * self.handler_hours
        return Limits(hours, self.budget_yuan, tuple(self.most_claims.items()))


@dataclass(frozen=True)
class _Question:
    """A valuation with its paths, before any plan."""

    valuation: Valuation
    comparison: Comparison
    eligible: Eligibility
    known: Taught | None
    rows: Ints
    choices: Choices


@dataclass(frozen=True)
class _Planned:
    """A plan, and the same without lots and without limits."""

    plan: Plan
    path: Ints
    drawn: Ints
    lots_cost_yuan: float
    unlimited_yuan: float


def _figures(desk: Desk, record: Record, request: PathsRequest) -> Figures:
    question = _question(record.valuation)
    planned = _planned(question, request)
    side = _side(question, planned)
    listed = _largest(record.valuation, request.listed_claims)
    return {
        "target_return_rate": rate(record.valuation.assumptions.target_return_rate),
        "claims": len(record.valuation.package),
        "listed_claims": len(listed),
        "learnt": learnt_figures(side.record),
        "plan": _plan_figures(question, planned, side, request),
        "choices": [side.choice(int(row)) for row in listed],
        "warnings": [
            *about_overrides(desk, record),
            *about_record(record),
            *_warnings(question),
        ],
    }


def claim_paths(valuation: Valuation, row: int) -> Figures:
    """The paths of one claim side by side, as the answer about its package has them.

    Args:
        valuation: Of the package.
        row: Place of the claim, from 0.
    """
    question = _question(valuation)
    return _side(question, _planned(question, PathsRequest())).choice(row)


def _question(valuation: Valuation) -> _Question:
    facts = facts_of(valuation)
    engine = engine_values(facts, declared_priors())
    eligible = eligibility(valuation.package)
    known = _taught(valuation, facts, eligible)
    comparison = compared(engine, eligible, known)
    rows, choices = choices_of(comparison, engine)
    return _Question(valuation, comparison, eligible, known, rows, choices)


def _taught(
    valuation: Valuation, facts: PathFacts, eligible: Eligibility
) -> Taught | None:
    learnt = valuation.model.paths
    if learnt is None:
        return None
    return taught(
        learnt,
        valuation.model.table(valuation.package),
        facts.segments,
        eligible.open,
        facts.claim_yuan,
        facts.yearly_rate,
    )


def _planned(question: _Question, request: PathsRequest) -> _Planned:
    """The best plan with the lots asked for.

    Raises:
        AssumptionError: No plan meets the limits; the findings name them.
    """
    limits, choices = request.limits(), question.choices
    _check_size(limits, len(question.rows))
    is_open = question.eligible.open[question.rows]
    places, paths = lots(is_open, request.randomise_share, request.seed)
    without = _best(choices, limits)
    plan = _best(fixed(choices, places, paths), limits) if len(places) else without
    path = np.full(len(question.valuation.package), NOTHING, np.int64)
    path[question.rows] = plan.path
    return _Planned(
        plan,
        path,
        question.rows[places],
        without.value_yuan - plan.value_yuan,
        best_plan(choices, Limits()).value_yuan,
    )


def _check_size(limits: Limits, claims: int) -> None:
    if limits == Limits() or claims <= MOST_LIMITED:
        return
    finding = Finding(
        "too_many_to_plan",
        f"a plan under limits holds at most {MOST_LIMITED:,} claims, and these are "
        f"{claims:,}; ask without limits or split the package",
        f"有约束的处置计划最多包含{MOST_LIMITED:,}笔债权，本包为{claims:,}笔；"
        "请去掉约束或拆分资产包",
        table="",
        value=str(claims),
    )
    raise AssumptionError(finding.reason, [finding])


def _best(choices: Choices, limits: Limits) -> Plan:
    try:
        return best_plan(choices, limits)
    except NoPlanError as error:
        findings = [shortage(short) for short in error.shortages]
        raise AssumptionError(
            "no plan meets these limits", findings, "没有符合这些限制的处置计划"
        ) from None


def _side(question: _Question, planned: _Planned) -> Side:
    valuation = question.valuation
    drawn = np.zeros(len(valuation.package), bool)
    drawn[planned.drawn] = True
    learnt = valuation.model.paths
    return Side(
        valuation.package.claim_ids,
        valuation.claim_fen,
        valuation.forecast.segments,
        question.comparison,
        question.eligible,
        question.known,
        None if learnt is None else learnt.record,
        planned.path,
        drawn,
    )


def _largest(valuation: Valuation, count: int) -> Ints:
    order = np.argsort(-valuation.claim_fen, kind="stable")
    return order[:count]


def _plan_figures(
    question: _Question, planned: _Planned, side: Side, request: PathsRequest
) -> Figures:
    plan = planned.plan
    handler = _worth(plan, "hours", request.handler_hours)
    budget = _worth(plan, "advance", 1.0)
    learnt = question.comparison.verdict[question.rows] == Verdict.LEARNT
    sentences = _sentences(plan, handler if request.case_handlers else None)
    ids = side.claim_ids
    return {
        "claims": len(question.rows),
        "left_out_claims": len(ids) - len(question.rows),
        "value_yuan": fen_yuan(plan.value_yuan),
        "bound_yuan": fen_yuan(plan.bound_yuan),
        "unlimited_yuan": fen_yuan(planned.unlimited_yuan),
        "learnt_claims": int(learnt.sum()),
        "engine_claims": int((~learnt).sum()),
        "case_handler_yuan": fen_yuan(handler) if request.case_handlers else None,
        "budget_yuan": round(budget, 4) if request.budget_yuan else None,
        "sentences": [english for english, _ in sentences],
        "sentences_zh": [chinese for _, chinese in sentences],
        "limits": [_limit(shadow) for shadow in plan.shadows],
        "paths": path_sums(side, _planned_yuan(question, planned)),
        "lots": [
            {"claim_id": ids[row], "path": PATHS[planned.path[row]]}
            for row in planned.drawn.tolist()
        ],
        "lots_cost_yuan": fen_yuan(planned.lots_cost_yuan),
    }


def _planned_yuan(question: _Question, planned: _Planned) -> Floats:
    value = np.zeros(len(planned.path))
    chosen = planned.path[question.rows]
    value[question.rows] = question.comparison.npv_yuan[question.rows, chosen]
    return value


def _worth(plan: Plan, limit: str, units: float) -> float:
    """Worth of so many units more of a limit in every quarter."""
    return units * sum(s.yuan_per_unit for s in plan.shadows if s.row.limit == limit)


def _limit(shadow: Shadow) -> Figures:
    quarter = shadow.row.quarter
    return {
        "limit": shadow.row.limit,
        "path": shadow.row.path,
        "quarter": None if quarter is None else quarter + 1,
        "most": shadow.row.most,
        "used": round(shadow.used, 2),
        "yuan_per_unit": round(shadow.yuan_per_unit, 4),
    }


def _sentences(plan: Plan, handler_yuan: float | None) -> list[tuple[str, str]]:
    """What the limits cost, in words."""
    told = []
    if handler_yuan is not None:
        told.append(
            (
                f"one more case handler is worth {handler_yuan:,.0f} yuan",
                f"增加一名处置人员价值{handler_yuan:,.0f}元",
            )
        )
    for shadow in plan.shadows:
        if shadow.row.limit != "hours" and shadow.yuan_per_unit > 0:
            english, chinese = limit_words(shadow.row)
            worth = shadow.yuan_per_unit
            told.append(
                (
                    f"{english}: one more is worth {worth:,.2f} yuan",
                    f"{chinese}：每增加一单位价值{worth:,.2f}元",
                )
            )
    return told


def _warnings(question: _Question) -> list[Figures]:
    """What a reader must know of the figures."""
    warnings = [_PRIORS]
    if question.valuation.model.paths is None:
        warnings.append(_NOT_LEARNT)
    if (question.comparison.verdict == Verdict.CONFOUNDED).any():
        warnings.append(_CONFOUNDED)
    return warnings


_PRIORS: Figures = caution(
    "declared_priors",
    "hours, advances and every figure of the engine come from declared "
    "priors; replace those by your own",
    "工时、垫付及引擎各项数值取自声明的先验值，应以自身数据替换",
)
_NOT_LEARNT: Figures = caution(
    "paths_not_learnt",
    "the model's history does not say which paths were chosen for enough "
    "claims: nothing here is learnt from what happened",
    "模型的处置历史未记录足够债权的选定方式：本结果不含历史学习值",
)
_CONFOUNDED: Figures = caution(
    "paths_confounded",
    "lots contradict what was learnt from chosen paths: it is withdrawn",
    "抽签结果与人工选定方式的学习值相矛盾：学习值已撤回",
)

ANALYSIS = Analysis(
    name="paths",
    summary="Disposal paths of the claims, and a plan for the package",
    description="For each claim the six paths side by side, learnt from the model's "
    "history where it holds chosen paths and worked out from declared priors "
    "elsewhere, with what can be recommended and how sure that is; and one path for "
    "each claim under limits of staff and cash, with what more of each is worth.",
    request=PathsRequest,
    answer=PathsOut,
    figures=_figures,
    example={
        "case_handlers": 3.0,
        "budget_yuan": 2000000.0,
        "randomise_share": 0.05,
        "listed_claims": 20,
    },
)
