"""PostgreSQL is killed again and again while valuations are asked for."""

import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

import httpx2

from serving.desk import Desk
from serving.schemas import EXAMPLE
from serving.storage.listing import Filters
from tests.plugins.postgresql import Cluster
from tests.plugins.rows import Report
from tests.plugins.service import Service

SENDERS = 4
SHORT, LONG = 3, 100
PATIENCE_SECONDS = 60
PAGE = 200


@dataclass
class Sender:
    """Somebody who sends each request again under its key until it is answered.

    Attributes:
        service: Whom they ask.
        name: What tells their keys from others'.
        acknowledged: Every answer by the identifier of its valuation.
        refused: How often they were told to come again.
    """

    service: Service
    name: int
    acknowledged: dict[str, bytes] = field(default_factory=dict)
    refused: int = 0

    def send_until(self, enough: Event) -> None:
        with httpx2.Client(base_url=self.service.address, timeout=60) as client:
            while not enough.is_set():
                self._send(client, f"{self.name}-{len(self.acknowledged)}")

    def _send(self, client: httpx2.Client, key: str) -> None:
        until = time.monotonic() + PATIENCE_SECONDS
        named = {"Idempotency-Key": key, **self.service.client.headers}
        while time.monotonic() < until:
            given = client.post("/v1/valuations", json=EXAMPLE, headers=named)
            if given.status_code == 201:
                self.acknowledged[given.json()["id"]] = given.content
                return
            assert given.status_code in (409, 503), given.text
            assert int(given.headers["retry-after"]) > 0
            self.refused += 1
            time.sleep(0.1)
        raise AssertionError(f"{key} was not answered in {PATIENCE_SECONDS} s")


def _kill(cluster: Cluster, kills: int, served: Callable[[], int]) -> None:
    """Kill the server at any moment, and not before something was served between."""
    moments = random.Random(7)  # noqa: S311
    for _ in range(kills):
        before = served()
        while served() == before:
            time.sleep(0.01)
        time.sleep(moments.uniform(0, 0.3))
        cluster.kill()
        cluster.start()


def test_no_acknowledged_valuation_is_lost_when_the_database_is_killed(
    service: Service, cluster: Cluster, report: Report, *, long: bool
) -> None:
    kills, enough = (LONG if long else SHORT), Event()
    desk = Desk(service.settings)
    before = set(_recorded(desk))
    senders = [Sender(service, i) for i in range(SENDERS)]
    with ThreadPoolExecutor(SENDERS) as threads:
        sent = [threads.submit(s.send_until, enough) for s in senders]
        try:
            _kill(cluster, kills, lambda: sum(len(s.acknowledged) for s in senders))
        finally:
            enough.set()
        for each in sent:
            each.result()

    given = {k: v for sender in senders for k, v in sender.acknowledged.items()}
    refused = sum(sender.refused for sender in senders)
    recorded = [found for found in _recorded(desk) if found not in before]
    replayed = [desk.replay(identifier).identical for identifier in given]
    same = [desk.store.document(i).answer() == answer for i, answer in given.items()]
    desk.close()
    report(
        f"{kills} kills -9 of PostgreSQL, {refused} requests refused meanwhile: "
        f"{len(given)} valuations acknowledged, {len(recorded)} on record, "
        f"{sum(replayed)} replayed to the same bits"
    )
    assert len(recorded) == len(set(recorded)) == len(given)
    assert all(replayed)
    assert all(same)


def _recorded(desk: Desk) -> list[str]:
    """Identifiers of every valuation."""
    found: list[str] = []
    before = None
    while page := desk.store.page(Filters(), PAGE, before):
        found += [row.id for row in page]
        before = page[-1].id
    return found
