"""python -m benchmarks: ours and its peers in alternating runs of one go."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import click

from benchmarks import (
    book,
    forest,
    package_simulation,
    pages,
    papers,
    reasons,
    serving,
    start,
    tape,
)
from benchmarks.gate import read_expected, slowdowns
from benchmarks.machine import machine
from benchmarks.report import as_json, as_markdown
from benchmarks.result import Result
from features.console import run, say

OUT = Path("out/bench")
ROOMS: Mapping[str, Callable[[], Iterable[Result]]] = {
    "forest": forest.rows,
    "reasons": reasons.rows,
    "scenarios": package_simulation.rows,
    "tape": tape.rows,
    "book": book.rows,
    "serving": serving.rows,
    "start": start.rows,
    "pages": pages.rows,
    "papers": papers.rows,
}


@click.command()
@click.option(
    "--only",
    "names",
    multiple=True,
    type=click.Choice(list(ROOMS)),
    help="Rows of this kind; may be repeated. All otherwise.",
)
@click.option(
    "--gate",
    "gated",
    is_flag=True,
    help="Leave with 1 where a ratio fell below what is on record.",
)
def program(names: tuple[str, ...], *, gated: bool) -> int:
    """Measure, print the table and write it to out/bench."""
    OUT.mkdir(parents=True, exist_ok=True)
    results: list[Result] = []
    for result in _measured(names or tuple(ROOMS)):
        results.append(result)
        # Written after every row: the next may fail, and took minutes to come to.
        _write(results)
    click.echo((OUT / "bench.md").read_text("utf-8"))
    slower = list(slowdowns(results, read_expected())) if gated else []
    for sentence in slower:
        say(f"slower: {sentence}")
    return 1 if slower else 0


def _write(results: Sequence[Result]) -> None:
    described = machine()
    (OUT / "bench.json").write_text(as_json(results, described), "utf-8")
    (OUT / "bench.md").write_text(as_markdown(results, described), "utf-8")


def _measured(names: Iterable[str]) -> Iterator[Result]:
    for name in names:
        say(f"Measuring {name}")
        yield from ROOMS[name]()


if __name__ == "__main__":
    run(program)
