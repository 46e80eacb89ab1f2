"""How far a book has come: a bar on a terminal, plain lines elsewhere."""

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from features.console import say

# A line is written each time that this share of the source has been gone through.
_STEP_SHARE = 0.05


@dataclass(frozen=True)
class Step:
    """A piece of work that is done.

    Attributes:
        claims: Claims that were scored.
        share: Share of the source that they are.
    """

    claims: int
    share: float


def follow(steps: Iterable[Step], description: str, passed_share: float) -> int:
    """Show steps as they come; gives the claims that were scored.

    Args:
        steps: Pieces of work, each when it is done.
        description: What is done.
        passed_share: Share of the source that was done in an earlier run.
    """
    pace = _Pace(passed_share)
    if not sys.stderr.isatty():
        return _followed(steps, pace, _Lines(description, passed_share))
    with _bar() as bar:
        task = bar.add_task(description, total=1.0, words="")

        def show(pace: _Pace) -> None:
            bar.update(task, completed=pace.done, words=pace.words)

        return _followed(steps, pace, show)


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[words]}"),
        console=Console(stderr=True),
    )


class _Pace:
    """How much is done, and how fast that came."""

    def __init__(self, passed_share: float) -> None:
        self._began = monotonic()
        self._passed = passed_share
        self._share = 0.0
        self.claims = 0

    def add(self, step: Step) -> None:
        self.claims += step.claims
        self._share += step.share

    @property
    def done(self) -> float:
        """Share of the source that is done."""
        return min(1.0, self._passed + self._share)

    @property
    def words(self) -> str:
        """Claims, rate and time left."""
        seconds = max(monotonic() - self._began, 1e-9)
        left = seconds * (1.0 - self.done) / max(self._share, 1e-9)
        return (
            f"{self.claims:,} claims, {self.claims / seconds:,.0f} a second, "
            f"{timedelta(seconds=round(left))} left"
        )


def _followed(steps: Iterable[Step], pace: _Pace, show: Callable[[_Pace], None]) -> int:
    for step in steps:
        pace.add(step)
        show(pace)
    return pace.claims


class _Lines:
    """Plain lines, one whenever enough more is done."""

    def __init__(self, description: str, passed_share: float) -> None:
        self._description = description
        self._told = passed_share

    def __call__(self, pace: _Pace) -> None:
        if pace.done >= self._told + _STEP_SHARE:
            self._told = pace.done
            say(f"{self._description} {pace.done:.0%}: {pace.words}")
