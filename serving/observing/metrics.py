"""What is counted and measured while the service works: every name in one place.

Labels hold only what code can say, never what was handed in, so that their number is
bounded. With several workers each process writes files that ``/metrics`` adds up.
"""

from collections.abc import Iterable
from functools import lru_cache

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    disable_created_metrics,
)

from features.reading.accepted import RejectedRow

# Prices take a few milliseconds, an honest request 100 ms, a refusal half a second and
# what waits for a store five seconds at most: each has a bucket that ends there.
BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)

# Ours alone: what libraries count for themselves is not told of.
COUNTED = CollectorRegistry()
# When each series began is of no use here and would double their number.
disable_created_metrics()  # type: ignore[no-untyped-call]

REQUESTS = Histogram(
    "recoup_request_seconds",
    "Time to answer a request.",
    ("method", "route", "status"),
    buckets=BUCKETS,
    registry=COUNTED,
)
IN_FLIGHT = Gauge(
    "recoup_requests_in_flight",
    "Requests that are being answered.",
    multiprocess_mode="livesum",
    registry=COUNTED,
)
CLAIMS = Counter(
    "recoup_claims_valued", "Claims valued, by door.", ("door",), registry=COUNTED
)
VALUATIONS = Counter(
    "recoup_valuations", "Valuations put on record.", ("door",), registry=COUNTED
)
REJECTED = Counter(
    "recoup_rejected_rows",
    "Rows left out or refused, by rule.",
    ("code",),
    registry=COUNTED,
)
REFUSALS = Counter(
    "recoup_refusals", "Requests refused, by kind.", ("code",), registry=COUNTED
)
MODEL_SWAPPED = Gauge(
    "recoup_model_swapped_timestamp_seconds",
    "When the model in service was put there.",
    multiprocess_mode="livemax",
    registry=COUNTED,
)
MODEL_PROCESSES = Gauge(
    "recoup_model_processes",
    "Processes of this service that serve a model.",
    ("version", "sha256"),
    multiprocess_mode="livesum",
    registry=COUNTED,
)
MODELS_REFUSED = Counter(
    "recoup_models_refused",
    "Models not put in service, by reason.",
    ("reason",),
    registry=COUNTED,
)
STORE_BREAKER = Gauge(
    "recoup_store_breaker_open",
    "1 while nobody waits for a store that does not answer.",
    multiprocess_mode="livemax",
    registry=COUNTED,
)
STORE_ERRORS = Counter(
    "recoup_store_errors",
    "Times the store did not answer, by kind.",
    ("kind",),
    registry=COUNTED,
)

# Told as 0 from the start: of a series that begins with 1 no increase is ever seen.
for _kind in ("store", "store-full", "connections", "conflict"):
    STORE_ERRORS.labels(_kind)
for _kind in ("model-damaged", "model-unavailable", "files"):
    MODELS_REFUSED.labels(_kind)


@lru_cache(maxsize=4096)
def request_seconds(method: str, route: str, status: int) -> Histogram:
    """Time to answer requests of one route and status."""
    return REQUESTS.labels(method, route, str(status))


def claims_priced(claims: int) -> None:
    """Count claims that were priced and not put on record."""
    CLAIMS.labels("prices").inc(claims)


def valuation_recorded(door: str, claims: int) -> None:
    """Count a valuation that was put on record."""
    VALUATIONS.labels(door).inc()
    CLAIMS.labels(door).inc(claims)


def rows_rejected(rows: Iterable[RejectedRow]) -> None:
    """Count rows by the rules that they break."""
    for row in rows:
        for code in {finding.code for finding in row.findings}:
            REJECTED.labels(code).inc()


def refused(code: str) -> None:
    """Count a refusal."""
    REFUSALS.labels(code).inc()
