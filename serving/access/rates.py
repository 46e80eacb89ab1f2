"""How often somebody may ask: by key or person, and by address where nobody is known.

Each process counts for itself; what it is for is to slow down whoever guesses keys and
links, and to keep one program from taking the service from all others.
"""

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from features.errors import Finding, TooManyRequestsError
from serving.access.callers import Caller
from serving.access.refusals import Refusal, Refusals
from serving.settings import Settings


class Rates:
    """Rate limits as one process counts them.

    Attributes:
        refusals: Credentials that were refused, for the audit log.
    """

    def __init__(self, settings: Settings) -> None:
        """Begin to count."""
        self.refusals = Refusals()
        self._most = settings.requests_a_minute
        self._most_refused = settings.refusals_a_minute
        self._limiter = FixedWindowRateLimiter(MemoryStorage())

    def count(self, caller: Caller) -> None:
        """Count a request of somebody who is known.

        Raises:
            TooManyRequestsError: There were too many within the minute.
        """
        stated = [m for m in (caller.limits.requests_a_minute, self._most) if m]
        if stated:
            self._hit(min(stated), "asked", caller.who.key or caller.who.id)

    def count_sign_in(self, address: str) -> None:
        """Count an attempt to sign in.

        Raises:
            TooManyRequestsError: There were too many within the minute.
        """
        self._hit_by_stranger("login.refused", address)

    def count_refused_key(self, address: str) -> None:
        """Count an invalid key.

        Raises:
            TooManyRequestsError: There were too many within the minute.
        """
        self._hit_by_stranger("key.refused", address)
        self.refusals.note("key.refused", address)

    def _hit_by_stranger(self, refusal: Refusal, address: str) -> None:
        try:
            self._hit(self._most_refused, refusal, address)
        except TooManyRequestsError:
            self.refusals.note(refusal, address, limited=True)
            raise

    def _hit(self, most: int, *names: str) -> None:
        if not self._limiter.hit(RateLimitItemPerMinute(most), *names):
            raise _too_many()


def _too_many() -> TooManyRequestsError:
    reason = "these are too many requests for one minute; wait one, then go on"
    zh = "一分钟内请求过多；请稍候一分钟再试"
    return TooManyRequestsError(
        reason, [Finding("too_many_requests", reason, zh, table="")], zh
    )
