"""What the tape says of one claim, row by row, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from features import catalogue
from features.package import Package
from serving.workbench.claims.values import field_value
from serving.workbench.view import View

JOINED = ("collateral", "guarantees")


@dataclass(frozen=True)
class TapeRow:
    """A row of the tape.

    Attributes:
        stated: Title and value of each fact that it states.
        silent: Titles of the facts that it leaves out.
    """

    stated: Sequence[tuple[str, str]]
    silent: Sequence[str]


def tape_rows(package: Package, place: int, view: View) -> dict[str, list[TapeRow]]:
    """The rows of a claim by table: its own, its collateral, its guarantees.

    Args:
        package: What was handed in; it holds no personal data.
        place: Place of the claim, from 0.
        view: How the page is looked at.
    """
    own = package.claims.slice(place, 1)
    claim_id = own["claim_id"][0]
    joined = {name: getattr(package, name) for name in JOINED}
    found = {n: t.filter(pc.equal(t["claim_id"], claim_id)) for n, t in joined.items()}
    return {
        name: [_row(name, row, view) for row in table.to_pylist()]
        for name, table in {"claims": own, **found}.items()
    }


def field_title(table: str, name: str, view: View) -> str:
    """Name of a field at the beginning of a line."""
    title = catalogue.field(table, name).title(view.language)
    return title[:1].upper() + title[1:]


def _row(table: str, row: Mapping[str, Any], view: View) -> TapeRow:
    fields = dict(catalogue.kept_fields(table))
    if table in JOINED:
        # The page names the claim already.
        del fields["claim_id"]
    titles = {name: field_title(table, name, view) for name in fields}
    return TapeRow(
        [
            (titles[name], field_value(view, field, row[name]))
            for name, field in fields.items()
            if row[name] is not None
        ],
        [titles[name] for name in fields if row[name] is None],
    )
