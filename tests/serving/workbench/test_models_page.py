"""The page on models: what the registry says, and what is known without it."""

import re
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from features.outcomes import History
from serving.registered import page_of_registry
from serving.settings import Settings
from serving.workbench.words import texts
from tests.plugins.house import house
from tests.plugins.watching import unwatched
from training.config import Config
from training.evaluation import Evaluation, evaluate
from training.pipeline import Trained
from training.registry import Registered, register
from training.splits import test_years as chosen_years

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
Visit = Callable[..., TestClient]


@pytest.fixture(scope="module")
def evaluation(history: History, config: Config) -> Evaluation:
    return evaluate(history, config, chosen_years(history, config))


@pytest.fixture(scope="module")
def tracking_uri(tmp_path_factory: pytest.TempPathFactory, tracking_store: Path) -> str:
    folder = tmp_path_factory.mktemp("mlflow")
    return f"sqlite:///{shutil.copy(tracking_store, folder)}"


@pytest.fixture(scope="module")
def versions(
    tracking_uri: str,
    history: History,
    config: Config,
    trained: Trained,
    evaluation: Evaluation,
) -> list[Registered]:
    """Two versions as training registers them, the first of which is champion."""
    with pytest.MonkeyPatch.context() as environment, unwatched():
        environment.setenv("MLFLOW_TRACKING_URI", tracking_uri)
        return [register(trained, evaluation, history, config) for _ in range(2)]


@pytest.fixture(scope="module")
def informed(
    model_files: Path,
    tracking_uri: str,
    versions: list[Registered],
    tmp_path_factory: pytest.TempPathFactory,
    open_client: Callable[..., TestClient],
) -> Iterator[TestClient]:
    """The service of an installation whose registry knows both versions."""
    assert versions
    house_of = house(tmp_path_factory.mktemp("informed"), model_files)
    told = house_of.model_copy(update={"tracking_uri": tracking_uri})
    with open_client(told, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def visit(
    settings: Settings, open_client: Callable[..., TestClient]
) -> Iterator[Visit]:
    """Opens the service with a registry; it serves from its cache."""
    clients = []

    def opened(tracking_uri: str) -> TestClient:
        told = settings.model_copy(update={"tracking_uri": tracking_uri})
        clients.append(open_client(told, raise_server_exceptions=False))
        return clients[-1].__enter__()

    yield opened
    for client in clients:
        client.__exit__(None, None, None)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_version_with_its_figures(
    informed: TestClient,
    versions: list[Registered],
    evaluation: Evaluation,
    language: str,
) -> None:
    page = informed.get(f"/{language}/models").text

    assert [f">v{v.version}</a>" in page for v in versions] == [True, True]
    champions = re.findall(r"<span class=\"mark good\">([^<]+)</span>", page)
    assert texts()["models.champion"][language] in champions
    figures = evaluation.figures()
    assert f"{figures['mean_crps']:.4f}" in page
    for year, told in figures["years"].items():
        assert f">{year}</th>" in page
        assert f"{told['model']['actual_to_expected']:.3f}" in page
    assert page.count("<svg") == 2
    assert texts()["models.kind_crowned"][language] in page


def test_another_version_is_chosen_by_its_link(
    informed: TestClient, versions: list[Registered]
) -> None:
    page = informed.get(f"/en/models?version={versions[1].version}").text
    assert f"<h2>Version {versions[1].version}</h2>" in page
    assert informed.get("/en/models?version=none").status_code == 200


@contextmanager
def silent_server() -> Iterator[str]:
    """Takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_registry_that_never_answers_hides_nothing_of_what_serves(
    visit: Visit,
) -> None:
    with silent_server() as address:
        page = unescape(visit(address).get("/en/models").text)
    assert "recovery v1" in page
    assert texts()["models.no_answer"]["en"] in page


def test_a_registry_that_is_not_there(visit: Visit, tmp_path: Path) -> None:
    for absent in (f"sqlite:///{tmp_path}/none.db", "http://127.0.0.1:9"):
        page = visit(absent).get("/zh/models").text
        assert texts()["models.no_answer"]["zh"] in page
        assert "recovery v1" in page


def test_without_any_model_the_page_says_what_to_do(
    tmp_path: Path, open_client: Callable[..., TestClient]
) -> None:
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/recoup.db",
        tracking_uri=f"sqlite:///{tmp_path}/none.db",
        model_cache=tmp_path / "models",
        model_refresh_seconds=0,
    )
    with open_client(settings) as client:
        page = client.get("/en/models").text
    assert texts()["models.none_served"]["en"] in page


@pytest.mark.parametrize(
    ("tracking_uri", "address"),
    [
        ("sqlite:///mlflow.db", None),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5000/#/m"),
        ("https://user:secret@ml.example/base/", "https://ml.example/base/#/m"),
        ("databricks", None),
    ],
)
def test_a_link_to_the_registry_holds_no_secret(
    tracking_uri: str, address: str | None
) -> None:
    assert page_of_registry(tracking_uri, "/m") == address
