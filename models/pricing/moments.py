"""Moments of claims given their common factors: a book that fits no machine, added up.

Given the factors of vintage, segment and region, claims of different obligors move
independently, and a sum of many is nearly normal about its conditional mean. A
partition of claims comes down to a few arrays per cell, which is a vintage, segment and
region; those of all partitions are added, and scenarios draw the factors of cells only.

What is exact: the conditional mean at every value of the factors, and the conditional
variance of claims that share no group or obligor at the nodes of a grid. What is not:
the sum about its mean is taken as normal, so that a few large claims must not decide
it. Claims that share a group or an obligor move together by the first orders of
Mehler's expansion, at a common node if they are of two cells; those of two partitions
as if they shared nothing, so obligors and groups are better kept in one partition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import factorial
from typing import Self, TypeVar

import numpy as np
import numpy.typing as npt
from numpy.polynomial import hermite_e
from scipy.special import ndtr, ndtri

from features.package import Floats, Ints
from models.pricing.draws import OWN, STRIDE, draw_normals
from models.pricing.moment_sums import add_claims, add_read, add_sharing, weighed
from models.pricing.scenarios import plain
from models.recovery.factors import FACTORS, Factors, together

Number = TypeVar("Number", np.int64, np.float64)
Labels = npt.NDArray[np.generic]

# Values of a cell's factor at which variances are kept, and means are read.
NODES = np.linspace(-5.0, 5.0, 21)
READ_NODES = np.linspace(-5.0, 5.0, 321)
# What NODES count for at each of READ_NODES, shape (nodes, read nodes).
BETWEEN = np.stack([np.interp(READ_NODES, NODES, one) for one in np.eye(len(NODES))])
# Orders of Mehler's expansion of what claims share beyond their cells.
ORDERS = 3


@dataclass(frozen=True)
class Cells:
    """Vintage, segment and region, of claims or of the cells that they make.

    Attributes:
        vintage: Calendar quarter from 1970, or one number for all, shape (n,).
        segment: Segment, shape (n,).
        region: Province, shape (n,).
    """

    vintage: Ints
    segment: Labels
    region: Labels

    def take(self, rows: Ints) -> Self:
        """Some of them."""
        return type(self)(self.vintage[rows], self.segment[rows], self.region[rows])

    def followed_by(self, other: Self) -> Self:
        """These and others."""
        return type(self)(
            np.concatenate([self.vintage, other.vintage]),
            np.concatenate([self.segment, other.segment]),
            np.concatenate([self.region, other.region]),
        )

    def groups(self) -> Ints:
        """Number of each one's factor of vintage, segment and region, shape (3, n)."""
        columns = (np.zeros_like(self.vintage), self.segment, self.region)
        vintage = _numbered(self.vintage)
        return np.stack([together(vintage, _numbered(c)) for c in columns])

    def distinct(self) -> tuple[Self, Ints]:
        """Those that differ, and the number of each among them, shape (n,)."""
        _, segment, region = self.groups()
        pairs = together(segment, region)
        first, number = np.unique(pairs, return_index=True, return_inverse=True)[1:]
        return self.take(first), number


def _numbered(values: npt.NDArray[np.generic]) -> Ints:
    numbers: Ints = np.unique(values, return_inverse=True)[1]
    return numbers


@dataclass(frozen=True)
class ConditionalMoments:
    """Sums of claims by cell, as the cell's factor leaves them.

    A cell's factor is the standardised sum of those of its vintage, segment and
    region.

    Attributes:
        factors: Correlations that the claims move by.
        cells: The cells, in the order of their names.
        claims: Claims of each cell, shape (cells,).
        yuan: Worth of all claims of a cell if each stood at its first, second ... of
            its equally likely points, shape (cells, kinds, points).
        variance: Variance of the sum given the factor at NODES, (cells, kinds, nodes).
    """

    factors: Factors
    cells: Cells
    claims: Ints
    yuan: Floats
    variance: Floats

    @classmethod
    def of(
        cls,
        points: Floats,
        worth: Floats,
        factors: Factors,
        cells: Cells,
        groups: Ints,
    ) -> Self:
        """Add up the claims of one partition.

        Args:
            points: Equally likely recovery rates of each claim, ascending, (n, points).
            worth: What a recovery rate of 1 is worth in yuan, shape (n, kinds).
            factors: Correlations of the claims' latent recoveries.
            cells: Vintage, segment and region of each claim.
            groups: Group of each claim by factor, from 0, shape (factors, n).
        """
        distinct, cell = cells.distinct()
        shape = (len(distinct.vintage), worth.shape[1])
        yuan, squares = np.zeros((2, *shape, points.shape[1]))
        known = np.zeros((*shape, len(NODES)))
        weights = level_weights(points.shape[1], factors.systematic, NODES)
        laid_out = plain(points), plain(worth)
        add_claims(*laid_out, cell, weights, yuan, squares, known)
        variance = _by_node(squares, weights) - known
        moved = hermite_weights(points.shape[1], factors.systematic, NODES, ORDERS)
        for sharing in _sharing(factors, groups):
            add_sharing(
                *laid_out,
                cell,
                sharing.ordered,
                sharing.starts,
                moved,
                sharing.scales,
                variance,
            )
        return cls(factors, distinct, np.bincount(cell), yuan, variance)

    def __add__(self, other: Self) -> Self:
        """Moments of the claims of both.

        Raises:
            ValueError: They are not of the same factors.
        """
        if self.factors != other.factors:
            raise ValueError(
                f"moments of other factors cannot be added: {self.factors!r} and "
                f"{other.factors!r}; sum up both partitions under the same"
            )
        cells, number = self.cells.followed_by(other.cells).distinct()
        return replace(
            self,
            cells=cells,
            claims=_by_number(number, self.claims, other.claims),
            yuan=_by_number(number, self.yuan, other.yuan),
            variance=_by_number(number, self.variance, other.variance),
        )

    @property
    def expected_yuan(self) -> Floats:
        """Expected worth of all claims, shape (kinds,)."""
        expected: Floats = self.yuan.mean(axis=2).sum(axis=0)
        return expected

    def to_arrays(self) -> dict[str, npt.NDArray[np.generic]]:
        """All of it as plain arrays, for a file or another machine."""
        return {
            "factors": self.factors.shares(),
            "vintage": self.cells.vintage,
            "segment": self.cells.segment,
            "region": self.cells.region,
            "claims": self.claims,
            "yuan": self.yuan,
            "variance": self.variance,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[np.generic]]) -> Self:
        """What ``to_arrays`` told."""
        return cls(
            Factors.of(arrays["factors"].astype(np.float64)),
            Cells(
                arrays["vintage"].astype(np.int64),
                arrays["segment"],
                arrays["region"],
            ),
            arrays["claims"].astype(np.int64),
            arrays["yuan"].astype(np.float64),
            arrays["variance"].astype(np.float64),
        )

    def sums(self, simulations: int, seed: int) -> Floats:
        """Sums in scenarios of the cells' factors, shape (simulations, kinds).

        Of one vintage whose segments and regions are named by their numbers, the
        factors are drawn as ``simulate_package`` draws them. What is left moves all
        kinds of worth by one normal draw.

        Args:
            simulations: Number of scenarios.
            seed: Seed; the same seed gives the same scenarios.
        """
        count, kinds = self.yuan.shape[2], self.yuan.shape[1]
        weights = level_weights(count, self.factors.systematic, READ_NODES)
        means = _by_node(self.yuan, weights)
        variances = _by_node(self.variance, BETWEEN)
        tables = np.concatenate([means, variances], axis=1)
        drawn = _Draws(seed, simulations)
        read = np.zeros((2 * kinds, simulations))
        for cell, groups in enumerate(self.cells.groups().T):
            add_read(tables[cell], self._position(groups, drawn), read)
        rest = drawn.of(OWN, 0).astype(np.float64)
        sums = read[:kinds] + np.sqrt(np.maximum(read[kinds:], 0.0)) * rest
        return sums.T

    def _position(self, groups: Ints, drawn: "_Draws") -> Floats:
        """Place of a cell's factor among READ_NODES in each scenario."""
        factor = np.zeros(drawn.simulations)
        total = self.factors.systematic or 1.0
        for f, share in enumerate(self.factors.shares()[: len(groups)]):
            factor += np.sqrt(share / total) * drawn.of(f, int(groups[f]))
        position: Floats = (factor - READ_NODES[0]) / (READ_NODES[1] - READ_NODES[0])
        return position


class _Draws:
    """Normal draws in scenarios, each made once."""

    def __init__(self, seed: int, simulations: int) -> None:
        self.simulations = simulations
        self._seed = seed
        self._made: dict[tuple[int, int], npt.NDArray[np.float32]] = {}

    def of(self, kind: int, number: int) -> npt.NDArray[np.float32]:
        """The draw of a factor's group, shape (simulations,)."""
        if (kind, number) not in self._made:
            wide = -(-self.simulations // STRIDE) * STRIDE
            drawn = np.empty(wide, np.float32)
            draw_normals(self._seed, kind, number, 0, drawn)
            self._made[kind, number] = drawn[: self.simulations]
        return self._made[kind, number]


@dataclass(frozen=True)
class _Sharing:
    """Claims that share a group or an obligor.

    Attributes:
        ordered: Those that share, each group's together.
        starts: Where each group starts, and the end.
        scales: What products of coefficients of each order count for, from the first.
    """

    ordered: Ints
    starts: Ints
    scales: Floats

    @classmethod
    def of(cls, group: Ints, scales: Floats) -> Self:
        sizes = np.bincount(group)
        ordered = np.argsort(group, kind="stable")
        ordered = ordered[sizes[group[ordered]] > 1]
        return cls(ordered, np.append(0, np.cumsum(sizes[sizes > 1])), scales)


def _sharing(factors: Factors, groups: Ints) -> tuple[_Sharing, _Sharing]:
    """Groups, and what obligors within them share besides."""
    rest = 1.0 - factors.systematic
    orders = np.arange(1, ORDERS + 1)
    size = np.array([factorial(h) for h in orders])
    of_group = (factors.group / rest) ** orders
    of_obligor = ((factors.group + factors.obligor) / rest) ** orders
    group, obligor = (groups[FACTORS.index(name)] for name in ("group", "obligor"))
    return (
        _Sharing.of(group, of_group / size),
        _Sharing.of(obligor, (of_obligor - of_group) / size),
    )


def level_weights(count: int, systematic: float, nodes: Floats) -> Floats:
    """Chance of each of ``count`` equally likely points given the factor at nodes.

    Args:
        count: Number of points.
        systematic: Correlation through the factor.
        nodes: Standardised values of the factor, shape (nodes,).
    """
    weights: Floats = np.diff(ndtr(_edges(count, systematic, nodes)), axis=0)
    return weights


def hermite_weights(
    count: int, systematic: float, nodes: Floats, orders: int
) -> Floats:
    """Hermite coefficients of each point in a claim's noise.

    The integral of a probabilists' Hermite polynomial over the noise that leads to the
    point, given the factor.

    Args:
        count: Number of points.
        systematic: Correlation through the factor.
        nodes: Standardised values of the factor, shape (nodes,).
        orders: How many polynomials, from the first order on.

    Returns:
        Order by order at each node, shape (count, orders x nodes).
    """
    inner = _edges(count, systematic, nodes)[1:-1]
    density = np.exp(-(inner**2) / 2) / np.sqrt(2 * np.pi)
    primitives = [
        -density * hermite_e.hermeval(inner, before) for before in np.eye(orders)
    ]
    bounded = np.pad(np.concatenate(primitives, axis=1), ((1, 1), (0, 0)))
    weights: Floats = np.diff(bounded, axis=0)
    return weights


def _edges(count: int, systematic: float, nodes: Floats) -> Floats:
    """Noise at which a latent recovery passes from point to point, (count + 1, …)."""
    edges = ndtri(np.arange(count + 1) / count)[:, None]
    noise: Floats = (edges - np.sqrt(systematic) * nodes) / np.sqrt(1 - systematic)
    return noise


def _by_node(by_point: Floats, weights: Floats) -> Floats:
    """Sums by point (cells, kinds, points) as expected at each node."""
    cells, kinds, count = by_point.shape
    rows = by_point.reshape(cells * kinds, count)
    return weighed(rows, weights).reshape(cells, kinds, weights.shape[1])


def _by_number(
    number: Ints, first: npt.NDArray[Number], second: npt.NDArray[Number]
) -> npt.NDArray[Number]:
    """Rows of both added up by their number."""
    sums = np.zeros((int(number.max(initial=-1)) + 1, *first.shape[1:]), first.dtype)
    np.add.at(sums, number, np.concatenate([first, second]))
    return sums
