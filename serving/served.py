"""What one process of ``python -m serving serve`` runs."""

import sys

from starlette.types import ASGIApp

from features.console import starting
from serving.processes import follow_parent

# Threads that compute let go of the interpreter sooner than they would, so that a light
# request never waits long for a heavy one.
SWITCH_SECONDS = 0.0005


def application() -> ASGIApp:
    """Make the service, warm before it is ready, for as long as its parent lives."""
    with starting():
        from serving.app import create_app
        from serving.observing.log_lines import write_log_lines
        from serving.settings import read_settings

        sys.setswitchinterval(SWITCH_SECONDS)
        settings = read_settings()
        write_log_lines(settings)
        follow_parent()
        return create_app(settings, warm=True)
