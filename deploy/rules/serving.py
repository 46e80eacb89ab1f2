# What each rule must find (ruleid) and must let pass (ok).
import hashlib
import logging
import multiprocessing
import os
import ssl
import subprocess
import tempfile
import traceback

import httpx2
import markupsafe
import mlflow
import numpy
import pandas
import requests
import sqlalchemy
import structlog
import yaml
from sqlalchemy import text

# ruleid: no-code-in-artefacts
import pickle

# ruleid: no-code-in-artefacts
import joblib

# ruleid: no-code-in-artefacts
from cloudpickle import loads

# ruleid: no-code-in-artefacts
from mlflow import pyfunc

# ok: no-code-in-artefacts
from mlflow import MlflowClient

log = logging.getLogger(__name__)


def artefacts(path):
    # ruleid: no-code-in-artefacts
    mlflow.pyfunc.load_model(path)
    # ruleid: no-code-in-artefacts
    numpy.load(path, allow_pickle=True)
    # ruleid: no-code-in-artefacts
    pandas.read_pickle(path)
    # ok: no-code-in-artefacts
    numpy.load(path)


def code(given):
    # ruleid: no-text-as-code
    eval(given)
    # ruleid: no-text-as-code
    exec(given)
    # ruleid: no-text-as-code
    yaml.load(given)
    # ok: no-text-as-code
    yaml.safe_load(given)


def shell(given):
    # ruleid: no-shell
    os.system(given)
    # ruleid: no-shell
    subprocess.run(given, shell=True)
    # ok: no-shell
    subprocess.run(["ls", given])


def sql(session, connection, given):
    # ruleid: no-values-in-sql
    session.execute(f"SELECT * FROM valuations WHERE id = '{given}'")
    # ruleid: no-values-in-sql
    session.execute(text(f"DELETE FROM {given}"))
    # ruleid: no-values-in-sql
    connection.exec_driver_sql(f"UPDATE x SET y = {given}")
    # ruleid: no-values-in-sql
    session.execute("SELECT " + given)
    # ok: no-values-in-sql
    session.execute(text("SELECT * FROM valuations WHERE id = :id"), {"id": given})
    # ok: no-values-in-sql
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def hosts(path):
    # ruleid: no-other-hosts
    requests.get("https://telemetry.example/v1")
    # ruleid: no-other-hosts
    httpx2.post("http://collector.example", json={})
    # ok: no-other-hosts
    httpx2.get("http://127.0.0.1:8000/health/live")
    # ruleid: no-unverified-hosts
    httpx2.Client(verify=False)
    # ruleid: no-unverified-hosts
    ssl._create_unverified_context()
    # ok: no-unverified-hosts
    httpx2.Client(verify=path)


def lines(password, request, claims):
    # ruleid: no-secrets-in-lines
    log.info("signed on with %s", password)
    # ruleid: no-secrets-in-lines
    log.warning("sent %s", request.body)
    # ok: no-secrets-in-lines
    log.info("valued %d claims", claims)
    # ruleid: no-own-log-setup
    logging.basicConfig()
    # ruleid: no-own-log-setup
    structlog.configure()
    # ruleid: no-own-log-setup
    traceback.print_exc()
    # ok: no-own-log-setup
    logging.getLogger(__name__)


def pages(name):
    # ruleid: no-words-of-errors-as-pages
    markupsafe.Markup(f"<b>{name}</b>")
    # ok: no-words-of-errors-as-pages
    markupsafe.Markup("<b>{}</b>").format(name)


def processes():
    # ruleid: no-fork-of-threads
    os.fork()
    # ruleid: no-fork-of-threads
    multiprocessing.get_context("fork")
    # ok: no-fork-of-threads
    multiprocessing.get_context("spawn")


def routes(app, router):
    # ruleid: no-routes-of-applications
    app.add_api_route("/open", routes)

    # ruleid: no-routes-of-applications
    @app.get("/open")
    def opened():
        return {}

    # ok: no-routes-of-applications
    router.add_api_route("/known", routes)

    # ok: no-routes-of-applications
    @router.get("/known")
    def known():
        return {}


def names(content):
    # ruleid: no-temporary-names
    tempfile.mktemp()
    # ok: no-temporary-names
    tempfile.mkstemp()
    # ruleid: no-weak-hashes
    hashlib.md5(content)
    # ok: no-weak-hashes
    hashlib.sha256(content)
