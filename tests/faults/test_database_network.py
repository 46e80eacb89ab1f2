"""What networks do to the database: refused within five seconds, back within five."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass

import httpx2
import pytest

from serving.schemas import EXAMPLE
from tests.faults.proxy import Fault, Proxy
from tests.plugins.rows import Report
from tests.plugins.service import Service

LIMIT_SECONDS = 5.0
VALUATIONS = "/v1/valuations"
SHORT, LONG = (1, 30), (10, 100)


@pytest.fixture(autouse=True)
def _well_again(proxy: Proxy) -> Iterator[None]:
    yield
    proxy.suffer("none")


@dataclass(frozen=True)
class Answer:
    status: int
    seconds: float
    retry_after: int


async def _asked_at_once(service: Service, requests: int) -> list[Answer]:
    """Answers to as many requests at a time, every second one for a valuation."""
    limits = httpx2.Limits(max_connections=requests)
    async with httpx2.AsyncClient(
        base_url=service.address,
        headers={"Authorization": service.client.headers["Authorization"]},
        timeout=60,
        limits=limits,
    ) as client:

        async def ask(i: int) -> Answer:
            start = time.monotonic()
            if i % 2:
                key = {"Idempotency-Key": f"{start}-{i}"} if i % 4 == 1 else {}
                given = await client.post(VALUATIONS, json=EXAMPLE, headers=key)
            else:
                given = await client.get(VALUATIONS)
            took = time.monotonic() - start
            return Answer(
                given.status_code, took, int(given.headers.get("retry-after", 0))
            )

        return await asyncio.gather(*map(ask, range(requests)))


def _seconds_until_back(service: Service) -> float:
    start = time.monotonic()
    while service.client.post(VALUATIONS, json=EXAMPLE).status_code != 201:
        assert time.monotonic() - start < 60
        time.sleep(0.05)
    return time.monotonic() - start


def _is_ready(service: Service) -> bool:
    """Whether it says so of its store; that of the model does not change."""
    state = service.client.get("/health/ready").json()
    assert state["model"]["ready"] is True
    return bool(state["store"]["ready"])


@pytest.mark.parametrize("fault", ["hang", "cut", "reset", "refuse"])
def test_requests_are_refused_in_time_and_served_again(
    service: Service, proxy: Proxy, fault: Fault, report: Report, *, long: bool
) -> None:
    rounds, at_once = LONG if long else SHORT
    answers: list[Answer] = []
    back: list[float] = []
    for _ in range(rounds):
        assert service.client.post(VALUATIONS, json=EXAMPLE).status_code == 201
        proxy.suffer(fault)
        for _ in range(2):
            answers += asyncio.run(_asked_at_once(service, at_once))
        assert _is_ready(service) is False
        proxy.suffer("none")
        back.append(_seconds_until_back(service))

    slowest = max(answer.seconds for answer in answers)
    report(
        f"{fault}: {len(answers)} requests in {rounds} faults refused, slowest "
        f"{slowest:.2f} s; back after at most {max(back):.2f} s"
    )
    assert {answer.status for answer in answers} == {503}
    assert all(answer.retry_after > 0 for answer in answers)
    assert slowest <= LIMIT_SECONDS
    assert max(back) <= LIMIT_SECONDS


def test_a_slow_network_is_no_fault(
    service: Service, proxy: Proxy, report: Report
) -> None:
    proxy.suffer("latency")
    answers = asyncio.run(_asked_at_once(service, 8))
    report(f"latency: {len(answers)} requests served")
    assert {answer.status for answer in answers} == {200, 201}


def test_the_process_lives_on(service: Service, proxy: Proxy) -> None:
    proxy.suffer("refuse")
    assert service.client.post(VALUATIONS, json=EXAMPLE).status_code == 503
    assert service.client.get("/health/live").status_code == 200
    assert service.process.poll() is None
