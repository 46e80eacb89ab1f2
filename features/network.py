"""Who stands behind whom: clients, groups, guarantee circles and shared security.

Links of different kinds are kept apart, for they mean different things: a group is one
borrower in the eyes of a supervisor, a guarantee circle (互保圈, 担保圈) falls together
when one of its members does, and shared security pays only once. What is not stated
never links anybody. Numbers follow the order of names, so that the order of claims does
not matter.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from features.collateral.items import items_of
from features.package import Floats, Ints, Package, claim_rows, days

Link = Literal[
    "group",
    "control",
    "mutual_guarantee",
    "guarantee_chain",
    "shared_guarantor",
    "shared_collateral",
]
CircleKind = Literal["mutual", "chain"]
Membership = tuple[str | None, str | None]
Bools = npt.NDArray[np.bool_]

GROUP_LINKS: tuple[Link, ...] = ("group", "control")
CIRCLE_LINKS: tuple[Link, ...] = ("mutual_guarantee", "guarantee_chain")
# They guarantee as a trade: their clients need have nothing else in common.
_GUARANTORS_BY_TRADE = pa.array(["guarantee_company", "agency"])


@dataclass(frozen=True)
class Circle:
    """Obligors that stand guarantor for one another.

    Attributes:
        number: Number of the circle, as in ``Network.circle``.
        kind: ``mutual`` where guarantees lead back to whoever gave them, else
            ``chain``.
        obligors: Its members, in order of name.
        claims: Rows of their claims, ascending.
        claim_yuan: What they owe together.
        links: Guarantor and obligor of each guarantee between members, in order.
        path: Members along a shortest way from one of them back to itself; where no
            guarantee leads back, from the first guarantor to the obligor furthest away.
    """

    number: int
    kind: CircleKind
    obligors: tuple[str, ...]
    claims: Ints
    claim_yuan: float
    links: tuple[tuple[str, str], ...]
    path: tuple[str, ...]

    @property
    def words(self) -> str:
        """The path as a sentence: A guarantees B, B guarantees A."""
        return ", ".join(f"{a} guarantees {b}" for a, b in pairwise(self.path))

    @property
    def words_zh(self) -> str:
        """The path as a Chinese sentence."""
        return "，".join(f"{a}为{b}提供保证" for a, b in pairwise(self.path))


@dataclass(frozen=True)
class Network:
    """Links among those who owe, guarantee and secure the claims of a package.

    Nodes are people (obligors and guarantors, one space of names), claims that name no
    obligor, groups and items of collateral, each kind in order of name.

    Attributes:
        names: Names of people and of claims without an obligor, by node.
        nodes: Number of nodes.
        claim_node: Who owes each claim, shape (n,).
        known_node: Node of each membership that was stated beside the tape, (k,).
        edges: Linked pairs of nodes by kind of link, each of shape (links, 2).
        guarantees: Guarantor and obligor of each guarantee in force between obligors,
            or from one known beside the tape, each pair once, shape (g, 2).
        claim_yuan: What is owed on each claim, shape (n,).
    """

    names: Sequence[str]
    nodes: int
    claim_node: Ints
    known_node: Ints
    edges: Mapping[Link, Ints]
    guarantees: Ints
    claim_yuan: Floats
    _labels: dict[frozenset[Link], Ints] = field(default_factory=dict, repr=False)

    def labels(self, links: Collection[Link]) -> Ints:
        """Number of the component that each node is in under these links, (nodes,).

        Kept once found, for several rules may ask for the same links.
        """
        kinds = frozenset(links)
        if kinds not in self._labels:
            self._labels[kinds] = self._components(kinds)
        return self._labels[kinds]

    def _components(self, links: frozenset[Link]) -> Ints:
        pairs = [np.empty((0, 2), np.int64), *(self.edges[link] for link in links)]
        graph = _graph(np.concatenate(pairs), self.nodes)
        return _first_of(connected_components(graph, directed=False)[1])

    def together(self, links: Collection[Link]) -> Ints:
        """Number of the component that each claim is in under these links, (n,)."""
        return _numbered(self.labels(links)[self.claim_node])

    @cached_property
    def obligor(self) -> Ints:
        """Number of each claim's obligor, shape (n,); one without a name is alone."""
        return self.together(())

    @cached_property
    def group(self) -> Ints:
        """Number of each claim's group by group_id and control, shape (n,)."""
        return self.together(GROUP_LINKS)

    @cached_property
    def shared_guarantor(self) -> Ints:
        """Number of the obligors with a guarantor in common, (n,); -1 where none."""
        return self._shared("shared_guarantor")

    @cached_property
    def shared_collateral(self) -> Ints:
        """Number of the obligors with an item in common, shape (n,); -1 where none."""
        return self._shared("shared_collateral")

    @cached_property
    def circle(self) -> Ints:
        """Number of each claim's guarantee circle, shape (n,); -1 where none."""
        return self._shared(*CIRCLE_LINKS)

    @cached_property
    def circles(self) -> tuple[Circle, ...]:
        """Every guarantee circle, in the order of its number."""
        return tuple(_circles(self))

    def _shared(self, *links: Link) -> Ints:
        """Numbers of the components with more than one obligor, (n,); else -1."""
        label = self.together(links)
        pairs = np.unique(np.stack([label, self.claim_node]), axis=1)
        several = np.bincount(pairs[0]) > 1
        return np.where(several[label], (np.cumsum(several) - 1)[label], -1)


def network(package: Package, known: Sequence[Membership] = ()) -> Network:
    """Links among the obligors, guarantors and items of a package.

    Args:
        package: At least one claim.
        known: Obligor and group, either may be None, of what is known beside the tape,
            such as what the buyer holds already: they may link claims, and such an
            obligor may stand guarantor in a circle.
    """
    nodes = _Nodes.of(package, known)
    signed = _Guarantees.of(package, nodes)
    between = signed.between_obligors
    apart = ~signed.by_trade & signed.in_force
    edges: dict[Link, Ints] = {
        "group": nodes.groups,
        "control": signed.pairs[signed.controller],
        "mutual_guarantee": _mutual(between, nodes.count),
        "guarantee_chain": signed.pairs[apart & signed.among_obligors],
        "shared_guarantor": signed.pairs[apart],
        "shared_collateral": nodes.items,
    }
    return Network(
        nodes.names,
        nodes.count,
        nodes.claim,
        nodes.known,
        edges,
        between,
        package.claim_yuan(),
    )


@dataclass(frozen=True)
class _Nodes:
    """Node of everybody and everything, and the links that a claim itself states."""

    people: pa.Array
    names: Sequence[str]
    count: int
    claim: Ints
    known: Ints
    groups: Ints
    items: Ints

    @classmethod
    def of(cls, package: Package, known: Sequence[Membership]) -> "_Nodes":
        claims, collateral = package.claims, package.collateral
        holders, theirs = (pa.array([m[i] for m in known], pa.string()) for i in (0, 1))
        people = _names(
            claims["obligor_id"], holders, package.guarantees["guarantor_id"]
        )
        companies = _names(claims["group_id"], theirs)
        things = _items(package)
        claim, alone = _owed_by(people, claims)
        first_group = len(people) + len(alone)
        first_item = first_group + len(companies)
        holder, company = _at(people, holders), _at(companies, theirs, first_group)
        return cls(
            people,
            [*people.to_pylist(), *alone],
            first_item + int(things.max(initial=-1)) + 1,
            claim,
            np.where(holder >= 0, holder, company),
            np.concatenate(
                [
                    _pairs(claim, _at(companies, claims["group_id"], first_group)),
                    _pairs(holder, company),
                ]
            ),
            _pairs(
                claim[claim_rows(package, collateral)],
                np.where(things >= 0, first_item + things, -1),
            ),
        )


@dataclass(frozen=True)
class _Guarantees:
    """Guarantor and obligor of each guarantee, shape (rows, 2), and what is known."""

    pairs: Ints
    controller: Bools
    by_trade: Bools
    in_force: Bools
    among_obligors: Bools

    @classmethod
    def of(cls, package: Package, nodes: _Nodes) -> "_Guarantees":
        table, owner = package.guarantees, claim_rows(package, package.guarantees)
        kind = table["guarantor_type"].fill_null("")
        pairs = np.stack(
            [_at(nodes.people, table["guarantor_id"]), nodes.claim[owner]], axis=1
        )
        expiry = days(table, "guarantee_expiry")
        lapsed = expiry < days(package.claims, "cutoff_date")[owner]
        given = (pairs[:, 0] >= 0) & (pairs[:, 0] != pairs[:, 1])
        return cls(
            pairs[given],
            pc.equal(kind, "controller").to_numpy().astype(bool)[given],
            pc.is_in(kind, _GUARANTORS_BY_TRADE).to_numpy().astype(bool)[given],
            ~lapsed[given],
            np.isin(pairs[:, 0], np.append(nodes.claim, nodes.known))[given],
        )

    @property
    def between_obligors(self) -> Ints:
        """Guarantees in force that one obligor gave for another, each pair once."""
        pairs: Ints = np.unique(self.pairs[self.among_obligors & self.in_force], axis=0)
        return pairs


def _names(*columns: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Every name of these columns once, in order."""
    chunks = [c.combine_chunks() if hasattr(c, "chunks") else c for c in columns]
    names = pc.unique(pa.concat_arrays(chunks)).drop_null()
    return names.take(pc.sort_indices(names))


def _at(names: pa.Array, column: pa.ChunkedArray | pa.Array, first: int = 0) -> Ints:
    """Node of each name of a column, counted from the first; -1 where null."""
    found = pc.index_in(column, names).fill_null(-1 - first)
    nodes: Ints = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return nodes + first


def _items(package: Package) -> Ints:
    """Number of the item that each row of collateral is of, -1 without identifier."""
    if not len(package.collateral):
        return np.empty(0, np.int64)
    items = package.tables.collateral
    return np.where(items.words("collateral_id")[0] >= 0, items_of(items), -1)


def _owed_by(people: pa.Array, claims: pa.Table) -> tuple[Ints, list[str]]:
    """Node of each claim's obligor, shape (n,), and names of claims without one."""
    node = _at(people, claims["obligor_id"])
    unnamed = np.flatnonzero(node < 0)
    names = np.array(claims["claim_id"].take(unnamed).to_pylist(), dtype=np.str_)
    order = np.argsort(names, kind="stable")
    node[unnamed[order]] = len(people) + np.arange(len(order))
    return node, [f"claim {name}" for name in names[order].tolist()]


def _pairs(one: Ints, other: Ints) -> Ints:
    """Pairs whose both sides are known, shape (pairs, 2)."""
    return np.stack([one, other], axis=1)[(one >= 0) & (other >= 0)]


def _graph(links: Ints, nodes: int) -> csr_array:
    """A graph of links from the first of each pair to the second."""
    return csr_array((np.ones(len(links)), links.T), shape=(nodes, nodes))


def _first_of(label: Ints) -> Ints:
    """First node of the component that each node is in, shape (nodes,)."""
    _, first = np.unique(label, return_index=True)
    nodes: Ints = first[label]
    return nodes


def _mutual(guarantees: Ints, nodes: int) -> Ints:
    """Links of the first of those that guarantee one another to each of them."""
    first = _first_of(_strong(_graph(guarantees, nodes)))
    other = np.flatnonzero(first != np.arange(nodes))
    return np.stack([first[other], other], axis=1)


def _strong(graph: csr_array) -> Ints:
    """Number of those who reach one another that each node is among, (nodes,)."""
    label: Ints = connected_components(graph, connection="strong")[1]
    return label


def _circles(net: Network) -> Iterator[Circle]:
    label = net.labels(CIRCLE_LINKS)
    circle_of = np.full(net.nodes, -1)
    circle_of[label[net.claim_node]] = net.circle
    circle_of = circle_of[label]
    guarantor, obligor = circle_of[net.guarantees].T
    inside = (guarantor >= 0) & (guarantor == obligor)
    links = _parted(net.guarantees[inside], guarantor[inside])
    rows = np.flatnonzero(net.circle >= 0)
    for number, claims in enumerate(_parted(rows, net.circle[rows])):
        yield _circle(net, number, claims, links[number])


def _parted(rows: Ints, number: Ints) -> list[Ints]:
    """Rows of each number from 0, in their order."""
    order = np.argsort(number, kind="stable")
    counts = np.bincount(number)
    return np.split(rows[order], np.cumsum(counts)[:-1]) if len(counts) else []


def _circle(net: Network, number: int, claims: Ints, links: Ints) -> Circle:
    path, kind = _path(links)
    name = net.names
    return Circle(
        number,
        kind,
        tuple(name[i] for i in np.unique(net.claim_node[claims]).tolist()),
        claims,
        float(net.claim_yuan[claims].sum()),
        tuple((name[a], name[b]) for a, b in links.tolist()),
        tuple(name[i] for i in path),
    )


def _path(links: Ints) -> tuple[list[int], CircleKind]:
    """A way through guarantees that shows why they are a circle."""
    nodes, within = np.unique(links, return_inverse=True)
    within = within.reshape(links.shape)
    graph = _graph(within, len(nodes))
    label = _strong(graph)
    mutual = np.flatnonzero(np.bincount(label)[label] > 1)
    if len(mutual):
        start = mutual[0]
        reached, before = breadth_first_order(graph, start)
        giving = within[within[:, 1] == start, 0]
        last = reached[np.isin(reached, giving)][0]
        return nodes[[*_way(before, last), start]].tolist(), "mutual"
    start = np.setdiff1d(within[:, 0], within[:, 1])[0]
    reached, before = breadth_first_order(graph, start)
    return nodes[_way(before, reached[-1])].tolist(), "chain"


def _way(before: Ints, last: int) -> list[int]:
    """Nodes from the start of a search to the last, through whom each was reached."""
    way = [last]
    while before[way[-1]] >= 0:
        way.append(before[way[-1]])
    return way[::-1]


def _numbered(values: Ints) -> Ints:
    numbers: Ints = np.unique(values, return_inverse=True)[1]
    return numbers
