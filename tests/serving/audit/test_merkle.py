"""The tree and its proofs: the vectors of Certificate Transparency, and every size."""

from hashlib import sha256

import pytest

from serving.audit.entry import LEAF
from serving.audit.merkle import (
    Frontier,
    Hash,
    Range,
    consistency,
    extends,
    includes,
    inclusion,
    node,
    proof,
    root_of,
)

# Leaves and roots of the reference implementation of RFC 6962 and RFC 9162.
LEAVES = [
    sha256(LEAF + bytes.fromhex(content)).digest()
    for content in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
MANY = [sha256(LEAF + bytes([n])).digest() for n in range(70)]


def leaves(of: Range) -> list[Hash]:
    return MANY[of[0] : of[1]]


@pytest.mark.parametrize("size", range(9))
def test_roots_are_those_of_the_reference(size: int) -> None:
    assert root_of(LEAVES[:size]).hex() == ROOTS[size]


def test_proofs_are_those_that_the_rfc_draws() -> None:
    """RFC 9162, section 2.1.5: the tree of seven leaves, its parts by their letters."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node(a, b), node(c, d), node(e, f)
    k, right = node(g, h), node(i, j)

    def path(ranges: list[Range]) -> list[Hash]:
        return proof(ranges, lambda of: LEAVES[of[0] : of[1]])

    assert path(inclusion(0, 7)) == [b, h, right]
    assert path(inclusion(3, 7)) == [c, g, right]
    assert path(inclusion(4, 7)) == [f, j, k]
    assert path(inclusion(6, 7)) == [i, k]
    assert path(consistency(3, 7)) == [c, d, g, right]
    assert path(consistency(4, 7)) == [right]
    assert path(consistency(6, 7)) == [i, j, k]


def test_a_frontier_goes_on_from_any_size() -> None:
    for size in range(len(MANY)):
        first = Frontier()
        for leaf in MANY[:size]:
            first.add(leaf)
        second = Frontier(size, first.roots)
        for leaf in MANY[size:]:
            second.add(leaf)
        assert second.root() == root_of(MANY)


def test_every_leaf_is_proved_and_no_other() -> None:
    for size in range(1, len(MANY) + 1):
        root = root_of(MANY[:size])
        for index in range(size):
            path = proof(inclusion(index, size), leaves)
            assert includes(MANY[index], index, size, path, root)
            assert not includes(MANY[index - 1], index, size, path, root) or size == 1
            assert not includes(MANY[index], index + 1, size, path, root)
            assert not includes(MANY[index], index, size, [*path, root], root)


def test_every_beginning_is_proved_and_no_other() -> None:
    for new in range(1, len(MANY) + 1):
        root = root_of(MANY[:new])
        for old in range(1, new + 1):
            path = proof(consistency(old, new), leaves)
            old_root = root_of(MANY[:old])
            assert extends(old, old_root, new, root, path)
            assert not extends(old, node(root, old_root), new, root, path)
            assert not extends(old, old_root, new, node(root, root), path)
            assert not extends(old, old_root, new, root, [*path, root])
