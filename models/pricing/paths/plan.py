"""One path for each claim of a package, under limits of staff and of cash advanced.

A mixed-integer programme: the value of the paths chosen is highest while no quarter
asks for more hours or more cash than there are, and no path is taken more often than it
may. Solved by HiGHS through SciPy. What one more unit of a limit is worth is its dual
value in the linear relaxation.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from features.outcomes import Bools
from features.package import Floats, Ints
from models.paths.path import PATHS, Path

# A plan so near to the best possible is as good as the priors behind it.
GAP_RATE = 5e-4
SECONDS = 20.0
# A limit that a plan meets but for rounding of the solver is met.
ROUNDING = 1e-9
ATTEMPTS = 4
# Claims that are chosen for anew at first, and how many times more at each step.
FREE_CLAIMS = 120
WIDER = 4
# No more of them once there is a plan: it says how far it may be from the best.
MOST_FREE_CLAIMS = 2_000


@dataclass(frozen=True)
class Limits:
    """What a plan must not exceed; None where there is no limit.

    Attributes:
        hours: Hours of case handlers in each quarter.
        advance_yuan: Cash advanced in each quarter.
        most_claims: Claims that a path may take, by path.
    """

    hours: float | None = None
    advance_yuan: float | None = None
    most_claims: tuple[tuple[Path, int], ...] = ()


@dataclass(frozen=True)
class Choices:
    """What can be chosen for the claims of a package (n).

    Attributes:
        value_yuan: Expected net present value of each path, shape (n, 6).
        allowed: Whether the plan may choose it, shape (n, 6); one at least per claim.
        hours: Hours it takes by quarter, shape (n, 6, quarters).
        advance_yuan: Cash it takes by quarter, shape (n, 6, quarters).
    """

    value_yuan: Floats
    allowed: Bools
    hours: Floats
    advance_yuan: Floats

    @cached_property
    def places(self) -> tuple[Ints, Ints]:
        """Claim and path of each choice, shape (choices,) each."""
        claim, path = np.nonzero(self.allowed)
        return claim, path


@dataclass(frozen=True)
class Row:
    """One constraint of the linear programme.

    Attributes:
        limit: ``hours``, ``advance`` or ``claims``.
        path: The path it holds for; None for all.
        quarter: The quarter it holds for, from 0; None for all.
        use: What each choice takes of it, shape (choices,).
        most: What there is.
    """

    limit: str
    path: Path | None
    quarter: int | None
    use: Floats
    most: float


@dataclass(frozen=True)
class Shortage:
    """A limit that no plan can meet beside the others.

    Attributes:
        row: The limit.
        needed: As much as there is a plan with, other shortages being met as well.
    """

    row: Row
    needed: float


@dataclass(frozen=True)
class Shadow:
    """Shadow price of a limit: the value of one more unit of it.

    Attributes:
        row: The limit.
        used: What the plan takes of it.
        yuan_per_unit: Dual value in the linear relaxation.
    """

    row: Row
    used: float
    yuan_per_unit: float


@dataclass(frozen=True)
class Plan:
    """A path for each claim.

    Attributes:
        path: Position in ``PATHS``, shape (n,).
        value_yuan: Value of all paths chosen.
        bound_yuan: No plan can be worth more.
        shadows: The limits that could bind, with what more of them is worth.
    """

    path: Ints
    value_yuan: float
    bound_yuan: float
    shadows: tuple[Shadow, ...]


class NoPlanError(ValueError):
    """No plan meets all limits; says which are too tight."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        """Keep the limits that are too tight."""
        named = ", ".join(s.row.limit for s in shortages)
        super().__init__(f"no plan meets the limits: {named}")
        self.shortages = tuple(shortages)


def best_plan(choices: Choices, limits: Limits, gap_rate: float = GAP_RATE) -> Plan:
    """The plan of highest value.

    Args:
        choices: What can be chosen.
        limits: What must not be exceeded.
        gap_rate: How far from the best a plan may be, over its value.

    Raises:
        NoPlanError: There is none within the limits.
    """
    rows = [row for row in _rows(choices, limits) if _can_bind(choices, row)]
    if not rows:
        return _unlimited(choices)
    programme = _Programme(choices, rows)
    duals, bound = programme.relaxed()
    taken = _near_best(programme, duals, bound, gap_rate)
    path = np.empty(len(choices.allowed), np.int64)
    claim, places = choices.places
    path[claim[taken]] = places[taken]
    value = float(choices.value_yuan[np.arange(len(path)), path].sum())
    shadows = tuple(
        Shadow(row, float(row.use[taken].sum()), float(dual))
        for row, dual in zip(rows, duals, strict=True)
    )
    return Plan(path, value, max(bound, value), shadows)


def _unlimited(choices: Choices) -> Plan:
    path = np.where(choices.allowed, choices.value_yuan, -np.inf).argmax(axis=1)
    value = float(choices.value_yuan[np.arange(len(path)), path].sum())
    return Plan(path, value, value, ())


def _rows(choices: Choices, limits: Limits) -> list[Row]:
    claim, path = choices.places
    rows = [
        Row(name, None, quarter, use[claim, path, quarter], most)
        for name, use, most in (
            ("hours", choices.hours, limits.hours),
            ("advance", choices.advance_yuan, limits.advance_yuan),
        )
        if most is not None
        for quarter in range(use.shape[2])
    ]
    for name, count in limits.most_claims:
        taken = (path == PATHS.index(name)).astype(np.float64)
        rows.append(Row("claims", name, None, taken, float(count)))
    return rows


def _can_bind(choices: Choices, row: Row) -> bool:
    """Whether some plan would exceed a limit."""
    most = np.zeros(len(choices.allowed))
    np.maximum.at(most, choices.places[0], row.use)
    return float(most.sum()) > row.most


class _Programme:
    """The programme as the solver reads it; each limit is scaled to 1."""

    def __init__(self, choices: Choices, rows: Sequence[Row]) -> None:
        claim = choices.places[0]
        self.claim = claim
        self.rows = rows
        self.value = choices.value_yuan[choices.places]
        self.scale = np.array([max(row.most, 1.0) for row in rows])
        self.use = sparse.csr_matrix(
            np.array([r.use for r in rows]) / self.scale[:, None]
        )
        self.most = np.array([row.most for row in rows]) / self.scale
        ones = np.ones(len(claim))
        places = (claim, np.arange(len(claim)))
        self.each = sparse.csr_matrix(
            (ones, places), (len(choices.allowed), len(claim))
        )

    def relaxed(self) -> tuple[Floats, float]:
        """Worth of one more unit of each limit, shape (rows,), and the bound.

        Raises:
            NoPlanError: There is no plan even of parts of claims.
        """
        found = linprog(
            -self.value,
            A_ub=self.use,
            b_ub=self.most,
            A_eq=self.each,
            b_eq=np.ones(self.each.shape[0]),
            bounds=(0, 1),
            method="highs",
        )
        if found.status != 0:
            raise NoPlanError(self.shortages())
        duals: Floats = np.maximum(-found.ineqlin.marginals, 0.0) / self.scale
        return duals, float(-found.fun)

    def nearest(self, duals: Floats) -> tuple[Ints, Ints]:
        """Claims by how little their best choice is ahead, and that choice, (n,) each.

        Ahead at the worth of the limits, as in the relaxation.
        """
        worth = self.value - (duals * self.scale) @ self.use
        order, first = self._ranked(worth)
        claims = np.arange(self.each.shape[0])
        second = np.minimum(first + 1, len(order) - 1)
        ahead = worth[order[first]] - worth[order[second]]
        rival = (self.claim[order[second]] == claims) & (second > first)
        lead = np.where(rival, ahead, np.inf)
        return np.argsort(lead, kind="stable"), order[first]

    def whole(self, most: Floats, free: Bools, gap_rate: float) -> Bools | None:
        """The choices of the best plan under scaled limits; None where there is none.

        Args:
            most: The limits.
            free: Which choices may be made, shape (choices,).
            gap_rate: How far from the best it may be.
        """
        found = milp(
            -self.value,
            integrality=np.ones(len(self.value)),
            bounds=Bounds(0, free.astype(np.float64)),
            constraints=[
                LinearConstraint(self.each, 1, 1),
                LinearConstraint(self.use, -np.inf, most),
            ],
            options={"mip_rel_gap": gap_rate, "time_limit": SECONDS},
        )
        return None if found.x is None else np.asarray(found.x > 0.5)

    def shortages(self) -> list[Shortage]:
        """The limits that are too tight, with what a plan beyond them takes.

        Every limit may be exceeded at a price per share of it. In the cheapest plan of
        parts of claims all but a few claims take one path; each takes its largest part
        whole, and what is exceeded then is what is missing.
        """
        rows = len(self.rows)
        found = linprog(
            np.concatenate([np.zeros(len(self.value)), np.ones(rows)]),
            A_ub=sparse.hstack([self.use, -sparse.identity(rows)]),
            b_ub=self.most,
            A_eq=sparse.hstack(
                [self.each, sparse.csr_matrix((self.each.shape[0], rows))]
            ),
            b_eq=np.ones(self.each.shape[0]),
            bounds=[(0, 1)] * len(self.value) + [(0, None)] * rows,
            method="highs",
        )
        order, first = self._ranked(found.x[: len(self.value)])
        taken = order[first]
        needed = [(row, float(row.use[taken].sum())) for row in self.rows]
        return [
            Shortage(row, used)
            for row, used in needed
            if used > row.most + ROUNDING * max(row.most, 1.0)
        ]

    def _ranked(self, worth: Floats) -> tuple[Ints, Ints]:
        """The choices claim by claim, the best first, and where each claim's begin."""
        order = np.lexsort((-worth, self.claim))
        claims = np.arange(self.each.shape[0])
        return order, np.searchsorted(self.claim[order], claims)


def _near_best(
    programme: _Programme, duals: Floats, bound: float, gap_rate: float
) -> Bools:
    """The choices of a plan that no other beats by more than the gap.

    In the relaxation nearly every claim has one path. Those whose best is least ahead
    are chosen for anew, the others keep it; more of them, until the plan is as good as
    asked.

    Raises:
        NoPlanError: No plan meets the limits.
    """
    nearest, best = programme.nearest(duals)
    claims, size = len(nearest), FREE_CLAIMS
    while True:
        free = np.isin(programme.claim, nearest[:size])
        free[best] = True
        taken = _exactly(programme, free, gap_rate)
        if taken is not None:
            value = float(programme.value[taken].sum())
            near = bound - value <= gap_rate * abs(bound)
            if near or size >= min(claims, MOST_FREE_CLAIMS):
                return taken
        elif size >= claims:
            raise NoPlanError(programme.shortages())
        size *= WIDER


def _exactly(programme: _Programme, free: Bools, gap_rate: float) -> Bools | None:
    """The choices of a plan that meets every limit exactly; None where there is none.

    The solver may exceed a limit by its tolerance: then that limit is drawn tighter by
    as much, and it is asked again.
    """
    most = programme.most.copy()
    for _ in range(ATTEMPTS):
        taken = programme.whole(most, free, gap_rate)
        if taken is None:
            return None
        over = np.asarray(programme.use @ taken) - programme.most
        if (over <= ROUNDING).all():
            return taken
        most = np.where(over > ROUNDING, most - 2 * over, most)
    return None


def fixed(choices: Choices, rows: Ints, paths: Ints) -> Choices:
    """The same choices with some claims bound to a path, such as one drawn by lot."""
    allowed = choices.allowed.copy()
    allowed[rows] = False
    allowed[rows, paths] = True
    return replace(choices, allowed=allowed)
