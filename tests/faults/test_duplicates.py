"""The same request many times at once, at two processes: it is valued once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import httpx2

from serving.schemas import EXAMPLE
from tests.faults.conftest import Install
from tests.plugins.rows import Report
from tests.plugins.service import Service

BODY = {**EXAMPLE, "assumptions": {"simulations": 500}}


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


def test_duplicates_are_valued_once_and_after_a_restart_too(
    install: Install, tmp_path: Path, long: bool, report: Report
) -> None:
    rounds, count = (20, 200) if long else (2, 50)
    settings = install(tmp_path, f"sqlite:///{tmp_path}/recoup.db")
    statuses: Counter[int] = Counter()
    with Service(settings, "--workers", "2") as service:
        for number in range(1, rounds + 1):
            answers = duplicates(service, f"round-{number}", count)
            statuses.update(answer.status_code for answer in answers)
            bodies = {a.content for a in answers if a.status_code == 201}
            again = duplicates(service, f"round-{number}", 2)
            assert bodies | {a.content for a in again} == {again[0].content}
            assert recorded(service) == number
    assert set(statuses) <= {201, 409, 503}, statuses
    with Service(settings, "--workers", "2") as service:
        late = duplicates(service, f"round-{rounds}", 10)
        assert {answer.content for answer in late} == {again[0].content}
        assert recorded(service) == rounds
    told = ", ".join(f"{n} x {status}" for status, n in sorted(statuses.items()))
    report(
        f"{rounds} rounds of {count} duplicates at 2 processes, 10 more after a "
        f"restart: {rounds} valuations, the same bytes; {told}"
    )
