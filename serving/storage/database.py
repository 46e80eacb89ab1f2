"""Transactions of a tenant in a database that may be slow, in the way, or silent."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from random import uniform
from time import sleep
from typing import Self, TypeVar

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from features.errors import StoreError
from serving.access.who import Who, local_user
from serving.storage.engine import answering, collided, open_engine
from serving.storage.migrating import migrate
from serving.storage.postgresql import GuardedPool, Limits
from serving.storage.tenancy import TenantSession

# Of transactions in each other's way one gets through each time.
_TRIES = 12
_LONGEST_STEP_ASIDE_SECONDS = 0.05
Result = TypeVar("Result")
Work = Callable[[Session], None]


class Database:
    """A database that SQLAlchemy reaches, as one tenant sees it.

    Two of one database and one tenant are equal, so that what was read may be kept by
    the store it came from.

    Attributes:
        who: Who reads and writes.
    """

    def __init__(
        self,
        database_url: str,
        who: Who | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Name the database; nothing is opened yet.

        Args:
            database_url: As SQLAlchemy has it.
            who: Who reads and writes; whoever runs this program otherwise.
            limits: How long a PostgreSQL may take.
        """
        self._engine = open_engine(database_url, limits)
        self.who = who or local_user()
        self._owed: deque[tuple[Who, Work]] = deque()
        self._joined: Session | None = None

    def of(self, who: Who) -> Self:
        """The same database for somebody else."""
        theirs = copy(self)
        theirs.who = who
        return theirs

    def __eq__(self, other: object) -> bool:
        """Whether both hold the same rows."""
        return isinstance(other, Database) and self._held() == other._held()

    def __hash__(self) -> int:
        """Alike for stores that hold the same rows."""
        return hash(self._held())

    def _held(self) -> tuple[Engine, str]:
        return self._engine, self.who.tenant

    def upgrade(self) -> None:
        """Create or upgrade the tables.

        Raises:
            StoreError: The database does not answer.
        """
        with answering():
            migrate(self._engine)

    def expect_answer(self) -> None:
        """Go on unless the database is known not to answer.

        Raises:
            StoreError: It does not; work for it would be in vain.
        """
        if isinstance(self._engine.pool, GuardedPool):
            self._engine.pool.breaker.check()

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A transaction that sees the rows of the tenant alone.

        Raises:
            StoreError: The database does not answer; nothing was changed.
        """
        if self._joined is not None:
            yield self._joined
            return
        with answering(), self._of_tenant() as session, session.begin():
            yield session

    @contextmanager
    def together(self) -> Iterator[Self]:
        """A store all of whose transactions are one: they stand together or not at all.

        Raises:
            StoreError: The database does not answer; nothing was changed.
        """
        with self.session() as session:
            joined = copy(self)
            joined._joined = session  # noqa: SLF001
            yield joined

    def change(self, work: Callable[[Session], Result]) -> Result:
        """What a transaction gives; once more where another was in its way.

        Args:
            work: Reads and writes in the transaction and does nothing else, for it may
                be called again.

        Raises:
            StoreError: The database does not answer; nothing was changed.
        """
        for _ in range(_TRIES - 1):
            try:
                with self.session() as session:
                    return work(session)
            except StoreError as error:
                if not collided(error):
                    raise
            sleep(uniform(0, _LONGEST_STEP_ASIDE_SECONDS))  # noqa: S311  # nosec B311
        with self.session() as session:
            return work(session)

    def eventually(self, work: Work) -> None:
        """Do something now, or first of all once the database answers again.

        Args:
            work: Writes in a transaction and does nothing else. It is forgotten when
                this process ends before.
        """
        self._owed.append((self.who, work))
        with suppress(StoreError):
            self.settle()

    def settle(self) -> None:
        """Do what could not be done while the database did not answer.

        Raises:
            StoreError: It still does not; what is left to do is kept.
        """
        while self._owed:
            with suppress(IndexError):
                self._settle(*self._owed.popleft())

    def _settle(self, who: Who, work: Work) -> None:
        try:
            with self.of(who).session() as session:
                work(session)
        except StoreError:
            self._owed.append((who, work))
            raise

    @contextmanager
    def session_of_all(self) -> Iterator[Session]:
        """A transaction that sees the rows of every tenant.

        It is for what no tenant asks: to find out who asks, and to keep the database.
        A new row of a tenant has to name it.

        Raises:
            StoreError: The database does not answer; nothing was changed.
        """
        with (
            answering(),
            Session(self._engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    def _of_tenant(self) -> TenantSession:
        return TenantSession(self._engine, self.who.tenant)

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()
