"""Spans of requests, where an installation collects traces.

The framework makes the span of each request from the ``traceparent`` that came with
it. Spans are sent to where ``OTEL_EXPORTER_OTLP_ENDPOINT`` says; without that there are
none, and the packages that would send them are not imported.
"""

import os

from fastapi.telemetry import TelemetryConfig

# Nobody asks why a probe took its time.
_SILENT = ("/health", "/metrics", "/static", "/docs/static")
_TARGETS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def telemetry() -> TelemetryConfig:
    """How the framework traces: requests only, for metrics and log lines are ours."""
    asked = _is_asked_for()
    if asked:
        from serving.observing.sending import send_spans

        send_spans()
    return {
        "tracing": asked,
        "metrics": False,
        "logs": False,
        "operation_spans": False,
        "auto_configure": False,
        "exclude": lambda scope: scope["path"].startswith(_SILENT),
    }


def _is_asked_for() -> bool:
    disabled = os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true"
    return not disabled and any(os.environ.get(name) for name in _TARGETS)
