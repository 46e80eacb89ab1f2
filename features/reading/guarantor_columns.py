"""Columns of guarantors, by the places that their headers number: 保证人2身份证号."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from features.reading.headers import header_key, place_told
from features.reading.persons import joined_texts

NAMED, NUMBERS = "guarantor_names", "guarantor_id_numbers"
PHONES = "guarantor_phones"
# Between the cells of two places.
PLACE = "\x1d"
Columns = Sequence[tuple[str, pa.Array | None]]


def by_place(columns: Mapping[str, Columns]) -> dict[str, pa.Array]:
    """The text of each field, parted alike by place where the headers number them.

    What stands in 保证人2身份证号 is of 保证人2, wherever the columns stand and whether
    or not there is a 保证人1.

    Args:
        columns: Headers and texts of the columns of each field, none where they are
            empty.
    """
    if not {NUMBERS, PHONES} <= columns.keys():
        return _by_place(columns)
    # One list of telephones does not keep numbers from being parted.
    texts = _by_place({name: c for name, c in columns.items() if name != PHONES})
    phones = _by_place({name: c for name, c in columns.items() if name != NUMBERS})
    return phones | texts


def _by_place(columns: Mapping[str, Columns]) -> dict[str, pa.Array]:
    places = {field: [_place(h) for h, _ in every] for field, every in columns.items()}
    apart = _are_apart([*places.values()])
    every = sorted({place or 1 for told in places.values() for place in told})
    texts = {}
    for field, told in columns.items():
        filled = [(n, t) for n, (_, t) in zip(places[field], told, strict=True)]
        filled = [(n, text) for n, text in filled if text is not None]
        if filled and apart:
            texts[field] = _parted({n or 1: text for n, text in filled}, every)
        elif filled:
            filled.sort(key=lambda column: column[0] or 0)
            texts[field] = joined_texts([text for _, text in filled])
    return texts


def _place(header: str) -> int | None:
    return place_told(header_key(header))[1]


def _are_apart(places: Sequence[Sequence[int | None]]) -> bool:
    """Whether each column has a place of its own, and no list is beside numbered ones.

    A first column is often without a number: 保证人, 保证人2.
    """
    if len(places) < 2 or all(len(told) == 1 for told in places):
        return False
    return all(
        [*told] != [None] and len({n or 1 for n in told}) == len(told)
        for told in places
    )


def _parted(texts: Mapping[int, pa.Array], places: Sequence[int]) -> pa.Array:
    some = next(iter(texts.values()))
    none = pa.nulls(len(some), pa.string())
    cells = [texts.get(place, none).fill_null("") for place in places]
    joined = pc.binary_join_element_wise(*cells, PLACE)
    return pc.if_else(pc.equal(joined, PLACE * (len(places) - 1)), None, joined)
