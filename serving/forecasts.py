"""Forecasts as they were given: stored valuations as one table for a back-test."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import orjson
import pyarrow as pa

from features.errors import NotFoundError
from features.forecasts import QUARTERS, SCHEMA
from serving.storage.listing import Filters
from serving.storage.store import Store
from serving.storage.tables import Valuation

VALUATIONS_AT_ONCE = 100
_OF_CLAIM = ("cutoff_date", "seller", "product", "province")


def forecast_table(store: Store, filters: Filters) -> pa.Table:
    """One row for each claim of each stored valuation, newest valuation first.

    Nothing is computed again: rates and cash are those of the answer that was given.

    Args:
        store: The store of valuations.
        filters: Which valuations to take.

    Raises:
        NotFoundError: The store holds none of them.
        StoreError: The store does not answer.
    """
    tables = [_of_valuation(store, row) for row in _valuations(store, filters)]
    if not tables:
        raise NotFoundError(
            "the store holds no valuation of that time; widen --from and --to, or "
            "value a tape first"
        )
    return pa.concat_tables(tables)


def _valuations(store: Store, filters: Filters) -> Iterator[Valuation]:
    """Records of every page; what is left of claims under work is left out."""
    before = None
    while page := store.page(filters, VALUATIONS_AT_ONCE, before):
        yield from (row for row in page if row.parent_id is None)
        before = page[-1].id


def _of_valuation(store: Store, row: Valuation) -> pa.Table:
    document = orjson.loads(store.document(row.id).content)
    _, submission = store.original(row.id)
    tape = submission.package.claims
    claims = document["claims"]
    columns: dict[str, Any] = {
        **{n: [v] * len(claims) for n, v in _of_all(row, document).items()},
        **{name: tape[name] for name in _OF_CLAIM},
        **{n: [c[n] for c in claims] for n in ("claim_id", "segment", "claim_yuan")},
        **_rates(claims),
        QUARTERS: [c[QUARTERS] for c in claims],
    }
    arrays = [_array(columns[field.name], field.type) for field in SCHEMA]
    return pa.Table.from_arrays(arrays, schema=SCHEMA)


def _of_all(row: Valuation, document: dict[str, Any]) -> dict[str, Any]:
    """What is the same for every claim of a valuation."""
    model, assumptions = document["model"], document["assumptions"]
    return {
        "valuation_id": row.id,
        "package_id": row.package_id,
        "valued_at": row.created_at,
        **{f"model_{n}": model[n] for n in ("name", "version", "sha256", "simulated")},
        "model_observed_until": date.fromisoformat(model["observed_until"]),
        "horizon_months": assumptions["horizon_months"],
        "start_delay_months": assumptions["start_delay_months"],
    }


def _rates(claims: list[dict[str, Any]]) -> dict[str, list[float]]:
    names = {"expected_rate": "mean", "p10_rate": "p10", "p90_rate": "p90"}
    return {n: [c["recovery_rate"][of] for c in claims] for n, of in names.items()}


def _array(values: Any, kind: pa.DataType) -> pa.Array:
    if isinstance(values, pa.ChunkedArray):
        return values.cast(kind).combine_chunks()
    return pa.array(values, kind)
