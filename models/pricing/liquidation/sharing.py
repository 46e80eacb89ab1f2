"""What each claim takes of the items that secure it: by rank, then in proportion.

Liens of one rank are paid in proportion to what they secure (Civil Code article 414).
What a claim does not need of an item flows to the others; where a claim could take from
an item that nobody else needs and so leave another one to its neighbours, it does: a
linear programme finds these, so that together they take as much as can be taken.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import coo_array, csr_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from features.package import Floats, Ints
from models.pricing.liquidation.proportion import most_of, part, sums
from models.pricing.liquidation.securities import Bools

# Less than this is nothing: a ten thousandth of a fen.
LEAST_YUAN = 1e-6
# What a yuan moved from one item to another costs the programme: it moves as few as it
# can, and any chain of fewer than a thousand moves is still worth a yuan more.
MOVE_COST = 1e-3


@dataclass(frozen=True)
class Liens:
    """Rows of items and the claims that they secure (k rows).

    Attributes:
        claim: Claim of each row, shape (k,).
        item: Item of each row, shape (k,).
        rank: Rank of the lien, shape (k,).
        left_yuan: What the item leaves to liens of this rank and later, shape (k,).
        most_yuan: Most of it that this lien takes, shape (k,).
        secured_yuan: Most that this lien secures, whatever the item is worth, (k,).
    """

    claim: Ints
    item: Ints
    rank: Floats
    left_yuan: Floats
    most_yuan: Floats
    secured_yuan: Floats

    @cached_property
    def level(self) -> Ints:
        """Place of each row's rank among those of its item, from 0, shape (k,)."""
        pairs = np.stack([self.item.astype(np.float64), self.rank])
        unique, position = np.unique(pairs, axis=1, return_inverse=True)
        first = np.searchsorted(unique[0], unique[0], "left")
        levels: Ints = np.arange(unique.shape[1]) - first
        return levels[position.reshape(-1)]

    @cached_property
    def limit(self) -> Floats:
        """Most that each rank and those after it take together, (levels, items)."""
        most = np.zeros(self._shape)
        np.maximum.at(most, (self.level, self.item), self.left_yuan)
        return _from_last(np.maximum, most)

    @cached_property
    def _shape(self) -> tuple[int, int]:
        levels, items = int(self.level.max(initial=0)), int(self.item.max(initial=0))
        return levels + 1, items + 1

    def by_level(self, yuan: Floats) -> Floats:
        """Sums of the rows by rank and item, shape (levels, items)."""
        flat = self.level * self._shape[1] + self.item
        size = self._shape[0] * self._shape[1]
        return sums(flat, yuan, size).reshape(self._shape)

    def slack(self, taken_yuan: Floats) -> Floats:
        """What each rank and those after it may still take, (levels, items)."""
        taken = _from_last(np.add, self.by_level(taken_yuan))
        return np.maximum(self.limit - taken, 0.0)

    def take(self, rows: Bools) -> "Liens":
        """Some of the rows."""
        return Liens(
            self.claim[rows],
            self.item[rows],
            self.rank[rows],
            self.left_yuan[rows],
            self.most_yuan[rows],
            self.secured_yuan[rows],
        )


def _from_last(ufunc: np.ufunc, matrix: Floats) -> Floats:
    """Cumulated from the last row to each, shape unchanged."""
    cumulated: Floats = ufunc.accumulate(matrix[::-1], axis=0)[::-1]
    return cumulated


def share_out(liens: Liens, need_yuan: Floats) -> Floats:
    """What each row's claim takes of its item in yuan, shape (k,).

    A claim takes from items that secure nobody else first, in proportion to what they
    leave.

    Args:
        liens: Rows, sorted so that their order means nothing.
        need_yuan: Most that each claim takes of all of them, shape (n,).
    """
    alone = np.bincount(liens.item, minlength=1)[liens.item] == 1
    taken = np.zeros(len(liens.item))
    taken[alone] = _own(liens.take(alone), need_yuan)
    claims = sums(liens.claim, taken, len(need_yuan))
    if not alone.all():
        taken[~alone] = _shared(liens.take(~alone), need_yuan - claims)
    return taken


def _own(liens: Liens, need_yuan: Floats) -> Floats:
    offered = np.minimum(liens.most_yuan, liens.left_yuan)
    total = sums(liens.claim, offered, len(need_yuan))
    return offered * part(need_yuan, total)[liens.claim]


def _shared(liens: Liens, need_yuan: Floats) -> Floats:
    """Rounds of offers until nothing moves, then what a programme still finds.

    Each round satisfies a claim, fills a lien or empties an item: there is a handful.
    """
    taken, need = np.zeros(len(liens.item)), np.maximum(need_yuan, 0.0)
    moved = np.inf
    while moved > LEAST_YUAN:
        offered = _offers(liens, taken, need)
        total = sums(liens.claim, offered, len(need))
        accepted = offered * part(need, total)[liens.claim]
        before, taken = taken, taken + accepted
        moved = float((taken - before).max(initial=0.0))
        got = sums(liens.claim, accepted, len(need))
        need = np.maximum(need - got, 0.0)
    group = _groups(liens)
    stuck = _stuck(liens, taken, need, group)
    if stuck.any():
        rows = liens.take(stuck)
        taken[stuck] = _rerouted(rows, taken[stuck], need, group[stuck])
    return taken


def _demand(liens: Liens, taken: Floats, need: Floats) -> Floats:
    room = np.minimum(liens.most_yuan, liens.left_yuan) - taken
    wanted = np.clip(room, 0.0, need[liens.claim])
    return np.where(wanted > LEAST_YUAN, wanted, 0.0)


def _offers(liens: Liens, taken: Floats, need: Floats) -> Floats:
    """What each row is offered, the first rank of an item first, shape (k,)."""
    wanted = _demand(liens, taken, need)
    secured = np.clip(liens.secured_yuan - taken, 0.0, need[liens.claim])
    secured = np.where(wanted > 0, secured, 0.0)
    demand, slack = liens.by_level(wanted), liens.slack(taken)
    for_rank, left = np.zeros_like(demand), slack[0]
    for level, asked in enumerate(demand):
        left = np.minimum(left, slack[level])
        for_rank[level] = np.minimum(asked, left)
        left = left - for_rank[level]
    share = part(for_rank, liens.by_level(secured))[liens.level, liens.item]
    offers: Floats = np.minimum(secured * share, wanted)
    return offers


def _groups(liens: Liens) -> Ints:
    """Number of the group of items and claims that each row belongs to, shape (k,)."""
    items = int(liens.item.max(initial=0)) + 1
    size = items + int(liens.claim.max(initial=0)) + 1
    ends = (liens.item, items + liens.claim)
    links = coo_array((np.ones(len(liens.item)), ends), shape=(size, size))
    number = connected_components(links, directed=False)[1]
    group: Ints = number[liens.item].astype(np.int64)
    return group


def _stuck(liens: Liens, taken: Floats, need: Floats, group: Ints) -> Bools:
    """Rows of groups with both an item that has more to give and a claim in need."""
    groups = int(group.max(initial=0)) + 1
    idle, needy = np.zeros(groups, np.bool_), np.zeros(groups, np.bool_)
    idle[group[liens.slack(taken)[0, liens.item] > LEAST_YUAN]] = True
    needy[group[need[liens.claim] > LEAST_YUAN]] = True
    stuck: Bools = (idle & needy)[group]
    return stuck


def _rerouted(liens: Liens, taken: Floats, need: Floats, group: Ints) -> Floats:
    """The most that all take together, nobody less than before, moving little.

    Each group is measured by its own largest amount: beside a billion the tolerance of
    the programme would swallow a thousand.
    """
    room = np.maximum(np.minimum(liens.most_yuan, liens.left_yuan) - taken, 0.0)
    largest = most_of(group, np.maximum(room, taken), int(group.max()) + 1)
    unit = np.maximum(largest[group], LEAST_YUAN)
    rows, most = _constraints(liens, taken, need, unit)
    change = np.ones(len(taken))
    highest = np.concatenate([room / unit, taken / unit])
    found = linprog(
        np.concatenate([(MOVE_COST - 1) * change, (MOVE_COST + 1) * change]),
        A_ub=hstack([rows, -rows]).tocsr(),
        b_ub=most,
        bounds=np.column_stack([np.zeros_like(highest), highest]),
        method="highs-ds",
    )
    more, less = np.split(found.x, 2)
    had = sums(liens.claim, taken, len(need))
    return _within(liens, np.maximum(taken + (more - less) * unit, 0.0), had + need)


def _constraints(
    liens: Liens, taken: Floats, need: Floats, unit: Floats
) -> tuple[csr_array, Floats]:
    """Sums of the changes of rows, by rank and item and by claim, and their most."""
    slack = liens.slack(taken)
    ranks = [
        _matrix(np.where(liens.level >= level, liens.item, -1), slack.shape[1])
        for level in range(len(slack))
    ]
    claims, claim = np.unique(liens.claim, return_inverse=True)
    by_claim = _matrix(claim, len(claims))
    per_item = most_of(liens.item, unit, slack.shape[1])
    per_claim = most_of(claim, unit, len(claims))
    most = [
        (slack / np.where(per_item > 0, per_item, 1.0)).ravel(),
        need[claims] / per_claim,
        np.zeros(len(claims)),
    ]
    return vstack([*ranks, by_claim, -by_claim]), np.concatenate(most)


def _matrix(group: Ints, groups: int) -> csr_array:
    """Matrix that sums rows by group; rows of group -1 are in none."""
    chosen = np.flatnonzero(group >= 0)
    parts = (np.ones(len(chosen)), (group[chosen], chosen))
    return coo_array(parts, shape=(groups, len(group))).tocsr()


def _within(liens: Liens, taken: Floats, need: Floats) -> Floats:
    """What a programme leaves beyond a bound by its tolerance, cut off."""
    had = sums(liens.claim, taken, len(need))
    taken = taken * part(need, had)[liens.claim]
    together = _from_last(np.add, liens.by_level(taken))
    share = np.minimum.accumulate(part(liens.limit, together), axis=0)
    kept: Floats = taken * share[liens.level, liens.item]
    return kept
