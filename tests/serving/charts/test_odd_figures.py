"""Charts of figures that are few, equal, far apart, below zero or none."""

import re
from typing import Any, get_args
from xml.etree import ElementTree

import pytest

from features import catalogue
from features.catalogue import Language
from serving.charts import theme
from serving.charts.bid import bid_chart
from serving.charts.cash import cash_flow_chart
from serving.charts.chart import Chart
from serving.charts.composition import Group, composition_chart
from serving.charts.model import calibration_chart, importance_chart
from serving.charts.sensitivity import scenarios_chart, tornado_chart
from serving.charts.value import value_chart
from serving.charts.waterfall import bridge_chart
from tests.serving.charts.pictures import words_of

Document = dict[str, Any]
LANGUAGES = get_args(Language)


def test_known_percentiles_make_steps_whose_shares_are_drawn(
    document: Document,
) -> None:
    spread = {"P5": 10, "P10": 20, "P25": 40, "P50": 60, "P75": 90, "P95": 150}
    package = document["package"] | {
        "percentiles": {
            name: {"present_value_yuan": yuan * 1e4, "gross_yuan": yuan * 1e4}
            for name, yuan in ({"P90": 120} | spread).items()
        }
    }

    words = words_of(value_chart(package, "en", "yuan"))

    assert words.count("25%") == 2
    assert words.count("15%") == 2


@pytest.mark.parametrize("highest", [0.0, 500.1])
def test_no_density_is_drawn_where_percentiles_all_but_coincide(
    document: Document, highest: float
) -> None:
    levels = {"P5": 0, "P10": 20, "P25": 90, "P50": 250, "P75": 400, "P90": 500}
    worth = {n: min(float(yuan), highest) for n, yuan in levels.items()}
    package = document["package"] | {
        "percentiles": {
            name: {"present_value_yuan": yuan, "gross_yuan": yuan}
            for name, yuan in {**worth, "P95": highest}.items()
        }
    }

    words = words_of(value_chart(package, "en", "yuan"))

    assert "25%" not in words
    assert "simulated range" in words


def _size(chart: Chart) -> list[float]:
    """Width and height."""
    found = ElementTree.fromstring(chart.svg).get("viewBox", "")  # noqa: S314
    return [float(number) for number in found.split()[2:]]


def test_prices_can_be_drawn_without_a_named_one(bid_answer: Document) -> None:
    named = bid_chart(bid_answer, "en", "yuan")
    alone = bid_answer | {"recommended": None, "at_price": None}

    assert _size(bid_chart(alone, "en", "yuan")) == pytest.approx(_size(named), abs=5)


def test_cash_of_one_period_is_drawn(document: Document) -> None:
    short = document["package"] | {"cash_flow": document["package"]["cash_flow"][:3]}
    svg = cash_flow_chart(short, "en", "yuan").svg

    # A line, both edges of its band and the band itself, none of which is a point.
    drawn = re.findall(r'd="M[^"]*h120v[^"]*"', svg)
    assert len(drawn) == 4, svg


def test_amounts_below_zero_stand_beside_their_bars() -> None:
    groups = [Group("a", 3e6, -2e6), Group("b", 2e6, 1e6)]
    svg = composition_chart(groups, "x", "en", "yuan").svg
    placed = re.findall(r'translate\(([\d.]+),[\d.]+\)"[^>]*>([^<]+)<', svg)
    places = {text: float(x) for x, text in placed}

    assert places["−2,000,000"] < places["1,000,000"]
    zero = places["1,000,000"] - (places["3,000,000"] - places["1,000,000"]) / 2
    assert places["−2,000,000"] == pytest.approx(zero, abs=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_of_features_are_shown_whole(language: Language) -> None:
    titles = [feature.title(language) for feature in catalogue.features().values()]
    chart = importance_chart(dict.fromkeys(titles, 0.01), language)

    assert "…" not in words_of(chart)


def test_a_group_that_is_named_in_a_sentence_is_shown_whole() -> None:
    title = "first mortgage of land, second of its buildings"
    chart = composition_chart([Group(title, 2e6, 1e6)], "by security", "en", "yuan")

    assert title in words_of(chart)


def test_figures_stand_on_paper_above_the_line_of_the_maximum_bid(
    document: Document,
) -> None:
    svg = value_chart(document["package"], "en", "yuan").svg
    shown = f">{document['package']['present_value_yuan']:,.0f}</text>"
    figure = svg[: svg.index(shown)].rpartition("<text ")[2]

    assert 'paint-order="stroke"' in figure
    assert f'stroke="{theme.PAPER}"' in figure
    assert svg.rindex("stroke-dasharray") < svg.index(shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_legend_shows_a_dashed_line_as_one(language: Language) -> None:
    svg = calibration_chart([(10, 0.1, 0.12), (10, 0.5, 0.4)], language).svg

    assert svg.count("stroke-dasharray") == 2


def test_shares_without_room_are_left_out(document: Document) -> None:
    spread = {"P5": 10, "P10": 20, "P25": 40, "P50": 60, "P75": 90, "P90": 120}
    package = document["package"] | {
        "percentiles": {
            name: {"present_value_yuan": yuan * 1e6, "gross_yuan": yuan * 1e6}
            for name, yuan in (spread | {"P95": 150}).items()
        }
    }

    assert "25%" in words_of(
        value_chart(package | {"maximum_bid_yuan": 1e8}, "en", "yuan")
    )
    assert "25%" not in words_of(
        value_chart(package | {"maximum_bid_yuan": 1e11}, "en", "yuan")
    )


def test_a_named_price_looks_the_same_whatever_else_is_named(
    bid_answer: Document,
) -> None:
    alone = bid_chart(bid_answer | {"recommended": None}, "en", "yuan").svg
    both = bid_chart(bid_answer, "en", "yuan").svg

    assert theme.VERMILLION in both
    assert theme.VERMILLION not in alone
    assert re.search(rf'<path[^>]+fill="{theme.INK}"', alone)


def test_nothing_at_all_can_be_drawn(document: Document, bid_answer: Document) -> None:
    package = document["package"]
    none = {"gross_yuan": 0.0, "cost_yuan": 0.0, "present_value_yuan": 0.0}
    empty = package | {
        "cash_flow": [none, none, none],
        "percentiles": dict.fromkeys(package["percentiles"], none),
    }
    stress = {"tornado": [], "scenarios": [], "price_yuan": 0.0}
    bid = bid_answer | {"recommended": None, "at_price": None, "grid": []}
    charts = [
        cash_flow_chart(empty, "en", "yuan"),
        value_chart(empty, "en", "yuan"),
        tornado_chart(stress, "en", "yuan"),
        scenarios_chart(stress, "en", "yuan"),
        composition_chart([], "region", "en", "yuan"),
        bridge_chart([], 0.0, 0.0, "en", "yuan"),
        bid_chart(bid, "en", "yuan"),
    ]

    for chart in charts:
        width, height = _size(chart)
        assert 0 < width < 1000
        assert 0 < height < 1000
        assert "NaN" not in chart.svg
    assert charts[0].alternative == "No cash is expected."
    assert charts[4].alternative == "Claim and present value by region: none."


def test_small_changes_are_drawn_larger_and_the_axis_says_so() -> None:
    small = bridge_chart([("a", 2e4)], 5e6, 5.02e6, "en", "wan")
    large = bridge_chart([("a", 2e6)], 5e6, 7e6, "en", "wan")

    assert "axis begins at 498.00" in words_of(small)
    assert "axis begins" not in words_of(large)
