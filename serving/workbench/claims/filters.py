"""The form above a table of claims: what can be chosen, and what is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from serving.lines import FACTS
from serving.workbench.claims.columns import CHOICES, GROUPINGS
from serving.workbench.claims.query import SIZES, ClaimsQuery
from serving.workbench.claims.selection import facets
from serving.workbench.labels import fact_label
from serving.workbench.view import View

_RANGES = ("claim", "value", "rate", "complete", "overdue")
_AMOUNTS = ("claim", "value")
# What only says how lines are shown.
_NO_FILTER = ("amounts", "sort", "page", "size", "column", "group")


@dataclass(frozen=True)
class Option:
    """A value that can be ticked.

    Attributes:
        name: Parameter of the form.
        value: Its value.
        label: In words.
        claims: How many claims of the package have it.
        ticked: Whether it is chosen.
    """

    name: str
    value: str
    label: str
    claims: int
    ticked: bool


@dataclass(frozen=True)
class Facet:
    """A fact of few values, and its values."""

    name: str
    options: Sequence[Option]


@dataclass(frozen=True)
class Range:
    """Two limits as the form shows them; the unit is that of the reader for amounts."""

    name: str
    low: str
    high: str
    is_amount: bool


@dataclass(frozen=True)
class Chip:
    """A filter in force, in words, and the view without it."""

    label: str
    href: str


@dataclass(frozen=True)
class Form:
    """The form of a view.

    Attributes:
        query: What the view asks for.
        facets: Facts of few values.
        missing: Facts that some claims do not state.
        ranges: Limits of amounts, rates and days.
        chips: Filters in force.
        clear: The view without any filter.
        columns: Names of the columns that can be shown.
        groupings: Facts by which claims can be summed up.
        sizes: How many rows a page can have.
    """

    query: ClaimsQuery
    facets: Sequence[Facet]
    missing: Sequence[Option]
    ranges: Sequence[Range]
    chips: Sequence[Chip]
    clear: str
    columns: Sequence[str] = CHOICES
    groupings: Sequence[str] = GROUPINGS
    sizes: Sequence[int] = SIZES

    @property
    def limits(self) -> int:
        """How many limits are stated."""
        ends = (end for each in self.ranges for end in (each.low, each.high))
        return sum(end != "" for end in ends)


def form_of(lines: pa.Table, query: ClaimsQuery, view: View) -> Form:
    """The form of a view.

    Args:
        lines: Every claim of the package.
        query: What is chosen of them.
        view: How the page is looked at.
    """
    kept = tuple(p for p in view.query if p[0] in _NO_FILTER)
    return Form(
        query,
        [
            Facet(name, [_option(name, *each, query, view) for each in counted])
            for name, counted in facets(lines).items()
            if len(counted) > 1
        ],
        list(_missing(lines, query, view)),
        [_range(name, query, view) for name in _RANGES],
        list(_chips(query, view)),
        replace(view, query=kept).here(page=None, amounts=None),
    )


def _option(
    fact: str, value: str, claims: int, query: ClaimsQuery, view: View
) -> Option:
    ticked = value in getattr(query, fact)
    return Option(fact, value, fact_label(fact, value, view.language), claims, ticked)


def _missing(lines: pa.Table, query: ClaimsQuery, view: View) -> Iterator[Option]:
    for fact in FACTS:
        silent, ticked = lines[fact].null_count, fact in query.missing
        if silent or ticked:
            title = view.text(f"claims.column_{fact}")
            yield Option("missing", fact, title, silent, ticked)


def _range(name: str, query: ClaimsQuery, view: View) -> Range:
    low, high = (query.limit(f"{name}_{end}", view.unit) for end in ("from", "to"))
    return Range(name, low, high, name in _AMOUNTS)


def _chips(query: ClaimsQuery, view: View) -> Iterator[Chip]:
    for pair in query.pairs():
        if pair[0] not in _NO_FILTER:
            others = tuple(each for each in view.query if each != pair)
            without = replace(view, query=others)
            yield Chip(_chip_label(*pair, query, view), without.here(page=None))


def _chip_label(name: str, value: str, query: ClaimsQuery, view: View) -> str:
    if name == "q":
        return view.text("claims.chip_q", text=value)
    if name == "warned":
        return view.text("claims.warned")
    if name == "missing":
        title = view.text(f"claims.column_{value}")
        return view.text("claims.chip_missing", fact=title)
    fact, _, end = name.rpartition("_")
    if fact in _RANGES:
        unit = view.text(
            f"claims.unit_{fact}", unit=view.text(f"common.unit_{view.unit}")
        )
        limit = query.limit(name, view.unit)
        title = view.text(f"claims.range_{fact}")
        return view.text(f"claims.chip_{end}", fact=title, limit=limit, unit=unit)
    title = view.text(f"claims.column_{name}")
    label = fact_label(name, value, view.language)
    return view.text("claims.chip_is", fact=title, value=label)
