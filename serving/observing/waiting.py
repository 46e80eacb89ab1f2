"""What waits in the store: batches to be begun, entries to be signed."""

from collections.abc import Iterator
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select

from serving.audit.tables import AuditEnd, AuditHead
from serving.batches.states import HELD, OPEN, QUEUED, RUNNING
from serving.batches.tables import Batch, BatchStep
from serving.desk import Desk


def batches(desk: Desk) -> Iterator[Metric]:
    """Batches by state, how long the oldest has waited, and steps in hand.

    Raises:
        StoreError: The store does not answer.
    """
    with desk.store.session_of_all() as session:
        count = select(Batch.state, func.count()).group_by(Batch.state)
        states = {row[0]: row[1] for row in session.execute(count)}
        step = select(BatchStep.state, func.count()).group_by(BatchStep.state)
        steps = {row[0]: row[1] for row in session.execute(step)}
        claims = session.scalar(select(func.sum(BatchStep.claims))) or 0
    yield _gauge("recoup_batches", "Batches by state.", states, (QUEUED, RUNNING))
    yield _gauge("recoup_batch_steps", "Steps of batches.", steps, (OPEN, HELD))
    yield GaugeMetricFamily(
        "recoup_batch_claims",
        "Claims that the batches on record have valued, wherever their workers are.",
        value=float(claims),
    )
    yield GaugeMetricFamily(
        "recoup_batch_oldest_waiting_seconds",
        "How long the oldest batch that nobody began has waited.",
        value=longest_wait_seconds(desk),
    )


def longest_wait_seconds(desk: Desk) -> float:
    """How long the oldest batch that nobody began has waited.

    Raises:
        StoreError: The store does not answer.
    """
    waiting = select(func.min(Batch.created_at)).where(Batch.state == QUEUED)
    with desk.store.session_of_all() as session:
        oldest = session.scalar(waiting)
    since = 0.0 if oldest is None else (datetime.now(UTC) - oldest).total_seconds()
    return max(since, 0.0)


def audit(desk: Desk) -> Iterator[Metric]:
    """When the audit log was last signed, and how many entries were not yet.

    Raises:
        StoreError: The store does not answer.
    """
    with desk.store.session_of_all() as session:
        newest = select(AuditHead).order_by(AuditHead.size.desc()).limit(1)
        head = session.scalar(newest)
        entries = session.scalar(select(AuditEnd.number)) or 0
    signed = 0 if head is None else head.size
    # Of a log that was never signed as well: an alarm compares it with the time now.
    at = 0.0 if head is None else datetime.fromisoformat(head.at).timestamp()
    yield GaugeMetricFamily(
        "recoup_audit_entries", "Entries of the audit log.", value=entries
    )
    yield GaugeMetricFamily(
        "recoup_audit_unsigned_entries",
        "Entries of the audit log that no head vouches for yet.",
        value=entries - signed,
    )
    yield GaugeMetricFamily(
        "recoup_audit_head_timestamp_seconds",
        "When the last head of the audit log was signed; 0 where none was.",
        value=at,
    )


def _gauge(
    name: str, told: str, counted: dict[str, int], always: tuple[str, ...]
) -> Metric:
    metric = GaugeMetricFamily(name, told, labels=["state"])
    for state in sorted({*counted, *always}):
        metric.add_metric([state], counted.get(state, 0))
    return metric
