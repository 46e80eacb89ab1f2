"""Rows of collateral or guarantees that name several claims in one cell: D01、D02."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow.compute as pc

from features.reading.accepted import CheckedTable
from features.reading.tables import ConvertedTable

_BETWEEN = re.compile(r"[、,，;；/\s]+")


def listed_claims(
    table: ConvertedTable, claims: CheckedTable
) -> Mapping[int, Sequence[int]]:
    """Rows of the claims that each such row names, which may all be rejected.

    What is a claim as it stands is no list, nor is what names any claim that the tape
    does not hold: nobody knows what of it is left for the others.

    Args:
        table: Collateral or guarantees.
        claims: The claims.
    """
    if "claim_id" not in table.data.column_names:
        return {}
    named, known = table.data["claim_id"], claims.table.data["claim_id"]
    unknown = pc.invert(pc.is_in(named, known.combine_chunks()))
    rows = np.flatnonzero(pc.and_(unknown, named.is_valid()).to_numpy())
    texts = named.take(rows).to_pylist()
    lists = {
        row: dict.fromkeys(_BETWEEN.split(text.strip()))
        for row, text in zip(rows.tolist(), texts, strict=True)
        if _BETWEEN.search(text.strip())
    }
    if not lists:
        return {}
    place = {claim: row for row, claim in enumerate(known.to_pylist())}
    return {
        row: [at for claim in of if claims.accepted[at := place[claim]]]
        for row, of in lists.items()
        if all(claim in place for claim in of)
    }
