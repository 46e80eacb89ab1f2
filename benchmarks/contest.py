"""Rows that two evaluate in blocks: our trees and LightGBM's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.result import Duel, Result
from features.package import Floats

# LightGBM says of what it returns that it may be anything.
Evaluates = Callable[[Floats, int], Any]


@dataclass(frozen=True)
class Contest:
    """Rows that both evaluate.

    Attributes:
        name: Of the row.
        block: Rows evaluated at a time.
        blocks: Different blocks of them in one timing.
        threads: Threads of both.
        least_ratio: To reach; None where nothing is asked.
        turns: How often each is timed.
    """

    name: str
    block: int
    blocks: int
    threads: int
    least_ratio: float | None
    turns: int

    @property
    def count(self) -> int:
        """Rows in all."""
        return self.block * self.blocks

    def over(self, values: Floats, evaluates: Evaluates) -> Callable[[], Floats]:
        """What evaluates the rows block by block.

        Args:
            values: Rows of features, at least ``count``.
            evaluates: Evaluates a block with so many threads.
        """
        blocks = np.split(values[: self.count], self.blocks)
        return lambda: np.concatenate([evaluates(b, self.threads) for b in blocks])

    def result(self, trees: str, against: str, duel: Duel, **more: Any) -> Result:
        """A row about what a block of rows takes."""
        rows = f"{self.block:,} rows" if self.block > 1 else "1 row"
        threads = f"{self.threads} threads" if self.threads > 1 else "1 thread"
        each = 1e3 / self.blocks
        return Result(
            name=self.name,
            work=f"{trees}, {rows}, {threads}",
            unit="ms",
            ours=each * duel.ours_seconds,
            peer=each * duel.peer_seconds,
            against=against,
            ratios=duel.ratios,
            cpu_ratio=duel.cpu_ratio,
            least_ratio=self.least_ratio,
            **more,
        )
