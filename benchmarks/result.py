"""A measured row: what is done, how fast ours and its peer do it, what is to reach.

A module of rows has a function ``rows() -> Iterable[Result]``; the rooms of rows are
listed in ``benchmarks.__main__``.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from time import perf_counter, process_time

Work = Callable[[], object]


@dataclass(frozen=True)
class Result:
    """One row of the table of docs/performance.md.

    Attributes:
        name: What the row is called in files; it stays the same over time.
        work: What is done.
        unit: Of ``ours`` and ``peer``.
        ours: Median over the turns.
        peer: The same of the peer; None where there is none.
        against: Who the peer is.
        ratios: How many times better ours is, one of each turn; empty without a peer.
        cpu_ratio: The same by the time of the processor, the median over the turns,
            which other work on the machine disturbs less; the gate judges it.
        least_ratio: What the median of the ratios is to reach.
        most: What ours may be at most, in the unit.
        same_bits: Whether both gave the same bits; None where they are not compared.
        figures: Anything else that was measured, by name with its unit.
    """

    name: str
    work: str
    unit: str
    ours: float
    peer: float | None = None
    against: str = ""
    ratios: tuple[float, ...] = ()
    cpu_ratio: float | None = None
    least_ratio: float | None = None
    most: float | None = None
    same_bits: bool | None = None
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Median of the ratios."""
        return median(self.ratios) if self.ratios else None

    @property
    def reached(self) -> bool:
        """Whether everything stated is reached, the bits included."""
        fast = self.least_ratio is None or (self.ratio or 0.0) >= self.least_ratio
        small = self.most is None or self.ours <= self.most
        return fast and small and self.same_bits is not False


@dataclass(frozen=True)
class Spent:
    """What a piece of work took.

    Attributes:
        seconds: By the clock.
        cpu_seconds: Of the processor, over all threads.
    """

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Duel:
    """What two ways of doing the same took, turn by turn.

    Attributes:
        ours: Of ours in each turn.
        peer: Of the peer in each turn.
    """

    ours: tuple[Spent, ...]
    peer: tuple[Spent, ...]

    @property
    def ours_seconds(self) -> float:
        """Median of ours."""
        return median(spent.seconds for spent in self.ours)

    @property
    def peer_seconds(self) -> float:
        """Median of the peer's."""
        return median(spent.seconds for spent in self.peer)

    @property
    def ratios(self) -> tuple[float, ...]:
        """How many times faster ours was, by turn."""
        pairs = zip(self.ours, self.peer, strict=True)
        return tuple(peer.seconds / ours.seconds for ours, peer in pairs)

    @property
    def cpu_ratio(self) -> float:
        """How many times less of the processor ours took, the median over turns."""
        pairs = zip(self.ours, self.peer, strict=True)
        return median(peer.cpu_seconds / ours.cpu_seconds for ours, peer in pairs)


def spent(work: Work) -> Spent:
    """What a piece of work takes in this process."""
    began, cpu_began = perf_counter(), process_time()
    work()
    return Spent(perf_counter() - began, process_time() - cpu_began)


def alternating(ours: Work, peer: Work, turns: int) -> Duel:
    """What both take, one after the other in each turn.

    Each is to be done once before, as when its bits are compared. Work of microseconds
    is repeated within: the clock of the processor does not tick oftener.

    Args:
        ours: Our way.
        peer: The peer's.
        turns: How often each is done.
    """
    pairs = [(spent(ours), spent(peer)) for _ in range(turns)]
    return Duel(tuple(o for o, _ in pairs), tuple(p for _, p in pairs))
