"""What is asked of a book, and by that which parts of it may be gone on with."""

from collections.abc import Mapping
from importlib.metadata import version
from types import MappingProxyType
from typing import Any, Literal, Self

import orjson
from pydantic import BaseModel, ConfigDict, Field

from features.errors import InputError
from serving.book.address import Place
from serving.book.dataset import DataFile
from serving.champion.served import ServedModel

RUN = "run.json"
FORMAT = 1
Figures = Literal["full", "mean"]
# Larger chunks are no faster and take more memory, of which means alone need little.
CHUNK_CLAIMS: Mapping[Figures, int] = MappingProxyType({"full": 16_384, "mean": 32_768})


def software() -> dict[str, str]:
    """Versions of what runs here."""
    return {name: version(name) for name in ("recoup", "pyarrow")}


class ModelName(BaseModel):
    """The model that prices.

    Attributes:
        name: Name of the registered model.
        version: Its version.
        sha256: Its hash.
        source: Name of the history that it learnt from.
        simulated: Whether that history never happened.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    version: str
    sha256: str
    source: str
    simulated: bool

    @classmethod
    def of(cls, served: ServedModel) -> Self:
        """The name of a model in service."""
        record = served.model.record
        return cls(
            name=served.name,
            version=served.version,
            sha256=served.model.sha256,
            source=record.source,
            simulated=record.simulated,
        )


class BookOrder(BaseModel):
    """Everything that the figures of a book depend on.

    Attributes:
        format: Version of the layout of the output.
        software: Versions of this software and of what writes parquet, which the
            bytes of the output depend on.
        figures: ``full``, or ``mean`` for the mean recovery alone.
        model: The model.
        assumptions: What the prices rest on.
        cutoff_date: Cut-off date that wins over the claims, as 2025-12-31.
        chunk_claims: Most claims of a chunk.
        claims: Files of the claims.
        collateral: Files of the collateral.
        guarantees: Files of the guarantees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int = FORMAT
    software: dict[str, str] = Field(default_factory=software)
    figures: Figures
    model: ModelName
    assumptions: dict[str, Any]
    cutoff_date: str | None
    chunk_claims: int
    claims: tuple[DataFile, ...]
    collateral: tuple[DataFile, ...] = ()
    guarantees: tuple[DataFile, ...] = ()

    def share_of(self, file: int) -> float:
        """Share of the claims that a file of them is, by bytes."""
        return self.claims[file].size_bytes / max(
            sum(f.size_bytes for f in self.claims), 1
        )

    @property
    def header(self) -> dict[str, str]:
        """Fields of the package that win over the claims."""
        return {} if self.cutoff_date is None else {"cutoff_date": self.cutoff_date}


def begin(order: BookOrder, out: Place, *, restart: bool) -> None:
    """Put an order on record in its folder, or go on with the same one.

    Raises:
        InputError: The folder holds another order or other things, or cannot be
            written to.
    """
    record = out.inside(RUN)
    begun = record.exists()
    out.delete_partial()
    if begun and not restart:
        _check_same(order, orjson.loads(record.read()), out)
        return
    if begun:
        discard(out)
    elif out.is_folder() and out.files():
        raise InputError(
            f"{out.path} holds other files; name an empty folder or a new one"
        )
    record.write(order.model_dump_json(indent=1).encode())


def discard(out: Place) -> None:
    """Remove what an order left in its folder, and nothing else."""
    for name in ("manifest.json", "journal", "claims", "rejected", RUN):
        out.inside(name).delete()


def _check_same(order: BookOrder, begun: dict[str, Any], out: Place) -> None:
    mine = order.model_dump(mode="json")
    differ = [name for name in mine if mine[name] != begun.get(name)]
    if differ:
        raise InputError(
            f"{out.path} holds parts of a run with other {', '.join(differ)}; write to "
            "another folder, or add --restart to begin anew in this one"
        )
