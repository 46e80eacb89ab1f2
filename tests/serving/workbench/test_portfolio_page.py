"""The pages on the portfolio: packages on record and books."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient

from features.sources.simulated import simulate_package
from serving.book.program import BookOptions, score_book
from serving.desk import Desk
from serving.settings import Settings
from serving.workbench.words import texts

NAME = "2025-12 & <b>more"


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    return settings.model_copy(update={"books": str(tmp_path / "books")})


@pytest.fixture
def book(settings: Settings, desk: Desk, tmp_path: Path) -> dict[str, Any]:
    """A book in the folder of books; gives its manifest."""
    cutoff = date(2025, 6, 30)
    claims = simulate_package("personal", claims=200, seed=4, cutoff_date=cutoff).claims
    pq.write_table(claims, tmp_path / "claims.parquet")
    options = BookOptions(True, (), (), None, 90, 1, None, restart=False)
    out = f"{settings.books}/{NAME}"
    source = [str(tmp_path / "claims.parquet")]
    return score_book(source, out, desk.champion.served(), None, {}, options)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_packages_by_state_and_books(
    client: TestClient,
    valued: Callable[[], dict[str, Any]],
    book: dict[str, Any],
    language: str,
) -> None:
    answer = valued()
    page = client.get(f"/{language}/portfolio?unit=yuan").text

    assert page.count(f"{answer['package']['present_value_yuan']:,.2f}") == 3
    assert texts()["review.draft"][language] in page
    assert texts()["portfolio.state_done"][language] in page
    assert f"{book['package']['maximum_bid_fen'] / 100:,.2f}" in page
    assert book["sha256"][:12] in page
    count = str(len(book["cautions"]))
    assert texts()["portfolio.cautions"][language].format(count=count) in page
    assert "<b>more" not in page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_one_book(client: TestClient, book: dict[str, Any], language: str) -> None:
    listed = client.get(f"/{language}/portfolio").text
    link = listed.partition(f'href="/{language}/portfolio/')[2].partition('"')[0]
    page = client.get(f"/{language}/portfolio/{link}?unit=yuan").text

    assert book["sha256"] in page
    reason = {"en": "reason", "zh": "reason_zh"}[language]
    for caution in book["cautions"]:
        assert f"<li>{caution[reason]}</li>" in page
    for sums in book["segments"].values():
        assert f"{sums['present_value_fen'] / 100:,.2f}" in page
    first_year = sum(book["cash_flow"]["gross_fen"][:12])
    assert f"{first_year / 100:,.2f}" in page
    assert "<b>more" not in page


def test_a_book_under_way(
    client: TestClient, book: dict[str, Any], settings: Settings
) -> None:
    assert book["counts"]["chunks"] == 3
    folder = Path(settings.books) / NAME
    (folder / "manifest.json").unlink()
    page = client.get("/en/portfolio").text

    assert texts()["portfolio.state_running"]["en"] in page
    assert "<progress value=" in page


@pytest.mark.parametrize("name", ["none", "..%2F..", "%2e%2e", "."])
def test_there_is_no_such_book(
    client: TestClient, book: dict[str, Any], name: str
) -> None:
    assert book
    response = client.get(f"/zh/portfolio/{name}", follow_redirects=False)
    assert response.status_code == 404 or "books_note" not in response.text
    assert book["sha256"] not in response.text


def test_a_folder_that_cannot_be_read_hides_nothing_else(
    settings: Settings, tmp_path: Path, open_client: Callable[..., TestClient]
) -> None:
    (tmp_path / "file").write_text("")
    told = settings.model_copy(update={"books": f"{tmp_path}/file/books"})
    with open_client(told) as client:
        page = client.get("/en/portfolio")
    assert page.status_code == 200
    assert texts()["portfolio.no_packages"]["en"] in page.text
