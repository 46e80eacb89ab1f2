"""Random collateral written beside claims, in each layout, is read as it was meant."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features import catalogue
from features.tape import Reading

SETTINGS = settings(max_examples=25, deadline=None)
FIELDS = ("collateral_type", "area_sqm", "appraised_value", "lien_rank", "lease_status")
KINDS = sorted(catalogue.field("collateral", "collateral_type").values)
LEASES = sorted(catalogue.field("collateral", "lease_status").values)
OF_CLAIM = ("借据号", "债务人名称", "本金余额(万元)")
OF_ITEM = (
    "抵押物{}类型",
    "抵押物{}面积",
    "抵押物{}评估价值(万元)",
    "抵押物{}顺位",
    "抵押物{}租赁情况",
)
Item = tuple[Any, ...]
Book = Sequence[Sequence[Item]]
Layout = Callable[[Book], list[list[Any]]]


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Items of each claim, some of whose facts are not told; no two are worth alike."""
    worths = iter(draw(st.lists(st.integers(1, 10**6), min_size=40, unique=True)))
    items = st.tuples(
        st.none() | st.sampled_from(KINDS),
        st.none() | st.integers(1, 10**5).map(float),
        st.just(0.0),
        st.none() | st.integers(1, 5),
        st.none() | st.sampled_from(LEASES),
    )
    listed = draw(st.lists(st.lists(items, max_size=4), min_size=1, max_size=6))
    return [
        [(*item[:2], float(next(worths)), *item[3:]) for item in of_claim]
        for of_claim in listed
    ]


def _claim(number: int) -> list[Any]:
    return [f"A{number}", f"苏州{number}号有限公司", 100 + number]


def _cells(item: Item) -> list[Any]:
    kind, area, worth, rank, lease = item
    of_kind, of_lease = (
        catalogue.field("collateral", name) for name in (FIELDS[0], FIELDS[4])
    )
    return [
        kind and of_kind.label(kind, "zh"),
        area,
        worth,
        rank,
        lease and of_lease.label(lease, "zh"),
    ]


def _wide(book: Book) -> list[list[Any]]:
    """Columns of their own for each item."""
    most = max(map(len, book))
    headers = [header.format(n + 1) for n in range(most) for header in OF_ITEM]
    rows = [
        [*_claim(number), *(cell for item in items for cell in _cells(item))]
        for number, items in enumerate(book)
    ]
    width = len(OF_CLAIM) + len(headers)
    return [[*OF_CLAIM, *headers], *([*r, *[None] * (width - len(r))] for r in rows)]


def _below(book: Book, *, repeated: bool) -> list[list[Any]]:
    """A row for each item; the claim stands on the first of them, or on all."""
    rows: list[list[Any]] = [[*OF_CLAIM, *(h.format("") for h in OF_ITEM)]]
    for number, items in enumerate(book):
        for place, item in enumerate(items or [(None,) * len(FIELDS)]):
            stands = repeated or not place
            claim = _claim(number) if stands else [None] * len(OF_CLAIM)
            rows.append([*claim, *_cells(item)])
    return rows


LAYOUTS: dict[str, Layout] = {
    "in columns of their own": _wide,
    "below their claim": lambda book: _below(book, repeated=False),
    "beside their claim again": lambda book: _below(book, repeated=True),
}


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
@given(book=books())
@SETTINGS
def test_each_layout_says_the_same(
    read_csv: Callable[..., Reading], layout: Layout, book: Book
) -> None:
    reading = read_csv(*layout(book))
    assert not reading.rejected
    claims = reading.package.claims
    assert claims["claim_id"].to_pylist() == [f"A{n}" for n in range(len(book))]
    assert claims["principal"].to_pylist() == [
        1e4 * (100 + n) for n in range(len(book))
    ]
    found = reading.package.collateral.select(["claim_id", *FIELDS]).to_pylist()
    meant = [
        (f"A{number}", *item[:2], 1e4 * item[2], *item[3:])
        for number, items in enumerate(book)
        for item in items
    ]
    assert sorted(map(_sortable, (tuple(row.values()) for row in found))) == sorted(
        map(_sortable, meant)
    )
    names = reading.package.collateral["collateral_id"].to_pylist()
    assert len({*names}) == len(names)


def _sortable(item: Item) -> tuple[str, ...]:
    return tuple(map(repr, item))
