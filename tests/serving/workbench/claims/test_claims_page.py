"""The table of claims through the real service."""

from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlencode

import pytest

GRID, TOTALS = "claims-caption", "totals-caption"


@pytest.fixture
def table(priced: Any, read_page: Callable[[str], Any]) -> Callable[..., Any]:
    """Asks for the table of claims and reads the page."""

    def ask(*pairs: tuple[str, object], language: str = "en") -> Any:
        return read_page(priced.get(f"?{urlencode(pairs)}", language))

    return ask


def _ids(page: Any) -> list[str]:
    return [row[0] for row in page.tables[GRID][1:]]


def _by_id(priced: Any) -> dict[str, dict[str, Any]]:
    return {claim["claim_id"]: claim for claim in priced.answer["claims"]}


def _sum(claims: Iterable[dict[str, Any]], name: str) -> int:
    return sum(round(claim[name] * 100) for claim in claims)


def test_the_largest_claims_come_first_and_equals_as_the_package_has_them(
    priced: Any, table: Callable[..., Any]
) -> None:
    claims = priced.answer["claims"]
    expected = sorted(claims, key=lambda claim: -claim["claim_yuan"])
    assert _ids(table(("size", 100))) == [claim["claim_id"] for claim in expected]


def test_every_column_sorts_both_ways(priced: Any, table: Callable[..., Any]) -> None:
    rising = _ids(table(("size", 100), ("sort", "rate")))
    falling = _ids(table(("size", 100), ("sort", "-rate")))
    by_id = _by_id(priced)
    rates = [by_id[each]["recovery_rate"]["mean"] for each in rising]
    assert rates == sorted(rates)
    assert [by_id[each]["recovery_rate"]["mean"] for each in falling] == rates[::-1]


def test_what_is_not_known_comes_last_either_way(table: Callable[..., Any]) -> None:
    for sort in ("province", "-province"):
        page = table(("size", 100), ("sort", sort), ("column", "province"))
        provinces = [row[1] for row in page.tables[GRID][1:]]
        known = sum(each != "–" for each in provinces)
        assert known
        assert "–" not in provinces[:known]


def test_the_header_says_how_rows_are_sorted_and_turns_it_round(
    priced: Any, table: Callable[..., Any]
) -> None:
    assert 'aria-sort="descending"' in priced.get("")
    assert 'aria-sort="ascending"' in priced.get("?sort=p10")
    links = table().links
    assert links["Claim"].endswith("sort=claim#column-claim")
    assert "sort=-rate" in links["Recovery rate"]
    assert "sort=segment" in links["Segment"]


def test_filters_combine(table: Callable[..., Any]) -> None:
    page = table(
        ("province", "zhejiang"),
        ("province", "jiangsu"),
        ("legal_stage", "sued"),
        ("overdue_from", 110),
        ("overdue_to", 140),
        ("column", "days_past_due"),
        ("size", 100),
    )
    places = [n for n in range(10, 41) if n % 4 in (0, 1) and n % 3 == 0]
    assert sorted(_ids(page)) == [f"C{n:03}" for n in places]


def test_a_fact_that_is_not_stated_can_be_asked_for(table: Callable[..., Any]) -> None:
    page = table(("missing", "province"), ("size", 100), ("column", "province"))
    assert {row[1] for row in page.tables[GRID][1:]} == {"–"}
    both = table(("missing", "province"), ("province", "zhejiang"), ("size", 100))
    alone = table(("province", "zhejiang"), ("size", 100))
    assert len(_ids(both)) == len(_ids(page)) + len(_ids(alone))


def test_a_search_finds_parts_of_ids_of_claims_and_obligors(
    table: Callable[..., Any],
) -> None:
    assert _ids(table(("q", "c007"))) == ["C007"]
    assert sorted(_ids(table(("q", "o13")))) == ["C039", "C040", "C041"]
    assert _ids(table(("q", "〇一"))) == ["债权 〇一 🙂"]
    assert GRID not in table(("q", "C00.")).tables


def test_totals_are_exact_sums_of_what_is_shown_and_of_the_package(
    priced: Any, table: Callable[..., Any]
) -> None:
    page = table(("province", "zhejiang"), ("unit", "yuan"), ("size", 100))
    shown = [_by_id(priced)[each] for each in _ids(page)]
    names = ("claim_yuan", "gross_yuan", "net_yuan", "present_value_yuan")
    every = priced.answer["claims"]
    exact = [round(yuan * 100) for yuan in page.values[TOTALS]]
    assert exact == [_sum(shown, n) for n in names] + [_sum(every, n) for n in names]
    chosen = page.tables[TOTALS][1]
    assert chosen[1] == str(len(shown))
    assert chosen[2] == f"{sum(c['claim_yuan'] for c in shown):,.2f}"


def test_a_view_without_a_claim_says_so(table: Callable[..., Any]) -> None:
    page = table(("q", "no such claim"))
    assert GRID not in page.tables
    assert "No claim is like that" in page.text
    assert page.tables[TOTALS][1][1] == "0"


def test_ranges_keep_to_the_unit_in_which_they_were_typed(
    priced: Any, table: Callable[..., Any]
) -> None:
    limit = 1_012_000
    expected = sorted(
        c["claim_id"] for c in priced.answer["claims"] if c["claim_yuan"] >= limit
    )
    for unit in ("yuan", "wan", "yi"):
        page = table(
            ("claim_from", "101.2"), ("amounts", "wan"), ("unit", unit), ("size", 100)
        )
        assert sorted(_ids(page)) == expected
    (shown,) = [each for each in page.inputs if each.get("name") == "claim_from"]
    assert shown["value"] == "0.01012"


def test_pages_part_the_claims(priced: Any, table: Callable[..., Any]) -> None:
    total = len(priced.answer["claims"])
    last = -(-total // 25)
    pages = [table(("size", 25), ("page", n)) for n in range(1, last + 1)]
    ids = [each for page in pages for each in _ids(page)]
    assert len(ids) == len(set(ids)) == total
    assert "Previous" not in pages[0].links
    assert "Next" not in pages[-1].links
    assert _ids(table(("size", 25), ("page", 1_000_000))) == _ids(pages[-1])


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    "asked",
    ["claim_from=NaN", "claim_to=1e999999", "page=-1", "sort=beauty", "colour=red"],
)
def test_what_cannot_be_used_is_refused_with_words(
    priced: Any, read_page: Callable[[str], Any], language: str, asked: str
) -> None:
    page = read_page(priced.get(f"?{asked}", language, status=422))
    where, _, reason = page.tables["faults-caption"][1]
    assert where == asked.partition("=")[0]
    assert reason.isascii() == (language == "en")


def test_the_view_is_its_address(priced: Any, table: Callable[..., Any]) -> None:
    page = table(("province", "zhejiang"), ("claim_from", ""), ("sort", "-rate"))
    address = f"/en{priced.claims}?province=zhejiang&sort=-rate"
    assert f'data-address="{address.replace("&", "&amp;")}"' in priced.get(
        "?province=zhejiang&claim_from=&sort=-rate"
    )
    assert page.links["中文"] == address.replace("/en/", "/zh/")
    assert page.links["yuan"] == f"{address}&unit=yuan"


def test_a_filter_can_be_dropped_alone(table: Callable[..., Any], priced: Any) -> None:
    links = table(("province", "zhejiang"), ("province", "jiangsu")).links
    path = f"/en{priced.claims}"
    assert links["Province: Zhejiang ×"] == f"{path}?province=jiangsu"
    assert links["Clear all filters"] == path


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("浙江", "已诉", "对公无抵押")), ("en", ("Zhejiang", "Sued", "Card"))],
)
def test_values_are_worded_in_the_language_of_the_page(
    table: Callable[..., Any], language: str, words: tuple[str, ...]
) -> None:
    page = table(("size", 100), language=language)
    cells = {cell for row in page.tables[GRID] for cell in row}
    assert cells >= set(words)


def test_columns_are_those_chosen(table: Callable[..., Any]) -> None:
    page = table(("column", "warnings"), ("column", "p50"))
    assert page.tables[GRID][0] == ["Claim id", "P50", "Warnings"]


def test_only_claims_with_warnings(priced: Any, table: Callable[..., Any]) -> None:
    expected = sum(bool(c["warnings"]) for c in priced.answer["claims"])
    assert table(("warned", 1)).tables[TOTALS][1][1] == str(expected)


def test_a_simulated_model_is_called_simulated(priced: Any) -> None:
    assert "模拟数据" in priced.get("", "zh")
    assert "SIMULATED" in priced.get("")


def test_text_of_a_seller_stays_text(priced: Any) -> None:
    page = priced.get("?size=100")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


@pytest.mark.parametrize("grouping", ["province", "legal_stage", "obligor_id"])
def test_groups_add_up_to_the_view_and_lead_to_their_claims(
    priced: Any,
    table: Callable[..., Any],
    read_page: Callable[[str], Any],
    grouping: str,
) -> None:
    page = table(("group", grouping), ("overdue_to", 150), ("size", 100))
    rows = page.tables[GRID][1:]
    assert sum(int(row[1]) for row in rows) == 51
    amounts = page.values[GRID]
    for place, total in enumerate(page.values[TOTALS][:4]):
        assert round(sum(amounts[place::4]), 2) == total
    for row in rows[:5]:
        claims = read_page(priced.client.get(page.links[row[0]]).text)
        assert claims.tables[TOTALS][1][1:3] == row[1:3]


def test_a_valuation_that_is_not_there(priced: Any) -> None:
    response = priced.client.get("/zh/valuations/none-such/claims")
    assert response.status_code == 404
    assert response.headers["content-type"].startswith("text/html")
