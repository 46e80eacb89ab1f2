"""mlflow: MLflow's own page."""

import os
import sys

import click

from features.console import check_port
from training.mlflow_store import tracking_uri


@click.command()
@click.option("--port", default=5000, show_default=True, help="Port on 127.0.0.1.")
def mlflow(port: int) -> None:
    """Open MLflow's own page on the same store."""
    host = "127.0.0.1"
    check_port(host, port)
    arguments = ["--backend-store-uri", tracking_uri(), "--host", host]
    command = [sys.executable, "-m", "mlflow", "ui", *arguments, "--port", str(port)]
    os.execv(sys.executable, command)  # noqa: S606 - our own interpreter, no shell  # nosec B606
