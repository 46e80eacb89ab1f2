"""Log lines: JSON for machines, a form for people on a terminal.

What the standard library, uvicorn and every other library has to say goes the same way
as our own lines, so nothing is written in another form.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog
from structlog.typing import Processor

from serving.observing.facts import known
from serving.observing.hiding import hidden, traced
from serving.settings import Settings

# They tell each step of their own work, which is nobody's concern here.
_TALKATIVE = (
    "alembic",
    "mlflow",
    "httpx",
    "httpx2",
    "urllib3",
    "sqlalchemy",
    "fontTools",
    # The class of a pool, by which SQLAlchemy names its lines.
    "serving.storage.postgresql.GuardedPool",
)
_RENDERER = ("_record", "_from_structlog")
Event = MutableMapping[str, Any]


def write_log_lines(settings: Settings) -> None:
    """Have every line of this process written to stderr in one form.

    Args:
        settings: Their level and form.
    """
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        _with_facts,
        _with_traceback,
        _without_secrets,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _form(settings),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.upper())
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)


def _form(settings: Settings) -> Processor:
    for_people = settings.log_form == "text" or (
        settings.log_form == "auto" and sys.stderr.isatty()
    )
    if for_people:
        return structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), timestamp_key="time"
        )
    return _as_json


def _with_facts(_: object, __: str, event: Event) -> Event:
    for name, value in known().items():
        event.setdefault(name, value)
    return event


def _with_traceback(_: object, __: str, event: Event) -> Event:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()
    if isinstance(error, tuple):
        error = error[1]
    if isinstance(error, BaseException):
        event["exception"] = traced(error)
    return event


def _without_secrets(_: object, __: str, event: Event) -> Event:
    event.pop("color_message", None)
    # What belongs to the renderer is no field of the line.
    own = {name: event.pop(name) for name in _RENDERER if name in event}
    return {**hidden(event), **own}


def _as_json(_: object, __: str, event: Event) -> str:
    first = {name: event.pop(name) for name in ("time", "level", "event")}
    return orjson.dumps({**first, **event}).decode()
