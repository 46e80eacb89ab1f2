"""While the database does not answer nobody waits for it: one thread alone asks it."""

import logging
from collections.abc import Callable
from threading import Event, Lock, Thread
from time import monotonic

from features.errors import StoreError
from serving.observing.metrics import STORE_BREAKER

ASK_SECONDS = 0.5

log = logging.getLogger(__name__)


class Breaker:
    """Refuses at once from when the database fell silent until it answers again.

    Attributes:
        tripped_at: When it last fell silent, on the monotonic clock; what was opened
            before is of no use.
    """

    def __init__(self, ask: Callable[[], None]) -> None:
        """Let everybody pass.

        Args:
            ask: Asks the database for something; raises where it does not answer.
        """
        self.tripped_at = float("-inf")
        self._ask = ask
        self._cause: str | None = None
        self._lock = Lock()
        self._closed = Event()

    @property
    def is_open(self) -> bool:
        """Whether everybody is refused."""
        return self._cause is not None

    def check(self) -> None:
        """Let whoever needs the database pass.

        Raises:
            StoreError: It does not answer.
        """
        if (cause := self._cause) is not None:
            raise unanswered(cause)

    def trip(self, cause: str) -> None:
        """Refuse everybody until the database answers.

        Args:
            cause: What it did instead.
        """
        with self._lock:
            self.tripped_at = monotonic()
            asking = self._cause is not None
            self._cause = cause
        STORE_BREAKER.set(1)
        if not asking:
            log.error("the database does not answer: %s", cause)
            Thread(target=self._wait, name="recoup-breaker", daemon=True).start()

    def close(self) -> None:
        """Ask no more."""
        self._closed.set()

    def _wait(self) -> None:
        while not self._closed.wait(ASK_SECONDS):
            if self._answers():
                self._cause = None
                STORE_BREAKER.set(0)
                log.warning("the database answers again")
                return

    def _answers(self) -> bool:
        try:
            self._ask()
        except Exception as error:
            log.debug("still no answer: %s", error)
            return False
        return True


def unanswered(cause: str) -> StoreError:
    """The error of a database that does not answer."""
    return StoreError(
        f"the store of valuations does not answer: {cause}; nothing was recorded, try "
        "again shortly",
        zh=f"估值库无响应：{cause}；未记录任何内容，请稍后重试",
    )
