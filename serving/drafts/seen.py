"""What was seen of a dropped tape, as plain data that any page can show."""

from collections import Counter
from collections.abc import Container
from dataclasses import asdict
from typing import Any

import pyarrow.compute as pc

from features.preview import Preview, SeenColumn
from features.reading.corrections import Corrections, column_key
from features.tape import Reading
from models.pricing.fen import to_fen, to_yuan
from serving.drafts.drafts import plain_failure
from serving.submission import plain_finding

Facts = dict[str, Any]
SHOWN_DATES = 3


def seen_of(shown: Preview, remembered: Corrections) -> Facts:
    """A preview as plain data.

    Args:
        shown: The preview.
        remembered: Corrections of it that were remembered of the seller.

    Returns:
        ``encoding``, ``columns``, and either ``refusal`` or ``reading``: ``tables``
        with numbers of rows, ``claim_yuan``, ``cutoff_dates``, what is wrong with
        ``rejected`` rows, and ``warnings``.
    """
    again = {correction.key for correction in remembered.each}
    return {
        "encoding": shown.encoding,
        "columns": [_column(each, again) for each in shown.columns],
        "refusal": None if shown.refusal is None else plain_failure(shown.refusal),
        "reading": None if shown.reading is None else _reading(shown.reading),
    }


def seller_of(shown: Preview) -> str | None:
    """The seller that a tape names, the most frequent where it names several."""
    if shown.reading is None:
        return None
    stated = shown.reading.package.header.get("seller")
    if stated is not None:
        return str(stated)
    named = Counter(shown.reading.package.claims["seller"].to_pylist())
    named.pop(None, None)
    return str(named.most_common(1)[0][0]) if named else None


def _column(each: SeenColumn, again: Container[tuple[str, str]]) -> Facts:
    match, usual = each.match, each.usual
    return {
        **asdict(match),
        "sheet": each.sheet,
        "also": each.also,
        "samples": each.samples,
        "usual_field": usual.field,
        "usual_unit": usual.unit,
        "remembered": match.by_hand and column_key(match.table, match.header) in again,
    }


def _reading(reading: Reading) -> Facts:
    package = reading.package
    accepted = {
        "claims": len(package),
        "collateral": package.collateral.num_rows,
        "guarantees": package.guarantees.num_rows,
    }
    rejected = Counter(row.table for row in reading.rejected)
    dates = pc.unique(package.claims["cutoff_date"]).to_pylist()
    return {
        "tables": [
            {"table": table, "accepted": n, "rejected": rejected[table]}
            for table, n in accepted.items()
            if n or rejected[table] or table == "claims"
        ],
        "claim_yuan": float(to_yuan(to_fen(package.claim_yuan()).sum())),
        "cutoff_dates": [d.isoformat() for d in sorted(dates)][:SHOWN_DATES],
        "rejected": [
            plain_finding(f) | {"table": row.table, "row": int(row.row)}
            for row in reading.rejected
            for f in row.findings
        ],
        "warnings": [plain_finding(f) for f in reading.warnings],
    }
