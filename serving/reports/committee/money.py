"""Cash over time, the value's range, and what moves both."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.pricing.cost import COST_ZH, COSTS
from models.pricing.sources import SOURCES
from serving.charts.bid import bid_chart
from serving.charts.cash import cash_flow_chart
from serving.charts.chart import Chart
from serving.charts.sensitivity import scenarios_chart, tornado_chart
from serving.charts.value import value_chart
from serving.reports.paper import (
    Block,
    Column,
    Picture,
    Section,
    Table,
    Text,
)
from serving.reports.subject import Subject
from serving.reports.words import Words

_MONTHS_PER_YEAR = 12


def picture(chart: Chart, *, told: bool = True) -> Picture:
    """A chart as a block; told: its sentence is printed, as no table says the same."""
    return Picture(chart.svg, chart.alternative, told)


def cash_flow(subject: Subject, words: Words) -> Section:
    """Cash by quarter as a chart, by year as a table, and who pays it."""
    package = subject.package_figures
    columns = (
        Column(words.text("year"), 1),
        *(
            Column(words.in_unit(name), 1.2, "right")
            for name in ("gross", "cost", "net")
        ),
        Column(words.text("cumulated_share"), 1, "right"),
    )
    chart = cash_flow_chart(package, words.language, words.unit)
    blocks: list[Block] = [
        picture(chart),
        Table(columns, tuple(_years(package["cash_flow"], words))),
        Text(
            (
                words.text("who_pays", parts=_sources(package, words)),
                words.text("what_costs", parts=_costs(package, words)),
            )
        ),
    ]
    return Section(words.text("cash_flow"), blocks, new_page=True)


def _years(
    months: Sequence[Mapping[str, Any]], words: Words
) -> Iterator[tuple[str, ...]]:
    names = ("gross_yuan", "cost_yuan", "net_yuan")
    whole = _summed(months, names)
    for start in range(0, len(months), _MONTHS_PER_YEAR):
        part = _summed(months[start : start + _MONTHS_PER_YEAR], names)
        so_far = _summed(months[: start + _MONTHS_PER_YEAR], names)[-1]
        number = words.count(start // _MONTHS_PER_YEAR + 1)
        reached = so_far / whole[-1] if whole[-1] else None
        year = words.text("year_number", number=number)
        yield year, *map(words.amount, part), words.share(reached)
    yield words.text("total"), *map(words.amount, whole), words.share(1.0)


def _summed(
    months: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> tuple[float, ...]:
    return tuple(sum(month[name] for month in months) for name in names)


def _sources(package: Mapping[str, Any], words: Words) -> str:
    parts = package["sources"]
    return words.joined(
        [f"{words.text(f'source_{s}')} {words.money(parts[s])}" for s in SOURCES]
    )


def _costs(package: Mapping[str, Any], words: Words) -> str:
    parts = package["costs"]
    return words.joined(
        [
            f"{COST_ZH[c] if words.language == 'zh' else c.replace('_', ' ')} "
            f"{words.money(parts[c])}"
            for c in COSTS
            if parts[c]
        ]
    )


def value(subject: Subject, words: Words) -> Section:
    """The simulated range of the present value."""
    package = subject.package_figures
    columns = (
        Column(words.text("percentile"), 0.8),
        Column(words.in_unit("gross"), 1, "right"),
        Column(words.in_unit("present_value"), 1, "right"),
        Column(words.text("share_of_claim"), 1, "right"),
    )
    rows = tuple(
        (
            level,
            words.amount(found["gross_yuan"]),
            words.amount(found["present_value_yuan"]),
            words.share(found["present_value_yuan"] / package["claim_yuan"]),
        )
        for level, found in package["percentiles"].items()
    )
    chart = value_chart(package, words.language, words.unit)
    return Section(words.text("value"), [picture(chart), Table(columns, rows)])


def sensitivity(subject: Subject, words: Words) -> Section:
    """The drivers of the bid one by one, then scenarios as a whole."""
    stress = subject.package_figures["stress"]
    blocks: list[Block] = [
        Text((words.text("tornado_intro"),)),
        picture(tornado_chart(stress, words.language, words.unit)),
        picture(scenarios_chart(stress, words.language, words.unit), told=False),
        Table(_scenario_columns(stress, words), tuple(_scenarios(stress, words))),
    ]
    return Section(words.text("sensitivity"), blocks, new_page=True)


def _scenario_columns(stress: Mapping[str, Any], words: Words) -> tuple[Column, ...]:
    price = words.amount(stress["price_yuan"])
    return (
        Column(words.text("scenario"), 2.4),
        Column(words.in_unit("gross"), 1.2, "right"),
        Column(words.in_unit("present_value"), 1.2, "right"),
        Column(words.in_unit("maximum_bid"), 1.2, "right"),
        Column(words.text("bid_change"), 0.8, "right"),
        Column(words.text("irr_at_price", price=price), 1.2, "right"),
    )


def _scenarios(stress: Mapping[str, Any], words: Words) -> Iterator[tuple[str, ...]]:
    for found in stress["scenarios"]:
        yield (
            words.titled(found),
            words.amount(found["gross_yuan"]),
            words.amount(found["present_value_yuan"]),
            words.amount(found["maximum_bid_yuan"]),
            words.share(found["change"]["maximum_bid_rate"]),
            words.share((found["at_price"] or {}).get("irr_rate")),
        )


def bid(subject: Subject, words: Words) -> Section:
    """What is advised to bid, and what that rests on."""
    return Section(words.text("bid"), list(_bid_blocks(subject, words)), new_page=True)


def _bid_blocks(subject: Subject, words: Words) -> Iterator[Block]:
    answer = subject.bid.figures
    if answer is None:
        reason = subject.bid.refusal[words.language]
        yield Text((words.text("unanswered", reason=reason),))
        return
    found, rivals = answer["recommended"], answer["rivals"]
    if found is None:
        told = words.text("bid_none", reason=words.titled(answer, "reason"))
    else:
        told = words.text(
            "bid_sealed",
            price=words.money(found["price_yuan"]),
            win=words.share(found["win_probability"]),
            profit=words.money(found["expected_profit_yuan"]),
            irr=words.share(found["irr_if_won_rate"]),
            shortfall=words.share(found["shortfall_probability"]),
        )
    rests = [] if rivals is None else [_rivals(rivals, words)]
    yield Text((told, *rests))
    if answer["grid"] and rivals is not None:
        yield picture(bid_chart(answer, words.language, words.unit))


def _rivals(rivals: Mapping[str, Any], words: Words) -> str:
    return words.text(
        "bid_rests",
        median=words.money(rivals["median_bid_yuan"]),
        low=words.amount(rivals["low_bid_yuan"]),
        high=words.amount(rivals["high_bid_yuan"]),
        basis=words.text(f"basis_{rivals['basis'].replace(' ', '_')}"),
        known=words.count(rivals["known_prices"]),
    )
