"""The same claims as Recoup is asked of them and as its peers are.

Recoup is sent claims, collateral and guarantees and has to read, check and turn them
into features: as records, which name each field in each row, and as columns, which name
it once. Its peers are sent the finished rows of features, without names or with each
name once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from features.package import Floats, Package
from features.sources.market.priors import PackageKind
from features.sources.simulated import simulate_package
from models.recovery.model import RecoveryModel

CUTOFF = date(2025, 12, 31)
KINDS: tuple[PackageKind, ...] = ("corporate", "personal")
TABLES = ("claims", "collateral", "guarantees")


@dataclass(frozen=True)
class Bodies:
    """Bodies of requests about packages of one size, one of each package.

    Attributes:
        records: For Recoup, a list of objects for each table.
        columns: For Recoup, an object of lists for each table.
        frames: For MLflow, ``dataframe_split``.
        lists: For MLServer, a list of lists.
        means: What the peers are to answer, each of shape (claims,).
    """

    records: tuple[bytes, ...]
    columns: tuple[bytes, ...]
    frames: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    means: tuple[Floats, ...]


def bodies(model: RecoveryModel, claims: int, packages: int) -> Bodies:
    """Simulated packages, corporate and personal in turn.

    Args:
        model: Whose features and trees the peers know.
        claims: Of each package.
        packages: How many.
    """
    made = [
        simulate_package(
            KINDS[seed % len(KINDS)], claims=claims, seed=seed, cutoff_date=CUTOFF
        )
        for seed in range(packages)
    ]
    rows = [model.table(package).values for package in made]
    stated = [_lists(values) for values in rows]
    names = list(model.record.features)
    return Bodies(
        tuple(orjson.dumps(records(package)) for package in made),
        tuple(orjson.dumps(columns(package)) for package in made),
        tuple(
            orjson.dumps({"dataframe_split": {"columns": names, "data": data}})
            for data in stated
        ),
        tuple(orjson.dumps(data) for data in stated),
        tuple(_means(model, values) for values in rows),
    )


def records(package: Package) -> Mapping[str, Any]:
    """A package as a request states it: nothing where a field is absent."""
    tables = {name: _records(getattr(package, name)) for name in TABLES}
    return {"package": dict(package.header), **tables}


def columns(package: Package) -> Mapping[str, Any]:
    """A package as a request states it in columns: none where a field is absent."""
    tables = {name: _columns(getattr(package, name)) for name in TABLES}
    stated = {name: table for name, table in tables.items() if table}
    return {"package": dict(package.header), **stated}


def _columns(table: pa.Table) -> dict[str, list[Any]]:
    every = table.to_pydict()
    return {n: cells for n, cells in every.items() if cells.count(None) < len(cells)}


def _records(table: pa.Table) -> list[dict[str, Any]]:
    return [
        {name: value for name, value in row.items() if value is not None}
        for row in table.to_pylist()
    ]


def _lists(values: Floats) -> list[list[float | None]]:
    return [[None if v != v else v for v in row] for row in values.tolist()]


def _means(model: RecoveryModel, values: Floats) -> Floats:
    """The mean of the level's forests before the segment's level, shape (n,)."""
    means: Floats = 1 / (1 + np.exp(-model.level.sums(values).mean(axis=0)))
    return means
