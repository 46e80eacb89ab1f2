"""A package by what its claims have in common, and by how much hangs on few of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from features.catalogue import Language
from serving.figures.package import yuan
from serving.workbench.labels import fact_label

GROUPINGS = ("security_type", "segment", "province", "legal_stage")
LARGEST = 10
_SUMS = ("claim_fen", "gross_fen", "present_value_fen")


@dataclass(frozen=True)
class Sums:
    """Sums over some claims.

    Attributes:
        name: What they have in common; None where the tape does not say.
        title: The same in words.
        claims: How many.
        claim_yuan: All that is claimed.
        gross_yuan: Expected gross cash.
        present_value_yuan: What they are worth.
    """

    name: str | None
    title: str
    claims: int
    claim_yuan: float
    gross_yuan: float
    present_value_yuan: float

    @property
    def recovery_rate(self) -> float:
        """Expected gross cash over claim."""
        return self.gross_yuan / self.claim_yuan


def grouped(
    lines: pa.Table, by: str, language: Language, unknown: str
) -> Sequence[Sums]:
    """Sums of each group, the largest claim first, equals by name.

    Args:
        lines: Claims of a valuation.
        by: Column by which they are grouped.
        language: Of the titles.
        unknown: Title of claims of which the tape does not say.
    """
    sums = [(name, "sum") for name in _SUMS]
    found = lines.group_by(by).aggregate([("row", "count"), *sums])
    ordered = found.sort_by([("claim_fen_sum", "descending"), (by, "ascending")])
    return [
        Sums(
            row[by],
            unknown if row[by] is None else fact_label(by, row[by], language),
            row["row_count"],
            *(yuan(row[f"{name}_sum"]) for name in _SUMS),
        )
        for row in ordered.to_pylist()
    ]


@dataclass(frozen=True)
class Share:
    """One claim, obligor or group with its part of the package.

    Attributes:
        name: Its identifier.
        claims: How many claims it has.
        claim_yuan: What it owes.
        claim_share: The same over all that is claimed.
        present_value_yuan: What that is worth.
        present_value_share: The same over what the package is worth.
    """

    name: str
    claims: int
    claim_yuan: float
    claim_share: float
    present_value_yuan: float
    present_value_share: float


def largest(lines: pa.Table, by: str) -> Sequence[Share]:
    """The holders of the largest present values, equals by claim and name.

    Args:
        lines: Claims of a valuation.
        by: Column that names holders; claims that name none are left out.
    """
    return _shares(lines, by, lines)


def _shares(held: pa.Table, by: str, whole: pa.Table) -> Sequence[Share]:
    """Holders of claims, with their shares of the whole."""
    claim, value = (max(_total(whole, name), 1) for name in (_SUMS[0], _SUMS[2]))
    named = held.filter(pc.is_valid(held[by]))
    sums = [("row", "count"), ("claim_fen", "sum"), ("present_value_fen", "sum")]
    found = named.group_by(by).aggregate(sums)
    amounts = ("present_value_fen_sum", "claim_fen_sum")
    order = [*((name, "descending") for name in amounts), (by, "ascending")]
    return [
        Share(
            row[by],
            row["row_count"],
            yuan(row["claim_fen_sum"]),
            row["claim_fen_sum"] / claim,
            yuan(row["present_value_fen_sum"]),
            row["present_value_fen_sum"] / value,
        )
        for row in found.sort_by(order).slice(0, LARGEST).to_pylist()
    ]


def guarantors(lines: pa.Table, guarantees: pa.Table) -> Sequence[Share]:
    """The guarantors who stand for the largest present values.

    A claim counts with each of its guarantors, and once with each.

    Args:
        lines: Claims of a valuation.
        guarantees: Guarantees of its tape.
    """
    pairs = guarantees.select(["claim_id", "guarantor_id"])
    once = pairs.group_by(["claim_id", "guarantor_id"]).aggregate([])
    return _shares(
        lines.join(once, "claim_id", join_type="inner"), "guarantor_id", lines
    )


def _total(lines: pa.Table, name: str) -> int:
    return int(pc.sum(lines[name]).as_py() or 0)
