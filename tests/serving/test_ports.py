"""What people meet at the address of the service."""

import socket
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from features.console import run
from serving.__main__ import program


@pytest.fixture
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        yield busy.getsockname()[1]


def test_busy_port_is_told_in_one_line(
    busy_port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        run(program, ["serve", "--host", "127.0.0.1", "--port", str(busy_port)])

    told = capsys.readouterr().err
    assert left.value.code == 1
    assert len(told.splitlines()) == 1
    assert str(busy_port) in told
    assert "--port" in told
    assert "Open http" not in told


def test_bare_address_leads_to_the_page(shared_client: TestClient) -> None:
    response = shared_client.get("/", follow_redirects=False)

    assert response.status_code == 303
    assert response.headers["location"] == "/zh/valuations"
