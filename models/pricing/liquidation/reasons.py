"""Why an assumed liquidation is far from what the model expects of a claim.

Every reason is a fact of the claim that pulls the two apart. It is given where the gap
is large and lies on the side to which that fact pulls.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from features.collateral.items import owned_yuan
from features.collateral.sale_effects import MONTHS_PER_YEAR
from features.outcomes import DAYS_PER_MONTH
from features.package import Floats, days, numbers
from models.pricing.liquidation.proportion import sums
from models.pricing.liquidation.securities import (
    Bools,
    expired,
    labels,
    numbered,
)
from models.pricing.liquidation.terms import LiquidationTerms
from models.pricing.liquidation.waterfall import Liquidation

SECURED = ("mortgaged", "pledged", "combined")
# An item or a burden matters from this share of what the items bring on.
MATTERS = 0.2


@dataclass(frozen=True)
class Reason:
    """Why the two values differ.

    Attributes:
        side: Where the liquidation lies if this is the cause.
        en: In English.
        zh: In Chinese.
    """

    side: Literal["below", "above"]
    en: str
    zh: str


REASONS: Mapping[str, Reason] = MappingProxyType(
    {
        "limitation_expired": Reason(
            "below",
            "the limitation ran out before a court heard the claim: liquidation brings "
            "only what is pledged in hand, while some obligors still pay",
            "诉讼时效已届满且未起诉：清算仅计占有型质押，而部分债务人仍会自愿还款",
        ),
        "none_listed": Reason(
            "below",
            "the tape calls the claim secured and lists no collateral: ask the seller "
            "for the items",
            "担保方式为抵质押，但未列示押品：请向出让方索取押品清单",
        ),
        "not_appraised": Reason(
            "below",
            "an item has no appraised value and counts as nothing",
            "押品缺少评估价值，按零计入",
        ),
        "senior_liens": Reason(
            "below",
            "liens and arrears ahead take much of what the items bring",
            "在先抵押权、工程款及欠税占用了押品变现款的相当部分",
        ),
        "maximum_claim": Reason(
            "below",
            "the registered maximum keeps part of the proceeds from the claim",
            "最高额限制了可受偿金额",
        ),
        "shared_items": Reason(
            "below",
            "an item secures other claims of the package too and counts once",
            "押品同时担保包内其他债权，只计一次",
        ),
        "later_seizure": Reason(
            "below",
            "another court seized first: it sells, later and at a cost",
            "轮候查封：由首封法院处置，时间更长且有分配成本",
        ),
        "guarantee_lapsed": Reason(
            "below",
            "a guarantee had lapsed on the cut-off date and counts as nothing",
            "保证期间已届满，保证不再计入",
        ),
        "shared_guarantor": Reason(
            "below",
            "a guarantor signed for several claims and counts once",
            "保证人为多笔债权担保，偿付能力只计一次",
        ),
        "unsecured_payments": Reason(
            "below",
            "hardly anything secures the claim: the model has seen obligors pay whom a "
            "liquidation would find without assets",
            "几乎无担保：模型从历史中看到债务人的还款，而清算中看不到可执行财产",
        ),
        "appraisal_stale": Reason(
            "above",
            "an appraisal is old: the market may have left it behind",
            "评估报告陈旧，市场价格可能已变动",
        ),
        "sale_unlikely": Reason(
            "above",
            "liquidation assumes that every item is sold, and items like these often "
            "are not within the horizon",
            "清算法假定押品必然成交，而同类押品在期限内往往未能成交",
        ),
        "guarantor_counted": Reason(
            "above",
            "much of it is to come from guarantors: the rates that they pay are "
            "declared, not observed",
            "较大部分依赖保证人代偿，代偿比例为声明的先验值",
        ),
        "cash_counted": Reason(
            "above",
            "accounts in reach count in full: check that the money is still there",
            "可触及资金按全额计入，请核实资金是否仍在",
        ),
        "late": Reason(
            "above",
            "part of it comes after the horizon that the statistical value counts",
            "部分回款晚于统计估值所计的期限",
        ),
    }
)
_UNEXPLAINED: Mapping[str, Reason] = MappingProxyType(
    {
        "below": Reason(
            "below",
            "no fact of the tape stands out: the model expects more of such claims",
            "未见突出原因：模型对同类债权的预期更高",
        ),
        "above": Reason(
            "above",
            "no fact of the tape stands out: such claims have paid less than their "
            "security would bring",
            "未见突出原因：同类债权的实际回款低于其担保变现价值",
        ),
    }
)


def gap_yuan(found: Liquidation, gross_yuan: Floats) -> Floats:
    """Liquidation less the statistical value, both before costs of disposal, (n,).

    Only cost and taxes of its sales are off the liquidation: they are in its waterfall.
    """
    gap: Floats = found.total_yuan - gross_yuan
    return gap


def gap_reasons(
    found: Liquidation,
    gross_yuan: Floats,
    terms: LiquidationTerms,
    horizon_months: int,
) -> list[dict[str, Reason]]:
    """Reasons for the gap of each claim by code; none where the gap is small.

    Args:
        found: The liquidation.
        gross_yuan: Cash that the model expects within the horizon, shape (n,).
        terms: What the liquidation rests on.
        horizon_months: Months that the model's value counts.
    """
    gap = gap_yuan(found, gross_yuan)
    large = np.abs(gap) > terms.gap_rate * found.claim_yuan
    facts = _facts(found, terms, horizon_months)
    given: list[dict[str, Reason]] = [{} for _ in gap]
    for claim in np.flatnonzero(large).tolist():
        side = "below" if gap[claim] < 0 else "above"
        given[claim] = {
            code: reason
            for code, reason in REASONS.items()
            if reason.side == side and facts[code][claim]
        } or {"unexplained": _UNEXPLAINED[side]}
    return given


def _facts(
    found: Liquidation, terms: LiquidationTerms, horizon_months: int
) -> dict[str, Bools]:
    return {
        **_facts_of_claims(found),
        **_facts_of_items(found, terms),
        **_facts_of_guarantees(found),
        "late": _late(found, horizon_months),
    }


def _facts_of_claims(found: Liquidation) -> dict[str, Bools]:
    package, claims = found.package, len(found.claim_yuan)
    listed = _any(found.items.claim, np.ones(len(found.items.claim), bool), claims)
    security = labels(package.claims["security_type"])
    little = found.collateral_yuan + found.guarantor_yuan < MATTERS * found.claim_yuan
    return {
        "limitation_expired": expired(package),
        "none_listed": np.isin(security, SECURED) & ~listed,
        "unsecured_payments": little,
        "cash_counted": found.cash_yuan > MATTERS * found.claim_yuan,
    }


def _facts_of_items(found: Liquidation, terms: LiquidationTerms) -> dict[str, Bools]:
    items, rows = found.items, found.package.collateral
    cutoff = days(found.package.claims, "cutoff_date")[items.claim]
    months = (cutoff - days(rows, "appraisal_date")) / DAYS_PER_MONTH
    matters = items.lender_yuan > MATTERS * found.claim_yuan[items.claim]
    ahead = items.arrears_yuan + items.senior_yuan
    shared = np.bincount(items.item, minlength=1)[items.item] > 1
    by_row = {
        "not_appraised": np.isnan(owned_yuan(found.package.tables.collateral)),
        "senior_liens": ahead > MATTERS * items.sale_yuan,
        "maximum_claim": items.above_maximum_yuan > MATTERS * items.sale_yuan,
        "shared_items": shared & (items.elsewhere_yuan > 0),
        "later_seizure": (numbers(rows, "seizure_rank") > 1) & (items.sale_yuan > 0),
        "appraisal_stale": matters & (months > terms.stale_years * MONTHS_PER_YEAR),
        "sale_unlikely": matters & (items.probability < terms.unlikely_sale_rate),
    }
    claims = len(found.claim_yuan)
    return {code: _any(items.claim, rows, claims) for code, rows in by_row.items()}


def _facts_of_guarantees(found: Liquidation) -> dict[str, Bools]:
    steps, rows = found.guarantees, found.package.guarantees
    claims = len(found.claim_yuan)
    cutoff = days(found.package.claims, "cutoff_date")[steps.claim]
    lapsed = days(rows, "guarantee_expiry") < cutoff
    wanted = np.fmin(numbers(rows, "guaranteed_amount"), found.claim_yuan[steps.claim])
    shared = _shares_guarantor(found) & (steps.called_yuan < (1 - MATTERS) * wanted)
    return {
        "guarantee_lapsed": _any(steps.claim, lapsed, claims),
        "shared_guarantor": _any(steps.claim, shared & steps.in_force, claims),
        "guarantor_counted": found.guarantor_yuan > MATTERS * found.claim_yuan,
    }


def _shares_guarantor(found: Liquidation) -> Bools:
    """Guarantees of guarantors who signed more than one, shape (g,)."""
    who = numbered(found.package.guarantees["guarantor_id"].combine_chunks())
    shares: Bools = np.bincount(who, minlength=1)[who] > 1
    return shares


def _late(found: Liquidation, horizon_months: int) -> Bools:
    """Whether much of the claim's money comes after the horizon, shape (n,)."""
    items = found.items
    after = np.where(items.months > horizon_months, items.lender_yuan, 0.0)
    late = sums(items.claim, after, len(found.claim_yuan))
    much: Bools = late > MATTERS * found.claim_yuan
    return much


def _any(claim: "np.typing.NDArray[np.int64]", rows: Bools, claims: int) -> Bools:
    found: Bools = sums(claim, rows.astype(np.float64), claims) > 0
    return found
