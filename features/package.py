"""A package as every later step sees it: three canonical tables that never change."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from features import catalogue
from features.columns import CLAIM_PARTS as CLAIM_PARTS
from features.columns import ArrowColumns, Tables
from features.columns import Floats as Floats
from features.columns import Ints as Ints

HeaderValue = str | int | float | date
# Number of the first row of a table below its header.
FIRST_ROW = 2


def canonical_table(table: str, data: pa.Table | None) -> pa.Table:
    """A table with exactly the columns and types of the catalogue.

    Args:
        table: Name of the table in the catalogue.
        data: Columns under their canonical names; absent ones become null,
            unknown ones are refused. None gives an empty table.

    Raises:
        KeyError: A column that the catalogue does not know.
        pyarrow.ArrowInvalid: A column that cannot become its type.
    """
    schema = catalogue.arrow_schema(table)
    if data is None:
        return schema.empty_table()
    unknown = sorted(set(data.column_names) - set(schema.names))
    if unknown:
        raise KeyError(f"unknown columns in {table}: {', '.join(unknown)}")
    present = set(data.column_names)
    columns = [
        data[f.name].cast(f.type).combine_chunks()
        if f.name in present
        else pa.nulls(len(data), f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(columns, schema=schema)


@dataclass(frozen=True)
class Package:
    """Claims of one seller as of a cut-off date.

    Attributes:
        claims: One row per claim; schema ``catalogue.arrow_schema("claims")``.
        collateral: One row per claim and item.
        guarantees: One row per claim and guarantor.
        header: Fields of the package by canonical name.
    """

    claims: pa.Table
    collateral: pa.Table = field(
        default_factory=lambda: canonical_table("collateral", None)
    )
    guarantees: pa.Table = field(
        default_factory=lambda: canonical_table("guarantees", None)
    )
    header: Mapping[str, HeaderValue] = field(
        default_factory=lambda: MappingProxyType({})
    )

    @classmethod
    def of(
        cls,
        claims: pa.Table,
        collateral: pa.Table | None = None,
        guarantees: pa.Table | None = None,
        header: Mapping[str, HeaderValue] | None = None,
    ) -> "Package":
        """A package from tables that may lack optional columns."""
        return cls(
            canonical_table("claims", claims),
            canonical_table("collateral", collateral),
            canonical_table("guarantees", guarantees),
            MappingProxyType(dict(header or {})),
        )

    def __len__(self) -> int:
        """Number of claims."""
        return int(self.claims.num_rows)

    @cached_property
    def tables(self) -> Tables:
        """The tables as columns.

        Raises:
            ValueError: A row of collateral or of guarantees belongs to no claim.
        """
        return Tables(
            ArrowColumns(self.claims),
            ArrowColumns(self.collateral),
            ArrowColumns(self.guarantees),
            claim_rows(self, self.collateral),
            claim_rows(self, self.guarantees),
        )

    @property
    def claim_ids(self) -> list[str]:
        """Identifiers of the claims, in order."""
        return [str(i) for i in self.claims["claim_id"].to_pylist()]

    @property
    def cutoff_date(self) -> date:
        """Latest cut-off date among the claims."""
        latest: date = pc.max(self.claims["cutoff_date"]).as_py()
        return latest

    def claim_yuan(self) -> Floats:
        """The whole claim of each row in yuan, shape (n,): stated, or the parts."""
        return self.tables.claim_yuan

    def parts_yuan(self) -> Floats:
        """Sum of the parts of each claim in yuan, shape (n,), absent ones nothing."""
        return self.tables.parts_yuan

    def take(self, rows: Sequence[int] | Ints) -> "Package":
        """The same package with only some of its claims, in the order given."""
        claims = self.claims.take(pa.array(np.asarray(rows, dtype=np.int64)))
        ids = claims["claim_id"]
        return Package(
            claims,
            self.collateral.filter(pc.is_in(self.collateral["claim_id"], ids)),
            self.guarantees.filter(pc.is_in(self.guarantees["claim_id"], ids)),
            self.header,
        )


def numbers(table: pa.Table, name: str) -> Floats:
    """A column of numbers or booleans as float64, shape (rows,), NaN where null."""
    values: Floats = (
        table[name]
        .cast(pa.float64())
        .to_numpy(zero_copy_only=False)
        .astype(np.float64, copy=False)
    )
    return values


def days(table: pa.Table, name: str) -> Floats:
    """A column of dates as days since 1970-01-01, shape (rows,), NaN where null."""
    return numbers(
        pa.table({name: table[name].cast(pa.int32())}),
        name,
    )


def claim_rows(package: Package, table: pa.Table) -> Ints:
    """Row of the claim that each row of a joined table belongs to, shape (rows,).

    Raises:
        ValueError: A row that belongs to no claim of the package.
    """
    if not len(table):
        return np.zeros(0, np.int64)
    found = pc.index_in(table["claim_id"], package.claims["claim_id"])
    if found.null_count:
        raise ValueError(f"{found.null_count} rows belong to no claim of the package")
    rows: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return rows


def obligors(package: Package) -> npt.NDArray[np.str_]:
    """Obligor of each claim, shape (n,); a claim that names none stands alone."""
    claims = package.claims
    alone = pc.binary_join_element_wise("claim", claims["claim_id"], " ")
    known = pc.coalesce(claims["obligor_id"], alone)
    names: npt.NDArray[np.str_] = known.to_numpy(zero_copy_only=False).astype(np.str_)
    return names
