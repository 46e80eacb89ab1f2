from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from features import catalogue
from features.package import canonical_table

DealsOf = Callable[..., pa.Table]


@pytest.fixture(scope="session")
def deals_of() -> DealsOf:
    """A table of deals from what differs from a lost one without a price."""

    def table(*deals: dict[str, Any]) -> pa.Table:
        usual = {
            "deal_date": date(2025, 1, 1),
            "claim_total": 1e8,
            "price_kind": "clearing",
            "currency": "CNY",
            "own_value": 100.0,
            "outcome": "lost",
        }
        rows = [{"deal_id": str(i), **usual, **d} for i, d in enumerate(deals)]
        names = {name for row in rows for name in row}
        schema = catalogue.arrow_schema("deals")
        known = pa.schema([f for f in schema if f.name in names])
        return canonical_table("deals", pa.Table.from_pylist(rows, schema=known))

    return table
