"""A service with deals, a valuation on record, and LibreOffice to open files."""

import subprocess
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from fastapi.testclient import TestClient

from serving.schemas import EXAMPLE
from serving.settings import Settings
from tests.plugins.house import house as house_of

DEALS = Path(__file__).parents[3] / "examples" / "deals.csv"


@pytest.fixture(scope="module")
def house(model_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """An installation of this module alone: its store will hold deals."""
    folder = tmp_path_factory.mktemp("house")
    return house_of(folder, model_files)


@pytest.fixture(scope="module")
def service(
    house: Settings, open_client: Callable[..., TestClient]
) -> Iterator[TestClient]:
    with open_client(house, raise_server_exceptions=False) as client:
        files = {"file": (DEALS.name, DEALS.read_bytes())}
        assert client.post("/v1/comparables", files=files).json()["added"] > 0
        yield client


@pytest.fixture(scope="module")
def on_record(service: TestClient) -> str:
    """Identifier of the example of the documentation, valued and recorded."""
    response = service.post("/v1/valuations", json=EXAMPLE)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


Recalculated = Callable[[Mapping[str, bytes]], dict[str, bytes]]


@pytest.fixture(scope="session")
def recalculated(
    required_program: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Recalculated:
    """Opens workbooks in LibreOffice without their values, and saves what it reckons.

    A workbook that openpyxl has saved holds formulas and no value of any of them.
    """
    soffice = required_program("soffice")
    profile = tmp_path_factory.mktemp("profile")

    def recalculate(books: Mapping[str, bytes]) -> dict[str, bytes]:
        folder = tmp_path_factory.mktemp("books")
        for name, content in books.items():
            openpyxl.load_workbook(BytesIO(content)).save(folder / f"{name}.xlsx")
        saved = folder / "saved"
        started = [soffice, f"-env:UserInstallation=file://{profile}", "--headless"]
        asked = ["--convert-to", "xlsx", "--outdir", str(saved)]
        files = [str(folder / f"{name}.xlsx") for name in books]
        subprocess.run(  # noqa: S603
            [*started, *asked, *files], check=True, capture_output=True, timeout=300
        )
        return {name: (saved / f"{name}.xlsx").read_bytes() for name in books}

    return recalculate
