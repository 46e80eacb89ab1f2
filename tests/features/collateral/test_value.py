"""What collateral is expected to bring: from declared effects, item by item."""

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pytest

from features.collateral.sale_effects import (
    UNKNOWN,
    Category,
    SaleEffects,
    declared,
    facts,
)
from features.collateral.value import (
    ExpectedSales,
    declared_prices,
    expected_sales,
    price_layout,
    sale_layout,
)
from features.package import Package

PackageMaker = Callable[..., Package]
ITEM: dict[str, Any] = {
    "claim_id": "c0",
    "collateral_id": "m",
    "collateral_type": "home",
    "collateral_city_tier": "tier_2",
    "lease_status": "vacant",
    "land_nature": "granted",
    "title_ok": True,
    "seizure_rank": 1,
    "auction_round": "no_auction",
    "appraised_value": 1_000.0,
    "appraisal_date": date(2020, 1, 1),
}
CLAIM = {"legal_stage": "judgment"}


@pytest.fixture
def sales_of(make_package: PackageMaker) -> Callable[..., ExpectedSales]:
    """What is declared of items that differ from a plain one."""

    def build(*changes: dict[str, Any]) -> ExpectedSales:
        items = [{**ITEM, "collateral_id": f"m{i}", **c} for i, c in enumerate(changes)]
        return expected_sales(make_package([CLAIM], items), declared_prices())

    return build


def test_a_plain_home_brings_what_is_declared_of_it(
    sales_of: Callable[..., ExpectedSales],
) -> None:
    effects = declared().price
    sales = sales_of({})
    middle = np.exp(effects.intercept)
    assert sales.ratio_at(0.1)[0] < middle < sales.ratio_at(0.9)[0]
    assert sales.ratio_at(0.1)[0] * sales.ratio_at(0.9)[0] == pytest.approx(middle**2)
    assert 0.72 < sales.ratio[0] < 0.77
    assert sales.value_yuan[0] == pytest.approx(sales.ratio[0] * 1_000)


@pytest.mark.parametrize(
    "worse",
    [
        {"collateral_type": "equipment"},
        {"collateral_city_tier": "tier_5"},
        {"lease_status": "occupied"},
        {"land_nature": "collective"},
        {"title_ok": False},
        {"seizure_rank": 2},
        {"failed_auctions": 2},
        {"appraisal_date": date(2012, 1, 1)},
    ],
)
def test_what_lowers_a_price_lowers_the_expected_ratio(
    sales_of: Callable[..., ExpectedSales], worse: dict[str, Any]
) -> None:
    sales = sales_of({}, worse)
    assert sales.ratio[1] < sales.ratio[0]


@pytest.mark.parametrize(
    "slower", [{"title_ok": False}, {"seizure_rank": 3}, {"sole_home": True}]
)
def test_what_hinders_a_sale_makes_it_less_likely(
    sales_of: Callable[..., ExpectedSales], slower: dict[str, Any]
) -> None:
    sales = sales_of({}, slower)
    assert sales.sale_probability[1] < sales.sale_probability[0]


def test_a_suit_not_begun_delays_the_sale(make_package: PackageMaker) -> None:
    stages = ["not_sued", "judgment", "enforcement"]
    claims = [{"legal_stage": stage} for stage in stages]
    items = [{**ITEM, "claim_id": f"c{i}", "collateral_id": f"m{i}"} for i in range(3)]
    sales = expected_sales(make_package(claims, items), declared_prices())
    assert (np.diff(sales.months) < 0).all()
    assert (np.diff(sales.sale_probability) > 0).all()


def test_a_longer_horizon_sells_more(make_package: PackageMaker) -> None:
    package = make_package([CLAIM], [ITEM])
    chances = [
        float(expected_sales(package, declared_prices(), q).sale_probability[0])
        for q in (4, 12, 20, 40)
    ]
    assert 0 < chances[0] < chances[1] < chances[2] < chances[3] < 1


def test_others_come_first_and_the_lien_ends(
    sales_of: Callable[..., ExpectedSales],
) -> None:
    plain, behind, capped, worthless = sales_of(
        {}, {"senior_amount": 300.0}, {"max_claim": 200.0}, {"tax_owed": 1e9}
    ).net_yuan
    assert plain * 0.5 < behind < plain
    assert capped == pytest.approx(200.0)
    assert worthless == 0.0


def test_without_burdens_the_net_is_the_price(
    sales_of: Callable[..., ExpectedSales],
) -> None:
    sales = sales_of({}, {"ownership_share": 0.5})
    np.testing.assert_allclose(sales.net_yuan, sales.value_yuan)
    assert sales.value_yuan[1] == pytest.approx(sales.value_yuan[0] / 2)
    np.testing.assert_allclose(
        sales.proceeds_yuan, sales.net_yuan * sales.sale_probability
    )


def test_an_item_behind_two_claims_is_shared_by_what_they_owe(
    make_package: PackageMaker,
) -> None:
    package = make_package(
        [{**CLAIM, "principal": 100.0}, {**CLAIM, "principal": 300.0}],
        [ITEM, {**ITEM, "claim_id": "c1"}],
    )
    sales = expected_sales(package, declared_prices())
    assert sales.net_yuan[1] == pytest.approx(3 * sales.net_yuan[0])
    assert sales.net_yuan.sum() == pytest.approx(sales.value_yuan[0])


def test_missing_and_unheard_of_facts_count_as_unknown(
    make_package: PackageMaker,
) -> None:
    bare = {"claim_id": "c0", "collateral_id": "a", "appraised_value": 1.0}
    strange = {**bare, "collateral_id": "b", "collateral_type": "castle"}
    sales = expected_sales(make_package([{}], [bare, strange]), declared_prices())
    assert sales.ratio[0] == sales.ratio[1]
    assert sales.sale_probability[0] == sales.sale_probability[1]
    words = facts(make_package([{}], [bare])).words
    assert all(codes.tolist() == [-1] for codes, _ in words.values())


def test_an_item_without_appraisal_has_no_price_but_a_chance(
    sales_of: Callable[..., ExpectedSales],
) -> None:
    sales = sales_of({"appraised_value": None})
    for figures in (
        sales.ratio,
        sales.ratio_at(0.1),
        sales.ratio_at(0.9),
        sales.net_yuan,
    ):
        assert np.isnan(figures).all()
    assert 0 < sales.sale_probability[0] < 1


def test_a_package_without_collateral_expects_no_sale(
    make_package: PackageMaker,
) -> None:
    sales = expected_sales(make_package([{}]), declared_prices())
    assert sales.ratio.shape == sales.months.shape == (0,)


def test_declared_levels_are_those_of_the_catalogue() -> None:
    from features import catalogue

    sources = {
        **dict.fromkeys(
            (
                *("collateral_type", "collateral_city_tier", "lease_status"),
                *("land_nature", "auction_round"),
            ),
            "collateral",
        ),
        "legal_stage": "claims",
    }
    price, sale = declared().price, declared().sale
    every = [price.categories, sale.categories, sale.early, sale.late]
    for name, category in ((n, c) for group in every for n, c in group.items()):
        if name in sources:
            listed = set(catalogue.field(sources[name], name).values)
            assert set(category.levels) == {*listed, UNKNOWN}, name


def test_no_two_columns_share_a_name() -> None:
    for layout in (price_layout(), sale_layout()):
        assert len(set(layout.names)) == len(layout.names) == len(layout.mean)


def test_effects_that_contradict_themselves_are_refused() -> None:
    with pytest.raises(ValueError, match="levels lack 'unknown'"):
        Category(sd=0.1, levels={"home": 0.0})
    sale = declared().sale.model_dump()
    with pytest.raises(ValueError, match="a baseline is needed for each period"):
        SaleEffects.model_validate({**sale, "baseline": (0.0,)})
    with pytest.raises(ValueError, match="one begin where early ends"):
        SaleEffects.model_validate({**sale, "early_quarters": 5})
