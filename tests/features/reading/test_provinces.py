"""Provinces told by cities, alike at every door."""

from collections.abc import Callable

import orjson
import pyarrow as pa
import pytest

from features import catalogue
from features.cities import province_by_city
from features.reading.records.plain import read_plain
from features.reading.values.categories import category_of
from features.reading.values.provinces import PROVINCE_OF, with_provinces
from features.sources.words import in_catalogue_words
from features.tape import Reading, read_records

PROVINCE = catalogue.field("claims", "province")
PACKAGE = {"cutoff_date": "2025-06-30"}


def test_every_city_lies_in_a_province_of_the_catalogue() -> None:
    known = province_by_city()
    assert {*known.values()} <= PROVINCE.values.keys()
    municipalities = {"beijing", "tianjin", "shanghai", "chongqing"}
    assert PROVINCE.values.keys() - {*known.values()} == municipalities
    # 293 cities of prefectures, 40 other prefectures, and some below a prefecture.
    assert 620 < len(known) < 760


@pytest.mark.parametrize(
    ("text", "province"),
    [
        ("苏州市", "jiangsu"),
        ("苏州", "jiangsu"),
        ("苏州市工业园区", "jiangsu"),
        ("江苏省苏州市", "jiangsu"),
        ("海南州", "qinghai"),
        ("海南藏族自治州", "qinghai"),
        ("海南省海口市", "hainan"),
        ("吉林市", "jilin"),
        ("朝阳市", "liaoning"),
        ("凉山彝族自治州西昌市", "sichuan"),
        ("上海市浦东新区", "shanghai"),
        ("朝阳区", "朝阳区"),
        ("南京路1号", "南京路1号"),
        ("中山区", "中山区"),
        ("Seattle", "Seattle"),
    ],
)
def test_a_city_tells_its_province(text: str, province: str) -> None:
    assert category_of(PROVINCE, text) == province


def test_a_column_of_cities_alone_tells_the_province(
    read_csv: Callable[..., Reading],
) -> None:
    headers = ("借据号", "本金余额", "城市", "抵押物类型", "抵押物坐落城市")
    reading = read_csv(
        headers,
        ("A1", 9, "苏州市", "住宅", "杭州市西湖区"),
        ("A2", 9, "Seattle", "住宅", ""),
    )
    package = reading.package
    assert package.claims["province"].to_pylist() == ["jiangsu", None]
    assert package.collateral["collateral_province"].to_pylist() == ["zhejiang", None]


def test_a_province_that_is_stated_stays() -> None:
    table = pa.table({"city": ["苏州市", "苏州市"], "province": ["anhui", None]})
    told = with_provinces("claims", table)["province"].to_pylist()
    assert told == ["anhui", "jiangsu"]
    assert with_provinces("claims", table.drop_columns("city")) == table.drop_columns(
        "city"
    )


def test_json_tells_it_as_well() -> None:
    claims = [
        {"claim_id": "A1", "principal": 5.0, "city": "苏州市"},
        {"claim_id": "A2", "principal": 5.0, "city": "苏州市", "province": "anhui"},
    ]
    payload = {"package": PACKAGE, "claims": claims}
    assert read_plain(orjson.dumps(payload)) is None
    reading = read_records(payload)
    assert reading.package.claims["province"].to_pylist() == ["jiangsu", "anhui"]
    whole = read_plain(orjson.dumps({"package": PACKAGE, "claims": claims[1:]}))
    assert whole is not None


def test_a_history_is_read_alike() -> None:
    table = pa.table({"city": ["苏州市"], "province": pa.nulls(1, pa.string())})
    read = in_catalogue_words("claims", table)
    assert read["province"].to_pylist() == ["jiangsu"]


def test_the_fields_are_there() -> None:
    for table, city in (("claims", "city"), ("collateral", "collateral_city")):
        assert catalogue.field(table, PROVINCE_OF[city]).leading
