from collections.abc import Callable
from datetime import date

import numpy as np
import pyarrow as pa
import pytest

from features import catalogue
from features.package import Package, canonical_table, claim_rows, days, obligors

PackageMaker = Callable[..., Package]


def test_a_canonical_table_has_every_kept_column_and_no_personal_data() -> None:
    table = canonical_table("claims", pa.table({"claim_id": ["001"]}))
    assert table.schema == catalogue.arrow_schema("claims")
    assert table["claim_id"].to_pylist() == ["001"]
    assert table["principal"].null_count == 1
    assert not {"obligor_name", "id_number", "phone"} & set(table.column_names)


def test_no_data_gives_an_empty_table() -> None:
    assert canonical_table("guarantees", None).num_rows == 0


def test_unknown_columns_are_refused_by_name() -> None:
    data = pa.table({"claim_id": ["1"], "zeta": [1], "alpha": [1]})
    with pytest.raises(KeyError, match="unknown columns in claims: alpha, zeta"):
        canonical_table("claims", data)


def test_a_value_that_cannot_become_its_type_is_refused() -> None:
    with pytest.raises(pa.ArrowInvalid):
        canonical_table("claims", pa.table({"principal": ["many"]}))


def test_the_whole_claim_is_the_stated_total_or_the_sum_of_its_parts(
    make_package: PackageMaker,
) -> None:
    package = make_package(
        [
            {"principal": 100.0, "claim_total": 150.0, "interest": 1.0},
            {"principal": 100.0, "interest": 20.0, "penalty_interest": 3.0},
            {"principal": 100.0, "advanced_costs": 0.5},
        ]
    )
    assert package.claim_yuan().tolist() == [150.0, 123.0, 100.5]


def test_the_cutoff_date_of_a_package_is_its_latest(make_package: PackageMaker) -> None:
    early, late = date(2019, 6, 30), date(2020, 6, 30)
    package = make_package([{"cutoff_date": late}, {"cutoff_date": early}])
    assert package.cutoff_date == late


def test_dates_become_days_and_missing_ones_nan(make_package: PackageMaker) -> None:
    package = make_package([{"default_date": date(1970, 1, 3)}, {}])
    np.testing.assert_array_equal(days(package.claims, "default_date"), [2.0, np.nan])


def test_a_joined_row_without_a_claim_is_an_error(make_package: PackageMaker) -> None:
    package = make_package([{}], [{"claim_id": "lost", "collateral_id": "x"}])
    with pytest.raises(ValueError, match="1 rows belong to no claim"):
        claim_rows(package, package.collateral)


def test_claims_of_one_obligor_share_it_and_nameless_ones_stand_alone(
    make_package: PackageMaker,
) -> None:
    package = make_package([{"obligor_id": "A"}, {"obligor_id": "A"}, {}, {}])
    names = obligors(package)
    assert names[0] == names[1]
    assert len(set(names)) == 3


def test_a_header_cannot_be_changed() -> None:
    package = Package.of(pa.table({"claim_id": ["1"]}), header={"seller": "bank"})
    with pytest.raises(TypeError):
        package.header["seller"] = "other"  # type: ignore[index]
