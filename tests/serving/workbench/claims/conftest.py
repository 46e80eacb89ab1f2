"""A package of many kinds of claims on record."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.plugins.house import house

# The client of these tests unquotes a path twice; tests/browser asks as browsers do.
HOSTILE_IDS = (
    "..",
    ".",
    "../../valuations",
    "a/b",
    "a\\b",
    "//host/x",
    "100%",
    "?q=1&page=2#end",
    "<script>alert(1)</script>",
    "\"quoted\" 'id'",
    "=HYPERLINK(1)",
    "+86",
    "@SUM(A1)",
    "债权 〇一 🙂",
    "x" * 100,
)
PROVINCES = ("zhejiang", "jiangsu", None, "sichuan")
STAGES = ("sued", "not_sued", None)


def _claim(number: int, claim_id: str) -> dict[str, Any]:
    claim = {
        "claim_id": claim_id,
        "obligor_id": f"O{number // 3}",
        "product": ("working_capital", "credit_card")[number % 2],
        # Every fourth owes the same, so that order among equals can be seen.
        "principal": 1_000_000.01 + 1_234.57 * (number // 4),
        "days_past_due": 100 + number,
        "security_type": ("unsecured", "guaranteed")[number % 2],
        "province": PROVINCES[number % 4],
        "legal_stage": STAGES[number % 3],
    }
    return {name: value for name, value in claim.items() if value is not None}


@dataclass(frozen=True)
class Priced:
    """A valuation on record and a client of the service that holds it."""

    client: TestClient
    answer: dict[str, Any]

    @property
    def claims(self) -> str:
        """Path of its claims, the language left out."""
        return f"/valuations/{self.answer['id']}/claims"

    def get(self, path: str, language: str = "en", status: int = 200) -> str:
        """The page of a path below the claims."""
        response = self.client.get(f"/{language}{self.claims}{path}")
        assert response.status_code == status, response.text
        return response.text


@pytest.fixture(scope="module")
def priced(
    model_files: Path,
    tmp_path_factory: pytest.TempPathFactory,
    open_client: Callable[..., TestClient],
) -> Iterator[Priced]:
    """Sixty claims and those with ids that try to be something else.

    These owe alike, so that the pictures of one are those of all.
    """
    folder = tmp_path_factory.mktemp("priced")
    settings = house(folder, model_files)
    ids = [*(f"C{number:03}" for number in range(60)), *HOSTILE_IDS]
    package = {
        "package": {"cutoff_date": "2025-12-31", "package_id": "many"},
        "claims": [_claim(min(n, 60), claim_id) for n, claim_id in enumerate(ids)],
        "assumptions": {"simulations": 500},
    }
    with open_client(settings, raise_server_exceptions=False) as client:
        response = client.post("/v1/valuations", json=package)
        assert response.status_code == 201, response.text
        yield Priced(client, response.json())
