"""The tree over the entries of a log, and its proofs, after RFC 9162, section 2.1.

A tree over leaves ``[first, last)`` is split at the largest power of two below their
number. Leaves come as hashes; whoever holds them reads each range once.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from serving.audit.entry import NODE

Hash = bytes
Range = tuple[int, int]
EMPTY = sha256().digest()


def node(left: Hash, right: Hash) -> Hash:
    """Hash of a node above two others."""
    return sha256(NODE + left + right).digest()


class Frontier:
    """The roots of the full trees that a number of leaves splits into."""

    def __init__(self, size: int = 0, roots: Iterable[Hash] = ()) -> None:
        """Go on from so many leaves.

        Args:
            size: How many leaves there are.
            roots: Roots of their full trees, the largest first.
        """
        self.size = size
        self.roots = list(roots)

    def add(self, leaf: Hash) -> None:
        """One more leaf."""
        size, root = self.size, leaf
        while size & 1:
            root = node(self.roots.pop(), root)
            size >>= 1
        self.roots.append(root)
        self.size += 1

    def root(self) -> Hash:
        """Root of the tree over all leaves."""
        if not self.roots:
            return EMPTY
        root = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            root = node(left, root)
        return root


def root_of(leaves: Iterable[Hash]) -> Hash:
    """Root of the tree over leaves."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.add(leaf)
    return frontier.root()


def proof(
    ranges: Sequence[Range], leaves: Callable[[Range], Iterable[Hash]]
) -> list[Hash]:
    """The roots that a proof consists of.

    Args:
        ranges: What ``inclusion`` or ``consistency`` asks for.
        leaves: Hashes of the leaves of a range.
    """
    return [root_of(leaves(each)) for each in ranges]


def inclusion(index: int, size: int) -> list[Range]:
    """Ranges whose roots prove that a leaf is in a tree of some size, from below up."""
    path: list[Range] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append((middle, last))
            last = middle
        else:
            path.append((first, middle))
            first = middle
    return path[::-1]


def consistency(old: int, new: int) -> list[Range]:
    """Ranges whose roots prove that a tree is the beginning of a larger one."""
    path: list[Range] = []
    first, last, whole = 0, new, True
    while old != last:
        middle = first + _split(last - first)
        if old <= middle:
            path.append((middle, last))
            last = middle
        else:
            path.append((first, middle))
            first, whole = middle, False
    return path[::-1] if whole else [(first, last), *path[::-1]]


def includes(
    leaf: Hash, index: int, size: int, path: Sequence[Hash], root: Hash
) -> bool:
    """Whether a proof shows that a leaf is in the tree of a root."""
    if len(path) != len(inclusion(index, size)) or not 0 <= index < size:
        return False
    found = leaf
    for (first, _), other in zip(inclusion(index, size), path, strict=True):
        found = node(found, other) if first > index else node(other, found)
    return found == root


def extends(
    old: int, old_root: Hash, new: int, new_root: Hash, path: Sequence[Hash]
) -> bool:
    """Whether a proof shows that a tree is the beginning of a larger one."""
    if not 0 < old <= new or len(path) != len(consistency(old, new)):
        return False
    steps = list(zip(consistency(old, new), path, strict=True))
    # An old tree that is a whole part of the new one is left out: its root is known.
    is_stated = bool(steps) and steps[0][0][1] == old
    before = after = steps.pop(0)[1] if is_stated else old_root
    for (first, _), other in steps:
        if first >= old:
            after = node(after, other)
        else:
            before, after = node(other, before), node(other, after)
    return (before, after) == (old_root, new_root)


def _split(leaves: int) -> int:
    return 1 << (leaves - 1).bit_length() - 1
