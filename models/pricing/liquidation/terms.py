"""What an assumed liquidation rests on, declared in TOML with its reasons."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from features.checked import Checked, stated
from features.package import Floats

UNKNOWN = "unknown"
Labels = npt.NDArray[np.str_]
Rate = Annotated[float, Field(ge=0, le=1)]
Ratio = Annotated[float, Field(ge=0, le=3)]
Months = Annotated[float, Field(ge=0, le=240)]


class LiquidationTerms(Checked):
    """Terms of an assumed liquidation 假设清算法.

    Rates are shares. A table holds a figure for each kind and one for ``unknown``,
    which stands for whatever it does not name.
    """

    sale: Literal["certain", "expected"] = stated(
        ...,
        "Whether every item is sold, as the method assumes, or counts with its chance.",
        "假定押品必然成交，或按成交概率计入。",
    )
    payout_months: Months = stated(
        ..., "Months from a sale until its money is paid out.", "成交至分配到账的月数。"
    )
    sole_home_rate: Rate = stated(
        ...,
        "Share of the price of an only home that is set aside for its owner.",
        "唯一住房变价款中为被执行人保留的比例。",
    )
    later_seizure_months: Months = stated(
        ...,
        "Months that a sale takes longer where another court seized first.",
        "轮候查封较首封多需的月数。",
    )
    later_seizure_rate: Rate = stated(
        ...,
        "Share of the proceeds lost to whoever seized first.",
        "轮候查封时让与首封债权人的变价款比例。",
    )
    general_guarantee_months: Months = stated(
        ...,
        "Months that a general guarantor pays later than a joint one.",
        "一般保证较连带责任保证晚偿付的月数。",
    )
    cash_months: Months = stated(
        ..., "Months until cash in reach is paid.", "可触及资金到账的月数。"
    )
    gap_rate: Rate = stated(
        ...,
        "Difference to the statistical value over the claim from which on it is "
        "explained.",
        "与统计估值之差占债权比例超过该值时给出原因。",
    )
    stale_years: float = stated(
        ...,
        "Age of an appraisal from which on it is called stale.",
        "评估报告视为陈旧的年数。",
        ge=0,
        le=50,
    )
    unlikely_sale_rate: Rate = stated(
        ...,
        "Chance of a sale below which it is called unlikely.",
        "成交概率低于该值视为不易成交。",
    )
    sale_cost_rate: dict[str, Rate] = stated(
        ..., "Cost of the sale over its price, by kind of item.", "各类押品变现费用率。"
    )
    seller_tax_rate: dict[str, Rate] = stated(
        ...,
        "Taxes of the seller over the price, by kind of item.",
        "各类押品卖方税费率。",
    )
    expired_lien_rate: dict[str, Rate] = stated(
        ...,
        "What is left of a lien after the limitation of its claim, by kind of item.",
        "主债权时效届满后各类押品担保权可实现的比例。",
    )
    guarantor_rate: dict[str, Rate] = stated(
        ...,
        "Share of a call that a guarantor pays, by kind of guarantor.",
        "各类保证人的代偿比例。",
    )
    obligor_rate: dict[str, Rate] = stated(
        ...,
        "Share that the obligor pays himself, by operating status.",
        "债务人以其他财产清偿的比例，按经营状态。",
    )
    stage_factor: dict[str, Annotated[float, Field(ge=0, le=20)]] = stated(
        ...,
        "Factor on the obligor's share, by legal stage.",
        "该比例按诉讼阶段的调整系数。",
    )
    stage_months: dict[str, Months] = stated(
        ...,
        "Months until guarantors and obligors pay, by legal stage.",
        "保证人与债务人偿付所需月数，按诉讼阶段。",
    )
    sale_ratio: dict[str, Ratio] = stated(
        ...,
        "Price over appraised value by kind of item, in place of the model's.",
        "各类押品变现率，代替模型估计。",
    )
    sale_months: dict[str, Months] = stated(
        ...,
        "Months to the sale by kind of item, in place of the model's.",
        "各类押品变现月数，代替模型估计。",
    )

    @model_validator(mode="after")
    def _knows_the_unknown(self) -> Self:
        for name in _TABLES:
            if UNKNOWN not in getattr(self, name):
                raise ValueError(
                    f"{name} lacks a figure for {UNKNOWN!r}; add it"
                    f" | {name}缺少{UNKNOWN}一项；请补充"
                )
        return self


_TABLES = (
    *("sale_cost_rate", "seller_tax_rate", "expired_lien_rate", "guarantor_rate"),
    *("obligor_rate", "stage_factor", "stage_months"),
)


def liquidation_terms(changes: Mapping[str, Any] | None = None) -> LiquidationTerms:
    """The declared terms with some of them changed; tables are changed by kind.

    Args:
        changes: Terms by name.

    Raises:
        AssumptionError: A term is unknown, of a wrong type or out of bounds.
    """
    terms = _declared()
    for name, value in (changes or {}).items():
        terms = terms | {name: _changed(terms.get(name), value)}
    return LiquidationTerms.of(terms, "liquidation")


def _changed(declared: Any, value: Any) -> Any:
    if isinstance(declared, Mapping) and isinstance(value, Mapping):
        return {**declared, **value}
    return value


@cache
def _text() -> str:
    folder = files("models.pricing.liquidation")
    return folder.joinpath("liquidation.toml").read_text("utf-8")


def _declared() -> dict[str, Any]:
    return tomllib.loads(_text())


def by_label(table: Mapping[str, float], labels: Labels) -> Floats:
    """Figure of each label, that of ``unknown`` where a table does not name it.

    Args:
        table: Figure by label.
        labels: Shape (k,).

    Returns:
        Shape (k,); NaN where not even the unknown has a figure.
    """
    figures: Floats = np.full(len(labels), table.get(UNKNOWN, np.nan))
    for label, figure in table.items():
        figures[labels == label] = figure
    return figures
