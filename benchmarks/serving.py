"""Rows of serving: Recoup's full valuation against peers that return a mean only.

Recoup reads records or columns, checks them, makes features, and answers with
percentiles, curve and price, nothing stored. The peers hold the same trees of the
level, are sent finished rows of features, and return the mean of the forests. All run
one process each, on this machine, all at once; they are asked in turns.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from statistics import median

import numpy as np
import orjson

from benchmarks.bodies import Bodies, bodies
from benchmarks.contestants import OURS, Contestant, contestants
from benchmarks.home import registered
from benchmarks.load import Answered, Connection, Endpoint, load
from benchmarks.result import Duel, Result, Spent
from features.errors import RecoupError

TURNS = 3
SECONDS = 4.0
LIGHT_P99_MS = 50.0
ONE_CLAIM_P99_MS = 20.0


@dataclass(frozen=True)
class Size:
    """Requests of one size.

    Attributes:
        claims: Of a request.
        packages: Different requests.
        connections: How many are asked over at once.
        least_mlflow: Ratio of requests per second to reach against MLflow.
        least_mlserver: The same against MLServer; None where none is asked.
    """

    claims: int
    packages: int
    connections: tuple[int, ...]
    least_mlflow: float
    least_mlserver: float | None = None

    @property
    def work(self) -> str:
        """What is asked."""
        return "API, 1 claim" if self.claims == 1 else f"API, {self.claims:,} claims"


SIZES = (
    Size(1, 64, (1, 8), 15.0),
    Size(200, 8, (1, 4), 3.0, 1.5),
    Size(5_000, 2, (1, 2), 2.0),
)


class WrongAnswerError(RecoupError):
    """A peer's trees are not ours."""


@dataclass(frozen=True)
class Turn:
    """A contestant asked for some seconds.

    Attributes:
        answered: Its answers.
        cpu_seconds: Processor time that it took over them.
    """

    answered: Answered
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.answered.rate

    @property
    def each(self) -> Spent:
        """What a request took, the processor of the server alone."""
        return Spent(1 / self.rate, self.cpu_seconds / self.answered.count)

    def figures(self) -> Mapping[str, float]:
        """Rate, latencies and processor time of a request."""
        return {
            "requests/s": self.rate,
            "p50 ms": self.answered.milliseconds(50),
            "p99 ms": self.answered.milliseconds(99),
            "cpu ms": 1e3 * self.each.cpu_seconds,
        }


Turns = Mapping[str, tuple[Turn, ...]]


def rows() -> Iterator[Result]:
    """Requests of one claim, of a small package, and of a large one."""
    model, trees = registered()
    with contestants(trees) as asked:
        sent = {s: bodies(model, s.claims, s.packages) for s in SIZES}
        for size in SIZES:
            check_answers(asked, sent[size])
            for connections in size.connections:
                turns = _turns(asked, sent[size], connections)
                yield from compared(size, connections, turns)
        yield _light_beside_heavy(asked["recoup"], sent[SIZES[0]], sent[SIZES[-1]])


def check_answers(asked: Mapping[str, Contestant], sent: Bodies) -> None:
    """Make sure that every peer gives the means of our trees, to the bit.

    Raises:
        WrongAnswerError: One does not.
    """
    for name, contestant in asked.items():
        if name in OURS:
            continue
        (request, *_) = _endpoint(contestant, sent).requests()
        with closing(Connection(contestant.server.port)) as connection:
            answer = orjson.loads(connection.ask(request))
        given = answer if isinstance(answer, list) else answer["predictions"]
        if not np.array_equal(given, sent.means[0]):
            raise WrongAnswerError(f"{name} does not give the means of our trees")


def _endpoint(contestant: Contestant, sent: Bodies) -> Endpoint:
    asked = contestant.asked(sent)
    return Endpoint(contestant.server.port, contestant.path, asked, contestant.key)


def _turns(asked: Mapping[str, Contestant], sent: Bodies, connections: int) -> Turns:
    """Every contestant in each turn, after a short one that warms them all."""
    for contestant in asked.values():
        load(_endpoint(contestant, sent), connections, SECONDS / 8)
    taken = [
        {name: _turn(c, sent, connections) for name, c in asked.items()}
        for _ in range(TURNS)
    ]
    return {name: tuple(turn[name] for turn in taken) for name in asked}


def _turn(contestant: Contestant, sent: Bodies, connections: int) -> Turn:
    before = contestant.server.cpu_seconds()
    answered = load(_endpoint(contestant, sent), connections, SECONDS)
    return Turn(answered, contestant.server.cpu_seconds() - before)


def compared(size: Size, connections: int, turns: Turns) -> Iterator[Result]:
    """Rows of one size and number of connections.

    MLflow stands for the faster of its forms.
    """
    forms = [name for name in turns if name.startswith("mlflow")]
    faster = max(forms, key=lambda name: median(t.rate for t in turns[name]))
    for ours in OURS:
        yield _against(faster, size.least_mlflow, size, connections, turns, ours)
        yield _against("mlserver", size.least_mlserver, size, connections, turns, ours)
        if size.claims == 1:
            yield _tail(size, connections, turns[ours], ours)


def _each(turns: tuple[Turn, ...]) -> tuple[Spent, ...]:
    return tuple(turn.each for turn in turns)


def _figures(turns: Turns) -> dict[str, float]:
    """The median of every figure of every contestant."""
    return {
        f"{name} {figure}": median(turn.figures()[figure] for turn in taken)
        for name, taken in turns.items()
        for figure in taken[0].figures()
    }


def _over(connections: int) -> str:
    return f"{connections} connection" + "s" * (connections > 1)


def _asked_in(ours: str) -> tuple[str, str]:
    """What the form that ours is asked in adds to the name and to the work of a row."""
    _, _, form = ours.partition(" ")
    return (f"-{form}", f" in {form}") if form else ("", "")


def _against(
    peer: str,
    least: float | None,
    size: Size,
    connections: int,
    turns: Turns,
    ours: str,
) -> Result:
    duel = Duel(_each(turns[ours]), _each(turns[peer]))
    suffix, form = _asked_in(ours)
    return Result(
        name=f"serving-{size.claims}x{connections}-{peer.split()[0]}{suffix}",
        work=f"{size.work}{form}, {_over(connections)}",
        unit="requests/s",
        ours=1 / duel.ours_seconds,
        peer=1 / duel.peer_seconds,
        against=peer,
        ratios=duel.ratios,
        cpu_ratio=duel.cpu_ratio,
        least_ratio=least,
        figures=_figures(turns),
    )


def _tail(size: Size, connections: int, turns: tuple[Turn, ...], ours: str) -> Result:
    suffix, form = _asked_in(ours)
    return Result(
        name=f"serving-{size.claims}x{connections}-p99{suffix}",
        work=f"{size.work}{form}, {_over(connections)}, p99",
        unit="ms",
        ours=median(t.answered.milliseconds(99) for t in turns),
        most=ONE_CLAIM_P99_MS,
    )


def _light_beside_heavy(contestant: Contestant, light: Bodies, heavy: Bodies) -> Result:
    with ThreadPoolExecutor(1) as beside:
        load(_endpoint(contestant, light), 1, SECONDS / 8)
        heavier = beside.submit(load, _endpoint(contestant, heavy), 1, SECONDS * TURNS)
        answered = load(_endpoint(contestant, light), 1, SECONDS * TURNS)
        rate = heavier.result().rate
    return Result(
        name="serving-light-p99",
        work="API, 1 claim while 5,000 are valued, p99",
        unit="ms",
        ours=answered.milliseconds(99),
        most=LIGHT_P99_MS,
        figures={
            "light requests/s": answered.rate,
            "light p50 ms": answered.milliseconds(50),
            "heavy requests/s": rate,
        },
    )
