"""Valuations on record, among them one whose words would be markup, were they run."""

from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any, NoReturn

import pytest
from fastapi.testclient import TestClient
from pypdf import PdfReader

from features.errors import FontMissingError
from serving.reports.typesetting import chinese_font, system_fonts
from serving.schemas import EXAMPLE
from tests.plugins.house import house
from tests.plugins.watching import unwatched

HOSTILE = '#read("x") *b* _i_ <script>alert(1)</script> $x$ @a 【b #let 甲'
Pages = Callable[..., list[str]]


@pytest.fixture(scope="session", autouse=True)
def _chinese_font(untestable: Callable[[str], NoReturn]) -> None:
    """Papers are set in a font that holds Chinese."""
    try:
        chinese_font(system_fonts())
    except FontMissingError:
        untestable("a font with Chinese characters")


@pytest.fixture(scope="module")
def service(
    model_files: Any,
    tmp_path_factory: pytest.TempPathFactory,
    open_client: Callable[..., TestClient],
) -> Iterator[TestClient]:
    """A service whose records are those of one module."""
    folder = tmp_path_factory.mktemp("reports")
    settings = house(folder, model_files)
    with open_client(settings, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def hostile() -> str:
    """Words that mean something to typst, to browsers and to templates."""
    return HOSTILE


@pytest.fixture(scope="module")
def valued(service: TestClient) -> dict[str, Any]:
    """A valuation of a package of corporate claims and one of a person."""
    person = {
        "claim_id": "PERSON-7",
        "product": "consumer_loan",
        "principal": 50_000,
        "legal_type": "person",
    }
    bare = {"claim_id": HOSTILE, "principal": 2_000_000, "court": HOSTILE}
    request = {
        "package": {
            **EXAMPLE["package"],
            "package_name": HOSTILE,
            "payment_terms": "分两期 #panic()",
            "start_price": 7_654_321.09,
        },
        "claims": [*EXAMPLE["claims"], person, bare],
        "collateral": EXAMPLE["collateral"],
        "assumptions": {"simulations": 500},
    }
    response = service.post("/v1/valuations", json=request)
    assert response.status_code == 201, response.text
    answer: dict[str, Any] = response.json()
    return answer


@pytest.fixture(scope="module")
def pages(service: TestClient) -> Pages:
    """The words of each page of a paper, without the places where lines break."""

    def read(identifier: str, paper: str, **asked: str) -> list[str]:
        path = f"/v1/valuations/{identifier}/{paper}.pdf"
        response = service.get(path, params=asked)
        assert response.status_code == 200, response.text
        assert response.headers["content-type"] == "application/pdf"
        with unwatched():
            reader = PdfReader(BytesIO(response.content))
            return [_squeezed(page.extract_text()) for page in reader.pages]

    return read


@pytest.fixture(scope="session")
def squeezed() -> Callable[[str], str]:
    """Text without any space."""
    return _squeezed


def _squeezed(text: str) -> str:
    return "".join(text.replace("\u200b", "").split())
