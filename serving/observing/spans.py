"""Spans of what a request takes; see ``tracing`` for where they go."""

from contextlib import AbstractContextManager, nullcontext

from opentelemetry import trace
from opentelemetry.trace import format_span_id, format_trace_id

_NO_SPAN = nullcontext()


def span(name: str) -> AbstractContextManager[object]:
    """A part of a request that takes its time, ``store`` for example.

    It is nothing where the request is not traced.
    """
    if not trace.get_current_span().is_recording():
        return _NO_SPAN
    tracer = trace.get_tracer("recoup")
    # What an error says may hold what was handed in.
    return tracer.start_as_current_span(name, record_exception=False)


def trace_parent() -> str | None:
    """The ``traceparent`` of what is done now; None where that is not traced."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    ids = f"{format_trace_id(context.trace_id)}-{format_span_id(context.span_id)}"
    return f"00-{ids}-{context.trace_flags:02x}"
