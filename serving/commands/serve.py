"""The service over HTTP, and its description."""

import logging
import os

import click
import orjson

from features.console import check_port, say
from features.errors import ForbiddenError, RecoupError, StoreError
from serving.access import links
from serving.access.exposure import exposures
from serving.access.local import opened_store
from serving.access.persons import local_person
from serving.audit.keys import Keys
from serving.audit.signing import Signing
from serving.observing.counts import counting_together
from serving.observing.log_lines import write_log_lines
from serving.settings import Settings, read_settings

log = logging.getLogger(__name__)


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
    from uvicorn import Config

    from serving.batches.crew import kept_crew
    from serving.connections import allow_connections, options
    from serving.processes import HEALTH_SECONDS, answer_until_stopped, leave

    if access_log:
        os.environ["RECOUP_ACCESS_LOG"] = "true"
    # Processes that answer read the environment, not these options.
    os.environ |= _stated(RECOUP_HOST=host, RECOUP_PORT=port)
    settings = read_settings()
    check_port(settings.host, settings.port)
    allow_connections()
    say(_invitation(settings))
    with counting_together(workers), kept_crew(settings) as crew:
        write_log_lines(settings)
        _warn(settings)
        config = Config(
            "serving.served:application",
            factory=True,
            host=settings.host,
            port=settings.port,
            forwarded_allow_ips=settings.proxies,
            workers=workers,
            # Lines of requests are written by the application, with what it knows.
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=settings.stop_seconds,
            timeout_worker_healthcheck=HEALTH_SECONDS,
            **options(),
        )
        served = answer_until_stopped(config, crew.dismiss)
    leave(0 if served else 1)


def _stated(**options: object) -> dict[str, str]:
    return {name: str(value) for name, value in options.items() if value is not None}


def _warn(settings: Settings) -> None:
    """Say what lets others in, or nobody, and that the audit log is not signed."""
    try:
        with opened_store(settings) as store:
            for exposure in exposures(settings, store):
                log.warning("the service is open to others: %s", exposure)
            Signing(store.session_of_all, Keys(settings)).check()
    except RecoupError as error:
        log.warning("%s", error)


def _invitation(settings: Settings) -> str:
    """Where to begin: by a link that signs whoever started the service in, once."""
    try:
        with opened_store(settings) as store:
            link = links.issue(store, local_person(store).id)
    except StoreError as error:
        return f"{error}; when it does: python -m serving access link"
    except ForbiddenError as error:
        return f"Open {settings.home}; there is no link to sign in by: {error}"
    until = "(once, within 15 minutes; API page under /docs)"
    return f"Open {settings.home}/sign-in/{link} {until}"


@click.command()
def openapi() -> None:
    """Print the OpenAPI schema of the service."""
    from serving.app import create_app

    schema = create_app(read_settings()).openapi()
    click.echo(orjson.dumps(schema, option=orjson.OPT_INDENT_2).decode())
