"""Rows of faults: short in every run, long where asked for, each with its count."""

from collections.abc import Callable
from pathlib import PurePath

import pytest

Report = Callable[[str], None]
_LINE = "report"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--long",
        action="store_true",
        help="Faults and hostile input in the numbers that the figures ask for.",
    )


@pytest.fixture(scope="session")
def long(request: pytest.FixtureRequest) -> bool:
    """Whether the long form of a row is asked for."""
    return bool(request.config.getoption("--long"))


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    """Puts a line with the count of a row at the end of the run."""

    def tell(line: str) -> None:
        record_property(_LINE, line)

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    told = [
        f"{PurePath(test.fspath).stem.removeprefix('test_')}: {line}"
        for outcome in ("passed", "failed")
        for test in terminalreporter.stats.get(outcome, ())
        for name, line in test.user_properties
        if name == _LINE
    ]
    if told:
        terminalreporter.section("counts")
        terminalreporter.write_line("\n".join(told))
