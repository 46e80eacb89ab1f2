"""Lines that machines read: one form for everybody, nothing forged, nothing told."""

import json
import logging
import threading
from collections.abc import Callable
from contextvars import copy_context
from functools import partial

import pytest
from fastapi.testclient import TestClient

from features.errors import StoreError
from serving.observing.facts import begin, note
from serving.observing.hiding import HIDDEN, hidden, plain, traced
from serving.observing.log_lines import write_log_lines
from serving.settings import Settings
from serving.storage.engine import open_engine

log = logging.getLogger("serving.trial")


@pytest.fixture(params=["json", "text"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def _own_handlers(monkeypatch: pytest.MonkeyPatch) -> None:
    """What other tests of this process told the logs does not count."""
    root, server = logging.getLogger(), logging.getLogger("uvicorn.error")
    for name, value in (("handlers", root.handlers), ("level", root.level)):
        monkeypatch.setattr(root, name, value)
    for logger in (server, server.parent):
        for name, value in (("handlers", []), ("level", 0), ("propagate", True)):
            monkeypatch.setattr(logger, name, value)


def written(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def write(form: str) -> None:
    write_log_lines(Settings.model_validate({"log_form": form}))


def test_every_library_writes_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    write("json")

    logging.getLogger("uvicorn.error").info("Started", extra={"color_message": "x"})
    log.warning("draft %s: %s", "D1", "gone")

    first, second = written(capsys)
    assert first == {
        "time": first["time"],
        "level": "info",
        "event": "Started",
        "logger": "uvicorn.error",
    }
    assert (second["level"], second["event"]) == ("warning", "draft D1: gone")


def test_lines_below_the_level_are_not_written(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_log_lines(Settings.model_validate({"log_level": "error", "log_form": "json"}))

    log.warning("nobody reads this")
    logging.getLogger("alembic.runtime.migration").info("nor this")

    assert written(capsys) == []


def test_libraries_keep_their_own_steps_to_themselves(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write_log_lines(Settings.model_validate({"log_form": "json"}))

    open_engine("postgresql+psycopg://db/recoup").dispose()
    logging.getLogger("alembic.runtime.migration").info("nobody reads this")

    assert written(capsys) == []


def test_lines_of_a_request_say_who_asked(
    settings: Settings,
    open_client: Callable[..., TestClient],
    capsys: pytest.CaptureFixture[str],
) -> None:
    with open_client(settings.model_copy(update={"access_log": True})) as client:
        write("json")
        client.get("/v1/model")

    (line,) = [line for line in written(capsys) if line["event"] == "request"]
    assert line["tenant"] == "default"
    assert str(line["who"]).startswith("person:")


@pytest.mark.parametrize("path", ["/v1/valuations", "/en/valuations"])
def test_lines_of_refused_requests_say_why(
    settings: Settings,
    path: str,
    open_client: Callable[..., TestClient],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = settings.model_copy(update={"access_log": True})

    def locked(*_: object, **__: object) -> None:
        raise StoreError("the database is locked by 张三")

    with open_client(told) as client:
        write("json")
        client.get(f"{path}/secret-name")
        monkeypatch.setattr("serving.storage.store.Store.page", locked)
        assert client.get(path).status_code == 503

    lines = [line for line in written(capsys) if line["event"] == "request"]
    assert [line["status"] for line in lines] == [404, 503]
    assert lines[0]["code"] == "not-found"
    assert "reason" not in lines[0]
    assert lines[1]["code"] in ("store", "service-unavailable")
    assert str(lines[1]["reason"]).startswith("the database is locked by")
    assert "张三" not in str(lines)


def test_facts_of_a_request_are_told_by_its_threads_too(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("json")
    begin(request_id="R1")
    work = partial(copy_context().run, note, valuation="V1")
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    log.info("one")
    begin(request_id="R2")
    log.info("two")

    first, second = written(capsys)
    assert (first["request_id"], first["valuation"]) == ("R1", "V1")
    assert second["request_id"] == "R2"
    assert "valuation" not in second


@pytest.mark.parametrize(
    "hostile",
    [
        "a\nlevel=critical forged",
        "a\r\nforged",
        "a\x1b[2J\x1b]0;title\x07",
        "a\x9b31m",
        "a\x85b\u2028c\u2029d",
        "a\u202eb\u2066c",
        "a\x00b\x7f",
        "a\ud800b",
    ],
)
def test_no_value_forges_a_line_or_acts_on_a_terminal(
    form: str, hostile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write(form)

    log.warning("told %s", hostile, extra={hostile: hostile, "inner": [{"x": hostile}]})

    (line,) = capsys.readouterr().err.splitlines()
    assert all(c.isprintable() for c in line)


def test_an_error_forges_no_line_on_a_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write("text")
    try:
        raise StoreError("gone\n2026-01-01 [critical] forged \x1b[2J")
    except StoreError:
        log.exception("failed")

    lines = capsys.readouterr().err.splitlines()
    assert not any(line.startswith("2026-01-01") for line in lines)
    assert "\x1b" not in "".join(lines)


def test_a_traceback_says_where_and_not_what_was_handed_in() -> None:
    try:
        try:
            float("张三")
        except ValueError as error:
            raise StoreError("the store does not answer") from error
    except StoreError as error:
        told = traced(error)

    assert "test_log_lines.py" in told
    assert "ValueError: could not convert string to float: …" in told
    assert told.endswith("StoreError: the store does not answer")
    assert "张三" not in told


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("postgresql://recoup:s3cret@db/recoup", f"postgresql://{HIDDEN}@db/recoup"),
        ("Authorization: Bearer abc.def", f"Authorization: Bearer {HIDDEN}"),
        ("GET /sign-in?token=abc&x=1", f"GET /sign-in?token={HIDDEN}&x=1"),
        ("id 11010519491231002X!", f"id {HIDDEN}!"),
        ("call 13800138000", f"call {HIDDEN}"),
        ("card 6222021234567890123", f"card {HIDDEN}"),
        ("https://db.example/x", "https://db.example/x"),
        ("took 12.5 s over 100000 claims", "took 12.5 s over 100000 claims"),
    ],
)
def test_secrets_and_numbers_of_persons_are_hidden(told: str, shown: str) -> None:
    assert plain(told) == shown


def test_fields_that_hold_secrets_are_hidden_wherever_they_stand() -> None:
    told = hidden({"token": "a", "asked": {"password": "x", "claims": 3}, "body": b"y"})

    assert told == {
        "token": HIDDEN,
        "asked": {"password": HIDDEN, "claims": 3},
        "body": HIDDEN,
    }
