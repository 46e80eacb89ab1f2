"""The manifest of a book: counts, sums and hashes, once every chunk is done.

Nothing in it depends on threads, workers, restarts or the day: the same book, model
and assumptions give the same bytes.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np
import orjson

from features.reading.ahead import cutoff_ahead
from models.pricing.assumptions import Assumptions
from models.pricing.bid import PriceTerms, maximum_bid_fen, returns_at
from models.pricing.book import book_range
from models.pricing.fen import FEN_PER_YUAN
from models.pricing.moments import ConditionalMoments
from models.pricing.package import LEVELS, SHORTFALL_LEVEL
from models.recovery.model import ModelRecord
from serving.book.address import Place
from serving.book.dataset import DataFile
from serving.book.journal import Finished, Journal, moments_of
from serving.book.moments import added
from serving.book.order import BookOrder
from serving.book.totals import Totals, summed
from serving.cautions.caution import Caution
from serving.cautions.implausible import about_mean_sizes
from serving.cautions.model import about_model, about_time
from serving.cautions.worthless import about_worth
from serving.submission import plain_finding

MANIFEST = "manifest.json"
RATE_DIGITS = 6
Document = dict[str, Any]


def write_manifest(order: BookOrder, record: ModelRecord, out: Place) -> Document:
    """Write the manifest of a book whose every chunk is in the journal.

    Args:
        order: What was asked.
        record: Record of the model.
        out: Folder of the book.

    Raises:
        InputError: It cannot be written.
    """
    document = book_manifest(order, record, out, Journal(out).chunks())
    out.inside(MANIFEST).write(manifest_bytes(document))
    return document


def book_manifest(
    order: BookOrder, record: ModelRecord, out: Place, chunks: Sequence[Finished]
) -> Document:
    """The manifest of a book whose every chunk is kept in a folder."""
    return manifest_of(order, record, chunks, added(moments_of(out, chunks)))


def manifest_bytes(document: Document) -> bytes:
    """A manifest as its file holds it."""
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def manifest_of(
    order: BookOrder,
    record: ModelRecord,
    chunks: Sequence[Finished],
    moments: ConditionalMoments | None,
) -> Document:
    """The manifest.

    Args:
        order: What was asked.
        record: Record of the model.
        chunks: Every chunk in the order of the dataset.
        moments: Of all of them; None where nothing was priced.
    """
    assumptions = Assumptions.of(order.assumptions)
    totals = summed(chunk.totals for chunk in chunks)
    parts = [part for chunk in chunks for part in chunk.parts]
    listed = "".join(f"{part.sha256}  {part.file}\n" for part in parts)
    return {
        "sha256": sha256(listed.encode()).hexdigest(),
        "software": order.software,
        "format": order.format,
        "figures": order.figures,
        "model": order.model.model_dump(),
        "assumptions": order.assumptions,
        "cutoff_date": order.cutoff_date,
        "chunk_claims": order.chunk_claims,
        "source": {
            name: [_file(file) for file in getattr(order, name)]
            for name in ("claims", "collateral", "guarantees")
        },
        "counts": _counts(totals, chunks),
        "package": _package(totals, assumptions),
        "range": None if moments is None else _range(moments, assumptions),
        "segments": {s: sums.model_dump() for s, sums in totals.segments.items()},
        "cash_flow": {
            "gross_fen": list(totals.monthly_gross_fen),
            "cost_fen": list(totals.monthly_cost_fen),
        },
        "cautions": _cautions(record, totals, assumptions),
        "warnings": totals.warnings,
        "rejected": totals.rejected,
        "parts": [part.model_dump() for part in parts],
    }


def _cautions(
    record: ModelRecord, totals: Totals, assumptions: Assumptions
) -> list[Caution]:
    """What weakens the figures, in the words that a valuation has for it."""
    sizes = {name: (s.claims, s.claim_fen) for name, s in totals.segments.items()}
    return [
        *about_model(record),
        *_about_date(record, totals.latest_cutoff),
        *about_worth(assumptions, totals.whole.gross_fen, totals.whole.cost_fen),
        *about_mean_sizes(sizes),
    ]


def _about_date(record: ModelRecord, cutoff: date | None) -> Iterator[Caution]:
    if cutoff is not None:
        yield from map(plain_finding, cutoff_ahead(cutoff))
        yield from about_time(record, cutoff)


def _file(file: DataFile) -> Document:
    return {"path": file.path, "size_bytes": file.size_bytes, "rows": file.rows}


def _counts(totals: Totals, chunks: Sequence[Finished]) -> Document:
    return {
        "claims": totals.whole.claims,
        "collateral": totals.collateral,
        "guarantees": totals.guarantees,
        "rejected_rows": totals.rejected_rows,
        "chunks": len(chunks),
        "claim_ids_distinct": "in the book" if _apart(chunks) else "in each part",
    }


def _apart(chunks: Sequence[Finished]) -> bool:
    """Whether no claim_id can stand in two chunks, as in a book that is sorted."""
    bounds = sorted(
        (c.first_id, c.last_id)
        for c in chunks
        if c.first_id is not None and c.last_id is not None
    )
    return all(last < first for (_, last), (first, _) in pairwise(bounds))


def _package(totals: Totals, assumptions: Assumptions) -> Document:
    """The book bought as a whole at the target return."""
    whole, terms = totals.whole, PriceTerms.of(assumptions)
    bid_fen = maximum_bid_fen(whole.present_value_fen, terms)
    return {
        **whole.model_dump(),
        "net_fen": whole.gross_fen - whole.cost_fen,
        "recovery_rate": _rate(whole.gross_fen / whole.claim_fen)
        if whole.claim_fen
        else None,
        "maximum_bid_fen": bid_fen,
        **_returns(totals, bid_fen, terms),
    }


def _range(moments: ConditionalMoments, assumptions: Assumptions) -> Document:
    told = book_range(moments, assumptions.simulations, assumptions.seed)
    values = zip(
        LEVELS, told.gross_yuan.tolist(), told.present_value_yuan.tolist(), strict=True
    )
    return {
        "percentiles": {
            f"P{round(level * 100)}": _amounts(gross, value)
            for level, gross, value in values
        },
        "expected_shortfall": {
            "level": SHORTFALL_LEVEL,
            **_amounts(told.gross_shortfall_yuan, told.present_value_shortfall_yuan),
        },
        "factors": {n: _rate(v) for n, v in told.factors.model_dump().items()},
        "simulations": told.simulations,
    }


def _amounts(gross: float, value: float) -> Document:
    return {"gross_yuan": round(gross, 2), "present_value_yuan": round(value, 2)}


def _returns(totals: Totals, bid_fen: int, terms: PriceTerms) -> Mapping[str, Any]:
    gross, cost = totals.monthly_gross_fen, totals.monthly_cost_fen
    net = np.array([g - c for g, c in zip(gross, cost, strict=True)]) / FEN_PER_YUAN
    returns = returns_at(net, bid_fen / FEN_PER_YUAN, terms)
    irr = None if returns is None else returns.irr_rate
    return {"irr_rate_at_maximum_bid": None if irr is None else _rate(irr)}


def _rate(value: float) -> float:
    return round(value, RATE_DIGITS)
