"""The page of models where the registry answers."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from features.outcomes import History
from serving.workbench.words import text
from training.config import Config
from training.evaluation import evaluate
from training.pipeline import Trained
from training.registry import register
from training.splits import test_years as chosen_years

Visits = Callable[..., Any]
PHONE = {"width": 360, "height": 740}
TRIES = 3
# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture(scope="module")
def tracking_uri(
    trained: Trained,
    history: History,
    config: Config,
    tmp_path_factory: pytest.TempPathFactory,
    tracking_store: Path,
) -> str:
    """A registry with the model that is served."""
    uri = f"sqlite:///{shutil.copy(tracking_store, tmp_path_factory.mktemp('mlflow'))}"
    evaluation = evaluate(history, config, chosen_years(history, config)[-1:])
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MLFLOW_TRACKING_URI", uri)
        register(trained, evaluation, history, config)
    return uri


@pytest.fixture(scope="module")
def registered_service(
    installation: Callable[[], dict[str, str]],
    serve: Callable[[dict[str, str]], Any],
    tracking_uri: str,
) -> Iterator[Any]:
    """A service that knows the registry."""
    with serve({**installation(), "RECOUP_TRACKING_URI": tracking_uri}) as served:
        yield served


def _open_models(reader: Any) -> None:
    """Open the page again where the registry was too slow, as a reader would.

    On a busy machine its first answer may take longer than the page waits.
    """
    for _ in range(TRIES):
        reader.open("/models")
        if not reader.page.get_by_text("the registry answers too slowly").count():
            return


def test_versions_bar_nobody_and_fit_a_phone(
    visit: Visits, registered_service: Any, language: str
) -> None:
    reader = visit(language, registered_service)
    _open_models(reader)
    reader.shot("models-registered")

    version = reader.page.get_by_role("link", name="v1", exact=True).first
    expect(version).to_be_visible()
    champion = text(language, "models.champion")
    expect(reader.page.get_by_text(champion, exact=True).first).to_be_visible()
    assert reader.barriers() == ""
    reader.page.set_viewport_size(PHONE)
    assert reader.overflow() == 0
