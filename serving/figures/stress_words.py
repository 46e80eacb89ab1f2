"""What an answer on scenarios says to people, in two languages."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from models.pricing.stress.break_even import BreakEven
from models.pricing.stress.purchase import Hurdle, HurdleName
from models.pricing.stress.reverse import Combination
from models.pricing.stress.scenario_set import standard_set

Words = tuple[str, str]
# Steps below which a driver is not worth a word.
UNHEARD_STEPS = 0.05
# Changes that no digit shows.
UNSEEN_CHANGE = 1e-6

_MISSED: Mapping[HurdleName, Words] = MappingProxyType(
    {
        "target_return": (
            "earns less than the target return of {rate:.1%}",
            "达不到目标收益率{rate:.1%}",
        ),
        "funding": (
            "earns less than money costs, {rate:.1%} a year",
            "达不到融资成本{rate:.1%}",
        ),
        "money_back": ("loses money", "发生亏损"),
    }
)
_CLEARED: Mapping[HurdleName, Words] = MappingProxyType(
    {
        "target_return": (
            "just earns the target return of {rate:.1%}",
            "恰好达到目标收益率{rate:.1%}",
        ),
        "funding": (
            "just earns what money costs, {rate:.1%} a year",
            "恰好覆盖融资成本{rate:.1%}",
        ),
        "money_back": (
            "just returns what was paid, at no interest",
            "恰好收回已付价款（不计息）",
        ),
    }
)
# Lower and higher than expected: {percent} for factors and returns.
_TURNS: Mapping[str, tuple[Words, Words]] = MappingProxyType(
    {
        "recovery_factor": (
            ("recovery {percent} lower", "回收水平低{percent}"),
            ("recovery {percent} higher", "回收水平高{percent}"),
        ),
        "collateral_price_factor": (
            ("collateral prices {percent} lower", "押品价格低{percent}"),
            ("collateral prices {percent} higher", "押品价格高{percent}"),
        ),
        "duration_factor": (
            ("cash taking {percent} less time", "回款用时短{percent}"),
            ("cash taking {percent} more time", "回款用时长{percent}"),
        ),
        "delay_months": (
            ("all cash {months} months later", "全部回款推迟{months}个月"),
            ("all cash {months} months later", "全部回款推迟{months}个月"),
        ),
        "cost_factor": (
            ("costs {percent} lower", "费用低{percent}"),
            ("costs {percent} higher", "费用高{percent}"),
        ),
        "return_change_rate": (
            ("a target return {points} points lower", "目标收益率低{points}个百分点"),
            ("a target return {points} points higher", "目标收益率高{points}个百分点"),
        ),
    }
)


def turned(lever: str, value: float) -> Words:
    """A value of a driver in words, such as ``costs 25.0% higher``."""
    rest = standard_set().driver(lever).rest
    if rest is None:
        return (
            f"common factors at their {value:.2%} quantile",
            f"共同因子处于{value:.2%}分位",
        )
    change = value - rest
    if abs(change) < UNSEEN_CHANGE:
        return "nothing else than expected", "一切如预期"
    said = _TURNS[lever][change > 0]
    shown = {
        "percent": f"{abs(change):.1%}",
        "points": f"{100 * abs(change):.1f}",
        "months": f"{value:.1f}",
    }
    return said[0].format_map(shown), said[1].format_map(shown)


def missed(hurdle: Hurdle) -> Words:
    """That a hurdle is missed."""
    return _at_rate(_MISSED[hurdle.name], hurdle)


def break_even_words(found: BreakEven, hurdle: Hurdle) -> Words:
    """A break-even, or why there is none."""
    driver = found.driver
    english, chinese = _at_rate(_CLEARED[hurdle.name], hurdle)
    if found.value is not None:
        said, said_zh = turned(driver.lever, found.value)
        return f"{english} with {said}", f"{said_zh}时{chinese}"
    bounds = f"{driver.least:g} - {driver.most:g}"
    if found.why == "no_effect":
        return (
            "none: it does not change what this hurdle is held against",
            "无：该因素不影响此项比较",
        )
    if found.why == "always_clears":
        return (
            f"none within {bounds}: more than that is left throughout",
            f"在{bounds}范围内无：始终有余",
        )
    english, chinese = missed(hurdle)
    return (
        f"none within {bounds}: the purchase {english} throughout",
        f"在{bounds}范围内无：始终{chinese}",
    )


def reverse_words(
    hurdle: Hurdle,
    alone: Sequence[BreakEven],
    combination: Combination | None,
) -> Words:
    """What makes a purchase miss a hurdle.

    Args:
        hurdle: The hurdle.
        alone: Drivers that miss it alone, the most plausible first.
        combination: The most plausible combination; None if none misses it.
    """
    fails, fails_zh = missed(hurdle)
    if combination is None:
        return (
            "at this price nothing within the bounds of the drivers makes it that "
            f"the purchase {fails}",
            f"按此价格，各因素在其范围内均不会使该笔收购{fails_zh}",
        )
    if combination.distance == 0:
        return (
            f"at this price the purchase {fails} as things are expected, or as soon "
            "as anything is worse",
            f"按此价格，按预期或略差于预期即{fails_zh}",
        )
    singly = [turned(b.driver.lever, b.value) for b in alone if b.value is not None]
    jointly = list(_parts(combination))
    steps = f"{combination.distance:.2f}"
    return (
        f"at this price the purchase {fails} beyond any of these alone: "
        f"{_listed(singly, 0, '; ') or 'none'}. Most plausible together: "
        f"{_listed(jointly, 0, ', ')}, {steps} steps from what is expected, one step "
        "being one driver at its bad end",
        f"按此价格，以下任一因素单独超过即{fails_zh}："
        f"{_listed(singly, 1, '；') or '无'}。最可能的组合："
        f"{_listed(jointly, 1, '、')}，距预期{steps}步，一步即单一因素处于其不利端",
    )


def _parts(combination: Combination) -> Iterator[Words]:
    by_weight = sorted(combination.steps.items(), key=lambda item: -item[1])
    for lever, steps in by_weight:
        if steps >= UNHEARD_STEPS * combination.distance:
            yield turned(lever, combination.values[lever])


def _listed(words: Sequence[Words], language: int, between: str) -> str:
    return between.join(said[language] for said in words)


def _at_rate(words: Words, hurdle: Hurdle) -> Words:
    return words[0].format(rate=hurdle.rate), words[1].format(rate=hurdle.rate)
