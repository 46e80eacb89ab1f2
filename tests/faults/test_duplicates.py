"""The same request many times at once, at two processes: it is valued once."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx2
import pytest

from serving.schemas import EXAMPLE
from tests.faults.conftest import Install
from tests.plugins.rows import Report
from tests.plugins.service import Service

BODY = {**EXAMPLE, "assumptions": {"simulations": 500}}


@pytest.fixture
def installed(install: Install, tmp_path: Path) -> Iterator[Service]:
    settings = install(tmp_path, f"sqlite:///{tmp_path}/recoup.db")
    with Service(settings, "--workers", "2") as service:
        yield service


def duplicates(service: Service, key: str, count: int) -> list[httpx2.Response]:
    """Answers to one request that is sent by many at the same moment."""
    start = Barrier(count)

    def send(_: int) -> httpx2.Response:
        headers = {**service.client.headers, "Idempotency-Key": key}
        with httpx2.Client(base_url=service.address, timeout=120) as client:
            start.wait()
            return client.post("/v1/valuations", json=BODY, headers=headers)

    with ThreadPoolExecutor(count) as senders:
        return list(senders.map(send, range(count)))


def recorded(service: Service) -> int:
    return len(service.client.get("/v1/valuations?limit=200").json()["items"])


def test_duplicates_are_valued_once(
    installed: Service, long: bool, report: Report
) -> None:
    rounds, count = (20, 200) if long else (2, 50)
    statuses: Counter[int] = Counter()
    for number in range(1, rounds + 1):
        answers = duplicates(installed, f"round-{number}", count)
        statuses.update(answer.status_code for answer in answers)
        bodies = {a.content for a in answers if a.status_code == 201}
        again = duplicates(installed, f"round-{number}", 2)
        assert bodies | {a.content for a in again} == {again[0].content}
        assert recorded(installed) == number
    assert set(statuses) <= {201, 409, 503}, statuses
    told = ", ".join(f"{n} x {status}" for status, n in sorted(statuses.items()))
    report(
        f"{rounds} rounds of {count} duplicates at 2 processes: {rounds} valuations; "
        f"{told}"
    )


def test_duplicate_after_a_restart_gets_the_same_bytes(
    install: Install, tmp_path: Path, report: Report
) -> None:
    settings = install(tmp_path, f"sqlite:///{tmp_path}/recoup.db")
    with Service(settings, "--workers", "2") as service:
        [first, *_] = [a for a in duplicates(service, "k", 10) if a.status_code == 201]
    with Service(settings, "--workers", "2") as service:
        again = duplicates(service, "k", 10)
        assert {answer.content for answer in again} == {first.content}
        assert recorded(service) == 1
    report(
        "10 duplicates before a restart and 10 after it: 1 valuation, the same bytes"
    )
