"""The notebooks: kept without outputs, and run from top to bottom by these tests."""

import ast
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient

from models.pricing.assumptions import Assumptions
from models.pricing.bid import PriceTerms, maximum_bid, present_value

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
NAMES = (
    "from_a_tape_to_a_bid",
    "train_on_your_own_disposals",
    "why_this_claim_is_worth_that",
)
SECONDS = 300


def read(name: str) -> Any:
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


@pytest.fixture
def kernel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncKernelManager:
    """A kernel of this interpreter, whatever kernels are installed for whomever."""
    for folder in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(folder, str(tmp_path / "jupyter"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    known = KernelSpecManager(kernel_dirs=[])
    return AsyncKernelManager(kernel_name="python3", kernel_spec_manager=known)


@pytest.fixture
def run(kernel: AsyncKernelManager, tmp_path: Path) -> Any:
    """Runs a notebook in a folder of its own; gives the figures of its last cell."""

    def execute(name: str) -> dict[str, Any]:
        notebook = read(name)
        where = {"metadata": {"path": str(tmp_path)}}
        client = NotebookClient(notebook, timeout=SECONDS, km=kernel, resources=where)
        client.execute(cleanup_kc=True)
        last = notebook.cells[-1].outputs[-1]
        figures: dict[str, Any] = ast.literal_eval(last.data["text/plain"])
        return figures

    return execute


def test_these_are_all_the_notebooks() -> None:
    assert sorted(file.stem for file in NOTEBOOKS.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_is_kept_without_outputs(name: str) -> None:
    notebook = read(name)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) > 5
    assert all(cell.outputs == [] for cell in code)
    assert all(cell.execution_count is None for cell in code)
    assert notebook.metadata.kernelspec.name == "python3"


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_says_that_its_data_is_simulated(name: str) -> None:
    first = read(name).cells[0]
    assert first.cell_type == "markdown"
    assert "SIMULATED" in first.source


@pytest.mark.parametrize("name", NAMES)
def test_a_notebook_uses_public_names_alone(name: str) -> None:
    code = [cell.source for cell in read(name).cells if cell.cell_type == "code"]
    tree = ast.parse("\n".join(code))
    used = [n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)]
    taken = [
        a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names
    ]
    assert not [name for name in used + taken if name.startswith("_")]


def test_training_on_a_folder_ends_in_a_registered_model(
    run: Any, tmp_path: Path
) -> None:
    figures = run("train_on_your_own_disposals")
    assert figures["simulated"] is True
    assert figures["claims"] == 1_600
    assert figures["years"] == [2019, 2020]
    assert 0 < figures["crps"] < 0.25
    assert (figures["version"], figures["champion"]) == (1, True)
    assert len(figures["model_sha256"]) == 64
    assert 0 < figures["expected_yuan"] < figures["package_yuan"]
    assert not list(tmp_path.glob("*.db"))


def test_a_claim_is_explained_down_to_its_price(run: Any) -> None:
    figures = run("why_this_claim_is_worth_that")
    explained = figures["baseline_rate"] + figures["drivers_rate"]
    assert explained == pytest.approx(figures["mean_rate"])
    expected_yuan = figures["claim_yuan"] * figures["mean_rate"]
    half_a_fen_of_each_source = 0.016
    gross = pytest.approx(expected_yuan, abs=half_a_fen_of_each_source)
    assert figures["gross_yuan"] == gross
    net = np.array([figures["net_yuan"]])
    assert 0 < net.sum() < figures["gross_yuan"]
    assumed = Assumptions.of({"target_return_rate": 0.15})
    worth = float(present_value(net, assumed.target_return_rate)[0])
    assert figures["present_value_yuan"] == pytest.approx(worth, abs=0.01)
    bid = maximum_bid(figures["package_yuan"], PriceTerms.of(assumed))
    assert figures["maximum_bid_yuan"] == pytest.approx(bid, abs=0.01)
    assert figures["present_value_yuan"] <= figures["package_yuan"]


def test_a_tape_leads_to_a_bid(run: Any, tmp_path: Path) -> None:
    figures = run("from_a_tape_to_a_bid")
    assert figures["simulated"] is True
    assert (figures["claims"], figures["rejected"]) == (39, [5])
    assert sum(figures["segments_yuan"]) == pytest.approx(figures["claim_yuan"])
    assert 0 < figures["maximum_bid_yuan"] < figures["present_value_yuan"]
    assert (
        figures["bid_yuan"] is None or figures["bid_yuan"] < figures["bid_value_yuan"]
    )
    for name, length in figures["papers"].items():
        assert (tmp_path / name).stat().st_size == length > 1_000
