"""Charts: the same bytes each time, safe in a page, and the figures in words."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, get_args
from xml.etree import ElementTree

import altair
import orjson
import pytest
from jsonschema import ValidationError

from features.catalogue import Language
from serving.charts import chart as chart_module
from serving.charts.bid import bid_chart
from serving.charts.cash import cash_flow_chart, claim_curve_chart
from serving.charts.chart import Chart
from serving.charts.composition import MOST_GROUPS, Group, composition_chart
from serving.charts.model import calibration_chart, importance_chart
from serving.charts.sensitivity import scenarios_chart, tornado_chart
from serving.charts.value import value_chart
from serving.charts.waterfall import bridge_chart, families_chart
from serving.charts.widths import FAMILY
from serving.charts.words import Reader, texts
from serving.workbench.numbers import AmountUnit
from tests.serving.charts.pictures import words_of

Document = dict[str, Any]
Draw = Callable[[Document, Document, Language, AmountUnit], Chart]
LANGUAGES = get_args(Language)
TENTHS = [(100, 0.02, 0.01), (100, 0.6, 0.65)]
GROUPS = [Group("甲 <b>&", 5e6, 1e6), Group("乙", 8e6, 3e6), Group("丙", 0.0, 0.0)]

DRAWN: dict[str, Draw] = {
    "cash by quarter": lambda d, _, *reader: cash_flow_chart(d["package"], *reader),
    "cash by month": lambda d, _, *reader: cash_flow_chart(
        d["package"], *reader, by="month"
    ),
    "claim": lambda d, _, *reader: claim_curve_chart(d["claims"][0], *reader),
    "value": lambda d, _, *reader: value_chart(d["package"], *reader),
    "tornado": lambda d, _, *reader: tornado_chart(d["package"]["stress"], *reader),
    "scenarios": lambda d, _, *reader: scenarios_chart(d["package"]["stress"], *reader),
    "composition": lambda *args: composition_chart(GROUPS, "x", *args[2:]),
    "families": lambda d, _, *reader: families_chart(d["package"], *reader),
    "families of a claim": lambda d, _, *reader: families_chart(
        d["claims"][1], *reader
    ),
    "bridge": lambda *args: bridge_chart(
        [("a", 2e6), ("b", -3e6)], 5e6, 4e6, *args[2:]
    ),
    "bridge of small changes": lambda *args: bridge_chart(
        [("a", 2e4), ("b", -3e4)], 5e6, 4.99e6, *args[2:]
    ),
    "bid": lambda _, bid, *reader: bid_chart(bid, *reader),
    "calibration": lambda _, __, language, ___: calibration_chart(TENTHS, language),
    "importance": lambda _, __, language, ___: importance_chart(
        {"甲 <b>&": 0.03, "乙": 0.01}, language
    ),
}


@pytest.fixture(params=DRAWN)
def draw(
    request: pytest.FixtureRequest, document: Document, bid_answer: Document
) -> Callable[[Language, AmountUnit], Chart]:
    drawn = DRAWN[request.param]
    return lambda language, unit: drawn(document, bid_answer, language, unit)


@pytest.mark.parametrize("language", LANGUAGES)
def test_charts_are_pictures_withwords(
    draw: Callable[[Language, AmountUnit], Chart], language: Language
) -> None:
    chart = draw(language, "wan")
    root = ElementTree.fromstring(chart.svg)  # noqa: S314

    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label") == chart.alternative
    assert not [part for part in root.iter() if part is not root and part.get("role")]
    assert "NaN" not in chart.svg
    assert "undefined" not in chart.svg
    assert re.search(r"\d", chart.alternative)
    assert "Noto Sans CJK SC" in chart.svg
    assert FAMILY not in chart.svg


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_strict_policy_lets_charts_pass(
    draw: Callable[[Language, AmountUnit], Chart], language: Language
) -> None:
    svg = draw(language, "yuan").svg

    assert not re.search(r"<style|\bstyle=|<script|\bon\w+=|<image|<foreignObject", svg)
    assert set(re.findall(r"https?://[^\"]+", svg)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
    }


def test_words_are_of_one_language(
    draw: Callable[[Language, AmountUnit], Chart],
) -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    chinese, english = draw("zh", "wan"), draw("en", "wan")

    assert han.search(words_of(chinese))
    assert han.search(chinese.alternative)
    assert chinese.alternative != english.alternative
    assert not han.search(english.alternative.replace("甲", "").translate(_GROUPS))
    assert not han.search(words_of(english).translate(_GROUPS))


_GROUPS = str.maketrans("", "", "甲乙丙")


def test_descriptions_are_words_of_vega_lite(
    draw: Callable[[Language, AmountUnit], Chart], monkeypatch: pytest.MonkeyPatch
) -> None:
    described = []
    rendered = chart_module._rendered
    monkeypatch.setattr(
        chart_module, "_rendered", lambda d: described.append(d) or rendered(d)
    )
    draw("zh", "wan")

    [picture] = map(orjson.loads, described)
    # Vega is told more of legends than Vega-Lite has words for.
    del picture["config"]["legend"]["layout"]
    altair.Chart.from_dict(picture, validate=True)
    with pytest.raises(ValidationError):
        altair.Chart.from_dict(picture | {"background": 3}, validate=True)


@pytest.mark.unwatched
def test_same_figures_give_the_same_bytes_on_every_thread(
    document: Document, bid_answer: Document
) -> None:
    def every() -> list[str]:
        chart_module._rendered.cache_clear()
        return [draw(document, bid_answer, "zh", "wan").svg for draw in DRAWN.values()]

    first = every()
    with ThreadPoolExecutor(2) as threads:
        again = list(threads.map(lambda _: every(), range(2)))

    assert all(charts == first for charts in again)


def test_charts_of_a_page_share_no_identifier(
    document: Document, bid_answer: Document
) -> None:
    charts = [draw(document, bid_answer, "zh", "wan").svg for draw in DRAWN.values()]
    identifiers = [i for svg in charts for i in set(re.findall(r'\bid="([^"]+)"', svg))]

    assert len(identifiers) == len(set(identifiers))


def test_references_lead_to_what_is_defined() -> None:
    svg = '<svg><clipPath id="clip3"/><g clip-path="url(#clip3)"/></svg>'
    own = chart_module._with_own_identifiers(svg, "ab")

    assert own == '<svg><clipPath id="cab-0"/><g clip-path="url(#cab-0)"/></svg>'


def test_alternative_of_cash_names_total_band_and_half(document: Document) -> None:
    package = document["package"]
    said = cash_flow_chart(package, "en", "yuan").alternative

    for yuan in (
        package["expected"]["gross_yuan"],
        package["percentiles"]["P5"]["gross_yuan"],
        package["percentiles"]["P95"]["gross_yuan"],
        package["expected"]["cost_yuan"],
    ):
        assert f"{yuan:,.0f} yuan" in said
    assert "how much, not when" in said


def test_half_of_the_cash_has_come_by_the_period_that_is_named() -> None:
    months = [
        {"gross_yuan": gross, "cost_yuan": 1.0} for gross in (10, 0, 0, 50, 0, 0, 40)
    ]
    package = {
        "cash_flow": months,
        "percentiles": {"P5": {"gross_yuan": 80}, "P95": {"gross_yuan": 120}},
    }

    assert "in 3 quarters; half of it has come by quarter 2" in (
        cash_flow_chart(package, "en", "yuan").alternative
    )
    assert "in 7 months; half of it has come by month 4" in (
        cash_flow_chart(package, "en", "yuan", by="month").alternative
    )
    one = package | {"cash_flow": months[:1]}
    assert "in 1 quarter; half" in cash_flow_chart(one, "en", "yuan").alternative
    assert "1个季度内预期" in cash_flow_chart(one, "zh", "yuan").alternative


def test_alternative_of_value_names_range_and_bid(document: Document) -> None:
    package = document["package"]
    said = value_chart(package, "zh", "wan").alternative

    assert f"最高报价{package['maximum_bid_yuan'] / 1e4:,.2f}万元" in said
    for level in ("P5", "P25", "P50", "P75", "P95"):
        worth = package["percentiles"][level]["present_value_yuan"]
        assert f"{worth / 1e4:,.2f}万元" in said


def test_alternatives_of_sensitivities_name_every_driver_and_scenario(
    document: Document,
) -> None:
    stress = document["package"]["stress"]
    tornado = tornado_chart(stress, "zh", "yuan").alternative
    scenarios = scenarios_chart(stress, "zh", "yuan").alternative

    for driver in stress["tornado"]:
        assert driver["title_zh"] in tornado
        assert f"{abs(driver['adverse_change_yuan']):,.0f}" in tornado
    for scenario in stress["scenarios"]:
        assert scenario["title_zh"] in scenarios
        assert f"{scenario['maximum_bid_yuan']:,.0f}元" in scenarios


def test_small_groups_are_shown_together() -> None:
    groups = [Group(f"g{i}", 100.0 - i, 10.0) for i in range(MOST_GROUPS + 3)]
    said = composition_chart(groups, "region", "en", "yuan").alternative

    assert "others (4) claim 350 yuan, present value 40 yuan" in said
    assert "g10 claim" in said
    assert "g11 claim" not in said


def test_names_of_groups_are_shown_as_they_are() -> None:
    chart = composition_chart(GROUPS, "x", "zh", "wan")

    assert "甲 <b>&" in words_of(chart)
    assert "甲 <b>&" in chart.alternative
    assert "<b>" not in chart.svg


def test_waterfall_starts_and_ends_at_its_totals(document: Document) -> None:
    package = document["package"]
    said = families_chart(package, "en", "yuan").alternative

    assert f"segment {package['baseline_yuan']:,.0f} yuan" in said
    assert f"gross cash {package['expected']['gross_yuan']:,.0f} yuan" in said
    for family in package["families"]:
        assert f"{abs(family['yuan']):,.0f}" in said


def test_alternative_of_a_bid_names_price_profit_and_chance(
    bid_answer: Document,
) -> None:
    said = bid_chart(bid_answer, "en", "yuan").alternative

    asked = bid_answer["at_price"]
    assert f"asked about {asked['price_yuan']:,.0f} yuan" in said
    assert f"chance {asked['win_probability']:.1%}" in said


@pytest.mark.parametrize(
    ("unit", "language", "amount"),
    [
        ("yuan", "zh", "−123,456,789元"),
        ("wan", "zh", "−12,345.68万元"),
        ("yi", "zh", "−1.2346亿元"),
        ("yuan", "en", "−123,456,789 yuan"),
    ],
)
def test_amounts_stand_in_the_unit_of_the_reader(
    unit: AmountUnit, language: Language, amount: str
) -> None:
    assert Reader(language, unit).amount(-123_456_789.4) == amount


def test_no_sign_before_a_zero() -> None:
    reader = Reader("en", "yuan")

    assert reader.number(-0.2) == "0"
    assert reader.change(0.2) == "0"
    assert reader.change(5.0) == "+5"
    assert reader.rate(-0.00001) == "0.0%"
    assert reader.rate(None) == "–"


def test_every_text_is_in_both_languages() -> None:
    for key, text in texts().items():
        assert set(text) == set(LANGUAGES), key
        places = [set(re.findall(r"{(\w+)}", text[language])) for language in LANGUAGES]
        assert places[0] == places[1], key


def test_what_draws_is_loaded_once_when_asked() -> None:
    chart_module.warm_up.cache_clear()
    before = chart_module._rendered.cache_info()
    for _ in range(3):
        chart_module.warm_up()
    for thread in threading.enumerate():
        if thread.name == "charts":
            thread.join()
    after = chart_module._rendered.cache_info()

    assert after.hits + after.misses == before.hits + before.misses + 1
