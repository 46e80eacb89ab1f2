"""Proposals to restructure a claim: worth, beside liquidation, and who gains what."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal, Self

import numpy as np
from pydantic import model_validator

from features.checked import Checked, stated
from features.errors import AssumptionError, Finding, NotFoundError
from features.findings import shortened
from features.package import Package
from models.pricing.cash_flow import CashFlow
from models.pricing.fen import FEN_PER_YUAN, to_yuan
from models.pricing.liquidation.cash import liquidation_cash
from models.pricing.liquidation.terms import liquidation_terms
from models.pricing.liquidation.waterfall import liquidate
from models.pricing.restructuring.liquidation_value import LiquidationValue
from models.pricing.restructuring.parties import beside_others
from models.pricing.restructuring.restructuring import Basis, restructure
from models.pricing.restructuring.schedule_terms import amount, share
from models.pricing.restructuring.structure import CapitalStructure
from models.pricing.restructuring.terms import RestructuringTerms
from models.pricing.valuation import Valuation
from serving.analyses.analysis import Analysis
from serving.analyses.overridden import about_overrides
from serving.analyses.recomputed import about_record
from serving.analyses.restructuring_figures import (
    Compared,
    proposal_figures,
    ranking,
    recommended,
    yuan,
)
from serving.answers.restructurings import RestructuringsOut
from serving.cautions.caution import caution
from serving.desk import Desk
from serving.figures.package import rate
from serving.record import Record

Figures = dict[str, Any]
Source = Literal["stated", "statistical", "assumed_liquidation"]

MOST_PROPOSALS = 10
MOST_PAYMENTS = 360
# Most branches times months of all proposals: about ten seconds of one core.
LARGEST_EFFORT = 1_500_000


class LiquidationPayment(Checked):
    """Net cash of the claim in one month if it is not restructured."""

    month: int = stated(
        ...,
        "Month since the cut-off date at whose end it comes.",
        "自基准日起第几个月末回款。",
        ge=0,
        le=600,
    )
    amount_yuan: float = amount(..., "Net of cost.", "扣除费用后的金额（元）。")


class RestructuringsRequest(Checked):
    """Proposals for one claim, and what they are held against."""

    claim_id: str | None = stated(
        None,
        "Claim of the valuation; its largest when absent.",
        "债权编号，缺省为金额最大的一笔。",
        max_length=100,
    )
    proposals: tuple[RestructuringTerms, ...] = stated(
        ...,
        "The proposals, each with its own name.",
        "重组方案，名称不得重复。",
        min_length=1,
        max_length=MOST_PROPOSALS,
        strict=False,
    )
    discount_rate: float | None = share(
        None,
        "Effective yearly rate; the target return of the valuation when absent.",
        "年折现率，缺省为估值的目标收益率。",
    )
    servicing_rate: float | None = share(
        None,
        "Cost of collecting over payments of the plan; the servicing fee of the "
        "valuation when absent.",
        "方案回款的服务费率，缺省为估值的资产服务费率。",
    )
    liquidation: tuple[LiquidationPayment, ...] = stated(
        (),
        "Net cash of liquidation by month; what ``against`` names when absent.",
        "按月清算净回款，缺省按against所选。",
        max_length=MOST_PAYMENTS,
        strict=False,
    )
    against: Literal["work_out", "liquidation"] = stated(
        "work_out",
        "What proposals are held against where no cash is stated: what the valuation "
        "expects of the work-out, or an assumed liquidation from the cut-off date on "
        "under declared terms; both net of the costs of the valuation.",
        "未填写清算现金流时的对照：统计处置现金流，或按声明条件的假设清算，"
        "均已扣除估值所列费用。",
    )
    debtor: CapitalStructure = stated(
        CapitalStructure(),
        "The debtor's other creditors and what there is to share.",
        "债务人的其他债权人及可分配资产。",
    )

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [p.name for p in self.proposals]
        if len(set(names)) < len(names):
            raise ValueError(
                "every proposal needs a name of its own | 方案名称不得重复"
            )
        return self


def _figures(desk: Desk, record: Record, request: RestructuringsRequest) -> Figures:
    row = _row(record.submission.package, request.claim_id, record.id)
    valuation = record.valuation
    basis = _basis(valuation, request)
    statistical = _worth(valuation.cash_flow, row, basis.discount_rate)
    source, held_to = _held_to(valuation, row, request, basis, statistical)
    compared = _compared(valuation, row, request, basis, held_to)
    return {
        "claim_id": valuation.package.claim_ids[row],
        "claim_yuan": int(valuation.claim_fen[row]) / FEN_PER_YUAN,
        "discount_rate": rate(basis.discount_rate),
        "servicing_rate": rate(basis.servicing_rate),
        "liquidation": {
            "source": source,
            "cash_yuan": yuan(held_to.cash_yuan),
            "present_value_yuan": yuan(held_to.present_value_yuan),
            "statistical_present_value_yuan": yuan(statistical.present_value_yuan),
        },
        "proposals": [proposal_figures(proposal) for proposal in compared],
        "ranking": ranking(compared),
        **recommended(compared),
        "warnings": [
            *about_overrides(desk, record),
            *about_record(record),
            *_WARNINGS[source],
        ],
    }


def _compared(
    valuation: Valuation,
    row: int,
    request: RestructuringsRequest,
    basis: Basis,
    held_to: LiquidationValue,
) -> list[Compared]:
    claim_yuan = int(valuation.claim_fen[row]) / FEN_PER_YUAN
    compared, effort = [], 0
    for terms in request.proposals:
        found = restructure(terms, claim_yuan, basis)
        effort += found.plan.old.before.size
        _check_effort(effort)
        shared = beside_others(found, request.debtor)
        compared.append(Compared(shared, held_to, request.debtor))
    return compared


def _row(package: Package, claim_id: str | None, valuation_id: str) -> int:
    """Row of the claim that is asked about.

    Raises:
        NotFoundError: The valuation has no such claim.
    """
    if claim_id is None:
        return int(np.argmax(package.claim_yuan()))
    ids = package.claim_ids
    if claim_id in ids:
        return ids.index(claim_id)
    shown = shortened(claim_id)
    finding = Finding(
        "claim_not_found",
        f"valuation {valuation_id} has no claim {shown}; take a claim_id from its "
        "claims",
        f"估值{valuation_id}中没有债权{shown}；请填写其中的债权编号",
        table="",
        field="claim_id",
        value=shown,
    )
    raise NotFoundError(finding.reason, [finding])


def _basis(valuation: Valuation, request: RestructuringsRequest) -> Basis:
    asked, fee = request.discount_rate, request.servicing_rate
    usual = valuation.assumptions
    return Basis(
        usual.target_return_rate if asked is None else asked,
        usual.servicing_fee_rate if fee is None else fee,
    )


def _held_to(
    valuation: Valuation,
    row: int,
    request: RestructuringsRequest,
    basis: Basis,
    statistical: LiquidationValue,
) -> tuple[Source, LiquidationValue]:
    if request.liquidation:
        amounts = np.array([p.amount_yuan for p in request.liquidation])
        months = np.array([p.month for p in request.liquidation], np.float64)
        return "stated", LiquidationValue.of(amounts, months, basis.discount_rate)
    if request.against == "liquidation":
        assumed = _worth(_assumed(valuation), row, basis.discount_rate)
        return "assumed_liquidation", assumed
    return "statistical", statistical


def _assumed(valuation: Valuation) -> CashFlow:
    """Cash of an assumed liquidation, its costs those of any other cash."""
    found = liquidate(
        valuation.package, valuation.model.sale_prices, liquidation_terms()
    )
    return liquidation_cash(found, valuation.proceedings, valuation.assumptions)


def _worth(cash: CashFlow, row: int, discount_rate: float) -> LiquidationValue:
    """What the net cash of a claim is worth."""
    net_yuan = to_yuan(cash.net_fen[row])
    months = np.arange(1.0, len(net_yuan) + 1)
    return LiquidationValue.of(net_yuan, months, discount_rate)


def _check_effort(effort: int) -> None:
    if effort <= LARGEST_EFFORT:
        return
    finding = Finding(
        "too_many_branches",
        "the milestones of these proposals can turn out in too many ways over too many "
        "months to be valued at once; ask for fewer proposals, milestones or months",
        "这些方案的里程碑组合与月数过多，无法一次估值；请减少方案、里程碑或月数",
        table="",
        field="proposals",
    )
    raise AssumptionError(finding.reason, [finding])


_WARNINGS: Mapping[Source, list[Figures]] = MappingProxyType(
    {
        "stated": [],
        "statistical": [
            caution(
                "statistical_liquidation",
                "no liquidation was stated: proposals are held against what the "
                "valuation expects of the work-out, restructurings of the past among "
                "it",
                "未填写清算现金流：以估值的统计处置结果作为对照，其中包含历史重组",
            )
        ],
        "assumed_liquidation": [
            caution(
                "assumed_liquidation",
                "no liquidation was stated: proposals are held against an assumed one, "
                "whose terms are declared priors where the model has seen no sales",
                "未填写清算现金流：以假设清算作为对照，模型未见成交之处采用声明的先验值",
            )
        ],
    }
)

ANALYSIS = Analysis(
    name="restructurings",
    summary="Value proposals to restructure a claim",
    description="What each proposal is worth under the chance that it fails again, "
    "beside what the claim brings without it; who gains what, where both are equal, "
    "and which proposal to take.",
    request=RestructuringsRequest,
    answer=RestructuringsOut,
    figures=_figures,
    example={
        "proposals": [
            {
                "name": "three years, a fifth written off",
                "haircut_rate": 0.2,
                "schedule": {"months": 36, "interest_rate": 0.04},
                "re_default": {"monthly_rate": 0.01, "recovery_rate": 0.35},
            },
            {
                "name": "sale of the plant",
                "schedule": {"months": 60, "grace_months": 6},
                "milestones": [
                    {
                        "name": "plant sold",
                        "month": 12,
                        "probability": 0.6,
                        "met": {"prepayment_yuan": 500000.0},
                        "missed": {"schedule": {"months": 24}},
                    }
                ],
            },
        ],
        "debtor": {
            "claim_rank": 2,
            "creditors": [{"name": "bank", "rank": 1, "amount_yuan": 800000.0}],
        },
    },
)
