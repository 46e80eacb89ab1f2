"""A service that stops tells those whom it cannot answer any more."""

import json
import socket
import threading
import time
from email.message import Message
from email.parser import BytesParser

import pytest
import uvicorn

from serving.access.local import local_key
from serving.app import create_app
from serving.connections import options
from serving.settings import Settings
from tests.plugins.service import free_port

FORM = "application/x-www-form-urlencoded"
PATHS = {"/v1/valuations": "application/json", "/en/new": FORM}


@pytest.fixture
def answers(settings: Settings) -> dict[str, Message]:
    """What a service that stops answers to requests whose bodies never end."""
    app, port = create_app(settings), free_port()
    config = uvicorn.Config(
        app, log_level="critical", port=port, timeout_graceful_shutdown=1, **options()
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    key = local_key(settings, "tests")
    clients = {path: begun(port, path, key) for path in PATHS}
    while len(server.server_state.tasks) < len(PATHS):
        time.sleep(0.01)
    server.should_exit = True
    told = {path: answer_of(client) for path, client in clients.items()}
    thread.join()
    return told


def begun(port: int, path: str, key: str) -> socket.socket:
    """A request of which half the body has come."""
    client = socket.create_connection(("127.0.0.1", port))
    client.sendall(
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {key}\r\nContent-Type: {PATHS[path]}\r\n"
        "Content-Length: 4\r\n\r\n{ ".encode()
    )
    return client


def answer_of(client: socket.socket) -> Message:
    """Status as ``Status``, headers and body of what came until the end."""
    with client, client.makefile("rb") as stream:
        status, _, rest = stream.read().partition(b"\r\n")
    answer = BytesParser().parsebytes(rest)
    answer["Status"] = status.split(b" ")[1].decode()
    return answer


def test_a_request_cut_off_by_a_stop_is_told_in_both_languages(
    answers: dict[str, Message],
) -> None:
    answer = answers["/v1/valuations"]
    problem = json.loads(answer.get_payload(decode=True))

    assert answer["Status"] == "503"
    assert answer["Content-Type"] == "application/problem+json"
    assert int(answer["Retry-After"]) > 0
    assert problem["type"] == "urn:recoup:problem:stopping"
    assert "send it again" in problem["detail"]
    assert "重新提交" in problem["detail_zh"]
    page = answers["/en/new"]
    assert (page["Status"], page.get_content_type()) == ("503", "text/html")
