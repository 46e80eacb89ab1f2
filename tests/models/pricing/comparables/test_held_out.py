from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.deals import read_deals
from models.pricing.comparables.classes import ClassDeals, classes_of, deals_of_class
from models.pricing.comparables.comparison import in_order
from models.pricing.comparables.declared import declared
from models.pricing.comparables.estimate import Evidence, errors
from models.pricing.comparables.facts import DealFacts
from models.pricing.comparables.held_out import coverage, held_out

EXCERPT = Path(__file__).parents[3] / "features" / "gse_excerpt.csv"
MakeDeals = Callable[..., pa.Table]


def only_class(deals: pa.Table) -> ClassDeals:
    (chosen,) = classes_of(deals)
    return deals_of_class(deals, chosen)


def evidence(deals: pa.Table) -> Evidence:
    some = in_order(only_class(deals))
    return Evidence(DealFacts.of(some.deals, declared()), np.log(some.rates))


def test_near_deals_beat_the_plain_mean_where_facts_matter(
    simulated_deals: MakeDeals,
) -> None:
    found = {
        one.seen: one for one in held_out(only_class(simulated_deals()), declared())
    }

    assert set(found) == {"all others", "other sales", "earlier"}
    for one in found.values():
        assert one.absolute_error < 0.6 * one.plain_absolute_error
        assert one.root_error < 0.6 * one.plain_root_error


def test_ranges_hold_what_they_promise(simulated_deals: MakeDeals) -> None:
    held = coverage(only_class(simulated_deals(60)), declared())

    assert held is not None
    assert held.deals > 50
    assert held.covered == pytest.approx(held.level, abs=0.12)


def test_a_later_deal_never_changes_an_earlier_estimate(
    simulated_deals: MakeDeals,
) -> None:
    deals = simulated_deals()
    fewer = errors(evidence(deals.slice(0, 50)), declared(), "earlier")
    more = errors(evidence(deals), declared(), "earlier")

    assert fewer.rows.tolist() == more.rows[: len(fewer)].tolist()
    np.testing.assert_allclose(fewer.log_errors, more.log_errors[: len(fewer)])
    assert len(more) > len(fewer)


def test_lots_of_one_sale_help_only_where_that_is_asked(
    simulated_deals: MakeDeals,
) -> None:
    deals = simulated_deals(40)
    twins = deals.set_column(
        0, "deal_id", pa.array([f"twin {i}" for i in range(len(deals))])
    )
    at = deals.schema.get_field_index("seller")
    both = [
        table.set_column(at, "seller", pa.array(["某银行"] * len(table)))
        for table in (deals, twins)
    ]
    told = {t.seen: t for t in held_out(only_class(pa.concat_tables(both)), declared())}

    alone, apart = told["all others"], told["other sales"]
    assert alone.deals == apart.deals == 80
    assert alone.absolute_error < apart.absolute_error


def test_real_pool_sales_are_told_better_than_by_their_mean() -> None:
    found = list(held_out(only_class(read_deals(EXCERPT, "gse.csv").deals), declared()))

    by_way = {one.seen: one for one in found}
    apart = by_way["other sales"]
    assert apart.absolute_error < apart.plain_absolute_error


def test_a_single_deal_cannot_be_tried(make_deals: MakeDeals) -> None:
    one = only_class(make_deals([{}]))

    assert list(held_out(one, declared())) == []
    assert coverage(one, declared()) is None
