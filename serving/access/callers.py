"""Who sends a request, by its credential: an API key or the cookie of a session.

A process remembers for a moment whom a credential named, so that a key costs next to
nothing. What was revoked serves nowhere after ``FRESH_SECONDS`` and the time of a
look-up, and never longer than ``STALE_SECONDS``.
"""

import logging
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import sha256
from time import monotonic

from anyio import CapacityLimiter, from_thread, to_thread
from anyio.abc import TaskGroup

from features.errors import StoreError
from serving.access.keys import Limits, note_use, speaker_of
from serving.access.secret import derived
from serving.access.sessions import Lifetime, note_visit, visitor_of
from serving.access.who import Who
from serving.settings import Settings
from serving.storage.store import Store

FRESH_SECONDS = 0.4
STALE_SECONDS = 0.8
NOTED_EVERY = timedelta(minutes=1)
KEPT = 4_096
_LOOKUPS_AT_A_TIME = 8
_BEARER = "bearer "

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Credential:
    """The credential that a request carries.

    Attributes:
        key: API key; None where there is none.
        session: Secret of a session; None where there is none or a key came as well.
    """

    key: str | None = None
    session: str | None = None

    @classmethod
    def of(cls, headers: Mapping[str, str], cookies: Mapping[str, str]) -> "Credential":
        """The credential of a request; a header wins over a cookie."""
        stated = headers.get("authorization")
        if stated is not None:
            bearer = stated[: len(_BEARER)].lower() == _BEARER
            return cls(key=stated[len(_BEARER) :].strip() if bearer else "")
        return cls(session=next(filter(None, map(cookies.get, COOKIES)), None))

    def digest(self) -> bytes:
        """Cache key of a credential, which itself is not kept in memory."""
        kind = "key" if self.key is not None else "session"
        return sha256(f"{kind} {self.key or self.session}".encode()).digest()


# A browser takes the first from https alone, and from no other host of the domain.
SECURE_COOKIE, PLAIN_COOKIE = "__Host-recoup", "recoup"
COOKIES = (SECURE_COOKIE, PLAIN_COOKIE)


@dataclass(frozen=True)
class Caller:
    """Who sent a request.

    Attributes:
        who: Somebody the service knows.
        limits: Of the key.
        form_token: What forms of this session carry; None for a key.
    """

    who: Who
    limits: Limits
    form_token: str | None = None


@dataclass
class _Known:
    caller: Caller
    looked_up: float
    is_looked_up: bool = field(default=False)


class Callers:
    """Callers by their credentials, cached by one process for a moment."""

    def __init__(self, store: Store, settings: Settings, tasks: TaskGroup) -> None:
        """Share a store.

        Args:
            store: Where persons, keys and sessions are.
            settings: How long sessions last.
            tasks: What goes on after a request was answered.
        """
        self._store = store
        self._lifetime = Lifetime.of(settings)
        self._tasks = tasks
        self._known: OrderedDict[bytes, _Known] = OrderedDict()
        self._limiter = CapacityLimiter(_LOOKUPS_AT_A_TIME)

    async def of(self, credential: Credential) -> Caller | None:
        """The caller whom a credential names; None where it is invalid or expired.

        Raises:
            StoreError: The store does not answer.
        """
        if credential.key is None and credential.session is None:
            return None
        digest = credential.digest()
        known = self._known.get(digest)
        age = monotonic() - known.looked_up if known else STALE_SECONDS
        if known and (
            age < FRESH_SECONDS or (known.is_looked_up and age < STALE_SECONDS)
        ):
            return known.caller
        return await self._look_up(digest, known, credential)

    async def _look_up(
        self, digest: bytes, known: _Known | None, credential: Credential
    ) -> Caller | None:
        """Ask the store; meanwhile others may rely on what it said before."""
        began = monotonic()
        if known is not None:
            known.is_looked_up = True
        try:
            caller = await to_thread.run_sync(
                self._find, credential, limiter=self._limiter
            )
        finally:
            self._known.pop(digest, None)
        if caller is not None:
            self._known[digest] = _Known(caller, began)
            while len(self._known) > KEPT:
                self._known.popitem(last=False)
        return caller

    def forget(self, credential: Credential) -> None:
        """Drop a credential from the cache, as at sign-out."""
        self._known.pop(credential.digest(), None)

    def _find(self, credential: Credential) -> Caller | None:
        if credential.key is not None:
            return self._speaker(credential.key)
        return self._visitor(credential.session or "")

    def _speaker(self, key: str) -> Caller | None:
        now = datetime.now(UTC)
        found = speaker_of(self._store, key, now)
        if found is None:
            return None
        if found.last_used_at is None or found.last_used_at < now - NOTED_EVERY:
            self._note(partial(note_use, self._store, found.who.key or "", now))
        return Caller(found.who, found.limits)

    def _visitor(self, token: str) -> Caller | None:
        now = datetime.now(UTC)
        found = visitor_of(self._store, token, self._lifetime, now)
        if found is None:
            return None
        if found.seen_at < now - NOTED_EVERY:
            self._note(partial(note_visit, self._store, token, now))
        return Caller(found.who, Limits(), derived(token, "form"))

    def _note(self, write: Callable[[], None]) -> None:
        """Write later: no request waits for a note of itself."""
        # Called in a thread; tasks are those of the event loop.
        from_thread.run_sync(self._tasks.start_soon, self._written, write)

    async def _written(self, write: Callable[[], None]) -> None:
        try:
            await to_thread.run_sync(write, limiter=self._limiter)
        except StoreError as error:
            log.warning("the use of a credential was not noted: %s", error)
