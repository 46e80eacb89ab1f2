from itertools import permutations
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.package import Floats
from models.pricing.liquidation.sharing import Liens, share_out

CENT = 1e-4


def liens(*rows: tuple[int, int, float, float, float]) -> Liens:
    """Liens from claim, item, rank, what is left and the maximum of each."""
    claim, item, rank, left, most = map(np.array, zip(*rows, strict=True))
    return Liens(claim, item, rank, left, np.minimum(left, most), most)


def test_an_own_item_goes_to_its_claim_as_far_as_it_is_owed() -> None:
    taken = share_out(liens((0, 0, 1.0, 80.0, 80.0)), np.array([50.0]))
    assert taken.tolist() == [50.0]


def test_own_items_are_used_in_proportion_to_what_they_leave() -> None:
    rows = liens((0, 0, 1.0, 60.0, 60.0), (0, 1, 1.0, 30.0, 30.0))
    assert share_out(rows, np.array([45.0])).tolist() == [30.0, 15.0]


def test_one_rank_shares_in_proportion_to_what_is_owed() -> None:
    rows = liens((0, 0, 1.0, 90.0, 500.0), (1, 0, 1.0, 90.0, 500.0))
    assert share_out(rows, np.array([100.0, 200.0])) == pytest.approx([30.0, 60.0])


def test_the_first_rank_is_paid_before_the_second() -> None:
    rows = liens((0, 0, 2.0, 90.0, 90.0), (1, 0, 1.0, 90.0, 90.0))
    assert share_out(rows, np.array([100.0, 70.0])) == pytest.approx([20.0, 70.0])


def test_a_second_rank_takes_what_others_ahead_of_it_leave() -> None:
    """Its senior amount may hold the first claim already: it is not deducted twice."""
    rows = liens((0, 0, 1.0, 100.0, 100.0), (1, 0, 2.0, 30.0, 30.0))
    assert share_out(rows, np.array([60.0, 50.0])) == pytest.approx([60.0, 30.0])
    assert share_out(rows, np.array([90.0, 50.0])) == pytest.approx([90.0, 10.0])


def test_claims_of_one_rank_share_what_is_left_to_their_rank() -> None:
    rows = liens(
        (0, 0, 1.0, 100.0, 100.0), (1, 0, 2.0, 20.0, 20.0), (2, 0, 2.0, 20.0, 20.0)
    )
    taken = share_out(rows, np.array([10.0, 50.0, 50.0]))
    assert taken == pytest.approx([10.0, 10.0, 10.0])


def test_what_a_maximum_keeps_from_one_claim_flows_to_the_other() -> None:
    rows = liens((0, 0, 1.0, 100.0, 20.0), (1, 0, 1.0, 100.0, 900.0))
    assert share_out(rows, np.array([90.0, 60.0])) == pytest.approx([20.0, 60.0])


def test_a_maximum_is_what_a_claim_shares_with() -> None:
    rows = liens((0, 0, 1.0, 50.0, 20.0), (1, 0, 1.0, 50.0, 900.0))
    assert share_out(rows, np.array([90.0, 80.0])) == pytest.approx([10.0, 40.0])


def test_what_a_satisfied_claim_does_not_need_flows_on() -> None:
    rows = liens(
        (0, 0, 1.0, 60.0, 60.0), (0, 1, 1.0, 60.0, 60.0), (1, 1, 1.0, 60.0, 60.0)
    )
    assert share_out(rows, np.array([60.0, 90.0])) == pytest.approx([60.0, 0.0, 60.0])


def test_a_claim_leaves_a_contested_item_for_one_that_nobody_needs() -> None:
    """Both items secure the first claim; the third claim needs little of the second."""
    rows = liens(
        *((0, 0, 1.0, 100.0, 100.0), (1, 0, 1.0, 100.0, 100.0)),
        *((0, 1, 1.0, 100.0, 100.0), (2, 1, 1.0, 100.0, 100.0)),
    )
    taken = share_out(rows, np.array([100.0, 100.0, 10.0]))
    assert taken.sum() == pytest.approx(200.0)
    assert taken.tolist() == pytest.approx([10.0, 90.0, 90.0, 10.0])


def test_a_lien_that_is_full_no_longer_weighs() -> None:
    """Its weight, a billion times the other's, would leave nothing of each round."""
    rows = liens((0, 0, 1.0, 10.0, 1e12), (1, 0, 1.0, 100.0, 900.0))
    assert share_out(rows, np.array([1e12, 60.0])) == pytest.approx([10.0, 60.0])


@pytest.mark.parametrize("size", [1e9, 1e11, 1e13])
def test_sharing_ends_where_a_step_is_below_the_last_bit(size: float) -> None:
    generator = np.random.default_rng(5)
    claim, item = (a.ravel() for a in np.indices((6, 5)))
    worth = size * generator.random(5)
    most = size * generator.random(len(item))
    rank = generator.integers(1, 3, len(item)).astype(float)
    left = worth[item]
    rows = Liens(claim, item, rank, left, np.minimum(left, most), most)
    need = size * generator.random(6)
    taken = share_out(rows, need)
    assert (np.bincount(claim, taken) <= need * (1 + 1e-9)).all()
    assert taken.sum() == pytest.approx(most_together(rows, need), rel=1e-6)


def test_a_small_group_is_served_as_well_beside_a_large_one() -> None:
    pairs = ((0, 0), (1, 0), (0, 1), (2, 1))
    rows = liens(
        *((c, i, 1.0, 1e10, 1e15) for c, i in pairs),
        *((c + 3, i + 2, 1.0, 1.0, 1e15) for c, i in pairs),
    )
    taken = share_out(rows, np.array([1e10, 1e10, 1e9, 1.0, 1.0, 0.1]))
    assert taken[:4].sum() == pytest.approx(2e10)
    assert taken[4:].sum() == pytest.approx(2.0)


@st.composite
def webs(draw: st.DrawFn) -> tuple[Liens, Floats]:
    """Up to four claims and items, each pair secured or not, in any rank."""
    claims, items = draw(st.integers(1, 4)), draw(st.integers(1, 4))
    whole = st.integers(0, 100).map(float)
    rows: list[Any] = []
    for item in range(items):
        worth = draw(whole)
        for claim in range(claims):
            if draw(st.booleans()):
                rank = float(draw(st.integers(1, 3)))
                left = max(worth - (rank - 1) * draw(whole), 0.0)
                rows.append((claim, item, rank, left, draw(whole)))
    rows = rows or [(0, 0, 1.0, 50.0, 50.0)]
    return liens(*rows), np.array([draw(whole) for _ in range(claims)])


def most_together(web: Liens, need: Floats) -> float:
    """What flows at most from items through ranks and liens to claims."""
    graph: Any = nx.DiGraph()
    for item in range(web.limit.shape[1]):
        before: Any = "items"
        for level, most in enumerate(web.limit[:, item]):
            graph.add_edge(before, (item, level), capacity=most)
            before = (item, level)
    for row, claim in enumerate(web.claim.tolist()):
        place = (int(web.item[row]), int(web.level[row]))
        graph.add_edge(place, f"claim {claim}", capacity=web.most_yuan[row])
        graph.add_edge(f"claim {claim}", "paid", capacity=need[claim])
    return float(nx.maximum_flow_value(graph, "items", "paid"))


@settings(max_examples=100)
@given(webs())
def test_claims_take_together_as_much_as_can_be_taken(
    web: tuple[Liens, Floats],
) -> None:
    rows, need = web
    taken = share_out(rows, need)
    assert taken.sum() == pytest.approx(most_together(rows, need), abs=CENT)


@settings(max_examples=50)
@given(webs())
def test_nothing_is_given_twice_and_nobody_gets_more_than_is_his(
    web: tuple[Liens, Floats],
) -> None:
    rows, need = web
    taken = share_out(rows, need)
    claims = np.bincount(rows.claim, taken, minlength=len(need))
    items = np.bincount(rows.item, taken, minlength=rows.limit.shape[1])
    assert (taken >= 0).all()
    assert (taken <= rows.most_yuan + CENT).all()
    assert (claims <= need + CENT).all()
    assert (items <= rows.limit[0] + CENT).all()


@settings(max_examples=30)
@given(webs(), st.randoms(use_true_random=False))
def test_the_sum_does_not_depend_on_the_order_of_rows(
    web: tuple[Liens, Floats], random: Any
) -> None:
    rows, need = web
    order = list(range(len(rows.claim)))
    random.shuffle(order)
    moved = Liens(
        *(getattr(rows, n)[order] for n in ("claim", "item", "rank")),
        *(getattr(rows, n)[order] for n in ("left_yuan", "most_yuan", "secured_yuan")),
    )
    assert share_out(moved, need).sum() == pytest.approx(
        share_out(rows, need).sum(), abs=CENT
    )


def test_all_orders_of_three_equal_claims_share_alike() -> None:
    need = np.array([30.0, 60.0, 90.0])
    for order in permutations(range(3)):
        rows = liens(*((claim, 0, 1.0, 60.0, 900.0) for claim in order))
        taken = dict(zip(order, share_out(rows, need).tolist(), strict=True))
        assert [taken[c] for c in range(3)] == pytest.approx([10.0, 20.0, 30.0])
