"""What a printed paper is made of, before anybody sets it in type.

A paper holds words and figures only, never markup: whatever it says of a package is
data to those who set it, and stands in print as it is written.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar, Literal

from features.catalogue import Language

Side = Literal["left", "right"]
Rows = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Text:
    """Paragraphs.

    Attributes:
        paragraphs: In order.
        quiet: Whether they are small print.
    """

    kind: ClassVar[str] = "text"
    paragraphs: tuple[str, ...]
    quiet: bool = False


@dataclass(frozen=True)
class Points:
    """Sentences, each with a bullet."""

    kind: ClassVar[str] = "points"
    items: tuple[str, ...]


@dataclass(frozen=True)
class Cards:
    """Figures that are seen first.

    Attributes:
        cards: Name, figure and remark of each.
    """

    kind: ClassVar[str] = "cards"
    cards: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True)
class Facts:
    """Names and values, line by line."""

    kind: ClassVar[str] = "facts"
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes:
        title: Its heading.
        width: Share of the page, beside those of the other columns.
        side: Where its cells begin.
    """

    title: str
    width: float = 1.0
    side: Side = "left"


@dataclass(frozen=True)
class Table:
    """Rows under headings that stand on every page.

    Attributes:
        columns: Headings.
        rows: Cells.
        to_sign: Whether its rows leave room for a hand, and stay on one page.
    """

    kind: ClassVar[str] = "table"
    columns: tuple[Column, ...]
    rows: Rows
    to_sign: bool = False


@dataclass(frozen=True)
class Picture:
    """A chart, with the sentence that says the same.

    Attributes:
        svg: The chart.
        alternative: The sentence, for readers who cannot see it.
        told: Whether it is printed as well, where no table says the same.
    """

    kind: ClassVar[str] = "picture"
    svg: str
    alternative: str
    told: bool = True


@dataclass(frozen=True)
class Caution:
    """Words that nobody may overlook."""

    kind: ClassVar[str] = "caution"
    words: str


Block = Text | Points | Cards | Facts | Table | Picture | Caution


@dataclass(frozen=True)
class Section:
    """A part of a paper.

    Attributes:
        title: Its heading.
        blocks: What it holds.
        new_page: Whether it begins a page.
    """

    title: str
    blocks: Sequence[Block]
    new_page: bool = False


@dataclass(frozen=True)
class Paper:
    """A whole paper.

    Attributes:
        language: Of its words.
        title: Its name.
        subtitle: What it is about.
        mark: What every page says at its head; empty for nothing.
        foot: What every page says at its foot.
        cover: What stands under the title.
        sections: Its parts.
        contents: Heading of a table of contents; empty for none.
    """

    language: Language
    title: str
    subtitle: str
    mark: str
    foot: str
    cover: Sequence[Block]
    sections: Sequence[Section]
    contents: str = field(default="")

    def plain(self) -> dict[str, Any]:
        """The same as JSON has it, each block with its kind."""
        whole = asdict(self)
        whole["cover"] = _plain(self.cover)
        whole["sections"] = [
            {**asdict(section), "blocks": _plain(section.blocks)}
            for section in self.sections
        ]
        return whole


def _plain(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    return [{"kind": block.kind, **asdict(block)} for block in blocks]
