"""Which versions a service takes or refuses, and what it tells of both."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from serving.champion import Champion, ModelCache, ServedModel
from serving.desk import Desk
from serving.settings import Settings
from tests.plugins.models import Registrar
from training.governance.promotion import promote

# MLflow itself uses what its libraries have deprecated.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


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
