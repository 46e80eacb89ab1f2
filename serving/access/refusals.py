"""Refused credentials in the audit log: one entry for each source and minute.

Whoever guesses must not fill the log: a minute's refusals of one source are one entry
with a count, and sources beyond ``SOURCES`` share one.
"""

import logging
from dataclasses import dataclass
from threading import Lock
from typing import Literal

import anyio
from anyio import to_thread

from features.errors import StoreError
from serving.access.who import EVERY_TENANT, Who
from serving.audit.log import Audit
from serving.storage.store import Store

SOURCES = 20
OTHERS = "others"
MINUTE_SECONDS = 60.0
Refusal = Literal["key.refused", "login.refused"]
_STRANGER = Who(EVERY_TENANT, "nobody", "nobody", frozenset())

log = logging.getLogger(__name__)


@dataclass
class _Count:
    refused: int = 0
    limited: int = 0


class Refusals:
    """Refused credentials that are not yet in the audit log, of one process."""

    def __init__(self) -> None:
        """Begin to count."""
        self._counts: dict[tuple[Refusal, str], _Count] = {}
        self._held = Lock()

    def note(self, refusal: Refusal, source: str, *, limited: bool = False) -> None:
        """Count a refused credential.

        Args:
            refusal: What was refused.
            source: Where it came from.
            limited: Whether the answer was 429: there were too many.
        """
        with self._held:
            count = self._count(refusal, source)
            count.refused += 1
            count.limited += limited

    def _count(self, refusal: Refusal, source: str) -> _Count:
        if (refusal, source) not in self._counts and len(self._counts) >= SOURCES:
            source = OTHERS
        return self._counts.setdefault((refusal, source), _Count())

    def enter(self, store: Store) -> None:
        """Write the counts to the audit log; keep them if the store does not answer."""
        with self._held:
            counts, self._counts = self._counts, {}
        if not counts:
            return
        try:
            with store.session_of_all() as session:
                for (refusal, source), count in counts.items():
                    Audit.append(session, _STRANGER, refusal, source, vars(count))
        except StoreError as error:
            log.warning("refused credentials are not in the audit log yet: %s", error)
            self._count_on(counts)

    def _count_on(self, counts: dict[tuple[Refusal, str], _Count]) -> None:
        with self._held:
            for named, before in counts.items():
                count = self._count(*named)
                count.refused += before.refused
                count.limited += before.limited


async def keep_entered(refusals: Refusals, store: Store) -> None:
    """Write refused credentials to the audit log every minute."""
    while True:
        await anyio.sleep(MINUTE_SECONDS)
        await to_thread.run_sync(refusals.enter, store)
