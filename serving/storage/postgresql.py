"""PostgreSQL with time-outs that hold.

The server ends statements and locks that take too long, and transactions whose client
went away. That does not help when the server or the network is what hangs: then the
client counts the silence itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Self, TypeVar

import psycopg
from psycopg.abc import PQGen
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from features.errors import first_line
from serving.storage.breaker import Breaker

# The least that libpq can wait for a connection.
CONNECT_SECONDS = 2
# Together with the longest silence less than the five seconds within which a request
# is refused when there is no database.
POOL_SECONDS = 1.0
# The server gives up before its client does, and the connection stays of use.
_SOONER_SECONDS = 0.5
_UNHURRIED_SECONDS = 3_600.0
Parameters = dict[str, Any]
Answer = TypeVar("Answer")
# A process whose cores are taken leaves its transactions alone for longer than a
# network is silent; others wait meanwhile for what they hold.
_BUSIER = 4


@dataclass(frozen=True)
class Limits:
    """How long the database may take, and how often it is called at a time.

    Attributes:
        patience_seconds: Longest silence; statements and locks take a little less.
        connections: Of this process, at most.
    """

    patience_seconds: float = 3.0
    connections: int = 10

    def parameters(self) -> Parameters:
        """The same for libpq and for the server."""
        milliseconds = round((self.patience_seconds - _SOONER_SECONDS) * 1000)
        silent = round(self.patience_seconds * 1000)
        busy = round(self.patience_seconds * _BUSIER * 1000)
        server = {
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            "idle_in_transaction_session_timeout": busy,
            "client_connection_check_interval": 1000,
        }
        return {
            "connect_timeout": CONNECT_SECONDS,
            "tcp_user_timeout": silent,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "application_name": "recoup",
            "options": " ".join(f"-c {name}={value}" for name, value in server.items()),
        }


class PatientConnection(psycopg.Connection[Any]):
    """A connection that gives up on a server that says nothing for too long.

    Attributes:
        patience_seconds: Longest silence.
        breaker: What is told of it.
        opened_at: When it was opened, on the monotonic clock.
    """

    patience_seconds: float
    breaker: Breaker
    opened_at: float

    @classmethod
    def to(
        cls, breaker: Breaker, patience_seconds: float, parameters: Parameters
    ) -> Self:
        """Connect.

        Raises:
            psycopg.OperationalError: There is no connection to be had.
        """
        connection = cls.connect(**parameters)
        connection.opened_at = monotonic()
        connection.breaker = breaker
        connection.patience_seconds = patience_seconds
        return connection

    def wait(self, gen: PQGen[Answer], *arguments: Any, **named: Any) -> Answer:
        """Drive an operation to its end, for as long as something is heard of it.

        Raises:
            psycopg.OperationalError: Nothing was heard for too long, or the connection
                is from before the database fell silent.
        """
        if self.opened_at < self.breaker.tripped_at:
            raise self._given_up("it fell silent after the connection was opened")
        return super().wait(self._heard(gen), *arguments, **named)

    def _heard(self, gen: PQGen[Answer]) -> PQGen[Answer]:
        """The same operation, looked at as often as psycopg wakes up, each .1 s."""
        try:
            wanted, heard_at = next(gen), monotonic()
            while True:
                ready = yield wanted
                if ready:
                    heard_at = monotonic()
                elif monotonic() - heard_at > self.patience_seconds:
                    cause = f"nothing was heard of it for {self.patience_seconds:g} s"
                    self.breaker.trip(cause)
                    raise self._given_up(cause)
                wanted = gen.send(ready)
        except StopIteration as ended:
            answer: Answer = ended.value
            return answer

    def _given_up(self, cause: str) -> psycopg.OperationalError:
        self.close()
        return psycopg.OperationalError(cause)


def open_postgresql(url: URL, limits: Limits, options: Parameters) -> Engine:
    """An engine behind a breaker; nothing is opened yet."""
    breaker = Breaker(lambda: _ask(connected()))
    engine = create_engine(
        url,
        hide_parameters=True,
        poolclass=_pool_behind(breaker),
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_pre_ping=True,
        connect_args=limits.parameters(),
        isolation_level="READ COMMITTED",
        **options,
    )
    _, named = engine.dialect.create_connect_args(url)
    parameters = {**named, **limits.parameters()}

    def connected() -> PatientConnection:
        return PatientConnection.to(breaker, limits.patience_seconds, parameters)

    def connect(*_: object) -> PatientConnection:
        breaker.check()
        try:
            return connected()
        except psycopg.OperationalError as error:
            breaker.trip(first_line(error))
            raise

    event.listen(engine, "do_connect", connect)
    event.listen(engine, "engine_disposed", lambda _: breaker.close())
    return engine


class GuardedPool(QueuePool):
    """Connections that are handed out while the database answers.

    Attributes:
        breaker: Knows whether it does.
    """

    breaker: Breaker

    def connect(self) -> PoolProxiedConnection:
        """A connection.

        Raises:
            StoreError: The database does not answer.
        """
        self.breaker.check()
        return super().connect()


def _pool_behind(breaker: Breaker) -> type[GuardedPool]:
    return type("GuardedPool", (GuardedPool,), {"breaker": breaker})


def _ask(connection: PatientConnection) -> None:
    with connection:
        connection.execute("SELECT 1")


@contextmanager
def unhurried(connection: Connection) -> Iterator[None]:
    """A transaction that may take as long as it takes, as one that changes tables."""
    within: Any = connection.connection.dbapi_connection
    if not isinstance(within, PatientConnection):
        yield
        return
    usual, within.patience_seconds = within.patience_seconds, _UNHURRIED_SECONDS
    for limit in ("statement_timeout", "idle_in_transaction_session_timeout"):
        connection.exec_driver_sql("SELECT set_config(%s, '0', true)", (limit,))
    try:
        yield
    finally:
        within.patience_seconds = usual
