"""When a request is sent again: exponential back-off with full jitter.

The waits are those of Brooker, "Exponential Backoff And Jitter" (AWS, 2015): uniform
between zero and a ceiling that doubles. Where the service says when to come back, the
wait is that and the jitter on top, so that clients do not all come back at once.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import TypeVar

import httpx2

from serving.client.errors import RefusedError, UnreachableError

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Retries:
    """How often and how patiently a request is sent again.

    Attributes:
        attempts: Most times that it is sent.
        first_seconds: Ceiling of the first wait; it doubles with every attempt.
        longest_seconds: Highest ceiling.
        wait: Lets seconds pass.
    """

    attempts: int = 5
    first_seconds: float = 0.5
    longest_seconds: float = 30.0
    wait: Callable[[float], None] = time.sleep

    def run(self, send: Callable[[], Answer]) -> Answer:
        """The answer, as soon as there is one.

        Args:
            send: Sends the request, which does no more when it is sent twice: it
                changes nothing, or has a key.

        Raises:
            UnreachableError: No answer came.
            RefusedError: The service refused.
        """
        for attempt in count(1):
            try:
                return send()
            except RefusedError as error:
                if attempt >= self.attempts or not error.passing:
                    raise
                seconds = self.seconds(attempt, error.retry_after_seconds or 0.0)
            except httpx2.TransportError as error:
                if attempt >= self.attempts:
                    cause = str(error) or type(error).__name__
                    raise UnreachableError(f"no answer came: {cause}") from error
                seconds = self.seconds(attempt)
            self.wait(seconds)
        raise AssertionError("counting has no end")

    def seconds(self, attempt: int, stated_seconds: float = 0.0) -> float:
        """How long to wait after so many attempts.

        Args:
            attempt: How many there were.
            stated_seconds: What the service asks for at least.
        """
        # The power is bounded lest it overflow.
        doubled = self.first_seconds * 2.0 ** min(attempt - 1, 60)
        jitter = random.uniform(0, min(doubled, self.longest_seconds))  # noqa: S311  # nosec B311
        return stated_seconds + jitter
