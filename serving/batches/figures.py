"""What is said of a batch, for every door."""

from collections.abc import Sequence
from typing import Any

from serving.batches.progress import Progress
from serving.batches.states import FAILED
from serving.batches.tables import Batch, BatchStep
from serving.book.order import BookOrder
from serving.book.rejections import Reason
from serving.book.totals import Sums
from serving.figures.package import yuan

Figures = dict[str, Any]
_TABLES = ("claims", "collateral", "guarantees")


def batch_figures(
    batch: Batch, progress: Progress, failures: Sequence[BatchStep] = ()
) -> Figures:
    """State, progress and sums of a batch.

    Args:
        batch: The batch.
        progress: How far it has come.
        failures: Steps that came to nothing.
    """
    return {
        "id": batch.id,
        "name": batch.title,
        "state": batch.state,
        "created_at": batch.created_at,
        "begun_at": batch.begun_at,
        "ended_at": batch.ended_at,
        "submitted_by": batch.submitter,
        "figures": batch.figures,
        "model": batch.model,
        "progress": _progress(progress),
        "sums": _sums(progress.sums),
        "rejected_rows": progress.rejected_rows,
        "trouble": batch.trouble,
        "failures": [_failure(step) for step in failures],
        "sha256": batch.sha256,
    }


def order_figures(batch: Batch) -> Figures:
    """What a batch was asked to do."""
    order = BookOrder.model_validate(batch.order)
    return {
        "assumptions": order.assumptions,
        "cutoff_date": order.cutoff_date,
        "chunk_claims": order.chunk_claims,
        "source_files": {t: len(getattr(order, t)) for t in _TABLES},
    }


def reason_figures(reasons: Sequence[Reason]) -> list[Figures]:
    """Why rows were left out, with examples."""
    return [
        {
            "code": reason.code,
            "rows": reason.rows,
            "examples": [example.model_dump() for example in reason.examples],
        }
        for reason in reasons
    ]


def _progress(progress: Progress) -> Figures:
    left = progress.left
    return {
        "share": round(progress.share, 4),
        "chunks": progress.chunks,
        "chunks_done": progress.done,
        "chunks_failed": progress.failed,
        "workers": progress.workers,
        "claims_per_second": progress.claims_per_second
        and round(progress.claims_per_second, 1),
        "seconds_left": None if left is None else round(left.total_seconds()),
    }


def _sums(sums: Sums) -> Figures:
    return {
        "claims": sums.claims,
        **{
            f"{name.removesuffix('_fen')}_yuan": yuan(getattr(sums, name))
            for name in Sums.model_fields
            if name.endswith("_fen")
        },
    }


def _failure(step: BatchStep) -> Figures:
    told = step.failure or {}
    return {
        "chunk": step.name,
        "attempts": step.attempts,
        "final": step.state == FAILED,
        "detail": told.get("detail", ""),
        "detail_zh": told.get("detail_zh", ""),
        "findings": told.get("findings", []),
    }
