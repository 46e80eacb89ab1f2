"""What was forecast of each claim when it was valued: the table that outlives a bid.

The service exports it and a back-test reads it: neither knows the other, so the form
stands here. One row for each claim of each valuation, as it was answered at the time.
"""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import InputError
from features.outcomes import MONTHS_PER_QUARTER, Bools
from features.package import Floats, Ints, numbers

QUARTERS = "expected_cash_by_quarter_yuan"
# Answers round rates to the sixth digit and cash to the fen.
ROUNDING_RATE = 1e-5
ROUNDING_YUAN = 1.0


def _field(name: str, kind: pa.DataType, *, required: bool = True) -> pa.Field:
    return pa.field(name, kind, nullable=not required)


SCHEMA = pa.schema(
    [
        _field("claim_id", pa.string()),
        _field("valuation_id", pa.string()),
        _field("package_id", pa.string(), required=False),
        _field("valued_at", pa.timestamp("ms", "UTC")),
        _field("model_name", pa.string()),
        _field("model_version", pa.string()),
        _field("model_sha256", pa.string()),
        _field("model_simulated", pa.bool_()),
        _field("model_observed_until", pa.date32()),
        _field("cutoff_date", pa.date32()),
        _field("seller", pa.string(), required=False),
        _field("product", pa.string(), required=False),
        _field("province", pa.string(), required=False),
        _field("segment", pa.string()),
        _field("claim_yuan", pa.float64()),
        _field("expected_rate", pa.float64()),
        _field("p10_rate", pa.float64()),
        _field("p90_rate", pa.float64()),
        _field("horizon_months", pa.int32()),
        _field("start_delay_months", pa.int32()),
        _field(QUARTERS, pa.list_(pa.float64())),
    ]
)


def write_forecasts(table: pa.Table, path: Path) -> None:
    """Write a table of forecasts as parquet, the way it is read.

    Raises:
        InputError: The table breaks the schema, or the file cannot be written.
    """
    checked = validated(table, path.name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(checked, path)
    except OSError as error:
        raise InputError(f"cannot write {path}: {error.strerror}") from None


def read_forecasts(path: Path) -> pa.Table:
    """A table of forecasts in the columns and types of ``SCHEMA``.

    Raises:
        InputError: The file is missing or no parquet, lacks a column, holds a wrong
            type, leaves out a required value, or a row contradicts itself; the
            message names file, row, column, value and remedy.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise InputError(f"no such file: {path}") from None
    except (pa.ArrowInvalid, OSError) as error:
        raise InputError(
            f"{path.name} is not a parquet file ({str(error).splitlines()[0]}); "
            "export it with: python -m serving forecasts"
        ) from None
    return validated(table, path.name)


def validated(table: pa.Table, name: str) -> pa.Table:
    """The table in the form of ``SCHEMA``, once nothing in it contradicts itself.

    Args:
        table: Columns of the schema; others are left out.
        name: Name of the file, for messages.

    Raises:
        InputError: See ``read_forecasts``.
    """
    formed = _formed(table, name)
    for column, broken, rule in _checks(formed):
        _refuse(formed, name, column, broken, rule)
    return formed


def _formed(table: pa.Table, name: str) -> pa.Table:
    absent = [c for c in SCHEMA.names if c not in table.column_names]
    if absent:
        raise InputError(
            f"{name} lacks the column{'s' * (len(absent) > 1)} {', '.join(absent)}; "
            "export it again with: python -m serving forecasts"
        )
    columns = []
    for field in SCHEMA:
        try:
            column = table[field.name].cast(field.type).combine_chunks()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise InputError(
                f"{name}, column {field.name}: not {field.type} "
                f"({str(error).splitlines()[0]})"
            ) from None
        if column.null_count and not field.nullable:
            row = int(pc.index(column.is_null(), pa.scalar(True)).as_py())
            raise InputError(
                f"{name}, row {row}, column {field.name}: nothing stands there; fill "
                "it in or drop the row"
            )
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=SCHEMA)


def _checks(table: pa.Table) -> list[tuple[str, Bools, str]]:
    """Column, broken rows and rule of everything a row may contradict, in order."""
    claim, expected = numbers(table, "claim_yuan"), numbers(table, "expected_rate")
    low, high = numbers(table, "p10_rate"), numbers(table, "p90_rate")
    horizon = numbers(table, "horizon_months")
    wanted = np.ceil(horizon / MONTHS_PER_QUARTER)
    lengths = pc.list_value_length(table[QUARTERS]).to_numpy(zero_copy_only=False)
    total = _per_claim(table, np.nan_to_num(_flat(table), nan=np.inf))
    apart = np.abs(total - expected * claim) - ROUNDING_RATE * claim
    return [
        ("claim_yuan", ~((claim > 0) & np.isfinite(claim)), "must be above nothing"),
        ("expected_rate", ~_is_share(expected), "must lie within 0 and 1"),
        ("p10_rate", ~_is_share(low), "must lie within 0 and 1"),
        ("p90_rate", ~(_is_share(high) & (high >= low)), "must lie within p10 and 1"),
        ("horizon_months", horizon < 1, "must be at least 1"),
        (
            "start_delay_months",
            numbers(table, "start_delay_months") < 0,
            "must be at least 0",
        ),
        (QUARTERS, lengths != wanted, "must hold each quarter of the horizon"),
        (QUARTERS, _any_negative(table), "must hold amounts of at least 0"),
        (
            QUARTERS,
            ~(apart <= ROUNDING_YUAN),
            "must add up to expected_rate times claim_yuan",
        ),
    ]


def _is_share(rate: Floats) -> Bools:
    inside: Bools = (rate >= 0) & (rate <= 1)
    return inside


def _refuse(table: pa.Table, name: str, column: str, broken: Bools, rule: str) -> None:
    if not broken.any():
        return
    row = int(broken.argmax())
    raise InputError(
        f"{name}, row {row}, column {column}: {rule} "
        f"(got {str(table[column][row].as_py())[:60]}); correct it or drop the row"
    )


def _flat(table: pa.Table) -> Floats:
    """Cash of every quarter of every claim one after the other."""
    flat = pc.list_flatten(table[QUARTERS])
    return numbers(pa.table({QUARTERS: flat}), QUARTERS)


def _owners(table: pa.Table) -> Ints:
    """Row that each of those belongs to."""
    owners: Ints = pc.list_parent_indices(table[QUARTERS]).to_numpy(
        zero_copy_only=False
    )
    return owners


def _per_claim(table: pa.Table, flat: Floats) -> Floats:
    total: Floats = np.bincount(_owners(table), flat, minlength=len(table)).astype(
        np.float64
    )
    return total


def _any_negative(table: pa.Table) -> Bools:
    below: Bools = _per_claim(table, (_flat(table) < 0).astype(np.float64)) > 0
    return below


def expected_quarters(table: pa.Table) -> Floats:
    """Expected cash by quarter since cut-off in yuan, shape (rows, quarters).

    The longest horizon gives the number of quarters. A horizon that ends within a
    quarter leaves that quarter out, for it was not expected whole; beyond its own
    horizon a row holds nothing.
    """
    owner = _owners(table)
    first = np.searchsorted(owner, np.arange(len(table)))
    quarter = np.arange(len(owner)) - first[owner]
    cash = np.zeros((len(table), int(quarter.max(initial=-1)) + 1))
    cash[owner, quarter] = _flat(table)
    whole = whole_quarters(table)
    quarters = np.arange(int(whole.max(initial=0)))
    return np.where(quarters < whole[:, None], cash[:, : len(quarters)], 0.0)


def whole_quarters(table: pa.Table) -> Ints:
    """Quarters of each row that lie within its horizon whole, shape (rows,)."""
    months = numbers(table, "horizon_months").astype(np.int64)
    quarters: Ints = months // MONTHS_PER_QUARTER
    return quarters
