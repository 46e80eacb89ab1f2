"""The service over HTTP, and its description."""

import os

import click
import orjson

from features.console import check_port, say
from features.errors import StoreError
from serving.access import links
from serving.access.local import opened_store
from serving.access.persons import local_person
from serving.observing.counts import counting_together
from serving.observing.log_lines import write_log_lines
from serving.settings import Settings, read_settings

_EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - told apart, not listened on


@click.command()
@click.option("--host", help="Address to listen on; RECOUP_HOST otherwise.")
@click.option("--port", type=click.IntRange(1, 65_535), help="RECOUP_PORT otherwise.")
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes that answer side by side, each with the model in memory.",
)
@click.option("--access-log", is_flag=True, help="A line for each request.")
def serve(
    host: str | None, port: int | None, workers: int, *, access_log: bool
) -> None:
    """Serve valuations over HTTP until stopped."""
    import uvicorn

    from serving.batches.crew import kept_crew
    from serving.connections import allow_connections, options

    if access_log:
        os.environ["RECOUP_ACCESS_LOG"] = "true"
    settings = read_settings()
    address = (host or settings.host, port or settings.port)
    check_port(*address)
    allow_connections()
    say(_invitation(settings, *address))
    with counting_together(workers), kept_crew(settings):
        write_log_lines(settings)
        uvicorn.run(
            "serving.app:create_served_app",
            factory=True,
            host=address[0],
            port=address[1],
            workers=workers,
            # Lines of requests are written by the application, with what it knows.
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=settings.stop_seconds,
            **options(),
        )


def _invitation(settings: Settings, host: str, port: int) -> str:
    """Where to begin: by a link that signs whoever started the service in, once."""
    at = f"http://{'127.0.0.1' if host in _EVERYWHERE else host}:{port}"
    try:
        with opened_store(settings) as store:
            link = links.issue(store, local_person(store).id)
    except StoreError as error:
        return f"{error}; when it does: python -m serving access link"
    return f"Open {at}/sign-in/{link} (once, within 15 minutes; API page under /docs)"


@click.command()
def openapi() -> None:
    """Print the OpenAPI schema of the service."""
    from serving.app import create_app

    schema = create_app(read_settings()).openapi()
    click.echo(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
