"""Alarms, pages and gauges of back-tests made by hand."""

from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from features.errors import InputError
from training.config import Config
from training.monitoring.actual_to_expected import Cell, cells
from training.monitoring.alarms import Backtest, is_alarm, reason, write_metrics
from training.monitoring.backtest import Comparison
from training.monitoring.drift import Drift
from training.monitoring.page import html
from training.monitoring.report import markdown, print_backtest
from training.monitoring.triangles import segment_triangles, triangle

CLAIMS = 120
HOSTILE = "<script>|x"


class Tags(HTMLParser):
    """Counts the elements of a page and what it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.loaded: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.loaded += [v for k, v in attrs if k in ("src", "href") and v]


def by_hand(config: Config, *, timing_observed: bool, simulated: bool) -> Backtest:
    """One product pays half of what was expected, the other all of it."""
    product = np.repeat(["credit_card", HOSTILE], CLAIMS)
    number = np.arange(2 * CLAIMS)
    expected = np.full((2 * CLAIMS, 2 if timing_observed else 1), 100.0)
    paid = expected * np.repeat([0.5, 1.0], CLAIMS)[:, None]
    paid *= (1 + 0.2 * np.sin(number))[:, None]
    label = np.full(2 * CLAIMS, "unknown")
    compared = Comparison(
        source="by hand",
        simulated=simulated,
        timing_observed=timing_observed,
        observed_until=date(2021, 1, 1),
        models=("3",),
        learnt_until=date(2018, 12, 31),
        left_out={"not in the disposal history": 4},
        rows=number,
        labels={
            "vintage": np.full(2 * CLAIMS, "2019"),
            "product": product,
            "region": label,
            "segment": np.full(2 * CLAIMS, "card"),
        },
        blocks={"vintage": number * 0, "package": number * 0, "obligor": number},
        claim_yuan=np.full(2 * CLAIMS, 1_000.0),
        observed=np.full(expected.shape, True),
        counted=np.full(expected.shape, True),
        expected_yuan=expected,
        realised_yuan=paid,
    )
    rule = config.monitoring
    return Backtest(
        compared,
        cells(compared, rule),
        triangle(compared, rule.fewest_claims),
        segment_triangles(compared, rule.fewest_claims),
        Drift(900, 240, {"seller": 0.4, "age": 0.01}, 0.7) if timing_observed else None,
    )


@pytest.fixture(scope="module")
def failed(config: Config) -> Backtest:
    return by_hand(config, timing_observed=True, simulated=True)


def test_only_a_vintage_of_a_product_rings(failed: Backtest) -> None:
    below = [c.name for c in failed.cells if c.standing == "below"]

    assert [c.name for c in failed.alarms] == ["2019 × credit_card"]
    assert "all" in below
    assert failed.retrain
    assert failed.figures()["reasons"] == [reason(failed.alarms[0])]
    assert "120 claims paid 0.50 of what was expected" in reason(failed.alarms[0])
    assert not is_alarm(Cell("2019", "card", "all", 60, 1.0, 1.0))


def test_page_is_whole_and_loads_nothing(failed: Backtest) -> None:
    tags = Tags()
    tags.feed(html(failed, 0.1))

    assert tags.opened.count("svg") == 4
    assert "script" not in tags.opened
    assert tags.loaded == []


def test_page_and_summary_say_where_the_figures_come_from(
    failed: Backtest, config: Config
) -> None:
    real = by_hand(config, timing_observed=False, simulated=False)

    assert "SIMULATED DATA 模拟数据" in html(failed, 0.1)
    for text in (html(real, 0.1), markdown(real)):
        assert "SIMULATED" not in text
        assert "by hand" in text
        assert "ultimate recovery of resolved claims" in text
        assert "4 not in the disposal history" in text
        assert "样本漂移" not in text
    assert "no curves" in html(real, 0.1)


def test_triangle_is_shaded_where_it_departs(failed: Backtest) -> None:
    page = html(failed, 0.1)

    assert '<td class="low">' in page
    assert '<td class="low">' not in html(failed, 0.9)


def test_summary_keeps_its_tables_whole(failed: Backtest) -> None:
    lines = [x for x in markdown(failed).splitlines() if HOSTILE[:8] in x]

    assert lines
    assert all("<script>\\|x" in x for x in lines if x.startswith("|"))


def test_terminal_shows_what_is_judged(
    failed: Backtest, capsys: pytest.CaptureFixture[str]
) -> None:
    print_backtest(failed)

    printed = capsys.readouterr().out
    assert "RETRAIN 需要重新训练 (1)" in printed
    assert "0 further cells hold too few claims" in printed


def test_gauges_are_those_of_judged_cells(failed: Backtest, tmp_path: Path) -> None:
    path = tmp_path / "deep" / "recoup.prom"

    write_metrics(failed, path)

    text = path.read_text()
    cards = '{product="credit_card",region="all",vintage="2019"}'
    assert f"recoup_backtest_claims{cards} 120.0" in text
    assert f"recoup_backtest_alarm{cards} 1.0" in text
    assert "recoup_retrain 1.0" in text
    assert 'recoup_psi{feature="seller"} 0.4' in text
    assert text.count("recoup_backtest_alarm{") == len(failed.cells)
    with pytest.raises(InputError, match="cannot write"):
        write_metrics(failed, path / "below_a_file")
