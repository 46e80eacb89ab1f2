"""Actual over expected cash of groups of claims, each with its 95% interval.

Claims of a vintage move together, and so do those of a package and of an obligor:
drawing claims one by one would call luck a difference. The widest of these of which a
group holds enough is drawn whole (block bootstrap, Künsch 1989). Many cells are looked
at: a cell departs only where luck is rarer than the share of one cell in the false
alarms allowed to all of its margin (Bonferroni 1936).
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np
from scipy.stats import norm

from features.package import Floats, Ints
from training.bootstrap import DRAWS, OUTSIDE
from training.config import Monitoring
from training.monitoring.backtest import Comparison, Labels

ALL = "all"
OTHERS = "others"
# More blocks than this are dealt at random into as many heaps, which are drawn.
MOST_BLOCKS = 400
Standing = Literal["as_expected", "above", "below", "too_few"]
MARGINS: tuple[tuple[str, ...], ...] = (
    (),
    ("vintage",),
    ("product",),
    ("region",),
    ("vintage", "product"),
    ("vintage", "product", "region"),
)


@dataclass(frozen=True)
class Cell:
    """A group of claims and what it paid over what was expected of it.

    Attributes:
        vintage: Its vintage, or ``all``; product and region alike, small regions
            together as ``others``.
        product: Its product.
        region: Its region.
        claims: Number of claims.
        expected_yuan: Cash expected in the quarters that count.
        realised_yuan: Cash received in them.
        low: Lower end of the 95% interval; None where it cannot be told.
        high: Upper end of it.
        chance: How likely luck alone takes the cell as far from what was expected.
        drawn_by: What the interval drew: vintages, packages or obligors.
        standing: Too few claims, as expected, or beyond the tolerance.
    """

    vintage: str
    product: str
    region: str
    claims: int
    expected_yuan: float
    realised_yuan: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    drawn_by: str | None = None
    standing: Standing = "too_few"

    @property
    def ratio(self) -> float | None:
        """Realised over expected cash; None where nothing was expected."""
        return self.realised_yuan / self.expected_yuan if self.expected_yuan else None

    def figures(self) -> dict[str, Any]:
        """The same as a mapping."""
        return {**asdict(self), "actual_to_expected": self.ratio}

    @property
    def name(self) -> str:
        """Its labels but those of everything."""
        labels = [v for v in (self.vintage, self.product, self.region) if v != ALL]
        return " × ".join(labels) or ALL


def cells(compared: Comparison, rule: Monitoring) -> tuple[Cell, ...]:
    """Every margin of vintage, product and region, in the order of ``MARGINS``."""
    return tuple(c for by in MARGINS for c in _margin(compared, by, rule))


def _margin(
    compared: Comparison, by: tuple[str, ...], rule: Monitoring
) -> Iterator[Cell]:
    labels = _grouped(compared, by, rule.fewest_claims)
    names, group = np.unique(labels, axis=0, return_inverse=True)
    found = [
        _cell(compared, np.flatnonzero(group.ravel() == number), name.tolist(), rule)
        for number, name in enumerate(names)
    ]
    judged = sum(c.chance is not None for c in found)
    for cell in found:
        yield replace(cell, standing=_standing(cell, judged, rule))


def _grouped(compared: Comparison, by: tuple[str, ...], fewest: int) -> Labels:
    """Vintage, product and region of each claim within a margin, shape (n, 3)."""
    columns = [
        compared.labels[name] if name in by else np.full(len(compared), ALL)
        for name in ("vintage", "product", "region")
    ]
    labels = np.column_stack(columns).astype(object)
    if "region" in by:
        _, group, counts = np.unique(
            labels.astype(np.str_), axis=0, return_inverse=True, return_counts=True
        )
        labels[counts[group.ravel()] < fewest, 2] = OTHERS
    return labels.astype(np.str_)


def _cell(compared: Comparison, rows: Ints, name: list[str], rule: Monitoring) -> Cell:
    """A cell that is not judged yet."""
    expected = compared.expected_counted_yuan[rows]
    paid = compared.realised_counted_yuan[rows]
    vintage, product, region = name
    cell = Cell(
        vintage=vintage,
        product=product,
        region=region,
        claims=len(rows),
        expected_yuan=float(expected.sum()),
        realised_yuan=float(paid.sum()),
    )
    drawn_by = _block_of(compared, rows, rule.fewest_blocks)
    if drawn_by is None or len(rows) < rule.fewest_claims or cell.ratio is None:
        return cell
    block = compared.blocks[drawn_by][rows]
    low, high, chance = ratio_interval(paid, expected, block, rule.seed)
    return replace(cell, low=low, high=high, chance=chance, drawn_by=drawn_by)


def _block_of(compared: Comparison, rows: Ints, fewest: int) -> str | None:
    """The widest kind of block of which there are enough; None if of no kind."""
    for name, codes in compared.blocks.items():
        if len(np.unique(codes[rows])) >= fewest:
            return name
    return None


def _standing(cell: Cell, judged: int, rule: Monitoring) -> Standing:
    """Whether a cell departs by more than tolerance and luck, among those judged."""
    if cell.ratio is None or cell.low is None or cell.high is None:
        return "too_few"
    if cell.chance is None or cell.chance > rule.false_alarm_rate / judged:
        return "as_expected"
    if cell.ratio > 1 + rule.tolerance_rate and cell.low > 1:
        return "above"
    if cell.ratio < 1 - rule.tolerance_rate and cell.high < 1:
        return "below"
    return "as_expected"


def ratio_interval(
    realised_yuan: Floats, expected_yuan: Floats, block: Ints, seed: int
) -> tuple[float, float, float]:
    """95% interval of realised over expected cash, and how likely luck alone is.

    The chance that luck takes the ratio as far from 1 is that of a normal law on its
    logarithm with the standard deviation of the draws; it is nothing where no claim
    paid.

    Args:
        realised_yuan: Cash of each claim, shape (n,).
        expected_yuan: Expected cash of each claim, shape (n,); some of it positive.
        block: Block of each claim, shape (n,).
        seed: Seed of the draws.
    """
    ratios = _drawn_ratios(realised_yuan, expected_yuan, block, seed)
    low, high = np.quantile(ratios, [OUTSIDE / 2, 1 - OUTSIDE / 2])
    paid = realised_yuan.sum()
    if not paid > 0:
        return float(low), float(high), 0.0
    spread = float(np.log(ratios[ratios > 0]).std())
    departure = abs(np.log(paid / expected_yuan.sum()))
    chance = 2 * norm.sf(departure / spread) if spread > 0 else float(departure == 0)
    return float(low), float(high), float(chance)


def _drawn_ratios(
    realised_yuan: Floats, expected_yuan: Floats, block: Ints, seed: int
) -> Floats:
    """Realised over expected cash of each draw that expects any, shape (draws,)."""
    generator = np.random.default_rng(seed)
    _, group = np.unique(block, return_inverse=True)
    count = int(group.max()) + 1
    if count > MOST_BLOCKS:
        group, count = (generator.permutation(count) % MOST_BLOCKS)[group], MOST_BLOCKS
    drawn = generator.multinomial(count, np.full(count, 1 / count), size=DRAWS)
    paid = drawn @ np.bincount(group, realised_yuan, count)
    expected = drawn @ np.bincount(group, expected_yuan, count)
    ratios: Floats = paid[expected > 0] / expected[expected > 0]
    return ratios
