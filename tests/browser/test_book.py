"""The pages of a book, which the program that scores it leaves behind."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from features.sources.simulated import simulate_package

Visits = Callable[..., Any]
PHONE = {"width": 360, "height": 740}
NAME = "personal"


@pytest.fixture(scope="module")
def shelf(
    installation: Callable[[], dict[str, str]],
    serve: Callable[[dict[str, str]], Any],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Any]:
    """A service whose folder of books holds one."""
    folder = tmp_path_factory.mktemp("shelf")
    environment = {**installation(), "RECOUP_BOOKS": str(folder / "books")}
    cutoff = date(2025, 6, 30)
    package = simulate_package("personal", claims=200, seed=4, cutoff_date=cutoff)
    pq.write_table(package.claims, folder / "claims.parquet")
    _score(folder / "claims.parquet", folder / "books" / NAME, environment)
    with serve(environment) as served:
        yield served


def _score(claims: Path, book: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "serving", "score", str(claims), f"{book}/"]
    subprocess.run(  # noqa: S603
        command, env=os.environ | environment, check=True, capture_output=True
    )


def test_a_book_bars_nobody_and_fits_a_phone(
    visit: Visits, shelf: Any, language: str
) -> None:
    reader = visit(language, shelf)
    reader.open("/portfolio")
    assert reader.barriers() == ""

    reader.page.get_by_role("link", name=NAME, exact=True).click()
    reader.shot("book")

    assert NAME in reader.page.locator("h1").inner_text()
    assert reader.barriers() == ""
    reader.page.set_viewport_size(PHONE)
    assert reader.overflow() == 0
