from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.network import network
from features.package import Package

BEFORE, AFTER = date(2019, 12, 31), date(2020, 1, 1)
Make = Callable[..., Package]


def guarantee(claim: str, guarantor: str, **facts: object) -> dict[str, object]:
    return {"claim_id": claim, "guarantor_id": guarantor, **facts}


def owed_by(*obligors: str | None) -> list[dict[str, object]]:
    return [{"obligor_id": obligor} for obligor in obligors]


def test_claims_on_one_obligor_are_one_client(make_package: Make) -> None:
    net = network(make_package(owed_by("A", "B", "A")))

    assert net.obligor.tolist() == [0, 1, 0]
    assert net.group.tolist() == [0, 1, 0]


def test_what_is_not_stated_links_nobody(make_package: Make) -> None:
    claims = [{"obligor_id": None, "group_id": None} for _ in range(3)]

    net = network(make_package(claims))

    assert net.obligor.tolist() == [0, 1, 2]
    assert net.group.tolist() == [0, 1, 2]
    assert net.circle.tolist() == [-1, -1, -1]
    assert net.circles == ()


def test_a_group_joins_its_obligors(make_package: Make) -> None:
    claims = [
        {"obligor_id": "A", "group_id": "G"},
        {"obligor_id": "B", "group_id": "G"},
        {"obligor_id": "C", "group_id": "H"},
    ]

    net = network(make_package(claims))

    assert net.obligor.tolist() == [0, 1, 2]
    assert net.group.tolist() == [0, 0, 1]


def test_a_name_that_a_group_and_an_obligor_share_links_nobody(
    make_package: Make,
) -> None:
    claims = [{"obligor_id": "A", "group_id": "B"}, {"obligor_id": "B"}]

    assert network(make_package(claims)).group.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("kind", "groups"), [("controller", [0, 0]), ("individual", [0, 1]), (None, [0, 1])]
)
def test_only_a_controller_makes_a_group_of_whom_he_guarantees(
    make_package: Make, kind: str | None, groups: list[int]
) -> None:
    signed = [guarantee(f"c{i}", "X", guarantor_type=kind) for i in (0, 1)]

    net = network(make_package(owed_by("A", "B"), guarantees=signed))

    assert net.group.tolist() == groups
    assert net.shared_guarantor.tolist() == [0, 0]


def test_control_outlives_the_guarantee(make_package: Make) -> None:
    facts = {"guarantor_type": "controller", "guarantee_expiry": BEFORE}
    signed = [guarantee(f"c{i}", "X", **facts) for i in (0, 1)]

    net = network(make_package(owed_by("A", "B"), guarantees=signed))

    assert net.group.tolist() == [0, 0]
    assert net.shared_guarantor.tolist() == [-1, -1]


@pytest.mark.parametrize("kind", ["guarantee_company", "agency"])
def test_clients_of_a_guarantor_by_trade_have_nothing_in_common(
    make_package: Make, kind: str
) -> None:
    signed = [guarantee(f"c{i}", "C", guarantor_type=kind) for i in (0, 1)]

    net = network(make_package(owed_by("A", "B", "C"), guarantees=signed))

    assert net.shared_guarantor.tolist() == [-1, -1, -1]
    assert net.circle.tolist() == [-1, -1, -1]


def test_two_that_guarantee_each_other_are_a_mutual_circle(make_package: Make) -> None:
    signed = [guarantee("c0", "B"), guarantee("c1", "A"), guarantee("c2", "A")]

    net = network(make_package(owed_by("A", "B", "B", "C"), guarantees=signed))
    (circle,) = net.circles

    assert net.circle.tolist() == [0, 0, 0, -1]
    assert circle.kind == "mutual"
    assert circle.obligors == ("A", "B")
    assert circle.claims.tolist() == [0, 1, 2]
    assert circle.claim_yuan == 3_000.0
    assert circle.links == (("A", "B"), ("B", "A"))
    assert circle.words == "A guarantees B, B guarantees A"
    assert circle.words_zh == "A为B提供保证，B为A提供保证"
    assert net.together(["mutual_guarantee"]).tolist() == [0, 0, 0, 1]
    assert net.group.tolist() == [0, 1, 1, 2]


def test_a_ring_is_told_along_its_shortest_way(make_package: Make) -> None:
    ring = [guarantee("c1", "A"), guarantee("c2", "B"), guarantee("c3", "C")]
    back = [guarantee("c0", "D"), guarantee("c0", "C")]

    net = network(make_package(owed_by("A", "B", "C", "D"), guarantees=ring + back))

    assert net.circles[0].path == ("A", "B", "C", "A")
    assert net.circles[0].obligors == ("A", "B", "C", "D")


def test_a_chain_of_guarantees_leads_nowhere_back(make_package: Make) -> None:
    signed = [guarantee("c1", "A"), guarantee("c2", "B")]

    net = network(make_package(owed_by("A", "B", "C"), guarantees=signed))
    (circle,) = net.circles

    assert circle.kind == "chain"
    assert circle.path == ("A", "B", "C")
    assert net.together(["guarantee_chain"]).tolist() == [0, 0, 0]
    assert net.together(["mutual_guarantee"]).tolist() == [0, 1, 2]


@pytest.mark.parametrize(("expiry", "circles"), [(BEFORE, 0), (AFTER, 1), (None, 1)])
def test_a_guarantee_links_while_it_is_in_force(
    make_package: Make, expiry: date | None, circles: int
) -> None:
    signed = [guarantee("c1", "A", guarantee_expiry=expiry), guarantee("c0", "B")]

    net = network(make_package(owed_by("A", "B"), guarantees=signed))

    assert len([c for c in net.circles if c.kind == "mutual"]) == circles


def test_nobody_is_a_circle_alone(make_package: Make) -> None:
    signed = [guarantee("c0", "A"), guarantee("c1", "A")]

    net = network(make_package(owed_by("A", "A"), guarantees=signed))

    assert net.circles == ()
    assert net.shared_guarantor.tolist() == [-1, -1]


def test_an_obligor_may_guarantee_a_claim_that_names_none(make_package: Make) -> None:
    net = network(
        make_package(owed_by("A", None), guarantees=[guarantee("c1", "A")]),
    )

    assert net.circles[0].path == ("A", "claim c1")


def test_an_item_that_secures_several_obligors_is_shared(make_package: Make) -> None:
    item = [{"claim_id": f"c{i}", "collateral_id": "K"} for i in (0, 1)]
    own = [{"claim_id": f"c{i}", "collateral_id": f"L{i}"} for i in (2, 3)]

    net = network(make_package(owed_by("A", "B", "C", "D"), item + own))

    assert net.shared_collateral.tolist() == [0, 0, -1, -1]
    assert net.group.tolist() == [0, 1, 2, 3]


def test_items_that_a_seller_counts_from_one_for_each_claim_are_not_shared(
    make_package: Make,
) -> None:
    counted = [
        {
            "claim_id": f"c{i}",
            "collateral_id": "1",
            "collateral_type": kind,
            "appraised_value": 100.0 + i,
        }
        for i, kind in enumerate(["residential", "factory"])
    ]

    net = network(make_package(owed_by("A", "B"), counted))

    assert net.shared_collateral.tolist() == [-1, -1]


def test_what_is_known_beside_the_tape_links_claims(make_package: Make) -> None:
    package = make_package(owed_by("A", "B"))

    net = network(package, [("A", "G"), ("B", "G"), (None, "G"), (None, None)])

    assert net.group.tolist() == [0, 0]
    assert net.labels(["group"])[net.known_node[0]] == net.labels(["group"])[0]
    assert net.known_node[3] == -1


def test_an_obligor_known_beside_the_tape_may_stand_in_a_circle(
    make_package: Make,
) -> None:
    signed = [guarantee("c0", "H"), guarantee("c1", "H")]
    package = make_package(owed_by("A", "B"), guarantees=signed)

    alone, known = network(package), network(package, [("H", None)])

    assert alone.circles == ()
    assert known.circle.tolist() == [0, 0]
    assert known.circles[0].obligors == ("A", "B")
    assert known.circles[0].path == ("H", "B")
    held = known.labels(["guarantee_chain"])[known.known_node[0]]
    assert held == known.labels(["guarantee_chain"])[known.claim_node[0]]


def test_many_claims_take_little_memory_of_paths(make_package: Make) -> None:
    names = [f"o{i:04d}" for i in range(3_000)]
    ring = [guarantee(f"c{i}", names[i - 1]) for i in range(len(names))]

    (circle,) = network(make_package(owed_by(*names), guarantees=ring)).circles

    assert circle.kind == "mutual"
    assert circle.path == (*names, names[0])


people = st.sampled_from(["A", "B", "C", "D", "E", None])


@given(
    obligors=st.lists(people, min_size=1, max_size=8),
    signed=st.lists(st.tuples(st.integers(0, 7), people), max_size=8),
    seed=st.integers(0, 2**16),
)
def test_the_order_of_claims_changes_nothing(
    make_package: Make,
    obligors: list[str | None],
    signed: list[tuple[int, str | None]],
    seed: int,
) -> None:
    guarantees = [
        guarantee(f"c{i % len(obligors)}", name) for i, name in signed if name
    ]
    package = make_package(owed_by(*obligors), guarantees=guarantees)
    order = np.random.default_rng(seed).permutation(len(package))
    net, moved = network(package), network(package.take(order))

    for name in ("obligor", "group", "circle", "shared_guarantor"):
        assert getattr(moved, name).tolist() == getattr(net, name)[order].tolist()
    assert [c.path for c in moved.circles] == [c.path for c in net.circles]
    assert [c.kind for c in moved.circles] == [c.kind for c in net.circles]
    assert [c.links for c in moved.circles] == [c.links for c in net.circles]
