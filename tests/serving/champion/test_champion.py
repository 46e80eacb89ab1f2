"""Which model serves: the registry's, or the one kept from last time."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from features.errors import ModelUnavailableError
from serving.champion import Champion
from serving.desk import Desk
from serving.settings import Settings, read_settings
from tests.plugins.models import Registrar

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def test_registered_champion_serves_and_is_kept_by_hash(
    registered: tuple[Settings, str],
) -> None:
    settings, version = registered
    shutil.rmtree(settings.model_cache)
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
    shifted_model: Path,
    tmp_path: Path,
) -> None:
    settings, first = registered
    champion = Champion(settings)
    champion.refresh()
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in model_files.iterdir():
        (damaged / file.name).write_text(file.read_text().replace("0.1", "0.2"))
    shutil.rmtree(settings.model_cache)
    second = registrar.register(damaged, pinned_as=shifted_model)
    registrar.crown(second)

    champion.refresh()

    assert champion.served().version == first
    assert champion.refused is not None
    assert champion.refused.pinned.version == second
    assert "not those that were registered" in champion.refused.reason
    assert "不一致" in champion.refused.reason_zh


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


def test_that_no_model_serves_is_told_in_both_languages_without_a_password(
    tmp_path: Path,
) -> None:
    champion = Champion(
        Settings(
            tracking_uri="postgresql://mlflow:hunter2@db/mlflow",
            model_cache=tmp_path / "models",
        )
    )

    with pytest.raises(ModelUnavailableError) as unavailable:
        champion.served()

    for told in (str(unavailable.value), unavailable.value.zh):
        assert "hunter2" not in told
        assert "postgresql://***@db/mlflow" in told
    assert "没有可用的模型" in unavailable.value.zh


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


def test_service_finds_a_model_that_is_registered_later(
    settings: Settings, open_client: Callable[..., TestClient]
) -> None:
    note = settings.model_cache / "champion.json"
    kept = note.read_text()
    note.unlink()
    quick = settings.model_copy(update={"model_refresh_seconds": 0.05})
    with open_client(quick) as client:
        assert client.get("/health/ready").status_code == 503
        note.write_text(kept)
        while client.get("/health/ready").status_code == 503:
            pass
        card = client.get("/v1/model").json()

    assert card["version"] == "1"
    assert card["sha256"] == json.loads(kept)["sha256"]
    assert [f["name"] for f in card["features"]]


def test_cache_that_cannot_be_written_leaves_a_service_that_says_so(
    registered: tuple[Settings, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    open_client: Callable[..., TestClient],
) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("RECOUP_DATABASE_URL", registered[0].database_url)
    monkeypatch.setenv("RECOUP_TRACKING_URI", registered[0].tracking_uri)
    monkeypatch.setenv("RECOUP_MODEL_CACHE", str(file / "models"))
    with open_client(read_settings()) as client:
        response = client.get("/health/ready")

    assert response.status_code == 503
    assert "Not a directory" in response.json()["model"]["detail"]


def test_trouble_that_goes_on_is_told_once(
    registered: tuple[Settings, str],
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").touch()
    lost = registered[0].model_copy(
        update={
            "model_cache": tmp_path / "file" / "models",
            "database_url": f"sqlite:///{tmp_path}/file/recoup.db",
        }
    )
    desk = Desk(lost)

    for _ in range(3):
        desk.follow()

    told = [record.getMessage() for record in caplog.records]
    assert len(told) == len({*told}) == 2
    with pytest.raises(ModelUnavailableError) as unavailable:
        desk.champion.served()
    assert str(unavailable.value).count("Not a directory") == 1
    desk.close()


def test_cache_lost_while_serving_leaves_the_present_model(
    registered: tuple[Settings, str], registrar: Registrar, shifted_model: Path
) -> None:
    settings, version = registered
    champion = Champion(settings)
    champion.refresh()
    settings.model_cache.rename(settings.model_cache.with_name("elsewhere"))
    settings.model_cache.touch()
    registrar.crown(registrar.register(shifted_model))

    champion.refresh()

    assert champion.served().version == version
    assert "exists" in str(champion.trouble)
