"""What watching, access and the audit log add to a request, beside its own work.

python -m benchmarks.overhead

Requests go straight into the application, without a socket, in turn: whole, without
what watches it, without asking who asks, and a valuation without its entry in the audit
log. Times are of the processor, so that neighbours on the machine count less; read the
shares.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any
from unittest.mock import patch

import click
import orjson
from fastapi import FastAPI

from features.console import say
from serving.access import door
from serving.access.callers import Caller
from serving.access.local import local_key
from serving.app import create_app
from serving.audit.log import Audit
from serving.observing.middleware import Observed
from serving.schemas import EXAMPLE
from serving.settings import Settings, read_settings

Ask = Callable[[str, bytes], Awaitable[float]]
PRICES = orjson.dumps(EXAMPLE)
VALUATION = orjson.dumps({**EXAMPLE, "assumptions": {"simulations": 100}})


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[tuple[FastAPI, Ask]]:
    """The application, and seconds that a request to it takes."""
    app = create_app(settings)
    headers = [
        (b"host", b"127.0.0.1:8000"),
        (b"content-type", b"application/json"),
        (b"authorization", f"Bearer {local_key(settings, 'overhead')}".encode()),
    ]
    async with app.router.lifespan_context(app) as state:

        async def ask(path: str, body: bytes) -> float:
            return await _seconds(app, dict(state or {}), path, body, headers)

        await ask("/v1/prices", PRICES)
        yield app, ask


async def _seconds(
    app: FastAPI,
    state: Mapping[str, Any],
    path: str,
    body: bytes,
    headers: list[tuple[bytes, bytes]],
) -> float:
    statuses = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
        "http_version": "1.1",
        "state": dict(state),
    }
    began = process_time()
    await app(scope, receive, send)
    taken = process_time() - began
    if statuses not in ([200], [201]):
        raise click.ClickException(f"{path} answered {statuses}")
    return taken


@contextmanager
def unwatched(app: FastAPI) -> Iterator[None]:
    """No metrics, no lines, no identifiers of requests."""
    watched = app.middleware_stack
    if not isinstance(watched, Observed):
        raise click.ClickException("nothing watches the application")
    with patch.object(app, "middleware_stack", watched._app):  # noqa: SLF001
        yield


@contextmanager
def unasked(caller: Caller) -> Iterator[None]:
    """Nobody asks who asks, nor counts how often."""

    async def known(_: object) -> Caller:
        return caller

    with patch.object(door, "_caller", known):
        yield


def unaudited() -> Any:
    """Nothing is entered in the audit log."""
    return patch.object(Audit, "append", lambda *_, **__: None)


async def measure(settings: Settings, rounds: int) -> Iterator[str]:
    """A line for each thing that is left out."""
    async with serving(settings) as (app, ask):
        caller = await _any_caller(ask)
        prices = {
            "metrics and lines": lambda: unwatched(app),
            "access": lambda: unasked(caller),
        }
        lines = await _compared(ask, "/v1/prices", PRICES, prices, rounds)
        noted = {"audit log": unaudited}
        few = max(rounds // 20, 5)
        lines += await _compared(ask, "/v1/valuations", VALUATION, noted, few)
    return iter(lines)


async def _any_caller(ask: Ask) -> Caller:
    """Whoever the key of these requests belongs to."""
    seen: list[Caller] = []
    real = door._caller  # noqa: SLF001

    async def noted(request: Any) -> Caller:
        seen.append(await real(request))
        return seen[-1]

    with patch.object(door, "_caller", noted):
        await ask("/v1/prices", PRICES)
    return seen[0]


async def _compared(
    ask: Ask,
    path: str,
    body: bytes,
    without: Mapping[str, Callable[[], Any]],
    rounds: int,
) -> list[str]:
    whole: list[float] = []
    less: dict[str, list[float]] = {name: [] for name in without}
    for _ in range(rounds):
        whole.append(await ask(path, body))
        for name, left_out in without.items():
            with left_out():
                less[name].append(await ask(path, body))
    typical = median(whole)
    lines = [f"{path}: {typical * 1e3:.3f} ms"]
    for name, seconds in less.items():
        added = typical - median(seconds)
        lines.append(f"  {name}: {added * 1e6:+.0f} µs, {added / typical:+.1%}")
    return lines


@click.command()
@click.option("--rounds", default=2_000, show_default=True, type=click.IntRange(20))
def main(rounds: int) -> None:
    """Measure with the model of var/models, in a store of its own."""
    settings = read_settings()
    with TemporaryDirectory() as folder:
        alone = {
            "database_url": f"sqlite:///{folder}/recoup.db",
            "audit_folder": Path(folder) / "audit",
            "personal_key_file": Path(folder) / "keys",
            "model_refresh_seconds": 0,
        }
        kept = settings.model_copy(update=alone)
        for line in asyncio.run(measure(kept, rounds)):
            say(line)


if __name__ == "__main__":
    os.environ.setdefault("RECOUP_LOG_LEVEL", "error")
    main()
