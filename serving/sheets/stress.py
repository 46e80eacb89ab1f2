"""Sheets of a workbook on standard scenarios and on what drives the bid."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from serving.sheets.cells import Cell, Column

SCENARIO: tuple[Column, ...] = (
    ("情景", "scenario", "text"),
    ("名称", "title", "text"),
    ("版本", "version", "integer"),
    ("回款（元）", "gross (yuan)", "yuan"),
    ("净回款（元）", "net (yuan)", "yuan"),
    ("净现值（元）", "present value (yuan)", "yuan"),
    ("最高报价（元）", "maximum bid (yuan)", "yuan"),
    ("最高报价变动", "change of the bid", "rate"),
    ("测算价格内部收益率", "internal rate of return at the price", "rate"),
    ("测算价格盈亏（元）", "profit at the price (yuan)", "yuan"),
    ("说明", "why (zh)", "text"),
    ("说明（英文）", "why (en)", "text"),
)


def scenarios_of_package(answer: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    """A line for each standard scenario, the base first."""
    for found in answer["package"]["stress"]["scenarios"]:
        yield (
            found["name"],
            f"{found['title_zh']} {found['title']}",
            found["version"],
            found["gross_yuan"],
            found["net_yuan"],
            found["present_value_yuan"],
            found["maximum_bid_yuan"],
            found["change"]["maximum_bid_rate"],
            (found["at_price"] or {}).get("irr_rate"),
            found["profit_yuan"],
            found["why_zh"],
            found["why"],
        )


DRIVER: tuple[Column, ...] = (
    ("驱动因素", "driver", "text"),
    ("不利取值", "adverse value", "plain"),
    ("有利取值", "favourable value", "plain"),
    ("不利时最高报价（元）", "bid if adverse (yuan)", "yuan"),
    ("有利时最高报价（元）", "bid if favourable (yuan)", "yuan"),
    ("不利变动（元）", "adverse change (yuan)", "yuan"),
    ("有利变动（元）", "favourable change (yuan)", "yuan"),
    ("取值依据", "why (zh)", "text"),
    ("取值依据（英文）", "why (en)", "text"),
)


def tornado_of_package(answer: Mapping[str, Any]) -> Iterator[Sequence[Cell]]:
    """A line for each driver, the widest first."""
    for swing in answer["package"]["stress"]["tornado"]:
        yield (
            f"{swing['title_zh']} {swing['title']}",
            swing["adverse"],
            swing["favourable"],
            swing["adverse_bid_yuan"],
            swing["favourable_bid_yuan"],
            swing["adverse_change_yuan"],
            swing["favourable_change_yuan"],
            swing["why_zh"],
            swing["why"],
        )
