from collections.abc import Callable
from datetime import date

import numpy as np

from features.package import Package
from models.recovery.factors import FACTORS, factor_groups, sales, vintages


def test_a_vintage_is_a_calendar_quarter(make_package: Callable[..., Package]) -> None:
    days = [date(2020, 1, 1), date(2020, 3, 31), date(2020, 4, 1), date(2021, 1, 5)]
    package = make_package([{"cutoff_date": day} for day in days])
    assert vintages(package).tolist() == [200, 200, 201, 204]


def test_a_sale_is_of_one_seller_and_one_day(
    make_package: Callable[..., Package],
) -> None:
    one, other = date(2020, 1, 31), date(2020, 2, 29)
    told = [("甲银行", one), ("乙银行", one), ("甲银行", one), ("甲银行", other)]
    named = make_package([{"seller": s, "cutoff_date": day} for s, day in told])
    first, second, again, later = sales(named).tolist()
    assert first == again
    assert len({first, second, later}) == 3
    nameless = make_package([{"cutoff_date": day} for _, day in told])
    assert len(set(sales(nameless).tolist())) == 2


def test_claims_share_what_they_have_in_common_within_a_vintage(
    make_package: Callable[..., Package],
) -> None:
    package = make_package(
        [
            {"obligor_id": "o1", "group_id": "g", "province": "浙江"},
            {"obligor_id": "o1", "group_id": "g", "province": "浙江"},
            {"obligor_id": "o2", "group_id": "g", "province": "江苏"},
            {"obligor_id": "o3", "province": "浙江"},
            {},
            {},
        ]
    )
    segments = np.array(["card", "card", "card", "auto", "auto", "auto"])
    groups = dict(
        zip(
            FACTORS,
            factor_groups(package, segments, np.zeros(6, np.int64)).tolist(),
            strict=True,
        )
    )

    def pairs(name: str) -> set[tuple[int, int]]:
        group = groups[name]
        return {(i, j) for j in range(6) for i in range(j) if group[i] == group[j]}

    assert len(pairs("vintage")) == 15
    assert pairs("segment") == {(0, 1), (0, 2), (1, 2), (3, 4), (3, 5), (4, 5)}
    assert pairs("region") == {(0, 1), (0, 3), (1, 3), (4, 5)}
    assert pairs("group") == {(0, 1), (0, 2), (1, 2)}
    assert pairs("obligor") == {(0, 1)}


def test_nothing_is_shared_over_vintages(make_package: Callable[..., Package]) -> None:
    package = make_package([{"obligor_id": "o", "province": "浙江"}] * 2)
    groups = factor_groups(package, np.array(["card", "card"]), np.array([4, 5]))
    assert (groups[:, 0] != groups[:, 1]).all()
