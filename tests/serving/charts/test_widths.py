"""Words are measured as wide as they are shown."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from shutil import rmtree

import pytest
from fastapi.testclient import TestClient
from fontTools.ttLib import TTFont

from serving.charts import chart
from serving.charts.chart import drawn
from serving.charts.font import per_em
from serving.charts.panels import layer, mark, name
from serving.charts.widths import register
from serving.charts.words import texts
from serving.settings import Settings

SHOWN = "Noto Sans CJK SC"


@pytest.fixture(scope="session")
def advance_widths(
    required_program: Callable[[str], str], untestable: Callable[[str], None]
) -> dict[int, int]:
    """Thousandths of an em by code, of the font that words are shown in first."""
    match = required_program("fc-match")
    run = subprocess.run(  # noqa: S603 - a program of the system, by its path
        [match, "-f", "%{family}|%{file}|%{index}", SHOWN],
        capture_output=True,
        check=True,
        text=True,
    )
    family, path, number = run.stdout.split("|")
    if SHOWN not in family:
        untestable(f"the font {SHOWN}")
    with TTFont(path, fontNumber=int(number), lazy=True) as font:
        assert font["head"].unitsPerEm == 1000
        metrics = font["hmtx"]
        return {code: metrics[g][0] for code, g in font.getBestCmap().items()}


def test_characters_are_as_wide_as_in_the_font_that_shows_them(
    advance_widths: dict[int, int],
) -> None:
    stated = {code: wide for code, wide in per_em().items() if code in advance_widths}

    assert stated == {code: advance_widths[code] for code in stated}
    assert len(stated) > 20_000


def test_every_character_of_a_chart_is_known() -> None:
    words = {c for text in texts().values() for said in text.values() for c in said}

    assert {c for c in words if ord(c) not in per_em()} == set()
    assert {chr(code) for code in range(32, 127)} <= {chr(code) for code in per_em()}


def _width(label: str) -> float:
    row = [{"label": label}]
    picture = drawn(layer(row, mark("point"), y=name("label", title=None)), "")
    found = re.search(r'viewBox="0 0 ([\d.]+) ', picture.svg)
    assert found
    return float(found[1])


def _taken(word: str) -> float:
    return sum(per_em()[ord(c)] for c in word) / 1000 * 12


@pytest.mark.parametrize(
    "word", ["illicit illicit", "MMMWWW", "回款速度降至6%", "“双降”①Ⅱ"]
)
def test_a_picture_leaves_the_room_that_its_words_take(word: str) -> None:
    assert _width(word * 2) - _width(word) == pytest.approx(_taken(word), abs=1)


@pytest.mark.parametrize("taken", [Path.unlink, lambda font: rmtree(font.parent)])
def test_words_are_measured_on_after_temporary_files_are_cleaned_away(
    taken: Callable[[Path], None],
) -> None:
    before = _width("回款速度回款速度")
    taken(register())
    chart._rendered.cache_clear()

    assert _width("回款速度回款速度") == before


def test_a_service_leaves_no_font_behind(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    before, font = _width("回款速度回款速度"), register()
    with open_client(settings):
        assert font.exists()
    chart._rendered.cache_clear()

    assert not font.parent.exists()
    assert _width("回款速度回款速度") == before


def _printed(code: str, **environment: str) -> str:
    """What a process of its own prints."""
    run = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", code],
        capture_output=True,
        check=True,
        text=True,
        env={**os.environ, **environment},
    )
    return run.stdout


def test_threads_that_draw_first_at_once_measure_in_one_font() -> None:
    printed = _printed(
        "import threading, concurrent.futures as futures;"
        "from serving.charts.widths import register;"
        "together = threading.Barrier(4);"
        "first = lambda _: (together.wait(), register())[1];"
        "fonts = set(futures.ThreadPoolExecutor(4).map(first, range(4)));"
        "print(len(fonts), all(font.exists() for font in fonts))"
    )

    assert printed == "1 True\n"


def test_a_process_leaves_no_font_behind(tmp_path: Path) -> None:
    printed = _printed(
        "from serving.charts.widths import register;"
        "print(len(list(register().parent.glob('*.ttf'))))",
        TMPDIR=str(tmp_path),
    )

    assert printed == "1\n"
    assert not list(tmp_path.iterdir())


def test_without_room_for_the_font_a_chart_is_drawn_all_the_same() -> None:
    printed = _printed(
        "import tempfile; tempfile.tempdir = '/dev/null/none';"
        "from serving.charts.chart import drawn;"
        "from serving.charts.panels import layer, mark;"
        "print(drawn(layer([], mark('point')), 'nothing').svg[:5])"
    )

    assert printed == "<svg \n"
