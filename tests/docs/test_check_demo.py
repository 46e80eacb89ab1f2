"""The check that the READMEs show what the demo prints."""

import runpy
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

READMES = ("README.md", "README.zh.md")
Departures = Callable[[str, str], Iterator[str]]


@pytest.fixture(scope="module")
def departures(root: Path) -> Departures:
    found: Departures = runpy.run_path(str(root / "docs" / "check_demo.py"))[
        "departures"
    ]
    return found


@pytest.mark.parametrize("name", READMES)
def test_what_is_shown_may_be_a_part_of_what_was_printed(
    departures: Departures, documents: dict[str, str], name: str
) -> None:
    printed = documents[name].replace(
        "│ Claims 笔数", "│ More 更多  │  1 │\n│ Claims 笔数"
    )

    assert list(departures(documents[name], printed)) == []


@pytest.mark.parametrize("name", READMES)
def test_every_line_that_was_not_printed_is_told(
    departures: Departures, documents: dict[str, str], name: str
) -> None:
    told = list(departures(documents[name], "Nothing\n"))

    assert len(told) >= 15
    assert all(line.endswith("no such line was printed") for line in told)


@pytest.mark.parametrize(
    ("printed", "told"),
    [
        ("│ Bid 报价 │ 1,009 │ 15.00% │", []),
        ("│  Bid 报价  │  1,011 │ 15.14% │", ["1,000 is shown, 1,011 was printed"]),
        ("│ Bid 报价 │ 1,000 │ 15.16% │", ["15.00 is shown, 15.16 was printed"]),
        ("│ Bid 报价 │ -1,000 │ 15.00% │", ["1,000 is shown, -1,000 was printed"]),
    ],
)
def test_a_figure_that_moved_is_named_with_both_values(
    departures: Departures, printed: str, told: list[str]
) -> None:
    shown = "```text\n│ Bid 报价 │ 1,000 │ 15.00% │\n```\n"

    found = list(departures(shown, printed))

    assert found == [f"Bid 报价 # #%: {line}" for line in told]


def test_lines_are_compared_with_those_of_the_same_package(
    departures: Departures,
) -> None:
    shown = "```text\ntwo.csv\nBid 2\n```\n"

    assert list(departures(shown, "one.csv\nBid 1\ntwo.csv\nBid 2\n")) == []


def test_the_last_digit_that_is_shown_may_differ_by_one(departures: Departures) -> None:
    shown = "```text\nwins 15%, driver -6.0%\n```\n"

    assert list(departures(shown, "wins 16%, driver -5.9%")) == []
    assert len(list(departures(shown, "wins 17%, driver -5.8%"))) == 2
