"""Whether the READMEs still show what ``make demo`` prints.

make demo | tee printed.txt; python docs/check_demo.py printed.txt
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh.md")
BLOCK = re.compile(r"^```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(r"(?<!\w)[+-]?\d[\d,]*(?:\.\d+)?")
FRAME = re.compile("[│┃\\s]+")
WORD = re.compile(r"\w")
# What the last bits of another processor may move.
TOLERANCE = 0.01


def departures(shown: str, printed: str) -> Iterator[str]:
    """What a document shows and the demo did not print, line by line in its order.

    Args:
        shown: The document, with blocks of what the demo prints, shortened.
        printed: All that the demo printed.
    """
    left = _lines(printed)
    for line in _lines("".join(BLOCK.findall(shown))):
        label = _label(line)
        found = next((i for i, other in enumerate(left) if _label(other) == label), -1)
        if found < 0:
            yield f"{line!r} is shown, and no such line was printed"
            continue
        yield from _moved(line, left[found])
        left = left[found + 1 :]


def _lines(text: str) -> Sequence[str]:
    """Lines that say something, without the frames of tables."""
    plain = (FRAME.sub(" ", line).strip() for line in text.splitlines())
    return [line for line in plain if WORD.search(line)]


def _label(line: str) -> str:
    return FIGURE.sub("#", line)


def _moved(shown: str, printed: str) -> Iterator[str]:
    pairs = zip(FIGURE.findall(shown), FIGURE.findall(printed), strict=True)
    for expected, found in pairs:
        if not _near(expected, found):
            yield f"{_label(shown)}: {expected} is shown, {found} was printed"


def _near(expected: str, found: str) -> bool:
    """Whether two figures are equal but for the tolerance, or the last digit shown."""
    value, other = (float(figure.replace(",", "")) for figure in (expected, found))
    last_digit = 10.0 ** -len(expected.partition(".")[2])
    return abs(value - other) <= max(TOLERANCE * abs(value), last_digit * 1.001)


@click.command()
@click.argument("printed", type=click.Path(path_type=Path, exists=True))
def main(printed: Path) -> None:
    """Compare both READMEs with what the demo PRINTED into a file."""
    text = printed.read_text("utf-8")
    found = [
        f"{name}: {departure}"
        for name in READMES
        for departure in departures((ROOT / name).read_text("utf-8"), text)
    ]
    if found:
        told = "\n  ".join(found)
        raise click.ClickException(f"what the demo prints is shown otherwise\n  {told}")


if __name__ == "__main__":
    main()
