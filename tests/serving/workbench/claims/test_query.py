"""What an address may ask of a table of claims."""

import pytest

from features.errors import AssumptionError
from serving.workbench.claims.columns import DEFAULT_COLUMNS
from serving.workbench.claims.query import ClaimsQuery

Pairs = list[tuple[str, str]]


def test_an_address_without_anything_asks_for_the_usual() -> None:
    query = ClaimsQuery.of_pairs([])
    assert list(query.pairs()) == []
    assert query.columns == DEFAULT_COLUMNS
    assert query.sort_column == "claim"
    assert query.descending


def test_an_address_comes_back_as_it_was_without_what_a_form_left_empty() -> None:
    stated: Pairs = [
        ("q", "C0"),
        ("province", "zhejiang"),
        ("province", "jiangsu"),
        ("missing", "legal_stage"),
        ("warned", "1"),
        ("amounts", "wan"),
        ("claim_from", "12.5"),
        ("sort", "-rate"),
        ("page", "2"),
        ("size", "100"),
        ("column", "claim"),
        ("group", "province"),
    ]
    query = ClaimsQuery.of_pairs([*stated, ("claim_to", ""), ("segment", "")])
    assert list(query.pairs()) == stated


def test_the_usual_columns_need_no_words() -> None:
    usual = [("column", name) for name in DEFAULT_COLUMNS]
    assert list(ClaimsQuery.of_pairs(usual).pairs()) == []


def test_limits_hold_to_the_fen_in_every_unit() -> None:
    for unit, typed in (("yuan", "1,000,000.01"), ("wan", "100.000001")):
        query = ClaimsQuery.of_pairs([("amounts", unit), ("claim_from", typed)])
        ranges = {name: (low, high) for name, low, high in query.ranges()}
        assert ranges["claim_fen"] == (100_000_001, None)


def test_a_limit_keeps_its_meaning_when_the_unit_of_the_page_changes() -> None:
    query = ClaimsQuery.of_pairs([("amounts", "wan"), ("claim_from", "150")])
    assert query.limit("claim_from", "yuan") == "1500000"
    assert query.limit("claim_from", "yi") == "0.015"
    assert query.limit("claim_to", "yi") == ""


def test_rates_are_typed_as_percentages() -> None:
    query = ClaimsQuery.of_pairs([("rate_from", "12.5%"), ("rate_to", "28.9")])
    assert ("mean_rate", 0.125, 0.289) in list(query.ranges())


@pytest.mark.parametrize(
    "pair",
    [
        ("claim_from", "NaN"),
        ("claim_from", "Infinity"),
        ("claim_from", "1e99999999"),
        ("claim_from", "much"),
        ("value_to", "9" * 5_000),
        ("page", "-1"),
        ("page", "0"),
        ("page", "1.5"),
        ("page", "9" * 5_000),
        ("size", "51"),
        ("size", "-50"),
        ("sort", "beauty"),
        ("sort", "--claim"),
        ("sort", "claim; drop table valuations"),
        ("column", "beauty"),
        ("group", "claim"),
        ("missing", "claim_id"),
        ("warned", "perhaps"),
        ("amounts", "usd"),
        ("q", "x" * 101),
        ("province", "x" * 101),
        ("colour", "red"),
    ],
)
def test_what_cannot_be_used_is_refused_in_both_languages(
    pair: tuple[str, str],
) -> None:
    with pytest.raises(AssumptionError) as refused:
        ClaimsQuery.of_pairs([pair])
    (finding,) = refused.value.findings
    assert finding.field is not None
    assert finding.field.startswith(pair[0])
    assert finding.reason.isascii()
    assert not finding.reason_zh.isascii()
    assert finding.reason_zh != "取值无效"
