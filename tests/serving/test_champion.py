"""Which model serves: the registry's, or the one kept from last time."""

import json
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from features.errors import (
    ModelDamagedError,
    ModelUnavailableError,
    NotFoundError,
)
from serving.app import create_app
from serving.champion import ARTEFACT_FOLDER, Champion, ModelCache
from serving.settings import Settings, read_settings

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


class Registrar:
    """Registers versions in a real MLflow store."""

    def __init__(self, folder: Path) -> None:
        from mlflow import MlflowClient

        self.uri = f"sqlite:///{folder}/mlflow.db"
        self._client = MlflowClient(self.uri, self.uri)
        self._experiment = self._client.create_experiment(
            "recovery", (folder / "artefacts").as_uri()
        )
        self._client.create_registered_model("recovery")

    def register(self, files: Path) -> str:
        run = self._client.create_run(self._experiment)
        self._client.log_artifacts(run.info.run_id, str(files), ARTEFACT_FOLDER)
        version = self._client.create_model_version("recovery", run.info.artifact_uri)
        return str(version.version)

    def crown(self, version: str) -> None:
        self._client.set_registered_model_alias("recovery", "champion", version)


@pytest.fixture(scope="session")
def registrar(tmp_path_factory: pytest.TempPathFactory) -> Registrar:
    return Registrar(tmp_path_factory.mktemp("mlflow"))


@pytest.fixture
def registered(
    registrar: Registrar, model_files: Path, tmp_path: Path
) -> tuple[Settings, str]:
    """An installation with an empty cache and a registry that answers."""
    version = registrar.register(model_files)
    registrar.crown(version)
    settings = Settings(
        database_url=f"sqlite:///{tmp_path}/recoup.db",
        tracking_uri=registrar.uri,
        model_cache=tmp_path / "models",
        model_refresh_seconds=0,
    )
    return settings, version


def test_registered_champion_serves_and_is_kept_by_hash(
    registered: tuple[Settings, str],
) -> None:
    settings, version = registered
    champion = Champion(settings)

    champion.refresh()

    served = champion.served()
    assert (served.name, served.version) == ("recovery", version)
    assert (settings.model_cache / served.model.sha256 / "level-0.txt").is_file()


def test_start_without_the_registry_serves_what_served_last(
    registered: tuple[Settings, str],
) -> None:
    settings, version = registered
    Champion(settings).refresh()
    down = settings.model_copy(update={"tracking_uri": "http://127.0.0.1:9"})
    champion = Champion(down)

    champion.refresh()

    assert champion.served().version == version


def test_new_version_replaces_the_old_one(
    registered: tuple[Settings, str], registrar: Registrar, model_files: Path
) -> None:
    settings, first = registered
    champion = Champion(settings)
    champion.refresh()
    second = registrar.register(model_files)
    registrar.crown(second)

    champion.refresh()

    assert champion.served().version == second != first


def test_damaged_version_leaves_the_old_one_in_service(
    registered: tuple[Settings, str],
    registrar: Registrar,
    model_files: Path,
    tmp_path: Path,
) -> None:
    settings, first = registered
    champion = Champion(settings)
    champion.refresh()
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in model_files.iterdir():
        (damaged / file.name).write_text(file.read_text().replace("0.1", "0.2"))
    registrar.crown(registrar.register(damaged))

    champion.refresh()

    assert champion.served().version == first


def test_version_without_the_files_leaves_no_model(
    registered: tuple[Settings, str], registrar: Registrar, tmp_path: Path
) -> None:
    settings, _ = registered
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "note.txt").write_text("nothing here")
    registrar.crown(registrar.register(tmp_path / "empty"))
    champion = Champion(settings)

    champion.refresh()

    with pytest.raises(ModelUnavailableError, match="make train"):
        champion.served()


def test_alias_that_nobody_set_leaves_no_model(
    registered: tuple[Settings, str],
) -> None:
    settings, _ = registered
    champion = Champion(settings.model_copy(update={"model_alias": "nobody"}))

    champion.refresh()

    with pytest.raises(ModelUnavailableError, match="models:/recovery@nobody"):
        champion.served()


def test_cache_of_another_alias_is_not_used(settings: Settings) -> None:
    champion = Champion(settings.model_copy(update={"model_alias": "challenger"}))

    champion.refresh()

    with pytest.raises(ModelUnavailableError):
        champion.served()


def test_changed_cache_is_not_used(settings: Settings) -> None:
    (folder,) = (p for p in settings.model_cache.iterdir() if p.is_dir())
    record = folder / "record.json"
    record.write_text(record.read_text().replace('"simulated"', '"real"'))
    champion = Champion(settings)

    champion.refresh()

    with pytest.raises(ModelUnavailableError):
        champion.served()


def test_unreadable_note_leaves_no_model(settings: Settings) -> None:
    (settings.model_cache / "champion.json").write_text('{"name": "recovery"')
    champion = Champion(settings)

    champion.refresh()

    with pytest.raises(ModelUnavailableError):
        champion.served()


def test_model_under_a_wrong_hash_is_not_opened(
    tmp_path: Path, model_files: Path
) -> None:
    cache = ModelCache(tmp_path)
    served = cache.add("recovery", "1", model_files)
    (tmp_path / served.model.sha256).rename(tmp_path / ("0" * 64))

    with pytest.raises(ModelDamagedError):
        cache.open("recovery", "1", "0" * 64)
    with pytest.raises(NotFoundError):
        cache.open("recovery", "1", served.model.sha256)


def test_adding_a_model_twice_keeps_one_folder(
    tmp_path: Path, model_files: Path
) -> None:
    cache = ModelCache(tmp_path)

    cache.add("recovery", "1", model_files)
    cache.add("recovery", "2", model_files)

    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 1


def test_service_finds_a_model_that_is_registered_later(settings: Settings) -> None:
    note = settings.model_cache / "champion.json"
    kept = note.read_text()
    note.unlink()
    quick = settings.model_copy(update={"model_refresh_seconds": 0.05})
    with TestClient(create_app(quick)) as client:
        assert client.get("/health/ready").status_code == 503
        note.write_text(kept)
        while client.get("/health/ready").status_code == 503:
            pass
        card = client.get("/v1/model").json()

    assert card["version"] == "1"
    assert card["sha256"] == json.loads(kept)["sha256"]
    assert [f["name"] for f in card["features"]]


def test_cache_that_cannot_be_written_leaves_a_service_that_says_so(
    registered: tuple[Settings, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("RECOUP_DATABASE_URL", registered[0].database_url)
    monkeypatch.setenv("RECOUP_TRACKING_URI", registered[0].tracking_uri)
    monkeypatch.setenv("RECOUP_MODEL_CACHE", str(file / "models"))
    with TestClient(create_app(read_settings())) as client:
        response = client.get("/health/ready")

    assert response.status_code == 503
    assert "Not a directory" in response.json()["model"]["detail"]


def test_cache_lost_while_serving_leaves_the_present_model(
    registered: tuple[Settings, str], registrar: Registrar, model_files: Path
) -> None:
    settings, version = registered
    champion = Champion(settings)
    champion.refresh()
    settings.model_cache.rename(settings.model_cache.with_name("elsewhere"))
    settings.model_cache.touch()
    registrar.crown(registrar.register(model_files))

    champion.refresh()

    assert champion.served().version == version


def test_service_outlives_a_look_that_fails(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []
    refresh = Champion.refresh

    def failing(champion: Champion) -> None:
        looks.append(1)
        if len(looks) > 1:
            raise RuntimeError("unforeseen")
        refresh(champion)

    monkeypatch.setattr(Champion, "refresh", failing)
    quick = settings.model_copy(update={"model_refresh_seconds": 0.01})
    with TestClient(create_app(quick)) as client:
        while len(looks) < 3:
            assert client.get("/health/ready").status_code == 200
