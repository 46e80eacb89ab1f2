"""Which model serves: the registry's, or the one kept from last time."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from features.errors import ModelUnavailableError
from serving.champion import Champion, ModelCache, ServedModel
from serving.desk import Desk
from serving.settings import Settings, read_settings
from tests.plugins.models import Registrar
from training.governance.promotion import promote

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


@pytest.fixture
def registered(
    registrar: Registrar, model_files: Path, tmp_path: Path
) -> tuple[Settings, str]:
    """An installation that has tried the model, and a registry that answers."""
    version = registrar.register(model_files)
    registrar.crown(version)
    ModelCache(tmp_path / "models").add("recovery", version, model_files)
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


def test_the_way_back_needs_neither_files_nor_a_trial(
    registered: tuple[Settings, str], registrar: Registrar, shifted_model: Path
) -> None:
    settings, first = registered
    second = registrar.register(shifted_model)
    ModelCache(settings.model_cache).add("recovery", second, shifted_model)
    champion = Champion(settings)
    champion.refresh()
    model = champion.served().model
    registrar.crown(second)
    champion.refresh()
    shutil.rmtree(settings.model_cache)
    registrar.crown(first)

    champion.refresh()

    assert champion.served().version == first
    assert champion.served().model is model


def test_a_version_without_a_pin_is_refused_with_the_remedy(
    registered: tuple[Settings, str], registrar: Registrar, model_files: Path
) -> None:
    settings, first = registered
    champion = Champion(settings)
    champion.refresh()
    unpinned = registrar.register(model_files)
    registrar.client.delete_model_version_tag("recovery", unpinned, "files_sha256")
    registrar.crown(unpinned)

    champion.refresh()

    assert champion.served().version == first
    assert champion.refused is not None
    assert f"training pin {unpinned}" in champion.refused.reason
    registrar.pin(unpinned, model_files)
    champion.refresh(anew=True)
    assert champion.served().version == unpinned
    assert (champion.trouble, champion.refused) == (None, None)


def test_a_model_that_prices_nothing_is_refused(
    registered: tuple[Settings, str], registrar: Registrar, model_files: Path
) -> None:
    settings, first = registered
    tried: list[str] = []

    def spoiled(served: ServedModel) -> None:
        tried.append(served.version)
        if served.version != first:
            raise ValueError("no price")

    champion = Champion(settings, spoiled)
    champion.refresh()
    second = registrar.register(model_files)
    registrar.crown(second)

    champion.refresh()
    champion.refresh()

    assert champion.served().version == first
    assert tried == [first, second]
    champion.refresh(anew=True)
    assert tried == [first, second, second]


def test_the_card_tells_how_the_model_came_into_service(
    registered: tuple[Settings, str],
    registrar: Registrar,
    model_files: Path,
    open_client: Callable[..., TestClient],
) -> None:
    settings, first = registered
    with open_client(settings) as client:
        card = client.get("/v1/model").json()
        assert card["version"] == first
        assert (card["refused"], card["trouble"]) == (None, None)
        assert datetime.fromisoformat(card["serving_since"]) <= datetime.now(UTC)
        second = registrar.register(model_files)
        registrar.client.delete_model_version_tag("recovery", second, "files_sha256")
        registrar.crown(second)
        told = client.post("/v1/model/reload").json()
        ready = client.get("/health/ready").json()["model"]

    assert told["version"] == first
    assert told["refused"]["version"] == second
    assert "training pin" in told["refused"]["reason"]
    assert ready["ready"]
    assert f"version {first} ({card['sha256'][:12]})" in ready["detail"]
    assert f"version {second} is refused" in ready["detail"]


def test_a_model_serves_before_it_is_known_who_decided_so(
    registered: tuple[Settings, str], registrar: Registrar, model_files: Path
) -> None:
    settings, _ = registered
    version = registrar.register(model_files)
    promote(registrar.client, int(version), "Wang", "better", force=True)
    champion = Champion(settings)

    champion.follow()
    before = champion.standing()
    champion.learn_decision()

    after = champion.standing()
    assert (before.served.version, before.decision) == (version, None)
    assert after == replace(before, decision=after.decision)
    assert after.decision is not None
    assert after.decision.by == "Wang"
    note = champion.cache.remembered("recovery", "champion")
    assert note is not None
    assert note.decision == after.decision


def test_a_reload_reaches_every_process_of_a_store(
    registered: tuple[Settings, str], registrar: Registrar, shifted_model: Path
) -> None:
    settings, first = registered
    desks = [Desk(settings) for _ in range(2)]
    for desk in desks:
        desk.refresh()
    version = registrar.register(shifted_model)
    place = registrar.artefacts(version)
    place.rename(place.with_name("away"))
    registrar.crown(version)
    for desk in desks:
        desk.refresh()
    place.with_name("away").rename(place)
    served = [[d.champion.served().version for d in desks]]

    desks[0].reload()
    for desk in desks:
        desk.follow()
        desk.close()

    served.append([desk.champion.served().version for desk in desks])
    assert served == [[first] * 2, [version] * 2]


def test_service_outlives_a_look_that_fails(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    open_client: Callable[..., TestClient],
) -> None:
    looks: list[int] = []
    follow = Champion.follow

    def failing(champion: Champion, *, anew: bool = False) -> None:
        looks.append(1)
        if len(looks) > 1:
            raise RuntimeError("unforeseen")
        follow(champion, anew=anew)

    monkeypatch.setattr(Champion, "follow", failing)
    quick = settings.model_copy(update={"model_refresh_seconds": 0.01})
    with open_client(quick) as client:
        while len(looks) < 3:
            assert client.get("/health/ready").status_code == 200
