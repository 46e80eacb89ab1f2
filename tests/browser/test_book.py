"""The pages of a book, which the program that scores it leaves behind."""

import os
import subprocess
import sys
from collections.abc import Callable
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
def shelf(service: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A service whose folder of books holds one."""
    claims = tmp_path_factory.mktemp("claims") / "claims.parquet"
    cutoff = date(2025, 6, 30)
    package = simulate_package("personal", claims=200, seed=4, cutoff_date=cutoff)
    pq.write_table(package.claims, claims)
    book = Path(service.environment["RECOUP_BOOKS"]) / NAME
    subprocess.run(  # noqa: S603
        [sys.executable, "-m", "serving", "score", str(claims), f"{book}/"],
        env=os.environ | service.environment,
        check=True,
        capture_output=True,
    )
    return service


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
