"""What a package pays if things turn out otherwise, and what makes it lose money."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationInfo, field_validator

from features.checked import BoundFinding, Checked, stated
from features.errors import AssumptionError
from models.pricing.assumptions import LEAST_PRICE_YUAN
from models.pricing.levers import Levers
from models.pricing.sources import COLLATERAL
from models.pricing.stress.purchase import HurdleName
from models.pricing.stress.scenario_set import (
    NAME,
    TOGETHER,
    Scenario,
    named,
    standard_set,
)
from serving.analyses.analysis import Analysis
from serving.analyses.overridden import about_overrides
from serving.analyses.recomputed import about_record
from serving.answers.scenarios import PriceBasis, ScenariosOut
from serving.cautions.caution import caution
from serving.desk import Desk
from serving.figures.stress import Stress, set_figures
from serving.record import Record

Figures = dict[str, Any]
_BELOW_ZERO = (
    "must be at least {bound}, or the target return would fall below zero",
    "不得小于{bound}，否则目标收益率将低于零",
)
MOST_SCENARIOS = 50


class OwnScenario(Checked):
    """A scenario of the asker's own."""

    name: str = stated(
        ...,
        "Name: small letters, digits and underlines.",
        "名称：小写字母、数字与下划线。",
        pattern=NAME,
    )
    title: str | None = stated(
        None,
        "What it is in a few words; the name when absent.",
        "简短说明，缺省为名称。",
        min_length=1,
        max_length=120,
    )
    levers: Levers = stated(..., "What turns out otherwise.", "发生变化的因素。")

    def scenario(self) -> Scenario:
        """It as a scenario among others."""
        return Scenario(
            name=self.name,
            origin="own",
            title=self.title or self.name,
            title_zh=self.title or self.name,
            why="Stated by whoever asked.",
            why_zh="由提问方自行设定。",
            levers=self.levers,
        )


class ScenariosRequest(Checked):
    """Which scenarios, at which price, and what to say of them."""

    own_scenarios: list[OwnScenario] = stated(
        [],
        "Scenarios of your own, beside the standard ones.",
        "自定义情景。",
        max_length=MOST_SCENARIOS,
    )
    scenarios: list[str] | None = stated(
        None,
        "Scenarios by name, or several at once as downturn+court_delay; the standard "
        "ones and your own when absent.",
        "情景名称，可用加号组合，如downturn+court_delay；缺省为全部标准情景与自定义情景。",
        min_length=1,
        max_length=MOST_SCENARIOS,
    )
    price_yuan: float | None = stated(
        None,
        "Price that everything is held against; that of the valuation when absent, "
        "or else its maximum bid.",
        "用于比较的价格；缺省为估值所用价格，否则为最高报价。",
        ge=LEAST_PRICE_YUAN,
        le=1e13,
    )
    hurdle: HurdleName = stated(
        "money_back",
        "What the reverse stress must miss: target_return, funding (the rate that "
        "money costs the buyer) or money_back (what was paid, at no interest).",
        "反向压力的判定标准：目标收益率、融资成本，或收回已付价款（不计息）。",
    )
    tornado: bool = stated(
        True, "Whether to show the bid at both ends of each driver.", "是否列示敏感性。"
    )
    break_evens: bool = stated(
        True, "Whether to seek the break-even of each driver.", "是否求盈亏平衡点。"
    )
    reverse_stress: bool = stated(
        True, "Whether to seek what makes it lose money.", "是否做反向压力测试。"
    )

    @field_validator("own_scenarios")
    @classmethod
    def _have_names_of_their_own(cls, own: list[OwnScenario]) -> list[OwnScenario]:
        taken = {scenario.name for scenario in standard_set().scenarios}
        for each in own:
            if each.name in taken:
                raise ValueError(
                    f"there is a scenario {each.name!r} already; choose another name | "
                    f"已有名为{each.name}的情景，请更换名称"
                )
            taken.add(each.name)
        return own

    @field_validator("scenarios")
    @classmethod
    def _are_known(
        cls, names: list[str] | None, info: ValidationInfo
    ) -> list[str] | None:
        if "own_scenarios" not in info.data:
            # They are refused themselves; names of theirs are not called unknown too.
            return names
        known = _known(info.data["own_scenarios"])
        for part in (part for name in names or [] for part in name.split(TOGETHER)):
            if part not in known:
                raise ValueError(
                    f"there is no scenario {part[:40]!r}; there are {', '.join(known)}"
                    f" | 没有名为{part[:40]}的情景；可用：{'、'.join(known)}"
                )
        return names

    def chosen(self) -> Sequence[Scenario]:
        """The scenarios that are asked for.

        Raises:
            AssumptionError: Levers of scenarios at once are out of their bounds.
        """
        known = _known(self.own_scenarios)
        return [named(name, known) for name in self.scenarios or known]


def _known(own: Sequence[OwnScenario]) -> Mapping[str, Scenario]:
    every = [*standard_set().standard, *(each.scenario() for each in own)]
    return {scenario.name: scenario for scenario in every}


def _figures(desk: Desk, record: Record, request: ScenariosRequest) -> Figures:
    chosen = request.chosen()
    valuation = record.valuation
    _check_returns(request, chosen, valuation.assumptions.target_return_rate)
    price = request.price_yuan or valuation.price_yuan
    stress = Stress(valuation, price)
    worth_asking = request.reverse_stress and price > 0
    return {
        "scenario_set": set_figures(stress.set),
        "price_yuan": round(price, 2),
        "price_basis": _price_basis(record, request),
        "scenarios": stress.scenario_figures(chosen),
        "tornado": stress.tornado_figures() if request.tornado else [],
        "break_evens": stress.break_even_figures(
            stress.break_evens if request.break_evens else []
        ),
        "reverse_stress": stress.reverse_figures(request.hurdle)
        if worth_asking
        else None,
        "warnings": [
            *about_overrides(desk, record),
            *about_record(record),
            *_warnings(stress),
        ],
    }


def _check_returns(
    request: ScenariosRequest, chosen: Sequence[Scenario], target_rate: float
) -> None:
    """Refuse a target return below zero, which no valuation takes either."""
    stated = {
        own.name: f"own_scenarios/{place}/levers/return_change_rate"
        for place, own in enumerate(request.own_scenarios)
    }
    wrong = [
        _below_zero(stated.get(each.name, f"scenarios/{place}"), target_rate, change)
        for place, each in enumerate(chosen)
        if target_rate + (change := each.levers.return_change_rate) < 0
    ]
    if wrong:
        raise AssumptionError(wrong[0].sentence(), wrong)


def _below_zero(field: str, target_rate: float, change_rate: float) -> BoundFinding:
    bound = 0.0 - target_rate
    english, chinese = _BELOW_ZERO
    return BoundFinding(
        code="request",
        reason=english.format(bound=f"{bound:g}"),
        reason_zh=chinese.format(bound=f"{bound:g}"),
        table="",
        field=field,
        value=f"{change_rate:g}",
        words=_BELOW_ZERO,
        bound=bound,
    )


def _price_basis(record: Record, request: ScenariosRequest) -> PriceBasis:
    if request.price_yuan is not None:
        return "request"
    return "valuation" if record.assumptions.price_yuan else "maximum_bid"


def _warnings(stress: Stress) -> Iterator[Figures]:
    if stress.price_yuan <= 0:
        yield caution(
            "no_price",
            "the package is worth nothing at the target return: name a price "
            "to see returns, break-evens and reverse stress",
            "按目标收益率资产包无正价值：请给出价格以查看收益、盈亏平衡点与反向压力",
        )
    if not stress.projection.source_rates[COLLATERAL].any():
        yield caution(
            "collateral_without_effect",
            "no cash is expected of appraised collateral: its price moves "
            "nothing, whatever the claims are secured by",
            "无已评估押品的预期回款：押品价格不影响结果",
        )
    if stress.projection.systematic == 0:
        yield caution(
            "factors_without_effect",
            "claims share no common factor under this correlation: no year "
            "is bad for all of them, and the downturn is the base",
            "在该相关性下债权无共同因子：下行情景与基准相同",
        )


ANALYSIS = Analysis(
    name="scenarios",
    summary="What it pays if things turn out otherwise",
    description="Named scenarios, a tornado on the bid, the break-even of each driver "
    "at a price, and what makes the purchase lose money. The set of scenarios has a "
    "version and a hash; factors on own scenarios multiply when combined.",
    request=ScenariosRequest,
    answer=ScenariosOut,
    figures=_figures,
    example={
        "own_scenarios": [
            {
                "name": "slow_registry",
                "title": "Transfers registered late",
                "levers": {"delay_months": 4, "cost_factor": 1.1},
            }
        ],
        "scenarios": ["base", "downturn+court_delay", "combined+slow_registry"],
        "hurdle": "money_back",
    },
)
