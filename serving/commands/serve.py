"""The service over HTTP, and its description."""

import os

import click
import orjson

from features.console import check_port, say
from serving.observing.counts import counting_together
from serving.observing.log_lines import write_log_lines
from serving.settings import read_settings


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

    if access_log:
        os.environ["RECOUP_ACCESS_LOG"] = "true"
    settings = read_settings()
    address = (host or settings.host, port or settings.port)
    check_port(*address)
    say(f"Open http://{address[0]}:{address[1]} (API page under /docs)")
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
        )


@click.command()
def openapi() -> None:
    """Print the OpenAPI schema of the service."""
    from serving.app import create_app

    schema = create_app(read_settings()).openapi()
    click.echo(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
