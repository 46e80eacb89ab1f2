import os
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from features.deals import price_amounts, price_rates, read_deals
from features.errors import TapeError

EXCERPT = Path(__file__).parent / "gse_excerpt.csv"
BESIDE = Path(__file__).parents[3] / "shared" / "data" / "gse_pool_sales.csv"
Workbook = Callable[[dict[str, Sequence[Sequence[Any]]]], bytes]


@pytest.fixture(scope="module")
def whole_file() -> Path:
    """The whole table, which does not travel with the project."""
    path = Path(os.environ.get("RECOUP_GSE_CSV", BESIDE))
    if not path.is_file():
        pytest.skip(f"no pool sales at {path}: set RECOUP_GSE_CSV")
    return path


def test_pool_sales_are_recognised_by_their_header() -> None:
    reading = read_deals(EXCERPT, "any name.csv")
    sale = reading.deals.to_pylist()[0]

    assert sale["deal_id"] == "Freddie SPO 2015-05/1"
    assert sale["deal_date"] == date(2015, 5, 26)
    assert sale["currency"] == "USD"
    assert sale["price_kind"] == "runner_up"
    assert sale["rate_base"] == "unpaid_balance"
    assert sale["product"] == "NPL"
    assert sale["claims"] == 1052
    assert sale["claim_total"] == 201_000_000.0
    assert sale["loan_to_value"] == 0.93
    assert sale["mean_days_past_due"] == pytest.approx(36 * 30.4375)
    assert sale["price_rate"] == 0.75
    assert sale["source"].startswith("https://")
    assert "mid-70s" in sale["source"]


def test_a_sale_without_a_date_is_rejected_with_its_row() -> None:
    (rejected,) = read_deals(EXCERPT, "gse.csv").rejected

    lines = EXCERPT.read_text("utf-8").splitlines()
    assert "year not stated" in lines[rejected.row - 1]
    assert [(f.code, f.field) for f in rejected.findings] == [("missing", "deal_date")]


def test_the_price_is_the_rate_of_the_unpaid_balance() -> None:
    deals = read_deals(EXCERPT, "gse.csv").deals

    rates = price_rates(deals, "unpaid_balance")
    balances = np.array(deals["claim_total"].to_pylist())
    np.testing.assert_allclose(price_amounts(deals), rates * balances)
    assert np.isnan(price_rates(deals, "claim_total")).all()
    assert np.isnan(price_rates(deals, "principal")).all()


def test_a_wrong_figure_rejects_its_row_only() -> None:
    lines = EXCERPT.read_text("utf-8").splitlines()
    spoiled = lines[2].replace(",95200000,", ",about 95m,")
    assert spoiled != lines[2]
    reading = read_deals("\n".join([*lines[:2], spoiled, *lines[3:]]).encode(), "g.csv")

    wrong = [r for r in reading.rejected if r.row == 3]
    assert [f.field for r in wrong for f in r.findings] == ["claim_total"]
    assert wrong[0].findings[0].value == "about 95m"
    assert len(reading.deals) == len(read_deals(EXCERPT, "gse.csv").deals) - 1


def test_the_same_table_saved_as_a_workbook_is_the_same(workbook: Workbook) -> None:
    lines = [line.split(",") for line in EXCERPT.read_text("utf-8").splitlines()]
    plain = [line for line in lines if len(line) == len(lines[0])]
    numbers = [[_number(cell) for cell in line] for line in plain]
    text = "\n".join(",".join(line) for line in plain).encode()

    of_book = read_deals(workbook({"Sheet1": numbers}), "gse.xlsx")
    assert of_book.deals.equals(read_deals(text, "gse.csv").deals)


def _number(cell: str) -> str | float:
    try:
        return float(cell)
    except ValueError:
        return cell


def test_a_table_without_one_of_its_columns_is_another_table() -> None:
    text = EXCERPT.read_text("utf-8").replace("cover_pct_upb", "cover", 1)

    with pytest.raises(TapeError, match="no header of a deals table"):
        read_deals(text.encode(), "gse.csv")


def test_the_whole_table_has_the_figures_that_were_published(whole_file: Path) -> None:
    reading = read_deals(whole_file, whole_file.name)
    assert len(reading.deals) + len(reading.rejected) == 53
    assert {f.field for r in reading.rejected for f in r.findings} == {"deal_date"}

    products = np.array(reading.deals["product"].to_pylist())
    covers = price_rates(reading.deals, "unpaid_balance")[products == "NPL"]
    assert len(covers) == 19
    assert covers.mean() == pytest.approx(0.847, abs=0.0005)
    assert (covers.min().round(2), covers.max().round(2)) == (0.50, 1.08)
